"""The schedule and the clocks that a sync is given decide when it scans and looks."""

from __future__ import annotations

import pytest

from loop_client.mirror import Mirror, SyncSchedule
from loop_client.mirror.state import now
from tests.answers import loop
from tests.loop_client.mirror.world import World

HOUR, DAY = 3600.0, 86_400.0


@pytest.mark.parametrize(
    ("took", "seconds"), [(0.0, 300.0), (15.0, 300.0), (16.0, 320.0), (DAY, DAY)], ids=["none", "short", "long", "days"]
)
def test_the_open_items_are_walked_again_after_a_while(took: float, seconds: float) -> None:
    """Open items are scanned after 5 minutes or 20 times the last scan's length, at the latest after a day."""
    assert SyncSchedule().reconcile_after(took) == seconds


@pytest.mark.parametrize(
    ("took", "recheck", "seconds"),
    [
        (0.0, False, DAY),
        (0.0, True, HOUR),
        (HOUR, True, 20 * HOUR),
        (2 * HOUR, False, 40 * HOUR),
        (9e9, True, 30 * DAY),
    ],
)
def test_all_items_are_walked_again_once_a_day(took: float, seconds: float, *, recheck: bool) -> None:
    """A full scan is due after a day, or an hour if an item is in neither list; rarer if slow, at most 30 days."""
    assert SyncSchedule().full_after(took, recheck=recheck) == seconds


@pytest.mark.parametrize(("later", "walked"), [(299, False), (301, True)])
def test_a_sync_goes_by_the_clock_it_was_given(world: World, url: str, later: int, *, walked: bool) -> None:
    """Open items are scanned again once five minutes have passed on the given clock."""
    passed = 0
    mirror = Mirror(loop(world), url, schedule=SyncSchedule(clock=lambda: now() + passed * 1_000_000))
    mirror.sync()
    world.requests.clear()
    passed = later
    mirror.sync()
    mirror.close()

    assert ("open" in [query.get("status") for query in world.requests]) is walked


@pytest.mark.parametrize(("seconds", "heads"), [(1.0, [1]), (4.0, [1, 5, 9, 13])], ids=["fast", "slow"])
def test_a_long_walk_is_left_for_the_head_every_ten_seconds(url: str, seconds: float, heads: list[int]) -> None:
    """A long walk looks at the head every ten monotonic seconds; `heads` are the numbers of these requests."""
    world = World(size=4)
    for _ in range(40):
        world.insert(status="resolved")
    schedule = SyncSchedule(monotonic=lambda: len(world.requests) * seconds)
    mirror = Mirror(loop(world), url, schedule=schedule)
    mirror.sync()
    mirror.close()

    looks = [place for place, query in enumerate(world.requests) if "cursor" not in query and "status" not in query]
    assert looks == heads
