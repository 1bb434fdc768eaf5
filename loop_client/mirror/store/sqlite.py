"""The store in SQLite: items by account, numbered changes, and the sync state that belongs to them."""

from __future__ import annotations

import json
import zlib
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa

from loop_client.mirror.errors import BrokenStoreError, StoreError
from loop_client.mirror.moments import alike, microseconds
from loop_client.mirror.rows import COLUMNS, SHOWN, Row, merged_rows, table_of
from loop_client.mirror.store.sqlite_file import Database

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from loop_client.models import Feedback, Text


FIELDS = ", ".join(Row._fields)
ONE_OF = "(select value from json_each(?))"
"""Any id of a JSON array: a hundred parameters would take longer than the query. The equivalent in PostgreSQL is
`json_array_elements_text`."""
SHOWN_COLUMNS = pa.schema([COLUMNS.field(name) for name in SHOWN])
SEEN = ("id", "created_at", "open_at", "resolved_by")
SEEN_COLUMNS = pa.schema([COLUMNS.field(name) for name in SEEN])
ACCOUNT = pa.schema([pa.field("account", pa.int64(), nullable=False), pa.field("state", pa.string(), nullable=False)])
MATCHES = pa.schema([ACCOUNT.field("account"), COLUMNS.field("id"), COLUMNS.field("created_at")])
NAMES = pa.schema([pa.field("name", pa.string(), nullable=False)])
NUMBERS = pa.schema([pa.field("name", pa.string(), nullable=False), pa.field("value", pa.int64(), nullable=False)])
GONE = pa.schema([COLUMNS.field("id"), COLUMNS.field("created_at")])
NEWEST_CHANGE = "select coalesce(max(change), 0) from items where account = ?"


