"""All that a copy in a file has, row by row, to be stored elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import pyarrow as pa

from loop_client.mirror.rows import COLUMNS, Row
from loop_client.mirror.store.sqlite import FIELDS, NUMBERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loop_client.mirror.store.sqlite import SqliteStore

AT_ONCE: Final = 5_000
"""Rows that are read at once."""

UNLISTED: Final = "unlisted"

NUMBER: Final = pa.field("account", pa.int64(), nullable=False)
NAMED: Final = pa.schema([pa.field("name", pa.string(), nullable=False), NUMBER])
GONE: Final = pa.schema([NUMBER, *(COLUMNS.field(name) for name in ("id", "created_at", "change"))])


class Contents(NamedTuple):
    """What there is besides the items. `items`: how many there are. `change`: the number of the last change.

    `accounts`: (name, number, state). `tombstones`: (account, id, created, change). `unlisted`: (account, id, created).
    """

    items: int = 0
    change: int = 0
    accounts: tuple[tuple[str, int, str], ...] = ()
    tombstones: tuple[tuple[int, str, int, int], ...] = ()
    unlisted: tuple[tuple[int, str, int], ...] = ()


def contents(store: SqliteStore) -> Contents:
    """What there is besides the items."""
    accounts = store.rows("select name, account from accounts order by name", (), NAMED)
    tombstones = store.rows("select account, id, created_at, change from tombstones order by account, id", (), GONE)
    unlisted = []
    for name, created_at in store.rows("select name, value from store", (), NUMBERS):
        kind, _, rest = name.partition(" ")
        if kind == UNLISTED:
            account, _, item_id = rest.partition(" ")
            unlisted.append((int(account), item_id, created_at))
    return Contents(
        store.number("select count(*) from items"),
        store.change(),
        tuple((name, number, store.state(number)) for name, number in accounts),
        tuple(tombstones),
        tuple(unlisted),
    )


def item_rows(store: SqliteStore) -> Iterator[tuple[int, list[Row]]]:
    """Yield all items: the number of an account with some of its rows."""
    accounts = store.rows("select distinct account from items order by account", (), pa.schema([NUMBER]))
    for (account,) in accounts:
        rows = _rows(store, "id >= ?", (account, ""))
        while rows:
            yield account, rows
            rows = _rows(store, "id > ?", (account, rows[-1].id))


def _rows(store: SqliteStore, condition: str, given: tuple[int, str]) -> list[Row]:
    sql = f"select {FIELDS} from items where account = ? and {condition} order by id limit {AT_ONCE}"  # noqa: S608 - constants
    return [Row(*row) for row in store.rows(sql, given, COLUMNS)]
