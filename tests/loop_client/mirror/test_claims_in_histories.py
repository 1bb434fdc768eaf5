"""Random histories against a model that records the time of every event: all time claims of the mirror are true."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loop_client import LoopError
from loop_client.mirror import Mirror, SyncSchedule
from loop_client.mirror.moments import microseconds
from tests.answers import loop
from tests.loop_client.mirror.world import START, CrashError, World

STEPS = ["sync", "sync", "sync", "full", "new", "many", "ahead", "back", "resolve", "reopen", "restart", "clock", "own"]
MEANWHILE = ["", "", "", "new", "many", "resolve", "reopen", "ahead", "reset", "crash", "refuse"]
PASSES = [timedelta(seconds=20), timedelta(minutes=7), timedelta(hours=2), timedelta(days=2)]
OFF = [timedelta(), timedelta(hours=-1), timedelta(days=-9000), timedelta(days=1), timedelta(days=9000)]

FOREIGN = [range(1, 10**6), *(range(number, number + 1) for number in range(1, 7))]
"""Requests of a sync that another account answers: all of them, or one."""


@dataclass
class Account:
    """An account with the history of each item, its mirror, and another account that answers some requests."""

    draw: Any
    folder: str
    world: World = field(default_factory=lambda: World(size=4))
    at: datetime = START + timedelta(days=1)
    off: timedelta = timedelta()
    came: dict[str, datetime] = field(default_factory=dict)
    statuses: dict[str, list[tuple[datetime, str]]] = field(default_factory=dict)
    dated_otherwise: set[str] = field(default_factory=set)
    events: list[str] = field(default_factory=list)
    foreign: range = range(0)
    request_number: int = 0
    mirrors: list[Mirror] = field(default_factory=list)
    looked: datetime | None = None

    def __post_init__(self) -> None:
        """Create the first items and open the mirror."""
        self.world.step = timedelta(milliseconds=1)
        other = World()
        for _ in range(6):
            other.insert()
        for one in other.items:
            one["id"], one["created"] = f"other_{one['n']}", self.at + timedelta(days=one["n"] - 3)
        self.others, self.ours = sorted(other.items, key=lambda one: one["created"], reverse=True), self.world.items
        self.world.before_each = self.request
        for _ in range(self.draw(st.integers(0, 9))):
            self.change("new")
        self.at += timedelta(minutes=5)
        self.open()

    def open(self) -> None:
        """Restart the process."""
        if self.mirrors:
            self.mirror.close()
        url = f"sqlite:///{self.folder}/mirror.db"
        clock = lambda: microseconds(self.at + self.off)  # noqa: E731
        self.mirrors.append(Mirror(loop(self.world, max_retries=0), url, schedule=SyncSchedule(clock=clock)))

    @property
    def mirror(self) -> Mirror:
        """The open mirror."""
        return self.mirrors[-1]

    def change(self, what: str) -> None:
        """Apply a change to the account."""
        self.world.items = self.ours
        if what in {"new", "many", "ahead", "back"}:
            for number in range(9 if what == "many" else 1):
                at = self.at - timedelta(milliseconds=9 - number)
                at += timedelta(hours=self.draw(st.sampled_from([1, 9, 9000]))) if what == "ahead" else timedelta()
                at -= timedelta(hours=self.draw(st.sampled_from([1, 30]))) if what == "back" else timedelta()
                item_id = self.world.insert(at=at, status=self.draw(st.sampled_from(["open", "resolved"])))
                self.came[item_id] = self.at
                self.statuses[item_id] = [(self.at, self.world.statuses()[item_id])]
                if what in {"back", "ahead"}:
                    self.dated_otherwise.add(item_id)
        elif what in {"resolve", "reopen"} and self.ours:
            one = self.ours[self.draw(st.integers(0, len(self.ours) - 1))]
            one["status"] = "resolved" if what == "resolve" else "open"
            self.statuses[one["id"]].append((self.at, one["status"]))

    def request(self, _: int) -> str:
        """Advance the clock, and perhaps change something or fail, before a request is answered."""
        self.request_number += 1
        self.at += timedelta(seconds=1)
        event = self.events.pop() if self.events else ""
        self.change(event)
        self.world.date = self.at
        self.world.items = self.others if self.request_number in self.foreign else self.ours
        return event if event in {"reset", "crash", "refuse"} else ""

    def sync(self, *, full: bool, calm: bool = False) -> None:
        """Sync; unless `calm`, with changes and faults meanwhile, or with answers of another account."""
        self.at += self.draw(st.sampled_from(PASSES))
        self.request_number, self.events, self.foreign = 0, [], range(0)
        is_known = self.looked is not None and len(self.mirror.snapshot().frame) > 0
        if not calm and not full and is_known and self.draw(st.booleans()):
            self.foreign = self.draw(st.sampled_from(FOREIGN))  # a full scan accepts any list
        elif not calm:
            self.events = self.draw(st.lists(st.sampled_from(MEANWHILE), max_size=8))
        try:
            with suppress(LoopError):
                self.mirror.sync(full=full)
                self.looked = self.mirror.state().checked_at
        except CrashError:
            self.open()
        self.world.items, self.foreign = self.ours, range(0)

    def own(self) -> None:
        """Submit an item; Loop's answer is stored at once."""
        self.request_number, self.events = 0, []
        self.change("new")
        client = loop(self.world, max_retries=0)
        mine = [one["id"] for one in self.ours if one["created"] <= self.at][:1]
        walked = {item.id: item for item in client.feedback.iter()}
        self.mirror.add(walked[mine[0]])

    def check(self) -> None:
        """Compare each claim of the coverage with the recorded history."""
        snapshot = self.mirror.snapshot()
        frame, coverage = snapshot.frame, snapshot.coverage
        shown = dict(zip(frame["id"], frame["status"], strict=True))
        assert shown.keys() <= self.came.keys(), "a stranger"
        since = coverage.reconciled_at
        for item_id, status in shown.items():
            changes = self.statuses[item_id]
            true = {one for at, one in changes if since is None or at >= since}
            true.update([one for at, one in changes if since is not None and at < since][-1:])
            assert status in true, f"{item_id} was not {status} at {since} or later"
        times = zip(frame["id"], frame["created_at"], strict=True)
        past = [at for item_id, at in times if item_id not in self.dated_otherwise]
        for one in self.ours:
            in_gap = any(
                (lower is None or lower <= one["created"]) and one["created"] <= to for lower, to in coverage.gaps
            )
            is_claimed = coverage.complete or (coverage.since is not None and one["created"] > coverage.since)
            if one["id"] in shown or in_gap or not is_claimed:
                continue
            came, is_back = self.came[one["id"]], one["id"] in self.dated_otherwise
            assert coverage.walked_at is None or came >= coverage.walked_at, "not there since all items were read"
            assert is_back or self.looked is None or came >= self.looked, "news are missing"
            assert is_back or not past or one["created"] >= max(past), "a hole"


