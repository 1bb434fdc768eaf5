"""The sandbox's items in SQLite: an acknowledged create is on disk, and a page takes the same time at any depth."""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from loop_client.sandbox.damage import APPLICATION_ID, DamagedError, StoreError, is_damage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

SCHEMA_VERSION = 1
MARKS = {"application_id": APPLICATION_ID, "user_version": SCHEMA_VERSION}

SCHEMA = """
create table items (
    n integer not null unique,  -- insertion order, which breaks ties; as a primary key no index would be searched by it
    id text not null unique,
    created_at text not null,
    status text not null,
    sentiment text,
    tag text,
    body text not null  -- the item as JSON, ready to be sent
)
"""

INDEXES = {  # one for each set of filters, so that any page is one short walk along an index
    "by_time": "created_at, n",
    "by_status": "status, created_at, n",
    "by_sentiment": "sentiment, created_at, n",
    "by_tag": "tag, created_at, n",
    "by_status_and_sentiment": "status, sentiment, created_at, n",
    "by_status_and_tag": "status, tag, created_at, n",
    "by_sentiment_and_tag": "sentiment, tag, created_at, n",
    "by_all": "status, sentiment, tag, created_at, n",
}

DEFINITIONS = {f"CREATE TABLE{SCHEMA.strip().removeprefix('create table')}"} | {
    f"CREATE INDEX {name} on items ({columns})" for name, columns in INDEXES.items()
}
"""The statements as SQLite stores them."""

INSERT = "insert into items select coalesce(max(n), 0) + 1, ?, ?, ?, ?, ?, ? from items"

_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

FILTERS = ("status", "sentiment", "tag")


