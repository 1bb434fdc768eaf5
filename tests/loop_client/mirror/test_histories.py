"""Random histories: the mirror is always consistent, and one clean sync makes it complete."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loop_client import LoopError
from loop_client.mirror import Mirror, SyncSchedule
from loop_client.mirror.state import now
from tests.answers import loop
from tests.loop_client.mirror.world import CrashError, World

FAULTS = ("reset", "crash", "refuse", "repeat", "empty")
CHANGES = ("insert", "tie", "resolve", "reopen", "delete")
EVENTS = st.sampled_from(["", "", "", "", *FAULTS, *CHANGES, "second"])
STEPS = st.lists(st.sampled_from(["sync", "sync", "reconcile", "full", "restart", *CHANGES]), min_size=3, max_size=14)


def change(world: World, what: str, data: st.DataObject) -> None:
    """Apply a change to the account."""
    if what in {"insert", "tie"}:
        sentiment, tag = data.draw(st.sampled_from([("negative", "a"), ("positive", "b"), (None, None)]))
        world.insert(tie=what == "tie", sentiment=sentiment, tag=tag)
    elif world.items and what in CHANGES:
        chosen = data.draw(st.integers(0, len(world.items) - 1))
        if what == "delete":
            del world.items[chosen]
        else:
            world.items[chosen]["status"] = "resolved" if what == "resolve" else "open"


def check(world: World, mirror: Mirror) -> None:
    """Unique ids, statuses that the API has reported, sorted rows, matching counts, and no hole outside the gaps."""
    snapshot = mirror.snapshot()
    frame, coverage = snapshot.frame, snapshot.coverage
    assert frame["id"].is_unique
    assert frame["created_at"].is_monotonic_decreasing
    assert int(snapshot.cells["items"].sum()) == len(frame)
    for item_id, status in zip(frame["id"], frame["status"], strict=True):
        assert status in world.reported[item_id]
    ids, newest = set(frame["id"]), frame["created_at"].max()
    for one in world.items:
        created = one["created"]
        in_gap = any((since is None or created >= since) and created <= until for since, until in coverage.gaps)
        if (coverage.since or coverage.complete) and not in_gap and len(frame) and created < newest:
            assert one["id"] in ids, "a hole"


def look(world: World, url: str) -> None:
    """Sync the same file from a second mirror, which must send no request and show a consistent state."""
    requests_before = len(world.requests)
    second = Mirror(loop(world, max_retries=0), url)
    try:
        second.sync()
        check(world, second)
        assert len(world.requests) == requests_before
    finally:
        second.close()


def history(data: st.DataObject, folder: Path) -> None:
    """Run one random history."""
    world, url = World(), f"sqlite:///{folder}/mirror.db"
    for _ in range(data.draw(st.integers(0, 8))):
        change(world, "insert", data)
    events: list[str] = []

    def before_each(_: int) -> str:
        event = events.pop() if events else ""
        change(world, event, data)
        if event == "second":
            look(world, url)
        return event if event in FAULTS else ""

    world.before_each = before_each
    later = 0
    schedule = SyncSchedule(pause_factor=0.0, clock=lambda: now() + later * 1_000_000)
    mirror = Mirror(loop(world, max_retries=0), url, schedule=schedule)
    try:
        for step in data.draw(STEPS):
            if step == "restart":
                mirror.close()
                mirror = Mirror(loop(world, max_retries=0), url, schedule=schedule)
            elif step in CHANGES:
                change(world, step, data)
            else:
                events[:] = data.draw(st.lists(EVENTS, max_size=8))
                later += 300 if step == "reconcile" else 0
                try:
                    with suppress(LoopError):
                        mirror.sync(full=step == "full")
                except CrashError:
                    mirror.close()
                    mirror = Mirror(loop(world, max_retries=0), url, schedule=schedule)
                events.clear()
            check(world, mirror)
        mirror.sync(full=True)
        check(world, mirror)
        frame = mirror.snapshot().frame
        assert dict(zip(frame["id"], frame["status"], strict=True)) == world.statuses()
        assert mirror.snapshot().coverage.complete
        before = len(world.requests)
        ties = int((frame["created_at"] == frame["created_at"].max()).sum())
        new = data.draw(st.integers(0, 7))
        for _ in range(new):
            change(world, "insert", data)
        mirror.sync()
        pages = (new + ties) // world.size + 1  # the walk ends at an item older than the newest known one
        again = new // world.size if len(frame) else 2  # a page without a known item is requested twice
        assert len(world.requests) - before <= pages + again
        assert set(mirror.snapshot().frame["id"]) == set(world.statuses())
    finally:
        mirror.close()


def in_a_folder(data: st.DataObject) -> None:
    """Run a history in its own folder."""
    with tempfile.TemporaryDirectory() as folder:
        history(data, Path(folder))


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_the_mirror_is_consistent_in_random_histories(data: st.DataObject) -> None:
    """The mirror is consistent throughout 80 random histories."""
    in_a_folder(data)


@pytest.mark.long
@settings(max_examples=10_000, deadline=None)
@given(st.data())
def test_the_mirror_is_consistent_in_many_random_histories(data: st.DataObject) -> None:
    """The mirror is consistent throughout 10,000 random histories."""
    in_a_folder(data)
