"""The next sync finds new items, whatever their dates and whatever our clock shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

import pytest

from loop_client.mirror import Mirror, SyncSchedule
from loop_client.mirror.head import HEAD_PAGES
from loop_client.mirror.moments import microseconds
from loop_client.mirror.state import Gap, State, decoded, encoded
from tests.answers import loop
from tests.loop_client.mirror.world import START, World, ids_of, store_state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HOUR, DAY, YEAR = timedelta(hours=1), timedelta(days=1), timedelta(days=365)
NOW = START + DAY
LATER = {"1 h": [HOUR], "9 h": [9 * HOUR], "several": [HOUR, 9 * HOUR, 20 * HOUR, 400 * DAY], "2099": [73 * YEAR]}
LATER |= {"a page": [n * 3 * DAY for n in range(1, 121)]}


class OurClock:
    """This machine's clock, set by a test."""

    def __init__(self, at: datetime = NOW) -> None:
        """Start at the right time."""
        self.at = at

    def __call__(self) -> int:
        """Return µs since 1970."""
        return microseconds(self.at)


@pytest.fixture
def clock() -> OurClock:
    """A clock that is right."""
    return OurClock()


@pytest.fixture
def world() -> World:
    """An account with 5 resolved items of the day before, whose server sends its time."""
    world = World(size=100)
    for _ in range(5):
        world.insert(status="resolved")
    world.date = NOW
    return world


@pytest.fixture
def opened(world: World, url: str, clock: OurClock) -> Iterator[Callable[[], Mirror]]:
    """A function that opens the mirror's file anew with each call."""
    mirrors: list[Mirror] = []

    def again() -> Mirror:
        if mirrors:
            mirrors[-1].close()
        mirrors.append(Mirror(loop(world, max_retries=0), url, schedule=SyncSchedule(clock=clock)))
        return mirrors[-1]

    yield again
    mirrors[-1].close()


def insert_new(world: World, count: int, at: datetime = NOW) -> None:
    """Insert resolved items, a millisecond apart, up to this time, and set the server's time to it."""
    for number in range(count):
        world.insert(at=at - timedelta(milliseconds=count - number), status="resolved")
    if world.date is not None:
        world.date = at


@pytest.mark.parametrize("with_date", [True, False], ids=["with Date", "without Date"])
@pytest.mark.parametrize("ahead", LATER.values(), ids=LATER)
@pytest.mark.parametrize("count", [1, 250])
def test_items_dated_ahead_hide_no_news(
    world: World, opened: Callable[[], Mirror], ahead: list[timedelta], count: int, *, with_date: bool
) -> None:
    """New items are found below any number of items dated ahead, even more than fit on a page."""
    world.date = NOW if with_date else None
    for each in ahead:
        world.insert(at=NOW + each, status="resolved")
    mirror = opened()
    mirror.sync()
    for moment in (NOW, NOW + timedelta(minutes=5)):
        insert_new(world, count, moment)
        mirror.sync()
        assert ids_of(mirror) == set(world.statuses())
        assert mirror.snapshot().coverage.complete


@pytest.mark.parametrize("with_date", [True, False], ids=["with Date", "without Date"])
def test_news_of_a_night_are_found_below_an_item_dated_ahead(
    world: World, opened: Callable[[], Mirror], clock: OurClock, *, with_date: bool
) -> None:
    """New items of many hours, more than fit on a page, are found below an item dated ahead."""
    world.date = NOW if with_date else None
    world.insert(at=NOW + 9 * HOUR, status="resolved")
    mirror = opened()
    mirror.sync()
    for minutes in range(1, 251):
        world.insert(at=NOW + timedelta(minutes=minutes), status="resolved")
    clock.at = NOW + 5 * HOUR
    world.date = clock.at if with_date else None
    mirror.sync()

    assert ids_of(mirror) == set(world.statuses())
    assert mirror.snapshot().coverage.complete


def test_thousands_dated_ahead_cost_their_pages_and_hide_no_new_items(
    world: World, opened: Callable[[], Mirror]
) -> None:
    """With 5,000 items dated ahead each sync reads all their pages and still finds new items."""
    for number in range(5000):
        world.items.append({**world.items[0], "id": f"fb_ahead_{number}", "created": NOW + HOUR, "n": 10_000 + number})
    world.items.sort(key=lambda one: (one["created"], one["n"]), reverse=True)
    mirror = opened()
    mirror.sync()
    insert_new(world, 1)
    before = len(world.requests)
    mirror.sync()

    assert ids_of(mirror) == set(world.statuses())
    assert len(world.requests) - before == 51


def test_an_item_dated_ahead_costs_no_walk_of_all(world: World, opened: Callable[[], Mirror]) -> None:
    """An item dated ahead does not become the watermark, so a sync still costs one request."""
    world.insert(at=NOW + 9 * HOUR, status="resolved")
    insert_new(world, 450, NOW - HOUR)
    world.date = NOW
    mirror = opened()
    mirror.sync()
    for minutes in (1, 2, 3):
        insert_new(world, 1, NOW + timedelta(minutes=minutes))
        before = len(world.requests)
        mirror.sync()
        assert len(world.requests) - before == 1
        assert ids_of(mirror) == set(world.statuses())


