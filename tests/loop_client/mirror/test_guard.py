"""Another account's items, an empty list and a list that was set back are noticed before they mix with stored items."""

from __future__ import annotations

import pickle
from contextlib import closing, suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from loop_client import APIConnectionError, LoopError
from loop_client.mirror import Mirror, SyncSchedule, UnexpectedListError
from loop_client.mirror.guard import ACCEPTED_LOOKS
from loop_client.mirror.head import HEAD_PAGES
from loop_client.mirror.moments import microseconds
from tests.answers import loop
from tests.loop_client.mirror.world import START, World, ids_of

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = START + timedelta(days=1)


class Twice:
    """An account with a mirror, and another account that answers some of the requests."""

    def __init__(self, url: str, size: int = 100) -> None:
        """Sync 150 items."""
        self.world, self.at, self.url, self.size = World(size), NOW, url, size
        for number in range(150):
            self.world.insert(status="open" if number % 5 == 0 else "resolved")
        self.ours, self.request_number = self.world.items, 0
        self.others: list[dict[str, Any]] = []
        self.foreign: range | tuple[int, ...] = ()
        self.world.before_each = self.answer
        self.mirror = self.opened()
        self.mirror.sync()
        self.first = ids_of(self.mirror)

    def opened(self) -> Mirror:
        """Open the mirror."""
        return Mirror(
            loop(self.world, max_retries=0), self.url, schedule=SyncSchedule(clock=lambda: microseconds(self.at))
        )

    def another(self, count: int, newest: datetime, *, same_ids: bool = False) -> None:
        """Make the other account's items, a second apart; with `same_ids` their ids are those of our items."""
        other = World()
        for number in range(count):
            other.insert(at=newest - timedelta(seconds=number), message="Another's")
        ours = [one["id"] for one in self.ours]
        for one in other.items:
            one["id"] = ours[-one["n"] % len(ours)] if same_ids else f"other_{one['n']}"
        self.others = other.items

    def sync(self, foreign: range | tuple[int, ...] = (), *, minutes: float = 6, full: bool = False) -> None:
        """Sync some minutes later; the other account answers the requests with these numbers."""
        self.at += timedelta(minutes=minutes)
        self.foreign, self.request_number = foreign, 0
        try:
            self.mirror.sync(full=full)
        finally:
            self.foreign, self.world.items = (), self.ours

    def strangers(self) -> list[str]:
        """The ids under which items of the other account are shown."""
        frame = self.mirror.snapshot().frame
        return list(frame["id"][frame["message"] == "Another's"])

    def tick(self) -> int:
        """Choose the account that answers the next request, and return the request's number in this sync."""
        self.request_number += 1
        self.world.items = self.others if self.request_number in self.foreign else self.ours
        return self.request_number

    def answer(self, _: int) -> str:
        """Let the chosen account answer without a fault."""
        self.tick()
        return ""


@pytest.fixture
def twice(url: str) -> Iterator[Twice]:
    """An account with a mirror, and another account."""
    twice = Twice(url)
    yield twice
    twice.mirror.close()


ALL = range(1, 1000)
OTHERS = {
    "older": (100, START - timedelta(days=30)),
    "as old": (100, START + timedelta(seconds=60)),
    "newer": (100, NOW),
    "more, and newer": (450, NOW + timedelta(minutes=5)),
    "one": (1, NOW),
}


@pytest.mark.parametrize("same_ids", [False, True])
@pytest.mark.parametrize(("count", "newest"), OTHERS.values(), ids=OTHERS)
def test_anothers_items_are_not_stored(twice: Twice, count: int, newest: datetime, *, same_ids: bool) -> None:
    """The sync reports another account's list and stores nothing, until the right list is back."""
    twice.another(count, newest, same_ids=same_ids)
    for _ in range(3):
        with pytest.raises(UnexpectedListError, match="nothing of it was stored"):
            twice.sync(ALL)
        assert ids_of(twice.mirror) == twice.first
        assert twice.strangers() == []
        assert isinstance(twice.mirror.state().error, UnexpectedListError)
    twice.mirror.close()
    twice.mirror = twice.opened()
    twice.world.insert()
    twice.sync()
    assert ids_of(twice.mirror) == set(twice.world.statuses())
    assert twice.mirror.state().error is None
    assert twice.mirror.snapshot().coverage.complete


