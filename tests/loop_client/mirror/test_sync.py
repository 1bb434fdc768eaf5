"""The mirror against a real sandbox is complete, fresh, and correct about its coverage."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx
import pytest

from loop_client import APIConnectionError, Loop
from loop_client.mirror import Mirror, MirrorClosedError
from loop_client.mirror.moments import microseconds
from tests.answers import loop
from tests.loop_client.mirror.world import World
from tests.sandboxes import running_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.sandboxes import RunningSandbox

START = datetime(2026, 6, 1, tzinfo=UTC)


def row(number: int, **values: str) -> dict[str, str | None]:
    """A stored item; a higher number is newer, with three per second."""
    return {
        "id": f"fb_{number}",
        "user_id": "u_1",
        "message": f"Message {number}",
        "sentiment": None,
        "source": None,
        "tag": None,
        "status": "open",
        "created_at": (START + timedelta(seconds=number // 3)).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        **values,
    }


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[RunningSandbox]:
    """A sandbox with 250 items, three of each time."""
    with running_sandbox(tmp_path, items=[row(number) for number in range(250)]) as sandbox:
        yield sandbox


class Wire(httpx.BaseTransport):
    """Real HTTP that counts its requests and fails on demand."""

    def __init__(self) -> None:
        """Count from zero."""
        self.requests = 0
        self.broken_from: int | None = None
        self.meanwhile: Callable[[], None] = lambda: None
        self._http = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass the request on, unless the wire is broken from this number."""
        self.requests += 1
        if self.broken_from is not None and self.requests >= self.broken_from:
            raise httpx.ConnectError("broken on purpose")
        response = self._http.handle_request(request)
        self.meanwhile()
        return response

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


@pytest.fixture
def wire() -> Iterator[Wire]:
    """A wire, closed at the end."""
    wire = Wire()
    yield wire
    wire.close()


@pytest.fixture
def mirror(filled: RunningSandbox, wire: Wire, tmp_path: Path) -> Iterator[Mirror]:
    """A mirror of the filled sandbox, over the wire, that does not retry."""
    loop = Loop(api_key=filled.api_key, base_url=filled.base_url, max_retries=0, transport=wire)
    mirror = Mirror(loop, f"sqlite:///{tmp_path}/mirror.db")
    yield mirror
    mirror.close()


def ids(mirror: Mirror) -> list[str]:
    """The ids of the snapshot, in order."""
    return list(mirror.snapshot().frame["id"])


def test_the_first_sync_stores_everything_in_the_apis_order(mirror: Mirror) -> None:
    """The first sync stores every item once, newest first."""
    mirror.sync()

    assert sorted(ids(mirror)) == sorted(f"fb_{number}" for number in range(250))
    assert mirror.snapshot().frame["created_at"].is_monotonic_decreasing
    assert mirror.snapshot().coverage.complete
    assert mirror.snapshot().coverage.since == START


def test_the_open_items_come_first(filled: RunningSandbox, mirror: Mirror, wire: Wire) -> None:
    """Open items are complete before the resolved ones are walked."""
    filled.store.resolve([f"fb_{number}" for number in range(60, 250)])
    wire.broken_from = 2
    with pytest.raises(APIConnectionError):
        mirror.sync()

    coverage = mirror.snapshot().coverage
    assert sorted(ids(mirror)) == sorted(f"fb_{number}" for number in range(60))
    assert coverage.reaches(None, ["open"])
    assert not coverage.reaches(None)
    assert not coverage.complete


def test_an_interrupted_first_sync_is_reported_and_resumed(mirror: Mirror, wire: Wire) -> None:
    """An interrupted first sync is readable with its gap, and the next sync requests only what is missing."""
    wire.broken_from = 5
    with pytest.raises(APIConnectionError):
        mirror.sync()

    coverage = mirror.snapshot().coverage
    assert not coverage.complete
    assert coverage.gaps == ((None, START + timedelta(seconds=50)),)
    assert coverage.since == START + timedelta(seconds=50)
    assert isinstance(mirror.state().error, APIConnectionError)

    wire.broken_from, wire.requests = None, 0
    mirror.sync()

    assert len(ids(mirror)) == 250
    assert wire.requests == 3  # the look, and the two pages of the gap
    assert mirror.snapshot().coverage.complete
    assert mirror.state().error is None


def test_a_refresh_costs_one_request_when_there_is_nothing_new(mirror: Mirror, wire: Wire) -> None:
    """Without new items a sync sends one request and publishes the same snapshot."""
    mirror.sync()
    before, wire.requests = mirror.snapshot(), 0

    mirror.sync()

    assert wire.requests == 1
    assert mirror.snapshot() is before