class Store:
    """All items of one sandbox. Thread-safe: one write at a time, and reads do not wait for writes."""

    def __init__(self, path: Path | str) -> None:
        """Open the database, or create it.

        Raises:
            StoreError: It cannot be written, or belongs to another program or a newer sandbox.
            DamagedError: It is damaged.
        """
        self._path = path
        self._writing, self._reading = threading.Lock(), threading.Lock()
        self.on_damage: Callable[[], object] = lambda: None
        """Called when the file turns out to be damaged while it is in use."""
        with ExitStack() as opened:
            try:
                self._writer = opened.enter_context(closing(_connection(path)))
                with self._transaction():
                    self._prepare(path)
                self._check(path)
                self._writer.execute("pragma cache_size = -65536")  # 64 MiB, for the random ids of a big load
                self._writer.execute("pragma journal_mode = wal")
                self._writer.execute("pragma synchronous = full")  # the write-ahead log is synced at every commit
                self._reader = opened.enter_context(closing(_connection(path)))
            except (sqlite3.Error, UnicodeError) as error:  # SQLite's message may contain damaged text
                kind = DamagedError if is_damage(error, path) else StoreError
                raise kind(f"The database {path} cannot be used: {error}.") from None
            self._opened = opened.pop_all()

    def _prepare(self, path: Path | str) -> None:
        """Create the tables of a new database; refuse another program's before anything is written.

        A flipped bit in the application id or the version is repaired: the tables identify the file too.
        """
        found = {sql for (sql,) in self._writer.execute("select sql from sqlite_master where sql is not null")}
        owner, version = (self._writer.execute(f"pragma {name}").fetchone()[0] for name in MARKS)
        is_complete = found >= DEFINITIONS
        if not found:
            self._writer.execute(SCHEMA)
            self._index()
        elif owner != APPLICATION_ID and not is_complete:
            raise StoreError(f"The database {path} is not a sandbox's.")
        elif version > SCHEMA_VERSION and not (is_complete and (version ^ SCHEMA_VERSION).bit_count() == 1):
            raise StoreError(f"The database {path} was written by a newer version.")
        elif not is_complete:
            raise DamagedError(f"The database {path} lacks a table or an index.")
        if (owner, version) != (APPLICATION_ID, SCHEMA_VERSION):
            for name, value in MARKS.items():
                self._writer.execute(f"pragma {name} = {value}")

    def _check(self, path: Path | str) -> None:
        """Check all items once: one that cannot be sent would make its page fail forever."""
        if self._writer.execute("pragma integrity_check(1)").fetchone()[0] != "ok":
            raise DamagedError(f"The database {path} is damaged.")
        if self._writer.execute("select 1 from items where not json_valid(body) limit 1").fetchone():
            raise DamagedError(f"The database {path} holds an item that cannot be read.")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._writing, self._noticing_damage():
            self._writer.execute("begin immediate")
            try:
                yield
                self._writer.execute("commit")
            except BaseException:
                if self._writer.in_transaction:  # SQLite itself rolls back when the disk is full
                    self._writer.execute("rollback")
                raise

    @contextmanager
    def _noticing_damage(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, UnicodeError) as error:
            if is_damage(error, self._path):
                self.on_damage()
            raise

    def close(self) -> None:
        """Close the database."""
        with self._writing, self._reading:
            self._opened.close()

    def __len__(self) -> int:
        """The number of items."""
        with self._reading:
            return int(self._reader.execute("select count(*) from items").fetchone()[0])

    def load(self, items: Iterable[Mapping[str, str | None]]) -> None:
        """Insert complete items: id, user_id, …, status, created_at; oldest first."""
        with self._transaction():
            empty = self._writer.execute("select 1 from items limit 1").fetchone() is None
            if empty:  # creating an index afterwards is several times faster than updating it
                for name in INDEXES:
                    self._writer.execute(f"drop index {name}")
            self._writer.executemany(INSERT, map(_row, items))
            if empty:
                self._index()

    def _index(self) -> None:
        for name, columns in INDEXES.items():
            self._writer.execute(f"create index {name} on items ({columns})")

    def create(self, fields: Mapping[str, str | None]) -> str:
        """Store a new item and return it as JSON; it is on disk by then."""
        with self._transaction():
            item = {
                **fields,
                "id": "fb_" + secrets.token_hex(6),
                "status": "open",
                "created_at": _stamp(datetime.now(UTC)),
            }
            row = _row(item)
            self._writer.execute(INSERT, row)
        return row[-1] or ""

    def page(
        self, filters: Mapping[str, str], limit: int, after: tuple[str, int] | None
    ) -> tuple[list[str], tuple[str, int] | None]:
        """Up to `limit` items after a position as JSON, newest first; and the position of the page's end.

        The position is None at the end of the list. Items created meanwhile come before the first page, so they
        neither repeat nor hide other items.
        """
        where = [f"{name} = :{name}" for name in FILTERS if name in filters]
        values: dict[str, str | int] = {**filters, "limit": limit + 1}
        if after:
            where.append("(created_at, n) < (:created_at, :n)")
            values["created_at"], values["n"] = after
        condition = f"where {' and '.join(where)}" if where else ""
        sql = f"select body, created_at, n from items {condition} order by created_at desc, n desc limit :limit"  # noqa: S608 - names of our own
        with self._reading, self._noticing_damage():
            rows = self._reader.execute(sql, values).fetchall()
        more = len(rows) > limit
        rows = rows[:limit]
        return [row[0] for row in rows], (rows[-1][1], rows[-1][2]) if more else None

    def resolve(self, ids: Iterable[str]) -> list[str]:
        """Mark items as resolved, and return the ids that exist."""
        found = []
        with self._transaction():
            for item_id in ids:
                row = self._writer.execute("select body from items where id = ?", (item_id,)).fetchone()
                if row is None:
                    continue
                found.append(item_id)
                body = _json({**json.loads(row[0]), "status": "resolved"})
                self._writer.execute("update items set status = 'resolved', body = ? where id = ?", (body, item_id))
        return found


def _connection(path: Path | str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    connection.text_factory = partial(str, encoding="utf-8", errors="replace")  # a flipped bit damages only one letter
    return connection


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _row(item: Mapping[str, str | None]) -> tuple[str | None, ...]:
    body = {
        "id": item["id"],
        "user": {"id": item["user_id"]},
        "message": item["message"],
        "sentiment": item["sentiment"],
        "source": item["source"],
        "tag": item["tag"],
        "status": item["status"],
        "createdAt": item["created_at"],
    }
    return (item["id"], item["created_at"], item["status"], item["sentiment"], item["tag"], _json(body))