@pytest.mark.parametrize("other", [OTHERS[name] for name in ("older", "as old", "more, and newer")])
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("first", [2, 3, 5])
@pytest.mark.parametrize("size", [20, 100])
def test_anothers_items_are_not_stored_in_mid_sync(
    url: str, other: tuple[int, datetime], first: int, size: int, *, full: bool
) -> None:
    """Another account's items are not stored, whichever walk of a sync meets them first."""
    twice = Twice(url, size)
    twice.another(*other)
    twice.at += timedelta(days=2)
    for one in twice.ours[::7]:
        one["status"] = "resolved"
    try:
        twice.sync(range(first, 1000), full=full)
    except LoopError:
        assert twice.request_number >= first
    assert twice.strangers() == []
    assert ids_of(twice.mirror) == twice.first
    twice.sync(full=True)
    assert ids_of(twice.mirror) == set(twice.world.statuses())
    twice.mirror.close()


def test_a_page_of_another_account_is_requested_again(twice: Twice) -> None:
    """A single page of another account during a full scan is requested again, and the scan completes."""
    twice.another(100, NOW)
    twice.sync((3,), full=True)
    assert ids_of(twice.mirror) == twice.first
    assert twice.mirror.snapshot().coverage.complete


@pytest.mark.parametrize("newest", [START - timedelta(days=30), START + timedelta(seconds=1)])
def test_the_end_of_a_gap_shows_what_is_known_below_it(url: str, newest: datetime) -> None:
    """Another account's page does not close a gap at the watermark's time."""
    twice = Twice(url, 20)
    with closing(twice.mirror):
        for _ in range(50):
            twice.world.insert(tie=True)
        twice.sync(full=True)
        twice.another(50, newest)
        twice.sync((2,), minutes=1)
        assert twice.strangers() == []
        assert ids_of(twice.mirror) == set(twice.world.statuses())
        assert twice.mirror.snapshot().coverage.complete


@pytest.mark.parametrize("foreign", [(1,), (2,), (1, 2), (1, 2, 3)])
@pytest.mark.parametrize("is_refused", [False, True])
@pytest.mark.parametrize("new_count", [0, 130, 250])
def test_one_page_of_a_look_is_anothers(
    twice: Twice, foreign: tuple[int, ...], new_count: int, *, is_refused: bool
) -> None:
    """Some pages of a busier account in a look are not stored, and the next sync is complete."""
    twice.another(450, NOW + timedelta(hours=2))
    for number in range(new_count):
        twice.world.insert(at=NOW + timedelta(seconds=number))
    twice.at += timedelta(hours=1)
    twice.world.before_each = lambda _: "refuse" if twice.tick() == 2 and is_refused else ""
    with suppress(UnexpectedListError):
        twice.sync(foreign)
    assert twice.strangers() == []
    twice.sync()
    assert twice.strangers() == []
    assert ids_of(twice.mirror) == set(twice.world.statuses())
    assert twice.mirror.state().error is None
    assert twice.mirror.snapshot().coverage.complete


@pytest.mark.parametrize("new_count", [0, 130])
def test_a_cached_first_page_of_another_account_is_noticed(twice: Twice, new_count: int) -> None:
    """A cache that repeats another account's first page is noticed, because pages of another size differ."""
    twice.another(450, NOW + timedelta(hours=2))
    for number in range(new_count):
        twice.world.insert(at=NOW + timedelta(seconds=number))
    twice.at += timedelta(hours=1)
    first = {"limit": "100"}

    def cached(_: int) -> str:
        twice.world.items = twice.others if twice.world.requests[-1] == first else twice.ours
        return ""

    twice.world.before_each = cached
    for _ in range(3):
        with suppress(UnexpectedListError):
            twice.sync()
        assert twice.strangers() == []
    twice.world.before_each = lambda _: ""
    twice.sync()
    assert ids_of(twice.mirror) == set(twice.world.statuses())