def history(data: st.DataObject) -> None:
    """Run one random history."""
    with tempfile.TemporaryDirectory() as folder:
        account = Account(data.draw, folder)
        try:
            for step in data.draw(st.lists(st.sampled_from(STEPS), min_size=4, max_size=14)):
                if step in {"sync", "full"}:
                    account.sync(full=step == "full")
                elif step == "restart":
                    account.open()
                elif step == "clock":
                    account.off = data.draw(st.sampled_from(OFF))
                elif step == "own":
                    account.own()
                else:
                    account.change(step)
                account.check()
            account.sync(full=True, calm=True)
            account.check()
            frame, coverage = account.mirror.snapshot().frame, account.mirror.snapshot().coverage
            assert dict(zip(frame["id"], frame["status"], strict=True)) == account.world.statuses()
            assert coverage.complete
            account.change("new")
            account.sync(full=False, calm=True)
            account.check()
            assert set(account.mirror.snapshot().frame["id"]) == set(account.world.statuses())
        finally:
            account.mirror.close()


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_no_history_makes_a_claim_false(data: st.DataObject) -> None:
    """No claim of the coverage is false in 25 random histories."""
    history(data)


@pytest.mark.long
@settings(max_examples=3000, deadline=None)
@given(st.data())
def test_none_of_many_histories_makes_a_claim_false(data: st.DataObject) -> None:
    """No claim of the coverage is false in 3,000 random histories."""
    history(data)
