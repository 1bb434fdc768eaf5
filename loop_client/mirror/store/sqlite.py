"""The rows of the copy: items by account, each change numbered, and the sync state that belongs to them."""

from __future__ import annotations

import json
import zlib
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa

from loop_client.mirror.errors import BrokenStoreError, StoreError
from loop_client.mirror.moments import alike, microseconds
from loop_client.mirror.rows import COLUMNS, SHOWN, Row, table_of
from loop_client.mirror.store.sqlite_file import Database

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from loop_client.mirror.store.store import Store
    from loop_client.models import Feedback, Text


FIELDS = ", ".join(Row._fields)
ONE_OF = "(select value from json_each(?))"
"""Any of the ids in a JSON array: a hundred parameters would cost more than the query. In PostgreSQL it is called
`json_array_elements_text`."""
SHOWN_COLUMNS = pa.schema([COLUMNS.field(name) for name in SHOWN])
ACCOUNT = pa.schema([pa.field("account", pa.int64(), nullable=False), pa.field("state", pa.string(), nullable=False)])
HELD = pa.schema([ACCOUNT.field("account"), COLUMNS.field("id"), COLUMNS.field("created_at")])
NUMBERS = pa.schema([pa.field("name", pa.string(), nullable=False), pa.field("value", pa.int64(), nullable=False)])
GONE = pa.schema([COLUMNS.field("id"), COLUMNS.field("created_at")])
NEWEST_CHANGE = "select coalesce(max(change), 0) from items where account = ?"