def test_a_list_that_differs_each_time_is_reported(twice: Twice) -> None:
    """A list that differs with each request is reported, nothing is stored, and the next sync can succeed."""
    twice.another(450, NOW + timedelta(hours=2))
    twice.at += timedelta(hours=1)
    answer = twice.world.before_each

    def newer(number: int) -> str:
        for one in twice.others:
            one["id"] = f"{one['id']}_{number}"
        return answer(number)

    twice.world.before_each = newer
    with pytest.raises(UnexpectedListError, match="other items with each request"):
        twice.sync(range(1, 1000, 2))
    assert ids_of(twice.mirror) == twice.first
    twice.sync()
    assert twice.mirror.state().error is None


@pytest.mark.parametrize("arrives", [0, 150])
def test_many_new_items_cost_one_more_request_for_each_page(twice: Twice, arrives: int) -> None:
    """Many new items are accepted with one extra request per page, even if more arrive meanwhile."""
    for number in range(250):
        twice.world.insert(at=NOW + timedelta(seconds=number))
    known, before = set(twice.world.statuses()), len(twice.world.requests)

    def tick(_: int) -> str:
        for number in range(arrives if twice.tick() > 1 else 0):
            twice.world.insert(at=twice.at + timedelta(seconds=twice.request_number, milliseconds=number))
        return ""

    twice.world.before_each = tick
    twice.sync(minutes=4.9)
    assert twice.mirror.state().error is None
    assert known <= ids_of(twice.mirror)
    assert arrives or len(twice.world.requests) - before == 5


@pytest.mark.parametrize("fails_at", [0, 120, 149])
def test_a_look_goes_on_until_it_is_clear_whose_list_it_is(url: str, fails_at: int) -> None:
    """A look goes beyond the pages that it stores until it knows whose list it reads."""
    twice = Twice(url, 3)
    with closing(twice.mirror):
        twice.another(3 * HEAD_PAGES + 150, NOW + timedelta(minutes=30))
        twice.at += timedelta(hours=1)
        twice.world.before_each = lambda _: "reset" if twice.tick() == fails_at else ""
        for _ in range(3):
            with pytest.raises(LoopError):
                twice.sync(ALL)
        twice.world.before_each = twice.answer
        twice.sync()
        assert twice.strangers() == []
        assert ids_of(twice.mirror) == set(twice.world.statuses())
        assert twice.mirror.snapshot().coverage.complete


