"""Reconcile and full scans find resolved and deleted items in a changing account, and look at the head meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import pytest

from loop_client import APIConnectionError
from loop_client.mirror import Mirror, SyncSchedule
from loop_client.mirror.moments import microseconds
from loop_client.mirror.state import now
from tests.answers import error, loop
from tests.loop_client.mirror.world import World, ids_of

if TYPE_CHECKING:
    from pathlib import Path


OFTEN = SyncSchedule(reconcile_every=0.0, pause_factor=0.0)
"""Each sync scans the open items."""


def test_a_gap_is_closed_through_items_of_one_time(tmp_path: Path) -> None:
    """Items at the watermark's time that an interrupted look left out are found when its gap is closed."""
    world = World(size=2)
    world.insert()
    mirror = Mirror(loop(world, max_retries=0), f"sqlite:///{tmp_path}/mirror.db")
    mirror.sync()
    for number in range(6):
        world.insert(tie=number < 4)
    first = len(world.requests) + 1
    world.before_each = lambda number: "reset" if number == first + 1 else ""
    with pytest.raises(APIConnectionError):
        mirror.sync()
    mirror.sync()

    assert ids_of(mirror) == set(world.statuses())
    mirror.close()


def test_an_item_is_deleted_when_two_full_scans_miss_it(tmp_path: Path) -> None:
    """An item is deleted only after two full scans have missed it."""
    world = World(size=100)
    for _ in range(5):
        world.insert()
    mirror = Mirror(loop(world), f"sqlite:///{tmp_path}/mirror.db")
    mirror.sync()
    skipped = world.items.pop(2)
    first = len(world.requests) + 2  # the look, then the full scan

    def back(number: int) -> str:
        if number == first + 1:
            world.items.insert(2, skipped)
        return ""

    world.before_each = back
    report = mirror.sync(full=True)

    assert report.removed == 0
    assert skipped["id"] in ids_of(mirror)
    del world.items[2]
    assert mirror.sync(full=True).removed == 1
    assert skipped["id"] not in ids_of(mirror)
    mirror.close()


def test_what_was_resolved_is_found_however_deep_it_is(tmp_path: Path) -> None:
    """A reconcile walks the resolved items down to the oldest one missing from the open list, and no further."""
    world = World(size=2)
    for number in range(12):
        world.insert(status="open" if number in {2, 11} else "resolved", tag="a", sentiment="negative")
    mirror = Mirror(loop(world), f"sqlite:///{tmp_path}/mirror.db", schedule=OFTEN)
    mirror.sync()
    world.items[9]["status"] = "resolved"
    world.requests.clear()
    mirror.sync()

    frame = mirror.snapshot().frame
    assert dict(zip(frame["id"], frame["status"], strict=True)) == world.statuses()
    assert [query.get("status") for query in world.requests] == [None, "open", *["resolved"] * 5]
    mirror.close()


def test_an_item_in_neither_list_is_looked_for_once(tmp_path: Path) -> None:
    """A deleted item is searched among the resolved items only once, and then left to full scans."""
    world = World(size=100)
    world.insert()
    for _ in range(1000):
        world.insert(status="resolved")
    mirror = Mirror(loop(world), f"sqlite:///{tmp_path}/mirror.db", schedule=OFTEN)
    mirror.sync()
    del world.items[-1]
    mirror.sync()
    before = len(world.requests)
    mirror.sync()
    assert len(world.requests) - before == 2  # the look, and the open items
    mirror.sync(full=True)
    assert set(mirror.snapshot().frame["id"]) == set(world.statuses())
    mirror.close()


def test_a_refused_search_waits_for_a_walk_of_all_items(tmp_path: Path) -> None:
    """A tag that the API refuses as a filter fails no sync, and a full scan decides on its items."""
    world = World(size=100)
    world.insert(tag="odd")
    for _ in range(400):
        world.insert(tag="b", status="resolved")

    def answer(request: httpx.Request) -> httpx.Response:
        return error(400) if "tag" in request.url.params else world.handle_request(request)

    later = 0
    schedule = replace(OFTEN, clock=lambda: now() + later * 1_000_000)
    mirror = Mirror(loop(httpx.MockTransport(answer)), f"sqlite:///{tmp_path}/mirror.db", schedule=schedule)
    mirror.sync()
    world.items[-1]["status"] = "resolved"
    mirror.sync()
    assert mirror.state().error is None
    later += 3600
    mirror.sync()
    assert set(mirror.snapshot().frame["status"]) == {"resolved"}
    mirror.close()


