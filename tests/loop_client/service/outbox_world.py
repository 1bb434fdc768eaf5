"""An account to which drafts are sent, with faults on the way and a clock that tests move."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx

from loop_client.mirror import Mirror, StoreError, SyncSchedule
from loop_client.mirror.moments import microseconds
from loop_client.mirror.store import DraftRow, DraftState, ImportState, SqliteDrafts
from loop_client.service import Account, Draft, Import, Imports, Outbox
from loop_client.service.sender import Sender
from tests.answers import error, loop
from tests.loop_client.mirror.world import START, World

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from pathlib import Path

    from loop_client import Feedback
    from loop_client.mirror.store import Drafts, ImportRow, Store
    from loop_client.mirror.store import Imports as StoredImports
    from loop_client.service import ReceiptRow

ERRORS = {"500": 500, "503": 503, "400": 400, "401": 401, "413": 413}


class Killed(BaseException):
    """Stands for a kill -9."""


class Api(World):
    """A `World` that also takes creates, each with the fault that `before_create` returns.

    "refused": no connection. "lost": stored, but the answer is lost. "vanished": neither stored nor answered. "crash":
    the process dies before the request, "crash after": once it is stored. "late": stored when `settle` is called.
    A status, "rate" or "quota": not stored, with this answer.
    """

    def __init__(self) -> None:
        """Start empty."""
        super().__init__(size=100)
        self.before_create: Callable[[], str] = lambda: ""
        self.creates = 0
        self.sent: list[str] = []
        """The message of each item that a create stored."""
        self.stored_by: list[tuple[str, str]] = []
        """The draft's token and the id of each of these items."""
        self.late: list[tuple[str, dict[str, Any]]] = []
        self.sending: Callable[[], str] = lambda: ""
        """The token of the draft being sent."""
        self.now: Callable[[], datetime] = lambda: START

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a page or a create."""
        if request.method == "GET":
            return super().handle_request(request)
        self.creates += 1
        fault, body = self.before_create(), json.loads(request.content)
        if fault in {"crash", "refused", "vanished"}:
            raise {"crash": Killed, "refused": httpx.ConnectError, "vanished": httpx.ReadError}[fault](fault)
        if fault in {"rate", "quota"}:
            return error(429, f"{fault}_exceeded", **{"Retry-After": "7200" if fault == "quota" else "30"})
        if fault in ERRORS:
            return error(ERRORS[fault], message="message: is wrong")
        if fault == "late":
            self.late.append((self.sending(), body))
            raise httpx.ReadError(fault)
        stored = self.store(body)
        if fault == "crash after":
            raise Killed
        if fault == "lost":
            raise httpx.ReadError(fault)
        return httpx.Response(201, json=stored)

    def settle(self) -> None:
        """Store the creates that were late."""
        for token, body in self.late:
            self.store(body, token)
        self.late.clear()

    def store(self, body: dict[str, Any], token: str = "") -> dict[str, Any]:
        """Store the item of a create."""
        fields: dict[str, Any] = {name: body.get(name) for name in ("user", "message", "sentiment", "source", "tag")}
        item_id = self.insert(at=self.now(), **fields)
        self.sent.append(str(body["message"]))
        self.stored_by.append((token or self.sending(), item_id))
        (new,) = (one for one in self.items if one["id"] == item_id)
        fields_shown = {name: value for name, value in new.items() if name not in {"n", "created"}}
        return fields_shown | {"createdAt": new["created"].isoformat()}


class Fragile:
    """An outbox at which a process may die before or after any change."""

    def __init__(self, drafts: Drafts) -> None:
        """Pass every call on."""
        self._drafts, self.imports = drafts, FragileImports(drafts.imports)
        self.news: str | None = None
        self.before_change: Callable[[], str] = lambda: ""
        """Returns the fault of a change: "crash", "crash after", "full", "unconfirmed", or nothing."""
        self.discarded_at_once = 3

    def change(self, draft: DraftRow, expected: DraftState, new: DraftRow | None = None) -> bool:
        """See `Drafts`."""
        return faulty(self.before_change(), lambda: self._drafts.change(draft, expected, new))

    def add(self, drafts: Any) -> list[DraftRow]:  # noqa: ANN401 - passed on
        """See `Drafts`."""
        return self._drafts.add(drafts)

    def find(self, token: str) -> DraftRow | None:
        """See `Drafts`."""
        return self._drafts.find(token)

    def next_waiting(self, accounts: Iterable[str], now: int) -> DraftRow | None:
        """See `Drafts`."""
        return self._drafts.next_waiting(accounts, now)

    def in_states(self, states: Iterable[DraftState]) -> list[DraftRow]:
        """See `Drafts`."""
        return self._drafts.in_states(states)

    def pending(self, accounts: Iterable[str], first: int, most: int, owner: str | None = None) -> list[DraftRow]:
        """See `Drafts`."""
        return self._drafts.pending(accounts, first, most, owner)

    def undecided(self, accounts: Iterable[str], owner: str | None = None) -> int:
        """See `Drafts`."""
        return self._drafts.undecided(accounts, owner)

    def last_change(self) -> int:
        """See `Drafts`."""
        return self._drafts.last_change()

    def counts(self, owner: str | None = None) -> dict[tuple[str, DraftState], int]:
        """See `Drafts`."""
        return self._drafts.counts(owner)

    def holders(self, item_ids: Iterable[str]) -> list[DraftRow]:
        """See `Drafts`."""
        return self._drafts.holders(item_ids)

    def claimed(self, since: int) -> list[str]:
        """See `Drafts`."""
        return self._drafts.claimed(since)

    def forget(self, before: int) -> int:
        """See `Drafts`."""
        return self._drafts.forget(before)

    def discard_cancelled(self, now: int, most: int) -> int:
        """See `Drafts`."""
        return self._drafts.discard_cancelled(now, min(most, self.discarded_at_once))

    def close(self) -> None:
        """See `Drafts`."""
        self._drafts.close()


class FragileImports:
    """Imports whose writer may die before or after each step."""

    def __init__(self, imports: StoredImports) -> None:
        """Pass every call on."""
        self._imports = imports
        self.before_write: Callable[[], str] = lambda: ""
        """Returns the fault of a step, as `Fragile.before_change` does."""

    def begin(self, new: ImportRow, drafts: Sequence[DraftRow], known: Collection[str] | None = None) -> bool:
        """See `Imports`."""
        return faulty(self.before_write(), lambda: self._imports.begin(new, drafts, known))

    def extend(self, token: str, drafts: Sequence[DraftRow]) -> bool:
        """See `Imports`."""
        return faulty(self.before_write(), lambda: self._imports.extend(token, drafts))

    def change(self, row: ImportRow, expected: ImportState) -> bool:
        """See `Imports`."""
        fault = self.before_write() if expected == ImportState.WRITING and row.state == ImportState.RUNNING else ""
        return faulty(fault, lambda: self._imports.change(row, expected))

    def find(self, token: str) -> ImportRow | None:
        """See `Imports`."""
        return self._imports.find(token)

    def all(self) -> list[ImportRow]:
        """See `Imports`."""
        return self._imports.all()

    def of_content(self, digest: str, accounts: Iterable[str]) -> list[ImportRow]:
        """See `Imports`."""
        return self._imports.of_content(digest, accounts)

    def counts(self, row: ImportRow) -> dict[DraftState, int]:
        """See `Imports`."""
        return self._imports.counts(row)

    def drafts(self, row: ImportRow) -> dict[int, DraftRow]:
        """See `Imports`."""
        return self._imports.drafts(row)

    def finished(self, most: int) -> list[int]:
        """See `Imports`."""
        return self._imports.finished(most)


def faulty(fault: str, act: Callable[[], bool]) -> bool:
    """What an action returns, unless its fault ends the process, fills the disk, or takes the answer away."""
    if fault == "crash":
        raise Killed
    if fault == "full":
        raise StoreError("The outbox cannot be used: database or disk is full. Free some space on the disk.")
    done = act()
    if fault == "crash after":
        raise Killed
    if fault == "unconfirmed":
        raise StoreError("The database does not answer.")
    return done


def drafts_of(rows: int, skipped: Collection[int]) -> dict[int, Draft]:
    """The drafts of rows that are numbered from 1."""
    return {row: Draft("u_9", f"Row {row}") for row in range(1, rows + 1) if row not in skipped}


@dataclass
class Process:
    """A process with an outbox, a sender and a mirror; `open` starts it, also after its death."""

    folder: Path
    api: Api = field(default_factory=Api)
    at: datetime = START + timedelta(days=1)
    created: list[Feedback] = field(default_factory=list)
    key: str = "k"
    bulk_left: float = 0.0
    """Seconds until the budget has a call for a bulk row."""
    per_minute: float = 60.0
    """Calls that imports count on."""
    opened: Callable[[], Drafts] | None = None
    """Opens the outbox; without it, that of the folder."""
    store: Store | None = None
    """Of the copy; without it, a file of the folder."""

    def __post_init__(self) -> None:
        """Start the process."""
        self.api.now = lambda: self.at
        self.open()

    def open(self) -> None:
        """Start the process with what it has stored."""
        client = loop(self.api, max_retries=0, max_wait=0.0, api_key=self.key)
        schedule = SyncSchedule(clock=lambda: microseconds(self.at))
        mirror = Mirror(client, self.store or f"sqlite:///{self.folder}/mirror.db", schedule=schedule)
        self.account = Account(client, mirror, None)
        self.drafts = Fragile(self.opened() if self.opened else SqliteDrafts(self.folder))
        self.sender = Sender(self.drafts, self.account, self._created, lambda: self.bulk_left, self.monotonic)
        self.outbox = Outbox(self.drafts, lambda: self.sender.names, mirror.now, mirror.item)
        self.imports = Imports(self.drafts.imports, self.outbox, mirror, self.per_minute)
        self.imports.writer.pause = 0.0
        self.api.sending = lambda: self.sender.in_hand or ""
        self.outbox.pause, self.outbox.in_hand = lambda: self.sender.pause, lambda: self.sender.in_hand

    def close(self) -> None:
        """End the process as a kill does, without another write."""
        self.drafts.close()
        self.account.mirror.close()

    def sync(self) -> None:
        """Look at the list."""
        self.api.date = self.at
        self.account.mirror.sync()

    def steps(self, count: int = 1, seconds: float = 1.0) -> None:
        """Advance the clock and let the sender take a step, this many times."""
        for _ in range(count):
            self.at += timedelta(seconds=seconds)
            self.api.date = self.at
            self.sender.step()

    def submit(self, token: str, message: str = "Typed", **fields: Any) -> None:  # noqa: ANN401 - the draft's fields
        """Submit a draft."""
        self.outbox.submit(token, Draft("u_9", message, **fields))

    def states(self) -> dict[str, str]:
        """Token → state of all drafts."""
        return {row.token: row.state for row in self.drafts.in_states(DraftState)}

    def row(self, token: str) -> DraftRow:
        """A stored draft."""
        found = self.drafts.find(token)
        assert found is not None
        return found

    def monotonic(self) -> float:
        """Seconds of a monotonic clock."""
        return self.at.timestamp()

    def write(self, token: str, rows: int = 3, skipped: dict[int, str] | None = None) -> Import:
        """Write down an import of rows that are numbered from 1."""
        return self.imports.write(token, "rows.csv", "digest", drafts_of(rows, skipped or {}), skipped or {})

    def start_new(self, token: str, rows: int) -> str:
        """Begin to write down those of the rows that are in no import; the token of theirs."""
        return self.imports.start_new(token, "rows.csv", "digest", drafts_of(rows, ()), {})

    def write_new(self, token: str, rows: int = 3, skipped: dict[int, str] | None = None) -> dict[int, ReceiptRow]:
        """Write down those of the rows that are in no import; what was in one."""
        return self.imports.write_new(token, "rows.csv", "digest", drafts_of(rows, skipped or {}), skipped or {})

    def _created(self, item: Feedback, _: DraftRow) -> None:
        self.created.append(item)
        self.account.mirror.add(item)