class SqliteStore(Database):
    """A `Store` in one file. A transaction holds rows and the state that belongs to them."""

    def account(self, name: str) -> tuple[int, str] | None:
        """The number and the sync state of an account; None when it is new here."""
        found = self.rows("select account, state from accounts where name = ?", (name,), ACCOUNT)
        if not found:
            return None
        (number, state), newest = found[0], self.number(NEWEST_CHANGE, (found[0][0],))
        if newest > self.change():
            raise BrokenStoreError(f"The copy at {self.path} is damaged: a change is newer than the last one.")
        return number, self._unsealed(number, state)

    def has_accounts(self) -> bool:
        """Whether any account is held."""
        return bool(self.rows("select 1 from accounts limit 1"))

    def state(self, account: int) -> str:
        """The sync state of an account, by its number."""
        found = self.rows("select account, state from accounts where account = ?", (account,), ACCOUNT)
        if not found:
            raise BrokenStoreError(f"The copy at {self.path} is damaged: an account is missing.")
        return self._unsealed(account, found[0][1])

    def _unsealed(self, account: int, sealed: str) -> str:
        state, _, seal = sealed.rpartition("#")
        if sealed.endswith("}"):  # as it was stored before there were seals
            return sealed
        if seal != _seal(account, state):
            raise BrokenStoreError(f"The copy at {self.path} is damaged: the state of the sync is not what was stored.")
        return state

    def new_account(self, name: str, items: Iterable[Feedback]) -> tuple[int, str]:
        """Begin an account, or continue the one that holds one of `items`: another key to the same feedback."""
        times = {item.id: microseconds(item.created_at) for item in items}
        with self.transaction():
            sql = f"select account, id, created_at from items where id in {ONE_OF} order by account"
            same_ids = self.rows(sql, (json.dumps([*times]),), HELD)
            held = [account for account, item_id, created_at in same_ids if alike(created_at, times[item_id])]
            number = held[0] if held else self.number("select coalesce(max(account), 0) + 1 from accounts")
            state = self.state(number) if held else "{}"
            self.execute("insert into accounts values (?, ?, ?)", (name, number, _sealed(number, state)))
        return number, state

    def known(self, account: int, ids: Sequence[str]) -> dict[str, Row]:
        """The rows that are held of these ids."""
        sql = f"select {FIELDS} from items where account = ? and id in {ONE_OF}"
        return {row[0]: Row(*row) for row in self.rows(sql, (account, json.dumps(ids)), COLUMNS)}

    def newest(self, account: int, count: int) -> list[Row]:
        """The newest rows, without those that the last complete walk of all items did not meet."""
        sql = f"select {FIELDS} from items where account = ? and missing = 0 order by created_at desc limit ?"
        return [Row(*row) for row in self.rows(sql, (account, count), COLUMNS)]

    def hold(
        self, account: int, state: Text, items: Iterable[Feedback], walk: int = 0, at: int | None = None
    ) -> tuple[int, int]:
        """Store what items say; how many are new, and of how many something that a page shows. No state: it stays.

        `walk`: the number of the last complete walk that was begun before they were seen, which was `at` (µs; now).
        """
        moment = microseconds(datetime.now(UTC)) if at is None else at
        with self.transaction():
            return self._hold(account, state, {item.id: item for item in items}, walk, moment)

    def add(self, account: int, item: Feedback, walk: int) -> None:
        """Store an item that no list has shown yet, see `unlisted`."""
        moment = microseconds(item.created_at)
        with self.transaction():
            if not self.known(account, [item.id]):
                self.execute("insert or replace into store values (?, ?)", (_unlisted(account) + item.id, moment))
            self._hold(account, None, {item.id: item}, walk, microseconds(datetime.now(UTC)))

    def unlisted(self, account: int) -> dict[str, int]:
        """The items that were added and that no look at the list has passed yet: id → `created_at`."""
        sql, begin = "select name, value from store where substr(name, 1, ?) = ?", _unlisted(account)
        return {name[len(begin) :]: created_at for name, created_at in self.rows(sql, (len(begin), begin), NUMBERS)}

    def listed(self, account: int, ids: Iterable[str]) -> None:
        """Note that a look at the list has passed these."""
        for item_id in ids:
            self.execute("delete from store where name = ?", (_unlisted(account) + item_id,))

    def last_walk(self, account: int) -> int:
        """The highest number of a complete walk that met a row."""
        return self.number("select coalesce(max(walk), 0) from items where account = ?", (account,))

    def _hold(self, account: int, state: Text, given: dict[str, Feedback], walk: int, moment: int) -> tuple[int, int]:
        """See `hold`; in a transaction."""
        known = self.known(account, list(given))
        rows = []
        for item in given.values():
            row, old = Row.of(item, moment)._replace(walk=walk), known.get(item.id)
            row = row if old is None else row.merged(old, moment)
            if old is None or row.change == 0 or row.walk != old.walk or old.missing:
                rows.append(row)
        self._write(account, state, rows, ())
        added = len(given) - len(known)
        return added, sum(row.change == 0 for row in rows) - added

    def save(self, account: int, state: str, rows: Sequence[Row], gone: Sequence[Row]) -> None:
        """Store rows as they are, and deletions."""
        with self.transaction():
            self._write(account, state, rows, gone)

    def _write(self, account: int, state: Text, rows: Sequence[Row], gone: Sequence[Row]) -> None:
        if state is not None:
            sealed = _sealed(account, state)
            self.execute("update accounts set state = ? where account = ? and state <> ?", (sealed, account, sealed))
        number = self.change() + 1
        if gone or any(row.change == 0 for row in rows):
            self.execute("update store set value = ? where name = 'change'", (number,))
        if rows:
            numbered = (row if row.change else row._replace(change=number) for row in rows)
            self.load(_upsert(account), table_of(numbered))
        for row in gone:
            self.execute("delete from items where account = ? and id = ?", (account, row.id))
            self.execute("delete from tombstones where account = ? and id = ?", (account, row.id))
            self.execute("insert into tombstones values (?, ?, ?, ?)", (account, row.id, row.created_at, number))

    def unmet(self, account: int, walk: int) -> list[Row]:
        """The rows that were not seen since a complete walk began."""
        sql = f"select {FIELDS} from items where account = ? and walk < ?"
        return [Row(*row) for row in self.rows(sql, (account, walk), COLUMNS)]

    def unmet_open(self, account: int, walk: int) -> list[Row]:
        """Those of them that are open as far as is known."""
        sql = f"select {FIELDS} from items where account = ? and status = 'open' and walk < ?"
        return [Row(*row) for row in self.rows(sql, (account, walk), COLUMNS)]

    @contextmanager
    def reading(self) -> Iterator[None]:
        """All of the block's queries see one state of the file."""
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
        """The rows that changed after change number `after`, newest first, the columns of `SHOWN`."""
        sql = f"select {','.join(SHOWN)} from items where account = ? and change > ? order by created_at desc, id desc"
        return self.table(sql, (account, after), SHOWN_COLUMNS)

    def gone(self, account: int, after: int) -> list[tuple[str, int]]:
        """The id and the time of the items that were deleted after a change number, and did not come back."""
        sql = "select id, created_at from tombstones where account = ? and change > ? and id not in "
        sql += "(select id from items where account = ?)"
        return self.rows(sql, (account, after, account), GONE)

    def count(self, account: int) -> int:
        """How many items are held."""
        return self.number("select count(*) from items where account = ?", (account,))


def open_store(url: str) -> Store:
    """The store at that address.

    Raises:
        StoreError: It cannot be opened, or is of a kind that is not known.
    """
    return SqliteStore(url)


def _sealed(account: int, state: str) -> str:
    """The state as it is stored: with a checksum of it and of whose it is."""
    return f"{state}#{_seal(account, state)}"


def _seal(account: int, state: str) -> str:
    return f"{zlib.crc32(f'{account} {state}'.encode()):08x}"


def _unlisted(account: int) -> str:
    """How the names of an account's unlisted items begin, in the table of named numbers."""
    return f"unlisted {account} "


def _upsert(account: int) -> str:
    kept = {"id", "created_at", "first_seen"}
    changes = ", ".join(f"{name} = excluded.{name}" for name in Row._fields if name not in kept)
    values = f"{account}, {', '.join('?' * len(Row._fields))}"
    return f"insert into items values ({values}) on conflict (account, id) do update set {changes}"
