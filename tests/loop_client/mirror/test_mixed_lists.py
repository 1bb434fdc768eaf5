"""Wrong answers found by attacking the guard: mixed lists, interrupted looks, a busy account, a process that ends."""

from __future__ import annotations

from contextlib import closing, suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from loop_client import APIConnectionError, LoopError
from loop_client.mirror import Mirror, SyncSchedule, UnexpectedListError
from loop_client.mirror.head import HEAD_PAGES, Look
from loop_client.mirror.moments import microseconds
from tests.answers import loop
from tests.loop_client.mirror.test_guard import ALL, NOW, Twice
from tests.loop_client.mirror.world import START, CrashError, World, ids_of, store_of

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def twice(url: str) -> Iterator[Twice]:
    """An account with a mirror, and another account."""
    twice = Twice(url)
    yield twice
    twice.mirror.close()


def cut_short(twice: Twice) -> None:
    """Interrupt a look after its first page, which is another account's."""
    twice.at += timedelta(hours=1)
    twice.world.before_each = lambda number: twice.answer(number) or ("reset" if twice.request_number == 2 else "")
    with pytest.raises(APIConnectionError):
        twice.sync(ALL)
    twice.world.before_each = twice.answer


def insert_new(twice: Twice, count: int, since: datetime = NOW) -> None:
    """Insert resolved items, a tenth of a second apart."""
    for number in range(count):
        twice.world.insert(at=since + timedelta(seconds=number / 10), status="resolved")


def check_complete(twice: Twice) -> None:
    """All items of the account are shown, and no others."""
    assert twice.strangers() == []
    assert ids_of(twice.mirror) == set(twice.world.statuses())
    assert twice.mirror.state().error is None
    assert twice.mirror.snapshot().coverage.complete


def test_what_a_cut_look_took_is_deleted_below_the_next_one_too(twice: Twice) -> None:
    """Another account's items from an interrupted look are deleted, even where new items fill the next first page."""
    twice.another(105, NOW + timedelta(minutes=30))
    for number, one in enumerate(twice.others[-10:]):
        one["created"] = START + timedelta(seconds=140.5 - number)
    cut_short(twice)
    assert len(twice.strangers()) == 100
    insert_new(twice, 95)
    twice.sync()
    check_complete(twice)


def test_a_process_that_ends_after_the_deletion_loses_no_new_items(twice: Twice) -> None:
    """A process that ends between the deletion of foreign items and the end of the look loses no new items."""
    twice.another(150, NOW + timedelta(minutes=30))
    cut_short(twice)
    insert_new(twice, 250, NOW + timedelta(minutes=40))
    twice.mirror.close()

    def clock() -> int:
        if twice.request_number and not store_of(twice.mirror).known(1, ["other_1"]):
            raise CrashError
        return microseconds(twice.at)

    twice.mirror = Mirror(loop(twice.world, max_retries=0), twice.url, schedule=SyncSchedule(clock=clock))
    with pytest.raises(CrashError):
        twice.sync()
    twice.mirror.close()
    twice.mirror = twice.opened()
    twice.sync()
    check_complete(twice)


def test_what_a_cut_look_took_does_not_vouch_for_the_same_page(twice: Twice) -> None:
    """Items from an interrupted look do not vouch for the same page when a cache repeats it."""
    twice.another(450, NOW + timedelta(minutes=30))
    cut_short(twice)
    twice.sync((1,))
    check_complete(twice)


def test_looks_at_an_empty_list_do_not_count_for_another_one(twice: Twice) -> None:
    """Looks at an empty list do not count towards accepting another account's list."""
    twice.others = []
    for _ in range(40):
        twice.sync(ALL, minutes=3)
    twice.another(100, NOW)
    with pytest.raises(UnexpectedListError, match="nothing of it was stored"):
        twice.sync(ALL)
    assert ids_of(twice.mirror) == twice.first


@pytest.mark.parametrize("every", [1, 10])
def test_items_that_arrive_during_a_long_look_are_accepted(url: str, every: int) -> None:
    """Items that arrive during a long look do not make the second look fail as another list."""
    twice = Twice(url, 3)
    with closing(twice.mirror):
        insert_new(twice, 3 * HEAD_PAGES + 30)
        known = set(twice.world.statuses())

        def tick(_: int) -> str:
            if twice.tick() % every == 0:
                twice.world.insert(at=twice.at + timedelta(milliseconds=twice.request_number), status="resolved")
            return ""

        twice.world.before_each = tick
        twice.sync(minutes=4)
        assert twice.mirror.state().error is None
        assert known <= ids_of(twice.mirror)


def test_items_that_two_walks_missed_are_found_by_the_next_look(twice: Twice) -> None:
    """Items that a lagging replica hid from two full scans are found by the next look."""
    insert_new(twice, 150)
    twice.at += timedelta(hours=1)
    twice.sync()
    twice.others = twice.ours[150:]
    with suppress(LoopError):
        twice.sync(range(2, 1000), full=True)
    twice.sync()
    check_complete(twice)


def test_a_cached_first_page_of_another_accounts_open_items_is_noticed(url: str) -> None:
    """A cached first page of another account's open items is not stored."""
    twice = Twice(url, 20)
    with closing(twice.mirror):
        twice.another(100, START - timedelta(days=30))

        def cached(_: int) -> str:
            query = twice.world.requests[-1]
            is_cached = "status" in query and "cursor" not in query and query["limit"] == "100"
            twice.world.items = twice.others if is_cached else twice.ours
            return ""

        twice.world.before_each = cached
        with suppress(UnexpectedListError):
            twice.sync()
        assert twice.strangers() == []


