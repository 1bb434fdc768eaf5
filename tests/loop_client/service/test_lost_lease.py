"""A sender that was stopped so long that another process sends by now: its answers count, and it does nothing else."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from loop_client.mirror.store import DraftState, Lease, LeaseLostError, PostgresDatabase, PostgresDrafts, PostgresStore
from loop_client.service import outcomes
from tests.loop_client.service.outbox_world import Process

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WAITING, SENDING, STORED = DraftState.WAITING, DraftState.SENDING, DraftState.STORED
REFUSED, UNKNOWN, DISCARDED = DraftState.REFUSED, DraftState.UNKNOWN, DraftState.DISCARDED

TAKEN = """update store set lease = lease + 1, holder = 'another', expires = clock_timestamp() + interval '1 minute'"""
"""What another process does once the lease has expired."""


@pytest.fixture
def database(postgres_url: str) -> Iterator[PostgresDatabase]:
    """An empty database."""
    with closing(PostgresDatabase(postgres_url, "The outbox")) as opened:
        yield opened


@pytest.fixture
def lease(database: PostgresDatabase) -> Lease:
    """The lease of the process."""
    return Lease(database)


@pytest.fixture
def others(postgres_url: str) -> Iterator[PostgresDrafts]:
    """The outbox as another process has it."""
    with closing(PostgresDatabase(postgres_url, "The outbox")) as opened:
        yield PostgresDrafts(opened)


@pytest.fixture
def process(tmp_path: Path, database: PostgresDatabase, lease: Lease) -> Iterator[Process]:
    """A process that has the lease, with one draft that waits."""
    opened = lambda: PostgresDrafts(database, lambda: lease.number)  # noqa: E731 - handed on
    running = Process(tmp_path, opened=opened, store=PostgresStore(database, lease))
    running.sender.unleased = PostgresDrafts(database)
    running.sync()
    running.submit("a")
    yield running
    running.close()


def lose_lease(database: PostgresDatabase, others: PostgresDrafts, state: DraftState) -> None:
    """Let another process take the lease, and have the draft in hand in this state."""
    database.write(lambda one: one.rows(TAKEN))
    (sent,) = others.in_states([SENDING])
    if state != SENDING:
        lost = outcomes.unknown(sent, outcomes.ENDED, sent.changed + 1)
        assert others.change(lost._replace(state=state), SENDING)


@pytest.mark.parametrize(
    "case",
    [
        ("", UNKNOWN, STORED),
        ("", SENDING, STORED),
        ("", DISCARDED, DISCARDED),
        ("400", UNKNOWN, REFUSED),
        ("400", SENDING, REFUSED),
        ("500", UNKNOWN, UNKNOWN),
        ("500", SENDING, SENDING),
    ],
)
def test_an_answer_counts_whoever_has_the_lease(
    process: Process,
    database: PostgresDatabase,
    lease: Lease,
    others: PostgresDrafts,
    case: tuple[str, DraftState, DraftState],
) -> None:
    """What Loop said is stored once the process knows that another one sends; without an answer, nothing is."""
    fault, state, expected = case
    process.api.before_create = lambda: lose_lease(database, others, state) or fault  # type: ignore[func-returns-value]
    with pytest.raises(LeaseLostError):
        process.steps()
    assert process.states() == {"a": state}
    with pytest.raises(LeaseLostError):  # as when it is renewed
        lease.write(lambda _: None)
    process.steps(3)

    assert process.states() == {"a": expected}
    assert (process.api.creates, process.sender.in_hand) == (1, None)
    assert [row.item_id for row in others.in_states([STORED])] == [item for _, item in process.api.stored_by][
        : expected == STORED
    ]


def test_a_process_without_the_lease_sends_nothing(
    process: Process, database: PostgresDatabase, others: PostgresDrafts
) -> None:
    """Also as long as it does not know that another one has it."""
    database.write(lambda one: one.rows(TAKEN))
    for _ in range(2):
        with pytest.raises(LeaseLostError):
            process.steps()

    assert process.api.creates == 0
    assert [row.state for row in others.in_states(DraftState)] == [WAITING]


def test_the_next_holder_goes_on(
    process: Process, lease: Lease, others: PostgresDrafts, postgres_url: str, tmp_path: Path
) -> None:
    """It takes what was being sent for unknown, finds its item, and sends what waits; each once."""
    process.submit("b", "Other")
    with closing(PostgresDatabase(postgres_url, "The outbox")) as elsewhere:
        process.api.before_create = lambda: lose_lease(elsewhere, others, SENDING) or ""  # type: ignore[func-returns-value]
        with pytest.raises(LeaseLostError):
            process.steps()
        process.api.before_create = lambda: ""
        elsewhere.write(lambda one: one.rows("update store set expires = 'epoch'"))
        later = Lease(elsewhere)
        opened = lambda: PostgresDrafts(elsewhere, lambda: later.number)  # noqa: E731 - handed on
        next_one = Process(tmp_path, process.api, process.at, opened=opened, store=PostgresStore(elsewhere, later))
        next_one.sync()
        next_one.steps(3)
        assert next_one.states() == {"a": STORED, "b": STORED}
        with pytest.raises(LeaseLostError):
            lease.write(lambda _: None)
        process.steps(3)
        assert next_one.states() == {"a": STORED, "b": STORED}
        next_one.close()

    assert process.api.sent == ["Typed", "Other"]
