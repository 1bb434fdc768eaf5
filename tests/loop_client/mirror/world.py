"""A changing account in memory: items arrive, are resolved and deleted between requests, and requests fail."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from adbc_driver_sqlite import dbapi

from loop_client.mirror.store import SqliteStore
from tests.answers import NEWEST, error, item, page

if TYPE_CHECKING:
    from collections.abc import Callable

    from loop_client.mirror import Mirror

START, EPOCH = NEWEST - timedelta(days=30), datetime(1970, 1, 1, tzinfo=UTC)


_place = itemgetter("created", "n")
"""The sort key of an item; a higher one is nearer to the head."""


class CrashError(Exception):
    """The process ended here, as far as the mirror can tell."""


class World(httpx.BaseTransport):
    """A Loop API over a list in memory, newest first, with pages of at most `size` items; equal times by insertion."""

    def __init__(self, size: int = 3) -> None:
        """Start empty."""
        self.size = size
        self.items: list[dict[str, Any]] = []
        self.reported: defaultdict[str, set[str]] = defaultdict(set)
        self.made, self.clock, self.step = 0, START, timedelta(seconds=1)
        self.requests: list[dict[str, str]] = []
        self.before_each: Callable[[int], str] = lambda _: ""
        """Called with the number of each request; returns its fault, if any: reset, crash, refuse, repeat, empty."""
        self.date: datetime | None = None
        """The server's time for the Date header; None sends none."""

    def insert(self, *, tie: bool = False, at: datetime | None = None, **fields: Any) -> str:  # noqa: ANN401 - the item's fields
        """Insert an item, one step after the last one, or at its time, or dated `at`."""
        self.made += 1
        if at is None:
            self.clock += 0 * self.step if tie else self.step
        new = {**item(self.made), **fields, "created": at or self.clock, "n": self.made}
        new["id"] = f"fb_{(self.made * 7919) % 100_003}"  # random-looking, never in order
        self.items.append(new)
        self.items.sort(key=_place, reverse=True)
        return str(new["id"])

    def statuses(self) -> dict[str, str]:
        """Id → status of all current items."""
        return {one["id"]: one["status"] for one in self.items}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer with one page."""
        query = dict(request.url.params)
        self.requests.append(query)
        fault = self.before_each(len(self.requests))
        cursor = query.get("cursor")
        if fault == "crash":
            raise CrashError
        if fault == "reset":
            raise httpx.ReadError("reset")
        if fault == "refuse" and cursor:
            return error(400)
        if fault == "empty" and cursor:
            return page([], f"{cursor}e" if len(cursor) < 40 else None)
        wanted = [
            one for one in self.items if all(one[k] == query[k] for k in ("status", "sentiment", "tag") if k in query)
        ]
        if cursor:
            since, number = cursor.rstrip("e").split("-")[0].split(".")
            place = EPOCH + timedelta(microseconds=int(since)), int(number) + (1 if fault == "repeat" else 0)
            wanted = [one for one in wanted if _place(one) < place]
        shown = wanted[: min(self.size, int(query["limit"]))]
        for one in shown:
            self.reported[one["id"]].add(one["status"])
        more = len(wanted) > len(shown)
        answer = [
            {k: v for k, v in one.items() if k not in {"n", "created"}} | {"createdAt": one["created"].isoformat()}
            for one in shown
        ]
        end = f"{(shown[-1]['created'] - EPOCH) // timedelta(microseconds=1)}.{shown[-1]['n']}" if more else ""
        response = page(answer, f"{end}-{len(self.requests)}" if more else None)
        if self.date is not None:
            response.headers["Date"] = format_datetime(self.date, usegmt=True)
        return response


def sql(url: str, *statements: str) -> None:
    """Change the file without the mirror."""
    with dbapi.connect(url.removeprefix("sqlite:///"), autocommit=True) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def store_state(url: str, state: str) -> None:
    """Write another state into the file."""
    sql(url, f"update accounts set state = '{state}'")  # noqa: S608 - ours


def ids_of(mirror: Mirror) -> set[str]:
    """The ids of the snapshot."""
    return set(mirror.snapshot().frame["id"])


def store_of(mirror: Mirror) -> SqliteStore:
    """The open store of a mirror, for settings that only tests make."""
    store = mirror._store  # noqa: SLF001 - tests reach it only through this
    assert isinstance(store, SqliteStore)
    return store


def path_of(url: str) -> Path:
    """The file of a mirror's URL."""
    return Path(url.removeprefix("sqlite:///"))