def test_the_newest_are_shown_where_the_api_refuses_to_page_so_deep(url: str) -> None:
    """Where the API refuses deep pages, as search indexes do, the newest items are still shown."""
    twice = Twice(url, 3)
    with closing(twice.mirror):
        insert_new(twice, 3 * HEAD_PAGES + 60)
        last = next(iter(twice.world.statuses()))
        deepest = twice.world.made - 3 * HEAD_PAGES - 3

        def tick(_: int) -> str:
            cursor = twice.world.requests[-1].get("cursor", "")
            return "refuse" if cursor and int(cursor.split("-")[0].split(".")[1]) < deepest else ""

        twice.world.before_each = tick
        with suppress(LoopError):
            twice.sync(minutes=4)
        assert last in ids_of(twice.mirror)


def test_one_page_of_a_replica_that_lags_hides_no_new_items(twice: Twice) -> None:
    """One page from a lagging replica in the second look hides no new items."""
    twice.others = twice.ours.copy()
    insert_new(twice, 250)
    twice.at += timedelta(hours=1)
    twice.sync((5,), minutes=4)
    for _ in range(2):
        twice.sync()
    check_complete(twice)


def with_ties(twice: Twice) -> None:
    """A page of items of the watermark's time, and a back-dated one below: the next look leaves a gap over it."""
    for _ in range(19):
        twice.world.insert(tie=True)
    twice.sync(full=True)
    twice.world.insert(at=START - timedelta(days=1), status="resolved")
    del twice.ours[twice.size : -1]


def test_a_back_dated_item_below_a_gap_ends_the_sync(url: str) -> None:
    """A sync ends where a page of items has the watermark's time and a back-dated item stands below."""
    twice = Twice(url, 20)
    with closing(twice.mirror):
        with_ties(twice)
        at_the_watermark = [one for one in twice.ours if one["created"] == twice.ours[0]["created"]]
        assert len(at_the_watermark) == twice.size
        before = len(twice.world.requests)
        twice.sync(minutes=1)
        assert len(twice.world.requests) - before <= 5
        twice.sync(full=True)
        twice.sync(full=True)
        assert ids_of(twice.mirror) == set(twice.world.statuses())


@pytest.mark.parametrize("wrong", [2, 4])
def test_a_page_that_was_right_at_first_is_not_believed_when_it_is_wrong(url: str, wrong: int) -> None:
    """A page without a known item is requested again, and stored only when it shows some of the same items."""
    twice = Twice(url, 20)
    with closing(twice.mirror):
        with_ties(twice)
        twice.another(5, START - timedelta(days=2))
        twice.sync((wrong,), minutes=1)
        assert twice.strangers() == []
        assert ids_of(twice.mirror) >= set(twice.world.statuses())


def test_a_page_that_shows_others_each_time_is_not_stored(url: str) -> None:
    """It is requested four times, each time with another size that no cache has, and then that is reported."""
    twice = Twice(url, 20)
    with closing(twice.mirror):
        with_ties(twice)
        others, sizes = [], []
        for number in range(12):
            twice.another(1, START - timedelta(days=2 + number))
            twice.others[0]["id"] = f"other_{number}"
            others.append(twice.others)

        def answer(_: int) -> str:
            asked = twice.tick()
            if "cursor" in twice.world.requests[-1]:
                twice.world.items = others[asked]
                sizes.append(twice.world.requests[-1]["limit"])
            return ""

        twice.world.before_each = answer
        with pytest.raises(UnexpectedListError, match="other items with each request"):
            twice.sync(minutes=1)
        assert twice.strangers() == []
        assert sizes == ["100", "99", "98", "97", "96"]


def test_a_look_goes_below_all_that_an_interrupted_one_took() -> None:
    """A look goes below all items that an interrupted one has read, so that none of them is deleted wrongly."""
    world = World(3)
    for _ in range(12):
        world.insert()
    walk = loop(world).feedback.iter()
    newest, tenth = world.items[0], world.items[9]
    look = Look(walk, {newest["id"]: microseconds(newest["created"])}, microseconds(NOW))
    look.must_pass = microseconds(tenth["created"])
    for items in walk.pages():
        if look.take(items):
            break
    assert tenth["id"] in {item.id for item in look.items}


def test_one_wrong_page_below_an_account_that_was_all_new_is_noticed(url: str) -> None:
    """No item was a minute old, so there was no watermark: the next sync reads all again, as a gap without an end."""
    ours, others = World(4), World()
    for _ in range(9):
        ours.insert()
    for number in range(3):
        others.insert(at=START - timedelta(days=number))
        others.items[-1]["id"] = f"other_{number}"
    mine, at = ours.items, START + timedelta(seconds=20)
    schedule = SyncSchedule(clock=lambda: microseconds(at))
    with closing(Mirror(loop(ours, max_retries=0), url, schedule=schedule)) as mirror:
        mirror.sync()
        at, first = at + timedelta(minutes=7), len(ours.requests)

        def second_is_anothers(number: int) -> str:
            ours.items = others.items if number == first + 2 else mine
            return ""

        ours.before_each = second_is_anothers
        mirror.sync()

        assert ids_of(mirror) == {one["id"] for one in mine}
        assert mirror.snapshot().coverage.complete
        assert len(ours.requests) - first <= 12