class SqliteStore(Database):
    """A `Store` in one file. Each transaction contains rows and the state that belongs to them."""

    def account(self, name: str) -> tuple[int, str] | None:
        """The number and the sync state of an account; None if it is new."""
        found = self.rows("select account, state from accounts where name = ?", (name,), ACCOUNT)
        if not found:
            return None
        (number, state), newest = found[0], self.number(NEWEST_CHANGE, (found[0][0],))
        if newest > self.change():
            raise BrokenStoreError(f"The copy at {self.path} is damaged: a change is newer than the last one.")
        return number, self._unsealed(number, state)

    def has_accounts(self) -> bool:
        """Whether there is any account."""
        return bool(self.rows("select 1 from accounts limit 1"))

    def state(self, account: int) -> str:
        """The sync state of an account, by its number."""
        found = self.rows("select account, state from accounts where account = ?", (account,), ACCOUNT)
        if not found:
            raise BrokenStoreError(f"The copy at {self.path} is damaged: an account is missing.")
        return self._unsealed(account, found[0][1])

    def names(self, account: int) -> list[str]:
        """The names of an account: it has several after another key to the same feedback."""
        return [name for (name,) in self.rows("select name from accounts where account = ?", (account,), NAMES)]

    def _unsealed(self, account: int, sealed: str) -> str:
        state, _, seal = sealed.rpartition("#")
        if sealed.endswith("}"):  # from a version without checksums
            return sealed
        if seal != _seal(account, state):
            raise BrokenStoreError(f"The copy at {self.path} is damaged: the state of the sync is not what was stored.")
        return state

    def new_account(self, name: str, items: Iterable[Feedback]) -> tuple[int, str]:
        """Create an account, or reuse the one that has one of `items`: the same account with another key."""
        times = {item.id: microseconds(item.created_at) for item in items}
        with self.transaction():
            sql = f"select account, id, created_at from items where id in {ONE_OF} order by account"
            same_ids = self.rows(sql, (json.dumps([*times]),), MATCHES)
            matches = [account for account, item_id, created_at in same_ids if alike(created_at, times[item_id])]
            number = matches[0] if matches else self.number("select coalesce(max(account), 0) + 1 from accounts")
            state = self.state(number) if matches else "{}"
            self.execute("insert into accounts values (?, ?, ?)", (name, number, _sealed(number, state)))
        return number, state

    def known(self, account: int, ids: Sequence[str]) -> dict[str, Row]:
        """The stored rows with these ids: id → row."""
        sql = f"select {FIELDS} from items where account = ? and id in {ONE_OF}"
        return {row[0]: Row(*row) for row in self.rows(sql, (account, json.dumps(ids)), COLUMNS)}

    def resolutions(self, account: int, since: int) -> list[tuple[str, int, int, int]]:
        """Id, creation, last seen open, first seen resolved (µs) of what was first seen resolved since a time."""
        sql = f"select {', '.join(SEEN)} from items where account = ? and resolved_by >= ? and open_at is not null "
        return self.rows(f"{sql}order by resolved_by, id", (account, since), SEEN_COLUMNS)

    def newest(self, account: int, count: int) -> list[Row]:
        """The newest rows, without those that the last full scan has not seen."""
        sql = f"select {FIELDS} from items where account = ? and missing = 0 order by created_at desc limit ?"
        return [Row(*row) for row in self.rows(sql, (account, count), COLUMNS)]

    def upsert(
        self, account: int, state: Text, items: Iterable[Feedback], walk: int = 0, at: int | None = None
    ) -> tuple[int, int]:
        """Upsert items; returns (added, visibly changed). Stores `state` with them, unless it is None.

        `walk`: number of the last scan that had started when the items were seen. `at`: when they were seen, µs;
        by default now.
        """
        moment = microseconds(datetime.now(UTC)) if at is None else at
        with self.transaction():
            return self._upsert_items(account, state, {item.id: item for item in items}, walk, moment)

    def add(self, account: int, item: Feedback, walk: int) -> None:
        """Store a submitted item that no list has shown yet, see `unlisted`."""
        moment = microseconds(item.created_at)
        with self.transaction():
            if not self.known(account, [item.id]):
                self.execute("insert or replace into store values (?, ?)", (_unlisted(account) + item.id, moment))
            self._upsert_items(account, None, {item.id: item}, walk, microseconds(datetime.now(UTC)))

    def unlisted(self, account: int) -> dict[str, int]:
        """The submitted items that no look at the head has covered yet: id → `created_at`, µs."""
        sql, begin = "select name, value from store where substr(name, 1, ?) = ?", _unlisted(account)
        return {name[len(begin) :]: created_at for name, created_at in self.rows(sql, (len(begin), begin), NUMBERS)}

    def listed(self, account: int, ids: Iterable[str]) -> None:
        """Note that a look at the head has covered these items."""
        for item_id in ids:
            self.execute("delete from store where name = ?", (_unlisted(account) + item_id,))

    def last_walk(self, account: int) -> int:
        """The highest number of a scan that has seen a row."""
        return self.number("select coalesce(max(walk), 0) from items where account = ?", (account,))

    def _upsert_items(
        self, account: int, state: Text, given: dict[str, Feedback], walk: int, moment: int
    ) -> tuple[int, int]:
        """See `upsert`; must run in a transaction."""
        known = self.known(account, list(given))
        rows = merged_rows(known, given.values(), walk, moment)
        self._write(account, state, rows, ())
        added = len(given) - len(known)
        return added, sum(row.change == 0 for row in rows) - added

    def save(self, account: int, state: str, rows: Sequence[Row], deleted: Sequence[Row]) -> None:
        """Store rows as they are, and delete others."""
        with self.transaction():
            self._write(account, state, rows, deleted)

    def _write(self, account: int, state: Text, rows: Sequence[Row], deleted: Sequence[Row]) -> None:
        if state is not None:
            sealed = _sealed(account, state)
            self.execute("update accounts set state = ? where account = ? and state <> ?", (sealed, account, sealed))
        number = self.change() + 1
        if deleted or any(row.change == 0 for row in rows):
            self.execute("update store set value = ? where name = 'change'", (number,))
        if rows:
            numbered = (row if row.change else row._replace(change=number) for row in rows)
            self.load(_upsert_sql(account), table_of(numbered))
        for row in deleted:
            self.execute("delete from items where account = ? and id = ?", (account, row.id))
            self.execute("delete from tombstones where account = ? and id = ?", (account, row.id))
            self.execute("insert into tombstones values (?, ?, ?, ?)", (account, row.id, row.created_at, number))

    def unseen(self, account: int, walk: int) -> list[Row]:
        """The rows that were not seen since this scan started."""
        sql = f"select {FIELDS} from items where account = ? and walk < ?"
        return [Row(*row) for row in self.rows(sql, (account, walk), COLUMNS)]

    def unseen_open(self, account: int, walk: int) -> list[Row]:
        """The open rows that were not seen since this scan started."""
        sql = f"select {FIELDS} from items where account = ? and status = 'open' and walk < ?"
        return [Row(*row) for row in self.rows(sql, (account, walk), COLUMNS)]

    @contextmanager
    def reading(self) -> Iterator[None]:
        """All queries in the block see the same state of the file."""
        with self._lock:
            self.execute("begin")
            try:
                yield
            finally:
                with suppress(StoreError):
                    self.execute("commit")

    def change(self) -> int:
        """The number of the last change."""
        return self.number("select value from store where name = 'change'")

    def items(self, account: int, after: int = -1) -> pa.Table:
        """The rows that changed after this number, newest first, with the columns `SHOWN`."""
        sql = f"select {','.join(SHOWN)} from items where account = ? and change > ? order by created_at desc, id desc"
        return self.table(sql, (account, after), SHOWN_COLUMNS)

    def deleted(self, account: int, after: int) -> list[tuple[str, int]]:
        """Id and time (µs) of the items that were deleted after this number and not added again."""
        sql = "select id, created_at from tombstones where account = ? and change > ? and id not in "
        sql += "(select id from items where account = ?)"
        return self.rows(sql, (account, after, account), GONE)

    def count(self, account: int) -> int:
        """The number of stored items."""
        return self.number("select count(*) from items where account = ?", (account,))

    def forget_person(self, user_id: str) -> int:
        """See `Rows`. It writes the file anew, which takes seconds where it is large."""
        with self.transaction():
            found = self.rows("select account, id, created_at from items where user_id = ?", (user_id,), MATCHES)
            number = self.change() + 1
            self.execute("update store set value = ? where name = 'change'", (number,))
            for account, item_id, created_at in found:
                self.execute("delete from items where account = ? and id = ?", (account, item_id))
                self.execute(
                    "insert or replace into tombstones values (?, ?, ?, ?)", (account, item_id, created_at, number)
                )
                self.listed(account, [item_id])
        self.compact()
        return len(found)


def _sealed(account: int, state: str) -> str:
    """The state with a checksum over it and the account."""
    return f"{state}#{_seal(account, state)}"


def _seal(account: int, state: str) -> str:
    return f"{zlib.crc32(f'{account} {state}'.encode()):08x}"


def _unlisted(account: int) -> str:
    """Prefix of the names of an account's unlisted items in the table `store`."""
    return f"unlisted {account} "


def _upsert_sql(account: int) -> str:
    unchanged = {"id", "created_at", "first_seen"}
    changes = ", ".join(f"{name} = excluded.{name}" for name in Row._fields if name not in unchanged)
    values = f"{account}, {', '.join('?' * len(Row._fields))}"
    return f"insert into items values ({values}) on conflict (account, id) do update set {changes}"
