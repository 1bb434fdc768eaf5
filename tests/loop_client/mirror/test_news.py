"""News are found by the next sync, whatever dates items carry and whatever our clock says."""

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
from tests.loop_client.mirror.world import START, World, held, store_state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HOUR, DAY, YEAR = timedelta(hours=1), timedelta(days=1), timedelta(days=365)
NOW = START + DAY
LATER = {"1 h": [HOUR], "9 h": [9 * HOUR], "several": [HOUR, 9 * HOUR, 20 * HOUR, 400 * DAY], "2099": [73 * YEAR]}
LATER |= {"a page": [n * 3 * DAY for n in range(1, 121)]}


class OurClock:
    """This machine's clock, which a test sets."""

    def __init__(self, at: datetime = NOW) -> None:
        """Right at first."""
        self.at = at

    def __call__(self) -> int:
        """µs since 1970."""
        return microseconds(self.at)


@pytest.fixture
def clock() -> OurClock:
    """A clock that is right."""
    return OurClock()


@pytest.fixture
def world() -> World:
    """An account with 5 resolved items of the day before, whose server tells its time."""
    world = World(size=100)
    for _ in range(5):
        world.insert(status="resolved")
    world.date = NOW
    return world


@pytest.fixture
def opened(world: World, url: str, clock: OurClock) -> Iterator[Callable[[], Mirror]]:
    """A mirror of it; each call opens the file anew."""
    mirrors: list[Mirror] = []

    def again() -> Mirror:
        if mirrors:
            mirrors[-1].close()
        mirrors.append(Mirror(loop(world, max_retries=0), url, schedule=SyncSchedule(clock=clock)))
        return mirrors[-1]

    yield again
    mirrors[-1].close()


def news(world: World, count: int, at: datetime = NOW) -> None:
    """So many resolved items, each a millisecond before the next, up to a moment; the server's time is that."""
    for number in range(count):
        world.insert(at=at - timedelta(milliseconds=count - number), status="resolved")
    if world.date is not None:
        world.date = at


@pytest.mark.parametrize("told", [True, False], ids=["with Date", "without Date"])
@pytest.mark.parametrize("ahead", LATER.values(), ids=LATER)
@pytest.mark.parametrize("count", [1, 250])
def test_items_dated_ahead_hide_no_news(
    world: World, opened: Callable[[], Mirror], ahead: list[timedelta], count: int, *, told: bool
) -> None:
    """One item, and more than a page holds, below any number of items that are dated ahead."""
    world.date = NOW if told else None
    for each in ahead:
        world.insert(at=NOW + each, status="resolved")
    mirror = opened()
    mirror.sync()
    for moment in (NOW, NOW + timedelta(minutes=5)):
        news(world, count, moment)
        mirror.sync()
        assert held(mirror) == set(world.statuses())
        assert mirror.snapshot().coverage.complete


@pytest.mark.parametrize("told", [True, False], ids=["with Date", "without Date"])
def test_news_of_a_night_are_found_below_an_item_dated_ahead(
    world: World, opened: Callable[[], Mirror], clock: OurClock, *, told: bool
) -> None:
    """None of them is of the last minute, which counts as new by itself, and no page shows all of them."""
    world.date = NOW if told else None
    world.insert(at=NOW + 9 * HOUR, status="resolved")
    mirror = opened()
    mirror.sync()
    for minutes in range(1, 251):
        world.insert(at=NOW + timedelta(minutes=minutes), status="resolved")
    clock.at = NOW + 5 * HOUR
    world.date = clock.at if told else None
    mirror.sync()

    assert held(mirror) == set(world.statuses())
    assert mirror.snapshot().coverage.complete


def test_thousands_dated_ahead_cost_their_pages_and_hide_no_news(world: World, opened: Callable[[], Mirror]) -> None:
    """Each sync walks past all of them, which is what it costs."""
    for number in range(5000):
        world.items.append({**world.items[0], "id": f"fb_ahead_{number}", "created": NOW + HOUR, "n": 10_000 + number})
    world.items.sort(key=lambda one: (one["created"], one["n"]), reverse=True)
    mirror = opened()
    mirror.sync()
    news(world, 1)
    before = len(world.requests)
    mirror.sync()

    assert held(mirror) == set(world.statuses())
    assert len(world.requests) - before == 51


