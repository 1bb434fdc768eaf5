"""What the coverage says is true: of what came after the last look at the head, and of every status."""

from __future__ import annotations

from datetime import timedelta
from itertools import cycle
from typing import TYPE_CHECKING

import pytest

from loop_client import APIConnectionError, Loop
from loop_client.mirror import Mirror, SyncSchedule
from loop_client.mirror.moments import microseconds
from tests.answers import loop
from tests.loop_client.mirror.world import START, World, held

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loop_client import Feedback

BEGIN = START + timedelta(days=1)


class Life:
    """A copy of an account, and a clock that all go by: one second a request."""

    def __init__(self, url: str, size: int = 100) -> None:
        """50 items, 10 of them open, held and complete."""
        self.world, self.at, self.broken_from, self.requests = World(size), BEGIN, 10**9, 0
        self.url = url
        for number in range(50):
            self.world.insert(status="resolved" if number % 5 else "open")
        self.world.clock, self.world.step = self.at, timedelta(milliseconds=1)
        self.world.before_each = self._tick
        self.mirror = self.opened()
        self.mirror.sync()

    def opened(self) -> Mirror:
        """The copy, opened."""
        return Mirror(self.loop(), self.url, schedule=SyncSchedule(clock=lambda: microseconds(self.at)))

    def loop(self) -> Loop:
        """A client that does not retry."""
        return loop(self.world, max_retries=0)

    def reopen(self) -> None:
        """The process ends and starts again."""
        self.mirror.close()
        self.mirror = self.opened()

    def sync(self, *, full: bool = False, answers: int | None = None) -> None:
        """Sync five minutes and more later; only so many requests are answered."""
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
        """So many items arrive before a request of the next sync, of these statuses in turn, else open."""

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
    """One of them."""
    life = Life(f"sqlite:///{tmp_path_factory.mktemp('copy')}/mirror.db")
    yield life
    life.mirror.close()


@pytest.fixture
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """One with pages of 4: the head does not show all statuses by itself."""
    life = Life(f"sqlite:///{tmp_path_factory.mktemp('copy')}/mirror.db", 4)
    yield life
    life.mirror.close()


def check_no_hole(life: Life) -> None:
    """Whatever is older than the newest row is held, or in a gap, and then the copy is not complete."""
    snapshot = life.mirror.snapshot()
    newest, ids = snapshot.frame["created_at"].max(), held(life.mirror)
    missing = [one["created"] for one in life.world.items if one["created"] < newest and one["id"] not in ids]
    gaps = snapshot.coverage.gaps
    assert all(any((since is None or since <= at) and at <= until for since, until in gaps) for at in missing)
    assert not (missing and snapshot.coverage.complete)
    assert not (missing and snapshot.coverage.reaches(None))
    assert not (missing and snapshot.coverage.reaches(min(missing)))


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("answers", range(1, 7))
@pytest.mark.parametrize("arrives_before", range(2, 6))
def test_what_arrives_while_a_walk_runs_is_not_taken_for_all_that_did(
    life: Life, arrives_before: int, answers: int, *, full: bool
) -> None:
    """230 items come in mid-walk, and a request fails: no hole is covered, and all come in the end."""
    life.during(arrives_before, 230)
    try:
        life.sync(full=full, answers=answers)
    except pytest.fail.Exception:
        assert life.requests <= answers  # it needed fewer
    check_no_hole(life)
    life.reopen()
    check_no_hole(life)
    life.world.before_each = lambda _: ""
    life.sync()
    assert held(life.mirror) == set(life.world.statuses())
    assert life.mirror.snapshot().coverage.complete


@pytest.mark.parametrize("ahead", [-9000, -1, 1, 9000])
def test_an_empty_list_is_as_of_the_servers_time(url: str, ahead: int) -> None:
    """This machine's clock is wrong by days; what comes an hour later is no item that all walks have missed."""
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
    """Open and resolved items arrive before it: its page has the open ones alone, and the next look brings both."""
    life.during(2, 60, "open", "resolved")
    life.sync()
    assert len(life.world.items) == 110
    check_no_hole(life)
    life.world.before_each = lambda _: ""
    life.sync()
    assert held(life.mirror) == set(life.world.statuses())


