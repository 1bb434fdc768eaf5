"""The outbox in PostgreSQL: one result, whatever becomes of a commit, and only under the lease where there is one."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import cycle
from typing import TYPE_CHECKING, Any, Final

import pytest
from adbc_driver_postgresql import dbapi

from loop_client.mirror import StoreError
from loop_client.mirror.store import (
    DraftState,
    ImportRow,
    ImportState,
    Lease,
    LeaseLostError,
    PostgresDatabase,
    PostgresDrafts,
    SqliteDrafts,
    draft_queries,
    postgres_draft_tables,
)
from tests.loop_client.mirror.test_drafts import draft
from tests.loop_client.mirror.test_imports import new, rows_of
from tests.outboxes import AnyDrafts, Cuts, in_database
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.postgres import Server

WAITING, SENDING, STORED = DraftState.WAITING, DraftState.SENDING, DraftState.STORED
REFUSED, UNKNOWN, DISCARDED = DraftState.REFUSED, DraftState.UNKNOWN, DraftState.DISCARDED
WRITING, RUNNING, PAUSED, CANCELLED = ImportState


@pytest.fixture(scope="module")
def place(postgres_server: Server) -> Iterator[str]:
    """The URL of one database for all tests of this module, which begin with nothing in it."""
    made = postgres_server.new_database()
    yield made
    postgres_server.drop(made)


@pytest.fixture(scope="module")
def database(place: str) -> Iterator[PostgresDatabase]:
    """That database."""
    with closing(PostgresDatabase(place, "The outbox")) as opened:
        yield opened


@pytest.fixture
def drafts(database: PostgresDatabase) -> PostgresDrafts:
    """An empty outbox, which anybody may change."""
    database.write(lambda one: one.rows("truncate drafts, imports"))
    database.write(lambda one: one.rows("update store set drafts = 0, holder = null, expires = 'epoch'"))
    return PostgresDrafts(database)


@pytest.fixture
def cuts(database: PostgresDatabase) -> Iterator[Cuts]:
    """Cuts what that outbox writes."""
    cutting = Cuts(database)
    yield cutting
    cutting.end()


def once(cuts: Cuts, fault: str) -> None:
    """Let one commit fail."""
    left = [fault]
    cuts.fault = lambda: left.pop() if left else ""


def fill(drafts: AnyDrafts) -> None:
    """Write down a draft in each state, one of another person, and an import in each state."""
    drafts.add([draft(number, state=state) for number, state in enumerate(DraftState)])
    drafts.add([draft(8, user_id="u_2"), draft(9, user_id="u_2", state=STORED)])
    for state in ImportState:
        one = new(state, state=state, rows=4)
        assert drafts.imports.begin(one, rows_of(one, 2))


def found(drafts: AnyDrafts, token: str) -> ImportRow:
    """An import."""
    one = drafts.imports.find(token)
    assert one is not None
    return one


def content(drafts: AnyDrafts) -> list[Any]:
    """All drafts and imports, without the numbers of their changes."""
    rows = [row._replace(change=0) for row in drafts.in_states(DraftState)]
    return [*rows, *(one._replace(change=0) for one in drafts.imports.all())]


ACTS: Final[dict[str, Callable[[AnyDrafts], Any]]] = {
    "add": lambda one: [row[:8] for row in one.add([draft(20), draft(0, message="another"), draft(21)])],
    "change": lambda one: one.change(draft(0, state=SENDING), WAITING),
    "change in vain": lambda one: one.change(draft(0, state=SENDING), REFUSED),
    "send again": lambda one: one.change(draft(3, state=DISCARDED), REFUSED, draft(20, repeats="t3")),
    "begin": lambda one: one.imports.begin(new("new"), rows_of(new("new"), 2)),
    "begin in vain": lambda one: one.imports.begin(new("other"), rows_of(new("other"), 2), ()),
    "extend": lambda one: one.imports.extend("writing", rows_of(new("writing"), 4)),
    "pause": lambda one: one.imports.change(found(one, "running")._replace(state=PAUSED), RUNNING),
    "discard": lambda one: one.discard_cancelled(7, 9),
    "forget": lambda one: one.forget(100),
    "forget a person": lambda one: one.forget_person("u_2"),
}
"""Everything that changes an outbox that `fill` has filled."""


@pytest.mark.parametrize("fault", ["before", "after", "late"])
@pytest.mark.parametrize("name", ACTS)
def test_what_a_cut_left_open_is_done_once(
    drafts: PostgresDrafts, cuts: Cuts, tmp_path: Path, name: str, fault: str
) -> None:
    """Whether a commit was stored or not when its answer was lost: the result and all rows are those of files."""
    with closing(SqliteDrafts(tmp_path)) as in_files:
        for one in (drafts, in_files):
            fill(one)
        once(cuts, fault)
        before = drafts.last_change()
        assert ACTS[name](drafts) == ACTS[name](in_files)
        assert (drafts.last_change() > before) == (not name.endswith("in vain")), "the own changes are noticed at once"
        assert cuts.fault() == "", "nothing was cut"
        assert content(drafts) == content(in_files)


def test_a_draft_is_taken_once_by_processes_whose_commits_are_cut(drafts: PostgresDrafts, place: str) -> None:
    """Of two that want to send each of six drafts, one may."""
    drafts.add([draft(number) for number in range(6)])
    with closing(PostgresDatabase(place, "")) as one, closing(PostgresDatabase(place, "")) as other:
        for database, faults in ((one, cycle(["after", "", "late"])), (other, cycle(["", "before", "after", ""]))):
            Cuts(database).fault = faults.__next__

        def taken(database: PostgresDatabase) -> list[bool]:
            outbox = PostgresDrafts(database)
            return [outbox.change(draft(number, state=SENDING), WAITING) for number in range(6)]

        with ThreadPoolExecutor(2) as both:
            results = [*both.map(taken, (one, other))]

    assert [sum(pair) for pair in zip(*results, strict=True)] == [1] * 6


def between(cuts: Cuts, act: Callable[[], object]) -> None:
    """Let the next commit be stored without an answer, and something else be done before it is made again."""
    once(cuts, "after")
    cuts.meanwhile = act


def test_a_draft_that_was_sent_before_its_writer_knew_stays_sent(
    drafts: PostgresDrafts, cuts: Cuts, place: str
) -> None:
    """A second attempt to write it down does not have it wait again."""
    with in_database(place) as opened:
        other = opened()
        drafts.add([draft(1, state=UNKNOWN)])
        between(cuts, lambda: other.change(draft(2, state=STORED), WAITING))
        assert drafts.add([draft(2)])[0].state == STORED
        between(cuts, lambda: other.change(draft(3, state=STORED), WAITING))
        assert drafts.change(draft(1, state=DISCARDED), UNKNOWN, draft(3, repeats="t1"))

    assert [row.state for row in drafts.in_states(DraftState)] == [DISCARDED, STORED, STORED]


def test_a_draft_that_somebody_else_has_taken_since_is_not_written_over(
    drafts: PostgresDrafts, cuts: Cuts, place: str
) -> None:
    """Whoever hears that it has another state by now sends nothing."""
    with in_database(place) as opened:
        other = opened()
        drafts.add([draft(1)])
        between(cuts, lambda: other.change(draft(1, state=UNKNOWN), SENDING))
        assert not drafts.change(draft(1, state=SENDING), WAITING)

    assert [row.state for row in drafts.in_states(DraftState)] == [UNKNOWN]


def test_an_import_that_was_paused_before_its_writer_knew_is_its_own(
    drafts: PostgresDrafts, cuts: Cuts, place: str
) -> None:
    """The writer hears that it has begun it, and the pause holds."""
    with in_database(place) as opened:
        other = opened()
        between(cuts, lambda: other.imports.change(found(other, "i")._replace(state=PAUSED), RUNNING))
        assert drafts.imports.begin(new("i"), rows_of(new("i"), 3))

    assert found(drafts, "i").state == PAUSED


def test_only_the_holder_of_the_lease_changes_drafts(
    drafts: PostgresDrafts, database: PostgresDatabase, place: str
) -> None:
    """Whoever had it before stores nothing more, nor does a process that never had it; persons still do."""
    with closing(PostgresDatabase(place, "The outbox")) as elsewhere:
        lease, later = Lease(database), Lease(elsewhere)
        frozen, next_one = PostgresDrafts(database, lambda: number), PostgresDrafts(elsewhere, lambda: later.number)
        drafts.add([draft(1)])
        assert lease.take()
        number = lease.number
        with pytest.raises(LeaseLostError):
            next_one.change(draft(1, state=SENDING), WAITING)
        assert frozen.change(draft(1, state=SENDING), WAITING)
        lease.close()
        assert later.take()

        for act in ACTS.values():
            if act not in (ACTS["discard"], ACTS["forget"], ACTS["forget a person"]):  # ask first, and find nothing
                with pytest.raises(LeaseLostError):
                    act(frozen) if act is not ACTS["pause"] else frozen.imports.change(new("i"), RUNNING)
        assert next_one.change(draft(1, state=UNKNOWN), SENDING)
        assert drafts.change(draft(1, state=DISCARDED), UNKNOWN)
        later.close()

    assert [row.state for row in drafts.in_states(DraftState)] == [DISCARDED]


def test_a_page_sees_at_once_what_its_own_process_sends(drafts: PostgresDrafts, database: PostgresDatabase) -> None:
    """The sender has an outbox of its own, under the lease, and both know of each other's changes."""
    lease = Lease(database)
    assert lease.take()
    sent = drafts.leased(lambda: lease.number)
    assert drafts.last_change() == sent.last_change() == 0
    drafts.add([draft(1)])
    assert sent.last_change() == 1
    assert sent.change(draft(1, state=SENDING), WAITING)
    assert drafts.last_change() == 2
    lease.close()