def test_an_item_dated_ahead_costs_no_walk_of_all(world: World, opened: Callable[[], Mirror]) -> None:
    """It does not become the watermark, above which all would be news: the page that it stands on is enough."""
    world.insert(at=NOW + 9 * HOUR, status="resolved")
    news(world, 450, NOW - HOUR)
    world.date = NOW
    mirror = opened()
    mirror.sync()
    for minutes in (1, 2, 3):
        news(world, 1, NOW + timedelta(minutes=minutes))
        before = len(world.requests)
        mirror.sync()
        assert len(world.requests) - before == 1
        assert held(mirror) == set(world.statuses())


@pytest.mark.parametrize("told", [True, False], ids=["with Date", "without Date"])
def test_where_all_items_are_dated_ahead_news_are_found(
    world: World, opened: Callable[[], Mirror], *, told: bool
) -> None:
    """A producer that writes local time as UTC, and then one that does not."""
    world.items.clear()
    world.date = NOW if told else None
    news(world, 150, NOW + 9 * HOUR)
    world.date = NOW if told else None
    mirror = opened()
    mirror.sync()
    for at in (NOW + 9 * HOUR + timedelta(minutes=1), NOW):
        news(world, 150, at)
        world.date = NOW if told else None
        mirror.sync()
        assert held(mirror) == set(world.statuses())
        assert mirror.snapshot().coverage.complete


@pytest.mark.parametrize("ahead", [[], [73 * YEAR], LATER["a page"]], ids=["none", "2099", "a page"])
@pytest.mark.parametrize("jump", [-HOUR, -DAY, -30 * YEAR, DAY, 5 * YEAR, 3000 * YEAR], ids=str)
def test_a_clock_that_jumps_hides_no_news(
    world: World, opened: Callable[[], Mirror], clock: OurClock, jump: timedelta, ahead: list[timedelta]
) -> None:
    """Either way, there and back, over a restart: the server's time decides."""
    for each in ahead:
        world.insert(at=NOW + each, status="resolved")
    opened().sync()
    for step, off in enumerate([timedelta(), jump, jump, timedelta(), jump, timedelta(), timedelta()]):
        at = NOW + step * timedelta(minutes=3)
        clock.at = at + off
        news(world, 120, at)
        mirror = opened()
        mirror.sync()
        assert held(mirror) == set(world.statuses())
        assert mirror.snapshot().coverage.complete


@pytest.mark.parametrize("jump", [-HOUR, -DAY, -30 * YEAR, DAY, 5 * YEAR], ids=str)
def test_a_clock_that_jumps_hides_no_news_of_a_server_that_does_not_tell_its_time(
    world: World, opened: Callable[[], Mirror], clock: OurClock, jump: timedelta
) -> None:
    """With an item of 2099 on top."""
    world.date = None
    world.insert(at=NOW + 73 * YEAR, status="resolved")
    opened().sync()
    for step, off in enumerate([timedelta(), jump, jump, timedelta(), jump, timedelta(), timedelta()]):
        at = NOW + step * timedelta(minutes=3)
        clock.at = at + off
        news(world, 120, at)
        mirror = opened()
        mirror.sync()
        assert held(mirror) == set(world.statuses())
        assert mirror.snapshot().coverage.complete


@pytest.mark.parametrize("jump", [-DAY, -30 * YEAR, DAY, 5 * YEAR], ids=str)
@pytest.mark.parametrize("told", [True, False], ids=["with Date", "without Date"])
def test_a_clock_that_jumps_stops_no_walk(
    world: World, opened: Callable[[], Mirror], clock: OurClock, jump: timedelta, *, told: bool
) -> None:
    """Statuses are walked within minutes, and all items within a day, before, during and after."""
    world.insert()
    if not told:
        world.date = None
    opened().sync()
    at = NOW
    for off in (timedelta(), jump, timedelta()):
        for days in (0, 1, 2):
            at += days * DAY + timedelta(minutes=10)
            clock.at, world.date = at + off, at if told else None
            world.requests.clear()
            opened().sync()
            asked = [query.get("status") for query in world.requests]
            walked_all = asked.count(None) >= 2  # the head, and all items
            assert walked_all or (days == 0 and "open" in asked)


def test_a_state_with_times_far_ahead_stops_no_walk(world: World, opened: Callable[[], Mirror], url: str) -> None:
    """As a clock that was wrong once has left it in the file, with walks that seem to have taken years."""
    opened().sync()
    mirror, far = opened(), microseconds(NOW + 900 * YEAR)
    state = State(watermark=far, begun=True, looked=far, reconciled=far, statuses_before=far, full=far)
    state.reconciled_in = state.full_in = 3e10
    mirror.close()
    store_state(url, encoded(state))
    news(world, 250)
    mirror = opened()
    mirror.sync()

    coverage = mirror.snapshot().coverage
    assert held(mirror) == set(world.statuses())
    assert coverage.reconciled_at is not None
    assert coverage.reconciled_at <= NOW
    assert coverage.walked_at is not None
    assert coverage.walked_at <= NOW