def test_items_set_aside_are_counted_over_the_parts_of_a_walk(tmp_path: Path) -> None:
    """A full scan interrupted by looks counts all items set aside."""
    world = World(size=5)
    for number in range(40):
        world.insert(user=7 if number in {20, 30} else {"id": "u_1"})
    mirror = Mirror(loop(world), f"sqlite:///{tmp_path}/mirror.db", schedule=SyncSchedule(head_every=0.0))
    mirror.sync()
    mirror.sync(full=True)
    assert len(mirror.snapshot().frame) == 38
    assert mirror.snapshot().coverage.rejected == 2
    mirror.close()


def test_new_items_are_found_below_an_item_from_the_future(tmp_path: Path) -> None:
    """More new items than fit on a page are all found below an item from the future."""
    world = World(size=100)
    for _ in range(5):
        world.insert()
    now, world.clock = world.clock, world.clock + timedelta(days=4000)
    world.insert()
    mirror = Mirror(loop(world), f"sqlite:///{tmp_path}/mirror.db")
    mirror.sync()

    future, world.clock = world.items.pop(0), now
    for _ in range(250):
        world.insert()
    world.items.insert(0, {**future, "n": world.made + 1})  # the newest time, so it stays first in the list
    mirror.sync()

    assert set(mirror.snapshot().frame["id"]) == set(world.statuses())
    mirror.close()


def test_a_long_search_looks_at_the_head_meanwhile(tmp_path: Path) -> None:
    """A long search among the resolved items looks at the head meanwhile."""
    world = World(size=2)
    for number in range(12):
        world.insert(status="open" if number in {2, 11} else "resolved", tag="a", sentiment="negative")
    mirror = Mirror(loop(world), f"sqlite:///{tmp_path}/mirror.db", schedule=replace(OFTEN, head_every=0.0))
    mirror.sync()
    world.items[9]["status"] = "resolved"
    world.requests.clear()
    mirror.sync()

    statuses = [query.get("status", "head") for query in world.requests]
    first, last = statuses.index("resolved"), len(statuses) - statuses[::-1].index("resolved")
    assert statuses[first:last].count("head") >= 3
    assert mirror.snapshot().frame.set_index("id")["status"].astype(str).to_dict() == world.statuses()
    mirror.close()


def test_an_item_that_is_added_before_the_first_sync_waits_for_it(tmp_path: Path) -> None:
    """A submitted item is shown after the first sync, which finds out whose account it is."""
    world = World()
    world.insert()
    client = loop(world)
    mirror = Mirror(client, f"sqlite:///{tmp_path}/mirror.db")
    mirror.add(client.feedback.list().data[0])
    assert mirror.snapshot().frame.empty

    mirror.sync()

    assert set(mirror.snapshot().frame["id"]) == set(world.statuses())
    mirror.close()


def test_an_unreadable_item_is_counted_as_such(tmp_path: Path) -> None:
    """An item that was set aside is not shown, but counted in the coverage."""

    def answer(_: httpx.Request) -> httpx.Response:
        items: list[dict[str, object]] = [{"id": "fb_1"}, {"id": 7}]
        items[0] |= {"user": {"id": "u"}, "message": "m", "createdAt": "2026-06-19T14:02:11Z"}
        return httpx.Response(200, json={"data": items, "hasMore": False})

    client = loop(httpx.MockTransport(answer))
    mirror = Mirror(client, f"sqlite:///{tmp_path}/mirror.db")
    mirror.sync()
    mirror.close()

    assert ids_of(mirror) == {"fb_1"}
    assert mirror.snapshot().coverage.rejected == 1


def test_a_resolution_is_known_between_two_looks(tmp_path: Path) -> None:
    """What was seen open and then resolved is listed with both times; what was resolved from the start is not."""
    world = World(size=3)
    world.insert(status="resolved")
    opened = [world.insert(status="open") for _ in range(2)]
    mirror = Mirror(loop(world), f"sqlite:///{tmp_path}/mirror.db", schedule=OFTEN)
    mirror.sync()
    between = now()
    next(one for one in world.items if one["id"] == opened[0])["status"] = "resolved"
    mirror.sync()
    mirror.sync()
    (found,) = mirror.resolutions(between)

    assert found.item == opened[0]
    assert microseconds(found.seen_open) <= between <= microseconds(found.seen_resolved)
    assert (found.seen_open, found.seen_resolved) == mirror.resolved_between(opened[0])
    assert mirror.resolutions(microseconds(found.seen_resolved) + 1) == []
    mirror.close()
