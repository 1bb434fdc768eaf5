"""What the coverage claims is true, about items since the last look and about every status."""

from __future__ import annotations

from datetime import timedelta
from itertools import cycle
from typing import TYPE_CHECKING

import pytest

from loop_client import APIConnectionError, Loop
from loop_client.mirror import Mirror, SyncSchedule
from loop_client.mirror.moments import microseconds
from tests.answers import loop
from tests.loop_client.mirror.world import START, World, ids_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loop_client import Feedback

BEGIN = START + timedelta(days=1)


class Life:
    """A mirror of an account, with one clock for all, which advances a second per request."""

    def __init__(self, url: str, size: int = 100) -> None:
        """Sync 50 items, 10 of them open."""
        self.world, self.at, self.broken_from, self.requests = World(size), BEGIN, 10**9, 0
        self.url = url
        for number in range(50):
            self.world.insert(status="resolved" if number % 5 else "open")
        self.world.clock, self.world.step = self.at, timedelta(milliseconds=1)
        self.world.before_each = self._tick
        self.mirror = self.opened()
        self.mirror.sync()

    def opened(self) -> Mirror:
        """Open the mirror."""
        return Mirror(self.loop(), self.url, schedule=SyncSchedule(clock=lambda: microseconds(self.at)))

    def loop(self) -> Loop:
        """A client that does not retry."""
        return loop(self.world, max_retries=0)

    def reopen(self) -> None:
        """Restart the process."""
        self.mirror.close()
        self.mirror = self.opened()

    def sync(self, *, full: bool = False, answers: int | None = None) -> None:
        """Sync six minutes later; if `answers` is given, all requests after so many fail."""
        self.at += timedelta(minutes=6)
        self.world.clock = self.at
        self.requests = 0
        self.broken_from = 10**9 if answers is None else answers + 1
        try:
            if answers is None:
                self.mirror.sync(full=full)
            else:
                with pytest.raises(APIConnectionError):
                    self.mirror.sync(full=full)
        finally:
            self.broken_from = 10**9

    def during(self, request: int, count: int, *statuses: str) -> None:
        """Let `count` items arrive before this request of the next sync, with these statuses in turn, else open."""

        def tick(number: int) -> str:
            fault = self._tick(number)
            if self.requests == request:
                for _, status in zip(range(count), cycle(statuses or ["open"]), strict=False):
                    self.world.insert(status=status)
            return fault

        self.world.before_each = tick

    def _tick(self, _: int) -> str:
        self.requests += 1
        self.at += timedelta(seconds=1)
        self.world.clock = self.at
        return "reset" if self.requests >= self.broken_from else ""


@pytest.fixture
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """An account with a mirror."""
    life = Life(f"sqlite:///{tmp_path_factory.mktemp('copy')}/mirror.db")
    yield life
    life.mirror.close()


@pytest.fixture
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """The same with pages of 4, so that the head does not show all statuses."""
    life = Life(f"sqlite:///{tmp_path_factory.mktemp('copy')}/mirror.db", 4)
    yield life
    life.mirror.close()


def check_no_hole(life: Life) -> None:
    """Every item older than the newest row is stored or inside a gap, and with a gap the mirror is not complete."""
    snapshot = life.mirror.snapshot()
    newest, ids = snapshot.frame["created_at"].max(), ids_of(life.mirror)
    missing = [one["created"] for one in life.world.items if one["created"] < newest and one["id"] not in ids]
    gaps = snapshot.coverage.gaps
    assert all(any((since is None or since <= at) and at <= until for since, until in gaps) for at in missing)
    assert not (missing and snapshot.coverage.complete)
    assert not (missing and snapshot.coverage.reaches(None))
    assert not (missing and snapshot.coverage.reaches(min(missing)))


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("answers", range(1, 7))
@pytest.mark.parametrize("arrives_before", range(2, 6))
def test_items_that_arrive_during_a_walk_leave_no_hole(
    life: Life, arrives_before: int, answers: int, *, full: bool
) -> None:
    """Items that arrive during a walk leave no uncovered hole when a request fails, and the next sync finds them."""
    life.during(arrives_before, 230)
    try:
        life.sync(full=full, answers=answers)
    except pytest.fail.Exception:
        assert life.requests <= answers  # the sync needed fewer requests
    check_no_hole(life)
    life.reopen()
    check_no_hole(life)
    life.world.before_each = lambda _: ""
    life.sync()
    assert ids_of(life.mirror) == set(life.world.statuses())
    assert life.mirror.snapshot().coverage.complete


@pytest.mark.parametrize("ahead", [-9000, -1, 1, 9000])
def test_an_empty_list_is_as_of_the_servers_time(url: str, ahead: int) -> None:
    """With a wrong local clock, the coverage of an empty list is dated by the server's clock."""
    world = World()
    world.date = BEGIN
    mirror = Mirror(loop(world), url, schedule=SyncSchedule(clock=lambda: microseconds(BEGIN + timedelta(days=ahead))))
    mirror.sync()

    coverage, checked_at = mirror.snapshot().coverage, mirror.state().checked_at
    assert checked_at is not None
    assert abs(checked_at - BEGIN) < timedelta(seconds=10)
    for claim in (coverage.walked_at, coverage.reconciled_at):
        assert claim is not None
        assert claim <= BEGIN
    mirror.close()