def test_a_state_beyond_all_times_is_begun_anew(world: World, opened: Callable[[], Mirror], url: str) -> None:
    """A damaged number is no time: nothing fails, all is walked once more, and what is gone is still found."""
    opened().sync()
    opened().close()
    store_state(url, encoded(State(begun=True, looked=1 << 60)))
    gone = world.items.pop()["id"]
    mirror = opened()
    mirror.sync()
    assert mirror.snapshot().coverage.complete
    mirror.sync(full=True)
    assert gone not in held(mirror)


def test_a_watermark_ahead_of_an_older_version_is_walked_again(
    world: World, opened: Callable[[], Mirror], url: str
) -> None:
    """What it hid is found, and until then the copy does not call itself complete."""
    opened().sync()
    opened().close()
    news(world, 300)
    at, looked = microseconds(NOW + 9 * HOUR), microseconds(NOW)
    state = State(watermark=at, begun=True, looked=looked, reconciled=looked, statuses_before=looked, full=looked)
    store_state(url, encoded(state))
    mirror = opened()
    assert not mirror.snapshot().coverage.complete
    mirror.sync()
    assert held(mirror) == set(world.statuses())
    assert mirror.snapshot().coverage.complete


def test_a_sync_resumes_from_the_state_of_an_older_version(
    world: World, opened: Callable[[], Mirror], url: str
) -> None:
    """It walks nothing again, and knows as of when statuses are known."""
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
    """The API gives no better way: what stands behind the head is found within a day."""
    news(world, 380)
    mirror = opened()
    mirror.sync()
    first = mirror.snapshot().coverage.walked_at
    assert first is not None
    assert timedelta() <= NOW - first < timedelta(seconds=30)
    news(world, 150, NOW - 2 * DAY)
    world.date = clock.at = NOW + DAY + HOUR
    mirror.sync()

    assert held(mirror) == set(world.statuses())
    second = mirror.snapshot().coverage.walked_at
    assert second is not None
    assert timedelta() <= NOW + DAY + HOUR - second < timedelta(seconds=30)


def test_a_damaged_gap_is_read_as_none() -> None:
    """Numbers beyond all times do not reach the pages."""
    assert decoded(encoded(State(begun=True, gaps=[Gap(1 << 62, None)]))) == State()


def test_the_time_of_an_answer_is_utc() -> None:
    """So that it can be compared."""
    world = World()
    world.insert()
    world.date = NOW
    walk = loop(world).feedback.iter()
    assert walk.date is None
    list(walk)
    assert walk.date == NOW
    assert NOW.tzinfo is UTC


def test_a_look_takes_so_many_pages_and_no_more(world: World, opened: Callable[[], Mirror]) -> None:
    """However many items are dated ahead: a copy that is up to date asks for no more than that at a time."""
    world.size, world.date = 3, None
    news(world, 3 * HEAD_PAGES + 30, NOW + 9 * HOUR)
    mirror = opened()
    mirror.sync()
    before = len(world.requests)
    mirror.sync()

    assert len(world.requests) - before <= HEAD_PAGES
    assert held(mirror) == set(world.statuses())


def test_a_server_at_the_end_of_all_years_stops_nothing(world: World, url: str) -> None:
    """A second later its time would be in no year: what is stored can be read all the same."""
    world.date = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    seconds = count(microseconds(NOW), 2_000_000)
    for _ in range(2):
        mirror = Mirror(loop(world), url, schedule=SyncSchedule(clock=lambda: next(seconds)))
        mirror.sync()
        assert mirror.snapshot().coverage.complete
        assert held(mirror) == set(world.statuses())
        mirror.close()


@pytest.mark.parametrize(
    ("field", "longest"), [("reconciled", DAY), ("full", 30 * DAY)], ids=["of the open items", "of all items"]
)
def test_a_walk_that_took_very_long_is_repeated_all_the_same(
    world: World, opened: Callable[[], Mirror], clock: OurClock, field: str, longest: timedelta
) -> None:
    """Twenty times as long as it took, and a day for the open items, a month for all of them, at the most."""
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