@pytest.mark.parametrize("with_date", [True, False], ids=["with Date", "without Date"])
def test_new_items_are_found_where_all_are_dated_ahead(
    world: World, opened: Callable[[], Mirror], *, with_date: bool
) -> None:
    """New items are found when a producer wrote local time as UTC, and after it is fixed."""
    world.items.clear()
    world.date = NOW if with_date else None
    insert_new(world, 150, NOW + 9 * HOUR)
    world.date = NOW if with_date else None
    mirror = opened()
    mirror.sync()
    for at in (NOW + 9 * HOUR + timedelta(minutes=1), NOW):
        insert_new(world, 150, at)
        world.date = NOW if with_date else None
        mirror.sync()
        assert ids_of(mirror) == set(world.statuses())
        assert mirror.snapshot().coverage.complete


@pytest.mark.parametrize("ahead", [[], [73 * YEAR], LATER["a page"]], ids=["none", "2099", "a page"])
@pytest.mark.parametrize("jump", [-HOUR, -DAY, -30 * YEAR, DAY, 5 * YEAR, 3000 * YEAR], ids=str)
def test_a_clock_that_jumps_hides_no_new_items(
    world: World, opened: Callable[[], Mirror], clock: OurClock, jump: timedelta, ahead: list[timedelta]
) -> None:
    """When our clock jumps in either direction, the server's time decides and no new items are missed."""
    for each in ahead:
        world.insert(at=NOW + each, status="resolved")
    opened().sync()
    for step, off in enumerate([timedelta(), jump, jump, timedelta(), jump, timedelta(), timedelta()]):
        at = NOW + step * timedelta(minutes=3)
        clock.at = at + off
        insert_new(world, 120, at)
        mirror = opened()
        mirror.sync()
        assert ids_of(mirror) == set(world.statuses())
        assert mirror.snapshot().coverage.complete


@pytest.mark.parametrize("jump", [-HOUR, -DAY, -30 * YEAR, DAY, 5 * YEAR], ids=str)
def test_a_clock_that_jumps_hides_no_new_items_without_the_servers_time(
    world: World, opened: Callable[[], Mirror], clock: OurClock, jump: timedelta
) -> None:
    """Without the server's time, a clock that jumps hides no new items, even below an item of 2099."""
    world.date = None
    world.insert(at=NOW + 73 * YEAR, status="resolved")
    opened().sync()
    for step, off in enumerate([timedelta(), jump, jump, timedelta(), jump, timedelta(), timedelta()]):
        at = NOW + step * timedelta(minutes=3)
        clock.at = at + off
        insert_new(world, 120, at)
        mirror = opened()
        mirror.sync()
        assert ids_of(mirror) == set(world.statuses())
        assert mirror.snapshot().coverage.complete


@pytest.mark.parametrize("jump", [-DAY, -30 * YEAR, DAY, 5 * YEAR], ids=str)
@pytest.mark.parametrize("with_date", [True, False], ids=["with Date", "without Date"])
def test_a_clock_that_jumps_stops_no_walk(
    world: World, opened: Callable[[], Mirror], clock: OurClock, jump: timedelta, *, with_date: bool
) -> None:
    """With a clock that jumps, open items are scanned within minutes and all items within a day."""
    world.insert()
    if not with_date:
        world.date = None
    opened().sync()
    at = NOW
    for off in (timedelta(), jump, timedelta()):
        for days in (0, 1, 2):
            at += days * DAY + timedelta(minutes=10)
            clock.at, world.date = at + off, at if with_date else None
            world.requests.clear()
            opened().sync()
            statuses = [query.get("status") for query in world.requests]
            walked_all = statuses.count(None) >= 2  # the look and the full scan
            assert walked_all or (days == 0 and "open" in statuses)


def test_a_state_with_times_far_ahead_stops_no_walk(world: World, opened: Callable[[], Mirror], url: str) -> None:
    """A state with times and durations far ahead, from a wrong clock, stops no scan."""
    opened().sync()
    mirror, far = opened(), microseconds(NOW + 900 * YEAR)
    state = State(watermark=far, begun=True, looked=far, reconciled=far, statuses_before=far, full=far)
    state.reconciled_in = state.full_in = 3e10
    mirror.close()
    store_state(url, encoded(state))
    insert_new(world, 250)
    mirror = opened()
    mirror.sync()

    coverage = mirror.snapshot().coverage
    assert ids_of(mirror) == set(world.statuses())
    assert coverage.reconciled_at is not None
    assert coverage.reconciled_at <= NOW
    assert coverage.walked_at is not None
    assert coverage.walked_at <= NOW


def test_a_state_with_an_impossible_time_is_discarded(world: World, opened: Callable[[], Mirror], url: str) -> None:
    """A state with an impossible time is discarded, and the next scans find new and deleted items."""
    opened().sync()
    opened().close()
    store_state(url, encoded(State(begun=True, looked=1 << 60)))
    deleted = world.items.pop()["id"]
    mirror = opened()
    mirror.sync()
    assert mirror.snapshot().coverage.complete
    mirror.sync(full=True)
    assert deleted not in ids_of(mirror)


