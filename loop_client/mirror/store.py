"""The rows of the copy: items by account, each change numbered, and the sync state that belongs to them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple, Self

import pyarrow as pa

from loop_client.mirror.columns import microseconds
from loop_client.mirror.database import Database

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from loop_client.models import Feedback, Text


class Row(NamedTuple):
    """One item as it is stored. Times are µs since 1970, UTC.

    `tag`: as sent. `extra`: JSON of unknown fields. `first_seen`: by this copy. `open_at`: when it was last seen open;
    `resolved_by`: when it was first seen resolved after that. `walk`: the last walk that met it. `missing`: complete
    walks in a row that did not. `change`: the number of the last change of what a page shows.
    """

    id: str
    user_id: str
    message: str
    sentiment: Text
    source: Text
    tag: Text
    status: Text
    created_at: int
    extra: Text
    first_seen: int
    open_at: int | None
    resolved_by: int | None
    walk: int
    missing: int
    change: int

    @classmethod
    def of(cls, item: Feedback, now: int) -> Self:
        """The row of an item that was never seen before `now`."""
        return cls(
            item.id,
            item.user.id,
            item.message,
            item.sentiment,
            item.source,
            item.tag,
            item.status,
            microseconds(item.created_at),
            json.dumps(item.extra, default=str) if item.extra else None,
            now,
            now if item.status == "open" else None,
            None,
            0,
            0,
            0,
        )

    def merged(self, old: Row, now: int) -> Row:
        """This row, just read, over what is held: `change` 0 where a page shows something else than before."""
        was, now_open = old.status == "open", self.status == "open"
        resolved_by = now if was and self.status == "resolved" else None if now_open else old.resolved_by
        kept = {name: getattr(old, name) for name in ("created_at", "first_seen", "walk")}
        merged = self._replace(**kept, open_at=now if now_open else old.open_at, resolved_by=resolved_by)
        same = all(getattr(merged, name) == getattr(old, name) for name in SHOWN)
        return merged._replace(change=old.change if same else 0)


INTEGERS = {"created_at", "first_seen", "open_at", "resolved_by", "walk", "missing", "change"}
COLUMNS = pa.schema([(name, pa.int64() if name in INTEGERS else pa.string()) for name in Row._fields])
FIELDS = ", ".join(Row._fields)
ONE_OF = "(select value from json_each(?))"
"""Any of the ids in a JSON array: a hundred parameters would cost more than the query. In PostgreSQL it is called
`json_array_elements_text`."""
SHOWN = ("id", "user_id", "message", "sentiment", "source", "tag", "status", "created_at")
"""The columns that a snapshot is made of."""


class Store(Database):
    """Items by account. A transaction holds rows and the state that belongs to them."""

    def account(self, name: str) -> tuple[int, str] | None:
        """The number and the sync state of an account; None when it is new here."""
        found = self.rows("select account, state from accounts where name = ?", (name,))
        return found[0] if found else None

    def has_accounts(self) -> bool:
        """Whether any account is held."""
        return bool(self.rows("select 1 from accounts limit 1"))

    def state(self, account: int) -> str:
        """The sync state of an account, by its number."""
        return str(self.rows("select state from accounts where account = ?", (account,))[0][0])

    def new_account(self, name: str, ids: Sequence[str]) -> tuple[int, str]:
        """Begin an account, or continue the one that holds one of `ids`: another key to the same feedback."""
        with self.transaction():
            held = self.rows(f"select account from items where id in {ONE_OF} limit 1", (json.dumps(ids),))
            following = "select coalesce(max(account), 0) + 1 from accounts"
            number = int((held or self.rows(following))[0][0])
            state = self.state(number) if held else "{}"
            self.execute("insert into accounts values (?, ?, ?)", (name, number, state))
        return number, state

    def known(self, account: int, ids: Sequence[str]) -> dict[str, Row]:
        """The rows that are held of these ids."""
        sql = f"select {FIELDS} from items where account = ? and id in {ONE_OF}"
        return {row[0]: Row(*row) for row in self.rows(sql, (account, json.dumps(ids)))}

    def hold(self, account: int, state: Text, items: Iterable[Feedback], walk: int = 0) -> tuple[int, int]:
        """Store what items say; how many are new, and of how many something that a page shows. No state: it stays.

        `walk`: the number of the complete walk that met them. Without one, a row is written only if a page shows more.
        """
        given, moment = {item.id: item for item in items}, microseconds(datetime.now(UTC))
        with self.transaction():
            known = self.known(account, list(given))
            rows = []
            for item in given.values():
                row, old = Row.of(item, moment), known.get(item.id)
                row = (
                    row._replace(walk=walk) if old is None else row.merged(old, moment)._replace(walk=walk or old.walk)
                )
                if old is None or row.change == 0 or walk or old.missing:
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
            self.execute("update accounts set state = ? where account = ? and state <> ?", (state, account, state))
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

    def unmet(self, account: int, walk: int, before: int) -> list[Row]:
        """The rows that a complete walk, begun at `before`, did not meet though they were known."""
        sql = f"select {FIELDS} from items where account = ? and walk <> ? and first_seen < ?"
        return [Row(*row) for row in self.rows(sql, (account, walk, before))]

    def open_before(self, account: int, moment: int) -> list[Row]:
        """The rows that are open as far as is known, and were last seen so before a moment."""
        sql = f"select {FIELDS} from items where account = ? and status = 'open' and open_at < ?"
        return [Row(*row) for row in self.rows(sql, (account, moment))]

    def change(self) -> int:
        """The number of the last change."""
        return int(self.rows("select value from store where name = 'change'")[0][0])

    def items(self, account: int, after: int = -1) -> pa.Table:
        """The rows that changed after change number `after`, newest first, the columns of `SHOWN`."""
        sql = f"select {','.join(SHOWN)} from items where account = ? and change > ? order by created_at desc, id desc"
        return self.table(sql, (account, after)).cast(pa.schema([COLUMNS.field(name) for name in SHOWN]))

    def gone(self, account: int, after: int) -> list[tuple[str, int]]:
        """The id and the time of the items that were deleted after a change number, and did not come back."""
        sql = "select id, created_at from tombstones where account = ? and change > ? and id not in "
        sql += "(select id from items where account = ?)"
        return self.rows(sql, (account, after, account))

    def count(self, account: int) -> int:
        """How many items are held."""
        return int(self.rows("select count(*) from items where account = ?", (account,))[0][0])


def table_of(rows: Iterable[Row]) -> pa.Table:
    """The rows as Arrow, in the columns of the store."""
    values = list(zip(*rows, strict=True)) or [()] * len(COLUMNS)
    return pa.table(
        [pa.array(column, kind) for column, kind in zip(values, COLUMNS.types, strict=True)], schema=COLUMNS
    )


def _upsert(account: int) -> str:
    kept = {"id", "created_at", "first_seen"}
    changes = ", ".join(f"{name} = excluded.{name}" for name in Row._fields if name not in kept)
    values = f"{account}, {', '.join('?' * len(Row._fields))}"
    return f"insert into items values ({values}) on conflict (account, id) do update set {changes}"