def test_no_page_waits_for_the_last_change(
    drafts: PostgresDrafts, database: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database may not answer; meanwhile the last known number is returned, with this process's own changes."""
    monkeypatch.setattr(postgres_draft_tables, "ASKED_EVERY", 0.0)
    assert drafts.last_change() == 0
    asking, answered = threading.Event(), threading.Event()
    session = database._connections.session  # noqa: SLF001 - a server that hangs would take a minute

    def hanging(within: float) -> Any:  # noqa: ANN401 - as the function that it stands for
        if threading.current_thread().name == "last change":
            asking.set()
            answered.wait(20)
        return session(within)

    monkeypatch.setattr(database._connections, "session", hanging)  # noqa: SLF001 - the same
    assert drafts.last_change() == 0
    assert asking.wait(10)
    drafts.add([draft(1)])
    assert drafts.last_change() == 1
    answered.set()
    until(lambda: not any(thread.name == "last change" for thread in threading.enumerate()))
    assert drafts.last_change() == 1


def test_drafts_may_be_so_many_that_to_read_them_takes_long(
    drafts: PostgresDrafts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of a large import, or all of a state: they are read in a block, which is not cut as soon as others."""
    one = new("i", rows=20)
    drafts.imports.begin(one, rows_of(one, 20))

    def cut(*_: object) -> None:
        raise StoreError("It did not answer in time.")

    monkeypatch.setattr(PostgresDatabase, "read", cut)
    assert len(drafts.in_states([WAITING])) == 20
    assert len(drafts.imports.drafts(one._replace(first=1, last=20))) == 20
    with pytest.raises(StoreError):
        drafts.counts()


def plan(url: str, sql: str, given: list[Any]) -> str:
    """How the database finds what follows "select"."""
    for value in given:
        sql = sql.replace("?", str(value) if isinstance(value, int) else f"'{value}'", 1)
    path = f"{url}?options=-c%20search_path%3Dloop"
    with closing(dbapi.connect(path)) as connection, connection.cursor() as cursor:
        cursor.adbc_statement.set_options(**{"adbc.postgresql.use_copy": False})
        cursor.execute(f"explain select {sql}")
        return "\n".join(line for (line,) in cursor.fetchall())


@pytest.mark.parametrize("is_analyzed", [False, True])
def test_what_waits_is_not_read_to_find_the_first(
    drafts: PostgresDrafts, database: PostgresDatabase, place: str, *, is_analyzed: bool
) -> None:
    """By the index, however many rows of imports wait or were sent; also before the database has counted them."""
    for name in ("drafts", "imports"):
        statement = f"alter table {name} set (autovacuum_enabled = false)"
        database.write(lambda one, statement=statement: one.rows(statement))  # type: ignore[misc]
    for token, state in (("i", RUNNING), ("j", PAUSED)):
        drafts.imports.begin(new(token, rows=4000, state=state), rows_of(new(token), 4000))
    database.write(lambda one: one.rows("update drafts set state = 'stored' where number <= 3000"))
    if is_analyzed:
        database.write(lambda one: one.rows("analyze drafts, imports"))
    active = [draft_queries.Active(1, 4000, "a", RUNNING, None), draft_queries.Active(4001, 8000, "a", PAUSED, None)]
    queries = [
        (draft_queries.ACTIVE.format("owner"), []),
        draft_queries.first_waiting(["a"], active[1:], "not_before <= ?", [5], "is_bulk, number"),
        draft_queries.pending(["a"], 0, 50, active, None),
        draft_queries.undecided(["a"], active, "somebody"),
    ]

    for sql, given in queries:
        found = plan(place, sql, given)
        assert "Seq Scan on drafts" not in found
        assert "drafts_by_number" not in found
        assert "drafts_by_state" in found
