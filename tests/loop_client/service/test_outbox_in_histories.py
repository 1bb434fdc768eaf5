"""Random histories of an outbox against a model: no text is lost, none is sent twice, no item is mismatched."""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loop_client import LoopError
from loop_client.mirror.moments import microseconds
from loop_client.mirror.store import DraftRow, DraftState, PostgresDatabase, PostgresDrafts, postgres_database
from loop_client.service import Draft, lookup
from tests.loop_client.service.outbox_world import Killed, Process
from tests.outboxes import Cuts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from loop_client.mirror.store import Drafts, ImportRow
    from tests.postgres import Server

STEPS = ["submit", "submit", "submit", "step", "step", "step", "sync", "wait", "outage", "restart"]
STEPS += ["stranger", "discard", "send_again", "kill", "import_rows", "import_rows", "pause", "cancel", "resume"]
STEPS += ["import_new"]
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
CHANGES = ["", "", "", "", "", "", "", "crash", "crash after", "full", "unconfirmed"]
NEW = "new "
"""How tokens of imports begin whose file is imported again and again."""

CUTS = ["", "", "", "", "before", "after"]
"""Faults of commits, see `Cuts`."""

MESSAGES = ["Equal", "Equal", "Other"]
"""Messages of drafts, of which equal ones differ only in their tokens."""


@dataclass
class Desk:
    """People at a dashboard whose process may die, with an API that may fail."""

    draw: Any
    process: Process
    typed: dict[str, str] = field(default_factory=dict)
    """Token → message of each acknowledged draft."""
    imports: dict[str, str] = field(default_factory=dict)
    """Token → state of each import."""
    frozen: dict[str, int] = field(default_factory=dict)
    """Token of a draft whose import is held → how often it had been sent when it was not being sent."""
    repeated: set[str] = field(default_factory=set)
    """Messages of drafts that a person sent again."""
    is_down: bool = False
    cuts: Cuts | None = None
    """Cuts commits, where the outbox is in a database."""

    def __post_init__(self) -> None:
        """Turn the faults on."""
        self.process.api.before_each = lambda _: "reset" if self.is_down else ""
        self.rough(on=True)

    def rough(self, *, on: bool) -> None:
        """Turn the faults of creates and of the disk on or off."""
        draw = self.draw
        self.process.api.before_create = lambda: draw(st.sampled_from(CREATES)) if on else ""
        self.process.drafts.before_change = lambda: draw(st.sampled_from(CHANGES)) if on else ""
        self.process.drafts.imports.before_write = lambda: draw(st.sampled_from(CHANGES)) if on else ""
        self.process.imports.writer.rows_at_once = 1
        if self.cuts is not None:
            self.cuts.fault = lambda: draw(st.sampled_from(CUTS)) if on else ""
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

    def import_rows(self) -> None:
        """Write down an import of two rows, with one click or two; it may be the same one again."""
        others = [token for token in self.imports if not token.startswith(NEW)]
        token = self.draw(st.sampled_from([f"import {len(self.imports)}", *others]))
        self.write_rows(token, self.draw(st.integers(1, 2)))

    def write_rows(self, token: str, clicks: int = 1) -> None:
        """Write down an import of two rows; its writer may die or fail in the middle."""
        drafts = {row: Draft("u_9", "Equal") for row in (1, 3)}
        with self.noting_imports():
            for _ in range(clicks):
                found = self.process.imports.write(token, "rows.csv", token, drafts, {2: "no text"})
                assert found.state == "cancelled" or found.written == 2, "acknowledged before it was whole"

    def import_new(self) -> None:
        """Write down what no import has of a file of three rows, as pages and shells do."""
        drafts = {row: Draft("u_9", f"New {row}") for row in (1, 2, 3)}
        with self.noting_imports():
            self.process.imports.write_new(f"{NEW}{len(self.imports)}", "new.csv", "new", drafts, {})
            written = {token.rpartition("-")[2] for token in self.rows() if token.startswith(NEW)}
            assert written == {"1", "2", "3"}, "acknowledged before it was whole"

    @contextmanager
    def noting_imports(self) -> Iterator[None]:
        """Note which imports there are after a writer is done, failed or died, and which rows it has written."""
        try:
            yield
        finally:
            for one in self.process.imports.all():
                rows = self.process.drafts.imports.drafts(self.stored(one.token))
                assert one.state != "running" or len(rows) == one.rows - one.left_out, "sent before it was whole"
                if self.imports.get(one.token, "writing") == "writing":
                    self.imports[one.token] = str(one.state)
                self.typed |= {row.token: row.message for row in rows.values()}

    def stored(self, token: str) -> ImportRow:
        """An import as it is stored."""
        found = self.process.drafts.imports.find(token)
        assert found is not None
        return found

    def pause(self) -> None:
        """Pause an import."""
        self.decide("pause", "paused")

    def cancel(self) -> None:
        """Cancel an import."""
        self.decide("cancel", "cancelled")

    def resume(self) -> None:
        """Resume an import."""
        self.decide("resume", "running")

    def decide(self, action: str, state: str) -> None:
        """Decide about an import."""
        if not self.imports:
            return
        token = self.draw(st.sampled_from([*self.imports]))
        getattr(self.process.imports, action)(token)
        self.imports[token] = state
        rows = [row for row in self.rows().values() if row.token.startswith(f"{token}-")]
        for row in rows:
            self.frozen.pop(row.token, None)
            if state != "running" and row.state == DraftState.WAITING:
                self.frozen[row.token] = row.tries

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
            self.repeated.add(self.typed[token])

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

    def end_of_hold(self, token: str, state: str) -> None:
        """Resume an import that is paused, and finish one whose writer has died."""
        if state == "paused":
            self.process.imports.resume(token)
            self.imports[token] = "running"
        elif token.startswith(NEW):
            self.import_new()
        else:
            self.write_rows(token)

    def rows(self) -> dict[str, DraftRow]:
        """All drafts by token."""
        return {row.token: row for row in self.process.drafts.in_states(DraftState)}

    def unsent(self) -> list[str]:
        """The tokens of the drafts that wait or are being sent."""
        return [row.token for row in self.process.drafts.in_states([DraftState.WAITING, DraftState.SENDING])]

    def finish(self) -> None:
        """Let the sender take all the steps that it needs, and compare."""
        for _ in range(4 * len(self.typed) + 4):
            if self.unsent():
                self.process.steps(1, seconds=1000)
        self.check()

    def check(self) -> None:
        """Compare the outbox with the model."""
        rows, made = self.rows(), self.process.api.stored_by
        assert {token: row.message for token, row in rows.items() if token in self.typed} == self.typed, "a lost text"
        assert max(Counter(token for token, _ in made).values(), default=0) <= 1, "sent twice"
        claimed = [row.item_id for row in rows.values() if row.item_id is not None]
        assert len(claimed) == len({*claimed}), "two drafts have one item"
        maker = {item_id: token for token, item_id in made}
        assert {*claimed} <= maker.keys(), "a stranger's item"
        tries = {token: rows[token].tries for token in self.frozen}
        assert tries == self.frozen, "a row of a held import was sent"
        found = {one.token: (str(one.state), one.rows, one.written) for one in self.process.imports.all()}
        written = Counter(token.rpartition("-")[0] for token in self.typed)
        assert found == {token: (state, 3, written[token]) for token, state in self.imports.items()}, "a lost import"
        self.check_new(rows)
        for row in rows.values():
            assert row.item_id is None or rows[maker[row.item_id]].texts == row.texts, "another text's item"
            assert (row.state == DraftState.STORED) == (row.item_id is not None)

    def check_new(self, rows: dict[str, DraftRow]) -> None:
        """No row of the file that is imported again and again is in two imports, unless one of them gave it up."""
        live = Counter(
            row.message
            for token, row in rows.items()
            if token.startswith(NEW)
            and row.state not in {DraftState.REFUSED, DraftState.DISCARDED}
            and not (row.state == DraftState.WAITING and self.imports[token.rpartition("-")[0]] == "cancelled")
        )
        twice = {message for message, count in live.items() if count > 1}
        assert twice <= self.repeated, "a row is sent by two imports"

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


