"""Two processes of the dashboard that share one PostgreSQL database: one syncs and sends, both show and write."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from loop_client import Loop
from loop_client.mirror import StoreError
from loop_client.service import Draft, DraftState, Service
from tests.loop_client.service.conftest import config_of
from tests.postgres import running_server
from tests.waiting import outcome, until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from loop_client.service import Config
    from tests.sandboxes import RunningSandbox

    Started = Callable[[Callable[[], Config]], Service]

HEARD_WITHIN = 5.0
"""Seconds, generous: what one has stored is with the other in one, but for its next sync in ten."""


@pytest.fixture
def pair(small: RunningSandbox, tmp_path: Path, postgres_url: str, started: Started) -> tuple[Service, Service]:
    """Two services of one account, of which the first one syncs."""

    def one(name: str) -> Service:
        service = started(lambda: replace(config_of(small, tmp_path / name), store_url=postgres_url))
        until(lambda: service.snapshot().coverage.complete)
        return service

    return one("first"), one("second")


def create(sandbox: RunningSandbox) -> None:
    """Store an item at Loop, as another program does."""
    with Loop(api_key=sandbox.api_key, base_url=sandbox.base_url) as loop:
        loop.feedback.create(user={"id": "u_4711"}, message="From elsewhere")


def ids_of(service: Service) -> set[str]:
    """The ids of the items that a service shows."""
    return set(service.snapshot().frame["id"])


def test_what_one_has_stored_is_soon_with_the_other(pair: tuple[Service, Service], small: RunningSandbox) -> None:
    """The second shows an item as soon as the first has it, and both have the salt of the same pseudonyms."""
    first, second = pair
    create(small)
    first.check_now()
    until(lambda: len(ids_of(first)) > len(ids_of(second)) or ids_of(first) == ids_of(second))
    until(lambda: ids_of(first) == ids_of(second), HEARD_WITHIN)
    assert first.salt() == second.salt()


def test_a_hint_to_the_other_reaches_the_one_that_syncs(pair: tuple[Service, Service], small: RunningSandbox) -> None:
    """Asked to check now, the process that does not sync has it done by the one that does."""
    first, second = pair
    before = len(ids_of(second))
    create(small)
    assert second.check_now() == 0.0
    until(lambda: len(ids_of(second)) == before + 1, HEARD_WITHIN)
    assert ids_of(first) == ids_of(second)


def test_a_draft_of_the_other_is_sent(pair: tuple[Service, Service]) -> None:
    """What somebody submits to the process that does not send is sent by the one that does, and soon shown by both."""
    first, second = pair
    second.submit("token", Draft("u_9", "Typed at the second"))
    done = outcome(second.submission, "token")
    assert done.state == DraftState.STORED
    until(lambda: ids_of(first) == ids_of(second) and "Typed at the second" in set(second.snapshot().frame["message"]))


def test_the_other_takes_over(pair: tuple[Service, Service], small: RunningSandbox) -> None:
    """Once the process that syncs has stopped, the other one syncs."""
    first, second = pair
    before = len(ids_of(second))
    first.stop()
    create(small)
    second.check_now()
    until(lambda: len(ids_of(second)) == before + 1)


def test_views_and_markers_are_shared(pair: tuple[Service, Service]) -> None:
    """A view that is saved at one process is there at the other."""
    first, second = pair
    own, others = first.saved_views(), second.saved_views()
    assert own is not None
    assert others is not None
    own.save("Open", "/?status=open", 3)
    until(lambda: [view.name for view in others.all()] == ["Open"], HEARD_WITHIN)


def test_a_database_that_was_away_is_used_again_at_once(
    small: RunningSandbox, tmp_path: Path, started: Started
) -> None:
    """While the database is away, what is known stays shown with the reason; then the next sync does not wait."""
    with running_server() as server:
        url = server.new_database()
        service = started(lambda: replace(config_of(small, tmp_path / "one"), store_url=url))
        until(lambda: service.snapshot().coverage.complete)
        known = ids_of(service)
        server.stop()
        service.check_now()
        until(lambda: isinstance(service.problem(), StoreError), 30.0)
        assert ids_of(service) == known
        until(lambda: (service.next_sync() or 0.0) > HEARD_WITHIN, 60.0)
        server.start()
        until(lambda: service.problem() is None, HEARD_WITHIN)