@pytest.mark.parametrize("new_count", [3 * HEAD_PAGES - 2, 3 * HEAD_PAGES, 3 * HEAD_PAGES + 150])
def test_more_news_than_one_look_keeps_are_all_found(url: str, new_count: int) -> None:
    """New items beyond the pages that a look stores become a gap, which the same sync closes, each page of it twice."""
    twice = Twice(url, 3)
    with closing(twice.mirror):
        for number in range(new_count):
            twice.world.insert(at=NOW + timedelta(seconds=number / 2), status="resolved")
        before = len(twice.world.requests)
        twice.sync(minutes=4.9)
        assert ids_of(twice.mirror) == set(twice.world.statuses())
        assert twice.mirror.snapshot().coverage.complete
        pages = new_count // 3 + 1
        below, stored_pages = max(0, pages - HEAD_PAGES), min(new_count // 3, HEAD_PAGES)
        assert len(twice.world.requests) - before == pages + stored_pages + max(0, 2 * below - 1)
        gap = [(one["cursor"], one["limit"]) for one in twice.world.requests[before + pages + stored_pages :]]
        places = [cursor.split("-")[0] for cursor, _ in gap]
        assert len({(place, limit) for place, (_, limit) in zip(places, gap, strict=True)}) == len(gap), "a cache's"


@pytest.mark.parametrize("wrong", [252, 253, 270])
def test_one_wrong_page_below_what_a_look_stores_is_not_stored(url: str, wrong: int) -> None:
    """A page of a gap without a known item is stored only when it comes again."""
    twice = Twice(url, 3)
    with closing(twice.mirror):
        for number in range(3 * HEAD_PAGES + 150):
            twice.world.insert(at=NOW + timedelta(seconds=number / 2), status="resolved")
        twice.another(30, NOW + timedelta(seconds=30))
        twice.sync((wrong,), minutes=4.9)
        assert twice.strangers() == []
        twice.sync()
        assert ids_of(twice.mirror) == set(twice.world.statuses())
        assert twice.mirror.snapshot().coverage.complete


@pytest.mark.parametrize("first", [2, 3, 5])
def test_another_accounts_items_with_our_ids_are_not_stored(twice: Twice, first: int) -> None:
    """A known id alone does not make an item ours."""
    twice.another(*OTHERS["as old"], same_ids=True)
    twice.at += timedelta(days=2)
    with suppress(LoopError):
        twice.sync(range(first, 1000), full=True)
    assert twice.strangers() == []


def test_another_key_whose_items_have_our_ids_gets_a_copy_of_its_own(twice: Twice) -> None:
    """Another key whose items have the same ids gets its own mirror, and the first mirror stays intact."""
    twice.another(120, NOW, same_ids=True)
    twice.mirror.close()
    twice.world.before_each, twice.world.items = lambda _: "", twice.others
    other = Mirror(loop(twice.world, api_key="another"), twice.url)
    other.sync()
    assert set(other.snapshot().frame["message"]) == {"Another's"}
    other.close()
    twice.mirror = twice.opened()
    assert twice.strangers() == []
    assert ids_of(twice.mirror) == twice.first


def test_another_key_with_large_pages_gets_a_copy(url: str) -> None:
    """Another key gets its own mirror, even if its first page exceeds 16 MiB and is requested in parts."""
    world = World(size=100)
    mirror = Mirror(loop(world), url)
    world.insert()
    mirror.sync()
    mirror.close()
    world.items.clear()
    for _ in range(30):
        world.insert(message="m" * 800_000)
    mirror = Mirror(loop(world, api_key="another"), url)
    mirror.sync()
    assert ids_of(mirror) == set(world.statuses())
    mirror.close()


@pytest.mark.parametrize("same_ids", [False, True])
def test_what_a_cut_look_took_from_another_account_is_deleted(twice: Twice, *, same_ids: bool) -> None:
    """Another account's items from an interrupted look are deleted by the next complete look."""
    twice.another(150, NOW + timedelta(minutes=30), same_ids=same_ids)
    answer = twice.world.before_each
    twice.world.before_each = lambda number: answer(number) or ("reset" if twice.request_number == 2 else "")
    twice.at += timedelta(hours=1)
    with pytest.raises(APIConnectionError):
        twice.sync(ALL)
    twice.world.before_each = answer
    assert not twice.mirror.snapshot().coverage.complete
    assert len(twice.strangers()) == (0 if same_ids else 100)
    twice.sync()
    assert ids_of(twice.mirror) == twice.first
    assert twice.strangers() == []
    assert twice.mirror.snapshot().coverage.complete


def test_what_a_cut_look_took_from_another_account_vouches_for_nothing(twice: Twice) -> None:
    """Items from an interrupted look do not count as known, so they do not vouch for the other account."""
    twice.another(150, NOW + timedelta(minutes=30))
    answer = twice.world.before_each
    twice.world.before_each = lambda number: answer(number) or ("reset" if twice.request_number == 2 else "")
    twice.at += timedelta(hours=1)
    with pytest.raises(APIConnectionError):
        twice.sync(ALL)
    twice.world.before_each = answer
    taken = twice.strangers()
    for _ in range(3):
        with pytest.raises(UnexpectedListError, match="nothing of it was stored"):
            twice.sync(ALL)
        assert twice.strangers() == taken
        assert not twice.mirror.snapshot().coverage.complete
    twice.sync()
    assert ids_of(twice.mirror) == twice.first
    assert twice.mirror.snapshot().coverage.complete


@pytest.mark.parametrize("strangers", [0, 150])
def test_a_reset_list_is_known_by_the_rows_that_full_scans_have_seen(twice: Twice, strangers: int) -> None:
    """After a reset list was accepted, another account or an empty list is still refused."""
    del twice.ours[:40]
    twice.sync()
    twice.sync(minutes=62)  # a full scan
    assert twice.mirror.state().error is None
    known, twice.others = ids_of(twice.mirror), []
    if strangers:
        twice.another(strangers, twice.at)
    with suppress(UnexpectedListError):
        twice.sync(ALL)
    assert twice.strangers() == []
    assert ids_of(twice.mirror) == known
    assert isinstance(twice.mirror.state().error, UnexpectedListError)


def test_an_account_that_was_begun_anew_is_accepted_within_hours(twice: Twice) -> None:
    """A new list replaces the old one after an hour and 30 looks, or with the next full scan."""
    twice.another(250, NOW)
    refused = 0
    for _ in range(100):
        try:
            twice.sync(ALL, minutes=1)
            break
        except UnexpectedListError:
            refused += 1
    assert 59 <= refused <= 61
    assert ids_of(twice.mirror) == {one["id"] for one in twice.others}
    assert twice.mirror.state().error is None

    twice.sync(full=True)
    assert ids_of(twice.mirror) == twice.first


def test_a_clock_that_jumps_accepts_nothing(twice: Twice) -> None:
    """A clock that jumps by years does not count as an hour of looks."""
    twice.another(250, NOW)
    for years in (30, -60, 30):
        twice.at += timedelta(days=365 * years)
        for _ in range(5):
            with pytest.raises(UnexpectedListError):
                twice.sync(ALL, minutes=0.2)
    assert ids_of(twice.mirror) == twice.first


def test_an_empty_list_is_reported_and_deletes_nothing(twice: Twice) -> None:
    """An empty list is reported and deletes nothing, however often it is seen."""
    twice.others = []
    before = twice.mirror.state().checked_at
    for _ in range(100):
        twice.sync(ALL)
    assert ids_of(twice.mirror) == twice.first
    assert "is empty" in str(twice.mirror.state().error)
    assert twice.mirror.state().checked_at == before
    twice.sync()
    assert twice.mirror.state().error is None
    assert twice.mirror.state().checked_at != before


@pytest.mark.parametrize("answers", [2, 3])
def test_a_list_that_ends_too_early_closes_no_gap(url: str, answers: int) -> None:
    """A list that ends too early closes no gap, so the mirror does not claim to be complete."""
    twice = Twice(url, 20)
    twice.others = []
    for number in range(90):
        twice.world.insert(at=NOW + timedelta(seconds=number))
    twice.at = NOW + timedelta(hours=1)
    twice.world.before_each = lambda _: "reset" if twice.tick() > answers else ""
    with pytest.raises(APIConnectionError):
        twice.sync()
    twice.world.before_each = twice.answer
    with pytest.raises(LoopError):
        twice.sync(range(2, 1000))
    missing = set(twice.world.statuses()) - ids_of(twice.mirror)
    assert not (missing and twice.mirror.snapshot().coverage.complete)
    twice.sync()
    assert ids_of(twice.mirror) == set(twice.world.statuses())
    assert twice.mirror.snapshot().coverage.complete
    twice.mirror.close()


def test_a_list_of_unreadable_items_is_not_called_empty(twice: Twice) -> None:
    """A list of unreadable items is reported as such, without advice to delete the mirror."""
    twice.others = [one | {"message": None} for one in twice.ours]
    twice.sync(ALL)
    assert ids_of(twice.mirror) == twice.first
    assert "None of the items" in str(twice.mirror.state().error)
    assert "purge" not in str(twice.mirror.state().error)
    assert twice.mirror.state().rejections
    twice.sync()
    assert twice.mirror.state().error is None


def test_a_list_with_newer_items_is_not_reported_as_reset(twice: Twice) -> None:
    """When all items were deleted and one was submitted here, the error reports deleted items, not a reset list."""
    twice.ours.clear()
    twice.sync()
    assert "is empty" in str(twice.mirror.state().error)
    new = twice.world.insert(at=twice.at)
    twice.mirror.add(loop(twice.world).feedback.list().data[0])
    twice.sync()
    assert "older" not in str(twice.mirror.state().error)
    assert "deleted" in str(twice.mirror.state().error)
    for _ in range(3):
        twice.sync(minutes=62)
    assert ids_of(twice.mirror) == {new}
    assert twice.mirror.state().error is None


def test_a_reset_list_is_reported(twice: Twice) -> None:
    """A list without its newest items is reported, new items still arrive, and full scans decide on deletion."""
    del twice.ours[:40]
    twice.sync()
    assert "set back" in str(twice.mirror.state().error)
    assert ids_of(twice.mirror) == twice.first
    new = twice.world.insert(at=twice.at)
    twice.sync()
    assert "set back" in str(twice.mirror.state().error)
    assert new in ids_of(twice.mirror)
    for _ in range(3):
        twice.sync(minutes=62)
    assert ids_of(twice.mirror) == set(twice.world.statuses())
    assert twice.mirror.state().error is None


@pytest.fixture
def submitted(url: str) -> Iterator[tuple[World, Mirror]]:
    """An account whose list was empty, and its mirror, with the first item, which was submitted here."""
    world = World()
    mirror = Mirror(loop(world, max_retries=0), url, schedule=SyncSchedule(clock=lambda: microseconds(NOW)))
    mirror.sync()
    world.insert(at=NOW)
    mirror.add(loop(world).feedback.list().data[0])
    yield world, mirror
    mirror.close()


def another_accounts_items(newest: datetime) -> list[dict[str, Any]]:
    """Five items of another account."""
    other = World()
    for number in range(5):
        other.insert(at=newest - timedelta(seconds=number), message="Another's")
    return [one | {"id": f"other_{one['n']}"} for one in other.items]


def check_refused_until_ours_is_back(world: World, mirror: Mirror, ours: list[dict[str, Any]]) -> None:
    """Check that nothing of the current list is stored, and that our own list is accepted at once."""
    with pytest.raises(UnexpectedListError, match="does not show the newest item stored here"):
        mirror.sync()
    assert ids_of(mirror) == {one["id"] for one in ours}
    world.items = ours
    mirror.sync()
    assert mirror.state().error is None
    assert mirror.snapshot().coverage.complete


@pytest.mark.parametrize("newest", [NOW - timedelta(days=1), NOW, NOW + timedelta(minutes=1)])
def test_an_account_is_known_by_the_first_item_too(submitted: tuple[World, Mirror], newest: datetime) -> None:
    """A list without the item that was submitted here is refused as another account's."""
    world, mirror = submitted
    ours, world.items = world.items, another_accounts_items(newest)
    check_refused_until_ours_is_back(world, mirror, ours)


def test_a_list_that_is_still_empty_is_no_alarm(submitted: tuple[World, Mirror]) -> None:
    """A list that does not show the submitted item yet is not an error."""
    world, mirror = submitted
    ours, world.items = world.items, []
    mirror.sync()
    assert mirror.state().error is None
    world.items = ours
    mirror.sync()
    assert ids_of(mirror) == {one["id"] for one in ours}


@pytest.mark.parametrize("looks", [1, 3])
def test_an_account_is_known_by_its_first_item_after_an_empty_list(submitted: tuple[World, Mirror], looks: int) -> None:
    """After empty lists, a list without the submitted item is still refused."""
    world, mirror = submitted
    ours, world.items = world.items, []
    for _ in range(looks):
        mirror.sync()
    world.items = another_accounts_items(NOW)
    check_refused_until_ours_is_back(world, mirror, ours)


@pytest.mark.parametrize("count", [1, 3, 15])
def test_some_deleted_items_are_no_alarm(twice: Twice, count: int) -> None:
    """A few deleted items at the head of the list are not an error."""
    del twice.ours[:count]
    for _ in range(3):
        twice.sync(minutes=200)
        assert twice.mirror.state().error is None
    twice.sync(full=True)
    assert ids_of(twice.mirror) == set(twice.world.statuses())


def test_the_error_can_be_pickled() -> None:
    """UnexpectedListError can be pickled."""
    error = UnexpectedListError("text")
    assert str(pickle.loads(pickle.dumps(error))) == "text"  # noqa: S301 - our own


def test_a_clock_that_is_set_back_makes_no_hour_pass(twice: Twice) -> None:
    """When the clock is set back, the hour before another list is accepted starts again."""
    twice.another(100, NOW)
    with pytest.raises(UnexpectedListError):
        twice.sync(ALL)
    twice.at -= timedelta(days=1)
    for _ in range(ACCEPTED_LOOKS + 5):
        with pytest.raises(UnexpectedListError):
            twice.sync(ALL, minutes=1)

    assert ids_of(twice.mirror) == twice.first