def history(data: st.DataObject, opened: Callable[[], Drafts] | None = None, cuts: Cuts | None = None) -> None:
    """Run one random history. `opened`: opens an outbox that is empty; without it, it is in files."""
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(data.draw, Process(Path(folder), opened=opened), cuts=cuts)
        try:
            with suppress(LoopError):
                desk.process.sync()
            for step in data.draw(st.lists(st.sampled_from(STEPS), min_size=4, max_size=24)):
                desk.do(step)
                desk.check()
            desk.calm(2)
            desk.check()
            desk.check_settled()
            desk.finish()
            held = {token: state for token, state in desk.imports.items() if state in {"paused", "writing"}}
            assert all(token.rpartition("-")[0] in held for token in desk.unsent())
            for token, state in held.items():
                desk.end_of_hold(token, state)
            desk.frozen.clear()
            desk.finish()
            assert desk.unsent() == []
            for one in desk.process.imports.all():
                assert one.is_done
                assert [row.row for row in desk.process.imports.receipt(one.token).rows] == [1, 2, 3]
        finally:
            desk.process.close()


@settings(max_examples=100)
@given(st.data())
def test_no_history_loses_or_doubles_a_draft(data: st.DataObject) -> None:
    """No draft is lost or sent twice in 100 random histories."""
    history(data)


@pytest.fixture(scope="module")
def database(postgres_server: Server) -> Iterator[PostgresDatabase]:
    """A database for all histories of a test."""
    url = postgres_server.new_database()
    with closing(PostgresDatabase(url, "The outbox")) as opened:
        yield opened
    postgres_server.drop(url)


def history_in_database(database: PostgresDatabase, data: st.DataObject) -> None:
    """Run one random history in a database whose commits are cut, with nothing in it."""
    database.write(lambda one: one.rows("truncate drafts, imports"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postgres_database, "TRIED_EVERY", 0.005)
        cuts = Cuts(database)
        try:
            history(data, lambda: PostgresDrafts(database), cuts)
        finally:
            cuts.end()


@settings(max_examples=12)
@given(st.data())
def test_no_history_in_a_database_loses_or_doubles_a_draft(database: PostgresDatabase, data: st.DataObject) -> None:
    """Nor where commits are cut; 12 histories, as each takes a second."""
    history_in_database(database, data)


@pytest.mark.long
@settings(max_examples=200)
@given(st.data())
def test_none_of_many_histories_in_a_database_loses_or_doubles_a_draft(
    database: PostgresDatabase, data: st.DataObject
) -> None:
    """No draft is lost or sent twice in 200 random histories in a database."""
    history_in_database(database, data)


@pytest.mark.long
@settings(max_examples=1000)
@given(st.data())
def test_none_of_many_histories_loses_or_doubles_a_draft(data: st.DataObject) -> None:
    """No draft is lost or sent twice in 1,000 random histories."""
    history(data)