def test_a_watermark_ahead_of_an_older_version_is_walked_again(
    world: World, opened: Callable[[], Mirror], url: str
) -> None:
    """After a state with a watermark ahead, from an older version, the mirror is incomplete until all is read."""
    opened().sync()
    opened().close()
    insert_new(world, 300)
    at, looked = microseconds(NOW + 9 * HOUR), microseconds(NOW)
    state = State(watermark=at, begun=True, looked=looked, reconciled=looked, statuses_before=looked, full=looked)
    store_state(url, encoded(state))
    mirror = opened()
    assert not mirror.snapshot().coverage.complete
    mirror.sync()
    assert ids_of(mirror) == set(world.statuses())
    assert mirror.snapshot().coverage.complete


def test_a_sync_resumes_from_the_state_of_an_older_version(
    world: World, opened: Callable[[], Mirror], url: str
) -> None:
    """With the state of an older version a sync scans nothing again and has the time of the statuses."""
    mirror = opened()
    mirror.sync()
    mirror.close()
    looked = microseconds(NOW) - 1_000_000
    old = f'{{"watermark":{microseconds(world.clock)},"begun":true,"looked":{looked},"gaps":[],"rounds":1,'
    old += f'"reconciled":{looked},"reconciled_in":0.5,"decided":{looked},"full":{looked},"full_in":0.5}}'
    store_state(url, old)
    mirror = opened()
    world.requests.clear()
    mirror.sync()

    assert len(world.requests) == 1
    assert mirror.snapshot().coverage.complete
    assert mirror.snapshot().coverage.reconciled_at == NOW - timedelta(seconds=1)


def test_back_dated_items_come_with_the_next_full_scan_whose_time_is_shown(
    world: World, opened: Callable[[], Mirror], clock: OurClock
) -> None:
    """Back-dated items are found by the daily full scan, whose time the coverage has."""
    insert_new(world, 380)
    mirror = opened()
    mirror.sync()
    first = mirror.snapshot().coverage.walked_at
    assert first is not None
    assert timedelta() <= NOW - first < timedelta(seconds=30)
    insert_new(world, 150, NOW - 2 * DAY)
    world.date = clock.at = NOW + DAY + HOUR
    mirror.sync()

    assert ids_of(mirror) == set(world.statuses())
    second = mirror.snapshot().coverage.walked_at
    assert second is not None
    assert timedelta() <= NOW + DAY + HOUR - second < timedelta(seconds=30)


def test_a_damaged_gap_is_read_as_none() -> None:
    """A state with an impossible gap is read as an empty state."""
    assert decoded(encoded(State(begun=True, gaps=[Gap(1 << 62, None)]))) == State()


def test_the_time_of_an_answer_is_utc() -> None:
    """The Date header of an answer is parsed as UTC."""
    world = World()
    world.insert()
    world.date = NOW
    walk = loop(world).feedback.iter()
    assert walk.date is None
    list(walk)
    assert walk.date == NOW
    assert NOW.tzinfo is UTC


def test_a_look_takes_so_many_pages_and_no_more(world: World, opened: Callable[[], Mirror]) -> None:
    """A look at a complete mirror is bounded in pages, however many items are dated ahead."""
    world.size, world.date = 3, None
    insert_new(world, 3 * HEAD_PAGES + 30, NOW + 9 * HOUR)
    mirror = opened()
    mirror.sync()
    before = len(world.requests)
    mirror.sync()

    assert len(world.requests) - before <= HEAD_PAGES
    assert ids_of(mirror) == set(world.statuses())


def test_a_server_at_the_end_of_all_years_stops_nothing(world: World, url: str) -> None:
    """A server time at the end of the year 9999 does not stop the sync."""
    world.date = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    seconds = count(microseconds(NOW), 2_000_000)
    for _ in range(2):
        mirror = Mirror(loop(world), url, schedule=SyncSchedule(clock=lambda: next(seconds)))
        mirror.sync()
        assert mirror.snapshot().coverage.complete
        assert ids_of(mirror) == set(world.statuses())
        mirror.close()


@pytest.mark.parametrize(
    ("field", "longest"), [("reconciled", DAY), ("full", 30 * DAY)], ids=["of the open items", "of all items"]
)
def test_a_walk_that_took_very_long_is_repeated_all_the_same(
    world: World, opened: Callable[[], Mirror], clock: OurClock, field: str, longest: timedelta
) -> None:
    """However long a scan took, open items are scanned again within a day, all items within 30 days."""
    world.date = None
    mirror = opened()
    mirror.sync()
    for later, is_due in ((longest - 2 * HOUR, False), (4 * HOUR, True)):
        state = decoded(mirror._store.state(1))  # noqa: SLF001
        state.reconciled_in = state.full_in = 1e8
        mirror._store.upsert(1, encoded(state), ())  # noqa: SLF001
        clock.at += later
        before = getattr(state, field)
        mirror.sync()
        walked = getattr(decoded(mirror._store.state(1)), field) != before  # noqa: SLF001
        assert walked is is_due
