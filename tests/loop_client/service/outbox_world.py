"""An account to which drafts are sent, and what goes wrong on the way; time passes when it is told to."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx

from loop_client.mirror import Mirror, StoreError, SyncSchedule
from loop_client.mirror.moments import microseconds
from loop_client.mirror.store import DraftRow, DraftState, SqliteDrafts
from loop_client.service import Account, Draft, Outbox
from loop_client.service.sender import Sender
from tests.answers import error, loop
from tests.loop_client.mirror.world import START, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from loop_client import Feedback
    from loop_client.mirror.store import Drafts

ERRORS = {"500": 500, "503": 503, "400": 400, "401": 401, "413": 413}


class Killed(BaseException):
    """Kill -9."""


class Api(World):
    """A `World` that takes creates, too. `before_create` says what goes wrong with one.

    "refused": no connection. "lost": stored, and the answer cut. "vanished": not stored, and no answer. "crash": the
    process ends before it is sent, "crash after": once it is stored. "late": stored when `settle` is called. A status,
    "rate" or "quota": not stored, and that answer.
    """

    def __init__(self) -> None:
        """Hold nothing."""
        super().__init__(size=100)
        self.before_create: Callable[[], str] = lambda: ""
        self.creates = 0
        self.sent: list[str] = []
        """The messages of the items that creates stored, one for each."""
        self.stored_by: list[tuple[str, str]] = []
        """The token of the draft and the id of each of them."""
        self.late: list[tuple[str, dict[str, Any]]] = []
        self.sending: Callable[[], str] = lambda: ""
        """The token of the draft that is being sent."""
        self.now: Callable[[], datetime] = lambda: START

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """One page, or one create."""
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
        """Store what is late."""
        for token, body in self.late:
            self.store(body, token)
        self.late.clear()

    def store(self, body: dict[str, Any], token: str = "") -> dict[str, Any]:
        """Store what a create says."""
        fields: dict[str, Any] = {name: body.get(name) for name in ("user", "message", "sentiment", "source", "tag")}
        item_id = self.insert(at=self.now(), **fields)
        self.sent.append(str(body["message"]))
        self.stored_by.append((token or self.sending(), item_id))
        (new,) = (one for one in self.items if one["id"] == item_id)
        kept = {name: value for name, value in new.items() if name not in {"n", "created"}}
        return kept | {"createdAt": new["created"].isoformat()}


class Fragile:
    """An outbox that a process may leave at any of its changes: before it, or after it."""

    def __init__(self, drafts: Drafts) -> None:
        """Pass everything on."""
        self._drafts = drafts
        self.news: str | None = None
        self.before_change: Callable[[], str] = lambda: ""
        """What happens at a change: "crash", "crash after", "full", or nothing."""

    def change(self, draft: DraftRow, expected: DraftState, new: DraftRow | None = None) -> bool:
        """See `Drafts`."""
        fault = self.before_change()
        if fault == "crash":
            raise Killed
        if fault == "full":
            raise StoreError("The outbox cannot be used: database or disk is full. Free some space on the disk.")
        done = self._drafts.change(draft, expected, new)
        if fault == "crash after":
            raise Killed
        return done

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

    def counts(self) -> dict[tuple[str, DraftState], int]:
        """See `Drafts`."""
        return self._drafts.counts()

    def holders(self, item_ids: Iterable[str]) -> list[DraftRow]:
        """See `Drafts`."""
        return self._drafts.holders(item_ids)

    def claimed(self, since: int) -> list[str]:
        """See `Drafts`."""
        return self._drafts.claimed(since)

    def forget(self, before: int) -> int:
        """See `Drafts`."""
        return self._drafts.forget(before)

    def close(self) -> None:
        """See `Drafts`."""
        self._drafts.close()


@dataclass
class Process:
    """A process with an outbox, a sender and a copy, in a folder; `open` starts it, also after it has died."""

    folder: Path
    api: Api = field(default_factory=Api)
    at: datetime = START + timedelta(days=1)
    created: list[Feedback] = field(default_factory=list)
    key: str = "k"
    bulk_left: float = 0.0
    """Seconds until the budget has a call for a bulk row."""

    def __post_init__(self) -> None:
        """Start it."""
        self.api.now = lambda: self.at
        self.open()

    def open(self) -> None:
        """Start the process; what it has stored is there."""
        client = loop(self.api, max_retries=0, max_wait=0.0, api_key=self.key)
        schedule = SyncSchedule(clock=lambda: microseconds(self.at))
        mirror = Mirror(client, f"sqlite:///{self.folder}/mirror.db", schedule=schedule)
        self.account = Account(client, mirror, None)
        self.drafts = Fragile(SqliteDrafts(self.folder))
        self.sender = Sender(self.drafts, self.account, self._created, lambda: self.bulk_left, self.monotonic)
        self.outbox = Outbox(self.drafts, lambda: self.sender.names, mirror.now, mirror.item)
        self.api.sending = lambda: self.sender.in_hand or ""
        self.outbox.pause, self.outbox.in_hand = lambda: self.sender.pause, lambda: self.sender.in_hand

    def close(self) -> None:
        """End it, as a kill does: nothing more is written."""
        self.drafts.close()
        self.account.mirror.close()

    def sync(self) -> None:
        """Look at the list."""
        self.api.date = self.at
        self.account.mirror.sync()

    def steps(self, count: int = 1, seconds: float = 1.0) -> None:
        """Let the sender do what is due, so often, with so much time before each step."""
        for _ in range(count):
            self.at += timedelta(seconds=seconds)
            self.api.date = self.at
            self.sender.step()

    def submit(self, token: str, message: str = "Typed", **fields: Any) -> None:  # noqa: ANN401 - of a draft
        """Write a draft down."""
        self.outbox.submit(token, Draft("u_9", message, **fields))

    def states(self) -> dict[str, str]:
        """Token → state of all drafts."""
        return {row.token: row.state for row in self.drafts.in_states(DraftState)}

    def row(self, token: str) -> DraftRow:
        """A draft as it is stored."""
        found = self.drafts.find(token)
        assert found is not None
        return found

    def monotonic(self) -> float:
        """Seconds since any moment."""
        return self.at.timestamp()

    def _created(self, item: Feedback) -> None:
        self.created.append(item)
        self.account.mirror.add(item)