def test_the_first_walk_reads_all_items_of_one_time(url: str) -> None:
    """As of an import: the first look sees a page of them, and the others are no news to the walk below it."""
    world = World(100)
    for _ in range(250):
        world.insert(tie=True, status="resolved")
    mirror = Mirror(loop(world), url, schedule=SyncSchedule(clock=lambda: microseconds(BEGIN)))
    mirror.sync()

    assert held(mirror) == set(world.statuses())
    mirror.close()


def test_a_gap_that_is_walked_again_from_the_head_takes_no_news(life: Life) -> None:
    """Its cursor was refused, and 230 items came: they are the next look's."""
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
    assert held(life.mirror) == set(life.world.statuses())


def test_many_items_of_one_time_are_no_news_to_their_own_gap(life: Life) -> None:
    """A page does not hold all that came at the time of the watermark."""
    life.world.insert(status="resolved")
    for _ in range(250):
        life.world.insert(tie=True, status="resolved")
    life.sync()
    assert held(life.mirror) == set(life.world.statuses())
    assert life.mirror.snapshot().coverage.complete


def own(life: Life) -> Feedback:
    """An item that was just submitted, as Loop answered it."""
    life.world.insert()
    return life.loop().feedback.list(limit=1).data[0]


def test_an_own_item_does_not_stand_for_others_that_came_before_it(life: Life) -> None:
    """It is shown at once, with a gap below it until the list was looked at, also over a restart."""
    life.world.clock += timedelta(minutes=1)
    for _ in range(130):
        life.world.insert(status="resolved")
    item = own(life)
    life.mirror.add(item)
    assert item.id in held(life.mirror)
    check_no_hole(life)
    assert not life.mirror.snapshot().coverage.reaches(None, ["open"])
    life.reopen()
    check_no_hole(life)
    life.sync(answers=0)
    check_no_hole(life)
    life.sync()
    assert held(life.mirror) == set(life.world.statuses())
    assert life.mirror.snapshot().coverage.complete


def test_an_own_item_that_the_list_does_not_show_is_no_gap_for_ever(life: Life) -> None:
    """It was deleted before the list was looked at."""
    life.mirror.add(own(life))
    life.world.items.pop(0)
    life.sync()
    assert life.mirror.snapshot().coverage.complete


def statuses_at(life: Life) -> object:
    """As of when statuses are known."""
    return life.mirror.snapshot().coverage.reconciled_at


def test_statuses_are_as_of_a_walk_whose_missing_items_were_found(small: Life) -> None:
    """The search among the resolved items fails, and the process ends: the time stays until the next search."""
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
    assert started < statuses_at(small) <= small.at  # type: ignore[operator] # a time by now


def test_statuses_are_not_as_of_a_walk_that_left_an_item_undecided(small: Life) -> None:
    """One in neither list is shown as open: only two walks of all items decide that it is gone."""
    before = statuses_at(small)
    small.world.items.remove(next(one for one in small.world.items if one["status"] == "open"))
    for _ in range(3):
        small.sync()
        assert statuses_at(small) == before
    small.sync(full=True)
    assert statuses_at(small) != before
    assert held(small.mirror) == set(small.world.statuses())


def test_an_item_that_reappears_is_resolved_again(small: Life) -> None:
    """A walk of the open items skipped it; the next one does not."""
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
    """Nothing was learned about those that are held."""
    before, items = statuses_at(small), small.world.items

    def tick(_: int) -> str:
        small.requests += 1
        small.world.items = items if small.requests == 1 else []
        return ""

    small.world.before_each = tick
    small.sync()
    assert statuses_at(small) == before
    assert len(held(small.mirror)) == 50