def test_a_walk_of_the_open_items_shows_no_part_of_what_is_new(life: Life) -> None:
    """New open items that only the open list has shown are not stored before the next look at the head."""
    life.during(2, 60, "open", "resolved")
    life.sync()
    assert len(life.world.items) == 110
    check_no_hole(life)
    life.world.before_each = lambda _: ""
    life.sync()
    assert ids_of(life.mirror) == set(life.world.statuses())


def test_the_first_walk_reads_all_items_of_one_time(url: str) -> None:
    """All items of an import with one time are read, though the first look sees only a page of them."""
    world = World(100)
    for _ in range(250):
        world.insert(tie=True, status="resolved")
    mirror = Mirror(loop(world), url, schedule=SyncSchedule(clock=lambda: microseconds(BEGIN)))
    mirror.sync()

    assert ids_of(mirror) == set(world.statuses())
    mirror.close()


def test_a_gap_that_is_walked_again_from_the_head_takes_no_new_items(life: Life) -> None:
    """When a gap's cursor is refused, items that arrived since are left to the next look."""
    life.world.clock = life.at
    for _ in range(250):
        life.world.insert()
    life.at += timedelta(minutes=2)
    life.sync(answers=2)
    life.during(3, 230)
    refuse = life.world.before_each

    def tick(number: int) -> str:
        fault = refuse(number)
        return fault or ("refuse" if life.requests == 2 else "")

    life.world.before_each = tick
    life.sync(answers=4)
    check_no_hole(life)
    life.world.before_each = lambda _: ""
    life.sync()
    assert ids_of(life.mirror) == set(life.world.statuses())


def test_a_gap_of_many_items_of_one_time_is_closed(life: Life) -> None:
    """More items at the watermark's time than fit on a page are all found in one sync."""
    life.world.insert(status="resolved")
    for _ in range(250):
        life.world.insert(tie=True, status="resolved")
    life.sync()
    assert ids_of(life.mirror) == set(life.world.statuses())
    assert life.mirror.snapshot().coverage.complete


def submitted(life: Life) -> Feedback:
    """Submit an item, and return Loop's answer."""
    life.world.insert()
    return life.loop().feedback.list(limit=1).data[0]


def test_a_submitted_item_leaves_a_gap_until_the_next_look(life: Life) -> None:
    """A submitted item is shown at once, above a gap that lasts, even over a restart, until the next look."""
    life.world.clock += timedelta(minutes=1)
    for _ in range(130):
        life.world.insert(status="resolved")
    item = submitted(life)
    life.mirror.add(item)
    assert item.id in ids_of(life.mirror)
    check_no_hole(life)
    assert not life.mirror.snapshot().coverage.reaches(None, ["open"])
    life.reopen()
    check_no_hole(life)
    life.sync(answers=0)
    check_no_hole(life)
    life.sync()
    assert ids_of(life.mirror) == set(life.world.statuses())
    assert life.mirror.snapshot().coverage.complete


def test_the_gap_below_a_deleted_submitted_item_is_closed(life: Life) -> None:
    """The gap below a submitted item closes with the next look, even if the item was deleted."""
    life.mirror.add(submitted(life))
    life.world.items.pop(0)
    life.sync()
    assert life.mirror.snapshot().coverage.complete


def statuses_at(life: Life) -> object:
    """The time as of which statuses are known."""
    return life.mirror.snapshot().coverage.reconciled_at


def test_statuses_are_as_of_a_walk_whose_missing_items_were_found(small: Life) -> None:
    """The time of the statuses moves only after the search among the resolved items has succeeded."""
    before = statuses_at(small)
    for one in small.world.items:
        one["status"] = "resolved"
    small.sync(answers=2)
    assert list(small.mirror.snapshot().frame["status"]).count("open") == 10
    assert statuses_at(small) == before
    small.reopen()
    assert statuses_at(small) == before
    small.sync(answers=1)
    assert statuses_at(small) == before
    started = small.at
    small.sync()
    assert list(small.mirror.snapshot().frame["status"]).count("open") == 0
    assert started < statuses_at(small) <= small.at  # type: ignore[operator] # not None any more


def test_statuses_are_not_as_of_a_walk_that_left_an_item_undecided(small: Life) -> None:
    """The time of the statuses stays while an item is in neither list, until two full scans delete it."""
    before = statuses_at(small)
    small.world.items.remove(next(one for one in small.world.items if one["status"] == "open"))
    for _ in range(3):
        small.sync()
        assert statuses_at(small) == before
    small.sync(full=True)
    assert statuses_at(small) != before
    assert ids_of(small.mirror) == set(small.world.statuses())


def test_statuses_are_as_of_a_walk_that_shows_a_skipped_item_again(small: Life) -> None:
    """When a skipped open item is in the list again, the time of the statuses moves on."""
    before, number = (
        statuses_at(small),
        small.world.items.index(next(one for one in small.world.items if one["status"] == "open")),
    )
    skipped = small.world.items.pop(number)
    small.sync()
    assert statuses_at(small) == before
    small.world.items.insert(number, skipped)
    small.sync()
    assert statuses_at(small) != before


def test_an_outage_that_shows_no_open_items_is_not_as_of_now(small: Life) -> None:
    """A scan that returns no open items, as in an outage, does not move the time of the statuses."""
    before, items = statuses_at(small), small.world.items

    def tick(_: int) -> str:
        small.requests += 1
        small.world.items = items if small.requests == 1 else []
        return ""

    small.world.before_each = tick
    small.sync()
    assert statuses_at(small) == before
    assert len(ids_of(small.mirror)) == 50
