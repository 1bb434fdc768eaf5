"""Random histories of an outbox against a model: no text is lost, none is sent twice, no item is mismatched."""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loop_client import LoopError
from loop_client.mirror.moments import microseconds
from loop_client.mirror.store import DraftRow, DraftState
from loop_client.service import Draft, lookup
from tests.loop_client.service.outbox_world import Killed, Process

STEPS = ["submit", "submit", "submit", "bulk", "step", "step", "step", "sync", "wait", "outage", "restart"]
STEPS += ["stranger", "discard", "send_again", "kill"]
CREATES = [
    "",
    "",
    "",
    "lost",
    "vanished",
    "refused",
    "500",
    "503",
    "400",
    "401",
    "rate",
    "quota",
    "crash",
    "crash after",
]
CREATES += ["late"]
CHANGES = ["", "", "", "", "", "", "crash", "crash after", "full"]
MESSAGES = ["Equal", "Equal", "Other"]
"""Messages of drafts, of which equal ones differ only in their tokens."""


@dataclass
class Desk:
    """People at a dashboard whose process may die, with an API that may fail."""

    draw: Any
    process: Process
    typed: dict[str, str] = field(default_factory=dict)
    """Token → message of each acknowledged draft."""
    is_down: bool = False

    def __post_init__(self) -> None:
        """Turn the faults on."""
        self.process.api.before_each = lambda _: "reset" if self.is_down else ""
        self.rough(on=True)

    def rough(self, *, on: bool) -> None:
        """Turn the faults of creates and of the disk on or off."""
        draw = self.draw
        self.process.api.before_create = lambda: draw(st.sampled_from(CREATES)) if on else ""
        self.process.drafts.before_change = lambda: draw(st.sampled_from(CHANGES)) if on else ""
        self.is_rough = on

    def restart(self) -> None:
        """End the process, and start another one."""
        self.process.close()
        self.process.open()
        self.rough(on=self.is_rough)

    def do(self, step: str) -> None:
        """Take one step; a kill restarts the process."""
        try:
            with suppress(LoopError):
                getattr(self, step)()
        except Killed:
            self.restart()

    def submit(self) -> None:
        """Submit a draft, with one click or two."""
        token, message = f"t{len(self.typed)}", self.draw(st.sampled_from(MESSAGES))
        for _ in range(self.draw(st.integers(1, 2))):
            self.process.submit(token, message)
        self.typed[token] = message

    def bulk(self) -> None:
        """Submit two bulk rows."""
        rows = {f"t{len(self.typed) + number}": Draft("u_9", "Equal") for number in range(2)}
        self.process.outbox.submit_bulk(rows)
        self.typed |= dict.fromkeys(rows, "Equal")

    def step(self) -> None:
        """Let the sender take steps."""
        self.process.steps(self.draw(st.integers(1, 3)), self.draw(st.sampled_from([1.0, 3.0, 70.0])))

    def sync(self) -> None:
        """Look at the list, then wake the sender."""
        self.process.at += timedelta(seconds=10)
        self.process.sync()
        self.process.steps()

    def wait(self) -> None:
        """Advance the clock, and store late creates."""
        self.process.at += timedelta(seconds=self.draw(st.sampled_from([5, 100, 1000])))
        self.process.api.settle()

    def outage(self) -> None:
        """Begin or end an outage of the list."""
        self.is_down = not self.is_down

    def kill(self) -> None:
        """End the process between two steps."""
        raise Killed

    def stranger(self) -> None:
        """Store an equal item from elsewhere, long before and after anything sent here."""
        self.process.at += timedelta(seconds=700)
        fields: dict[str, Any] = {
            "user": {"id": "u_9"},
            "message": "Equal",
            "sentiment": None,
            "tag": None,
            "source": None,
        }
        self.process.api.insert(at=self.process.at, **fields)
        self.process.at += timedelta(seconds=10)

    def discard(self) -> None:
        """Discard a draft."""
        if self.typed:
            self.process.outbox.discard(self.draw(st.sampled_from([*self.typed])))

    def send_again(self) -> None:
        """Send a draft again."""
        if self.typed:
            token = self.draw(st.sampled_from([*self.typed]))
            again = self.process.outbox.send_again(token)
            self.typed[again.token] = self.typed[token]

    def calm(self, syncs: int) -> None:
        """End all faults, send what waits, and sync this many times."""
        self.rough(on=False)
        self.is_down = False
        self.restart()
        self.process.at += timedelta(seconds=1)
        self.process.api.settle()
        for _ in range(syncs):
            self.process.at += timedelta(seconds=10)
            self.process.sync()
            self.process.steps()

    def rows(self) -> dict[str, DraftRow]:
        """All drafts by token."""
        return {row.token: row for row in self.process.drafts.in_states(DraftState)}

    def check(self) -> None:
        """Compare the outbox with the model."""
        rows, made = self.rows(), self.process.api.stored_by
        assert {token: row.message for token, row in rows.items() if token in self.typed} == self.typed, "a lost text"
        assert max(Counter(token for token, _ in made).values(), default=0) <= 1, "sent twice"
        claimed = [row.item_id for row in rows.values() if row.item_id is not None]
        assert len(claimed) == len({*claimed}), "two drafts have one item"
        maker = {item_id: token for token, item_id in made}
        assert {*claimed} <= maker.keys(), "a stranger's item"
        for row in rows.values():
            assert row.item_id is None or rows[maker[row.item_id]].texts == row.texts, "another text's item"
            assert (row.state == DraftState.STORED) == (row.item_id is not None)

    def check_settled(self) -> None:
        """No draft is unknown while its item is there and unclaimed."""
        rows, created = self.rows(), {one["id"]: one["created"] for one in self.process.api.items}
        claimed = {row.item_id for row in rows.values()}
        for token, item_id in self.process.api.stored_by:
            row = rows[token]
            since, until = lookup.window(row)
            is_in_time = since <= microseconds(created[item_id]) <= until
            is_looked_for = lookup.is_looked_for(row, self.process.account.mirror.now())
            if row.state == DraftState.UNKNOWN and is_in_time and is_looked_for:
                assert item_id in claimed, "unknown for ever"


def history(data: st.DataObject) -> None:
    """Run one random history."""
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(data.draw, Process(Path(folder)))
        try:
            with suppress(LoopError):
                desk.process.sync()
            for step in data.draw(st.lists(st.sampled_from(STEPS), min_size=4, max_size=24)):
                desk.do(step)
                desk.check()
            desk.calm(2)
            desk.check()
            desk.check_settled()
            desk.process.steps(4 * len(desk.typed) + 4, seconds=1000)
            desk.check()
            assert not {row.state for row in desk.rows().values()} & {DraftState.WAITING, DraftState.SENDING}
        finally:
            desk.process.close()


@settings(max_examples=100)
@given(st.data())
def test_no_history_loses_or_doubles_a_draft(data: st.DataObject) -> None:
    """No draft is lost or sent twice in 100 random histories."""
    history(data)


@pytest.mark.long
@settings(max_examples=1000)
@given(st.data())
def test_none_of_many_histories_loses_or_doubles_a_draft(data: st.DataObject) -> None:
    """No draft is lost or sent twice in 1,000 random histories."""
    history(data)