@pytest.mark.parametrize(("new", "requests"), [(1, 1), (98, 1), (99, 2), (100, 3), (230, 5)])
def test_a_refresh_stores_new_items(
    filled: RunningSandbox, mirror: Mirror, wire: Wire, new: int, requests: int
) -> None:
    """A look walks back to the first item older than the watermark, and requests only unknown pages twice.

    A page without a known item is requested again; all other pages are requested once.
    """
    mirror.sync()
    filled.store.load([row(number) for number in range(250, 250 + new)])
    wire.requests = 0

    mirror.sync()

    assert set(ids(mirror)) == {f"fb_{number}" for number in range(250 + new)}
    assert wire.requests == requests


def test_a_cut_refresh_leaves_no_hole(filled: RunningSandbox, mirror: Mirror, wire: Wire) -> None:
    """An interrupted look leaves a declared gap, which the next sync closes."""
    mirror.sync()
    filled.store.load([row(number) for number in range(250, 500)])
    wire.requests, wire.broken_from = 0, 2

    with pytest.raises(APIConnectionError):
        mirror.sync()
    since, until = mirror.snapshot().coverage.gaps[0]
    assert (since, until) == (START + timedelta(seconds=83), START + timedelta(seconds=133))
    assert not mirror.snapshot().coverage.complete

    wire.broken_from = None
    mirror.sync()
    assert set(ids(mirror)) == {f"fb_{number}" for number in range(500)}
    assert mirror.snapshot().coverage.complete


def test_an_added_item_does_not_hide_one_that_came_before_it(filled: RunningSandbox, mirror: Mirror) -> None:
    """A submitted item is shown at once, and an earlier item of somebody else still arrives."""
    mirror.sync()
    filled.store.load([row(900)])
    with Loop(api_key=filled.api_key, base_url=filled.base_url) as loop:
        mirror.add(loop.feedback.create(user={"id": "u_2"}, message="Just submitted"))

    assert len(ids(mirror)) == 251
    mirror.sync()
    assert len(ids(mirror)) == 252
    assert "fb_900" in ids(mirror)


def test_an_item_added_during_a_refresh_does_not_hide_one_that_came_before_it(
    filled: RunningSandbox, mirror: Mirror, wire: Wire
) -> None:
    """An item submitted during a look does not hide an earlier one that the look did not list."""
    mirror.sync()

    def meanwhile() -> None:
        wire.meanwhile = lambda: None
        filled.store.load([row(900)])
        with Loop(api_key=filled.api_key, base_url=filled.base_url) as loop:
            mirror.add(loop.feedback.create(user={"id": "u_2"}, message="Just submitted"))

    wire.meanwhile = meanwhile
    mirror.sync()
    mirror.sync()

    assert "fb_900" in ids(mirror)


def test_a_complete_walk_sees_what_was_resolved(filled: RunningSandbox, mirror: Mirror) -> None:
    """A full scan updates statuses, and the coverage has its time."""
    mirror.sync()
    first = mirror.snapshot().coverage.reconciled_at
    filled.store.resolve(["fb_3"])

    mirror.sync()
    assert list(mirror.snapshot().frame["status"].unique()) == ["open"]

    mirror.sync(full=True)
    frame, coverage = mirror.snapshot().frame, mirror.snapshot().coverage
    assert list(frame.loc[frame["status"] == "resolved", "id"]) == ["fb_3"]
    assert first is not None
    assert coverage.reconciled_at is not None
    assert coverage.reconciled_at > first


def test_a_closed_mirror_ends_its_sync(mirror: Mirror) -> None:
    """A closed mirror ends its sync, and its snapshot stays readable."""
    mirror.close()

    with pytest.raises(MirrorClosedError):
        mirror.sync()
    assert mirror.snapshot().frame.empty


@pytest.mark.parametrize("count", [0, 1, 30])
def test_rows_between_two_times_are_those_of_a_plain_filter(url: str, count: int) -> None:
    """Rows between two times equal a plain filter, both ends included."""
    world = World(100)
    for number in range(count):
        world.insert(tie=number % 3 == 0)
    times = [microseconds(one["created"]) for one in world.items] or [0]
    with closing(Mirror(loop(world), url)) as mirror:
        mirror.sync()
        for since in (times[-1] - 1, times[len(times) // 2], times[0], times[0] + 1):
            for until in (times[-1] - 1, times[-1], times[len(times) // 3], times[0] + 1):
                within = [one for one in world.items if since <= microseconds(one["created"]) <= until]
                rows = mirror.rows_between(since, until)
                assert {row.id for row in rows} == {one["id"] for one in within}
                assert [row.created_at for row in rows] == sorted(row.created_at for row in rows)
