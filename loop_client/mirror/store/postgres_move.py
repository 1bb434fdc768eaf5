"""Puts all that is stored into an empty database, and checks it row by row before anybody sees it.

It is written into a schema of its own, which takes the place of the empty one in one transaction at the end: what was
interrupted leaves that schema behind, which nobody reads, and the next move begins with a new one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar
from uuid import uuid4

from loop_client.mirror.errors import StoreError
from loop_client.mirror.rows import COLUMNS, Row
from loop_client.mirror.store.postgres_draft_tables import ADD, ADD_IMPORT, DraftTransaction
from loop_client.mirror.store.postgres_schema import TABLES, VERSION
from loop_client.mirror.store.postgres_store import FIELDS, UPSERT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from threading import Event

    from loop_client.mirror.store.drafts import DraftRow
    from loop_client.mirror.store.imports import ImportRow
    from loop_client.mirror.store.postgres_database import PostgresDatabase, Transaction
    from loop_client.mirror.store.sqlite_contents import Contents

T = TypeVar("T")

AT_ONCE: Final = 2_000
"""Rows of a transaction, which has to end within seconds."""

FILLED: Final = """select name from (values ('accounts', exists (select 1 from loop.accounts)),
    ('items', exists (select 1 from loop.items)), ('drafts', exists (select 1 from loop.drafts)),
    ('imports', exists (select 1 from loop.imports)), ('saved views, markers or other records', exists
    (select 1 from loop.records)), ('a dashboard that uses it', exists (select 1 from loop.store where
    expires >= clock_timestamp()))) as tables (name, is_filled) where is_filled"""

BEGIN: Final = """insert into store (version, identity, salt, lease, timeline, change, drafts, records)
    select $1, $2, salt, lease + 1, timeline, $3::bigint, $4::bigint, 1 from loop.store"""


class Moved(NamedTuple):
    """All that is stored, but the items. `copy`: of the feedback. `records`: kind → texts."""

    copy: Contents
    drafts: Sequence[DraftRow]
    imports: Sequence[ImportRow]
    records: Mapping[str, Sequence[str]]


class Move:
    """One move into a database. `items`: each call reads all of them anew: an account with some of its rows."""

    def __init__(
        self,
        database: PostgresDatabase,
        moved: Moved,
        items: Callable[[], Iterator[tuple[int, list[Row]]]],
        stopped: Event,
    ) -> None:
        """Write nothing yet. `stopped`: set by whoever wants it to end."""
        self._database, self._moved, self._items, self._stopped = database, moved, items, stopped
        self._identity = uuid4().hex

    def run(self) -> None:
        """Write everything, check it, and put it in its place.

        Raises:
            StoreError: The database is not empty, or somebody uses it, or not all is there that was written, or it was
                stopped.
        """
        self._database.write(self._begin)
        for account, rows in self._items():
            self._write(lambda one, account=account, rows=rows: _add_items(one, account, rows))  # type: ignore[misc]
        for place in range(0, len(self._moved.drafts), AT_ONCE):
            drafts = self._moved.drafts[place : place + AT_ONCE]
            self._write(lambda one, drafts=drafts: _add_drafts(one, drafts))  # type: ignore[misc]
        self._check()
        self._go_on()
        self._database.write(self._put_in_place)

    def _go_on(self) -> None:
        if self._stopped.is_set():
            raise StoreError("Interrupted: nothing was moved.")

    def _begin(self, transaction: Transaction) -> None:
        """Write all but items and drafts; a second attempt begins anew."""
        self._refuse_filled(transaction)
        transaction.rows("drop schema if exists loop_move cascade")
        transaction.rows("create schema loop_move")
        _enter(transaction)
        for statement in TABLES:
            transaction.rows(statement)
        moved = self._moved
        newest = max((row.change for rows in (moved.drafts, moved.imports) for row in rows), default=0)
        transaction.rows(BEGIN, (VERSION, self._identity, moved.copy.change, newest))
        for name, types, rows in self._small():
            values = ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(types, 1))
            columns = [list(column) for column in zip(*rows, strict=True)]
            if columns:
                transaction.rows(f"insert into {name} select * from unnest({values})", columns)
        view = DraftTransaction(transaction, self._identity)
        for row in moved.imports:
            view.rows(ADD_IMPORT, [*row, self._identity, self._identity])
        for kind in moved.records:
            changed = "insert into record_changes values ($1, $2, 1)"
            transaction.rows(changed, (f"{self._identity} {kind}", kind))

    def _small(self) -> list[tuple[str, tuple[str, ...], list[tuple[Any, ...]]]]:
        """The tables that are written at once: name, types, rows."""
        moved = self._moved
        records = [(kind, place, text) for kind, texts in moved.records.items() for place, text in enumerate(texts, 1)]
        return [
            ("accounts", ("text", "bigint", "text"), [*moved.copy.accounts]),
            ("tombstones", ("bigint", "text", "bigint", "bigint"), [*moved.copy.tombstones]),
            ("unlisted", ("bigint", "text", "bigint"), [*moved.copy.unlisted]),
            ("records", ("text", "bigint", "text"), records),
        ]

    def _write(self, act: Callable[[Transaction], None]) -> None:
        self._go_on()

        def write(transaction: Transaction) -> None:
            _enter(transaction)
            self._refuse_another(transaction)
            act(transaction)

        self._database.write(write)

    def _check(self) -> None:
        """Compare each row with what was stored before; with the same count, none is there besides."""
        moved = self._moved
        counts = {"items": moved.copy.items, "drafts": len(moved.drafts), "imports": len(moved.imports)}
        small = self._small()
        counts |= {name: len(rows) for name, _, rows in small}
        for name, count in counts.items():
            self._require(name, self._read(lambda one, name=name: one.number(f"select count(*) from {name}")) == count)  # type: ignore[misc]
        for name, _, written in small:
            found = self._read(lambda one, name=name: one.rows(f"select * from {name}"))  # type: ignore[misc]
            self._require(name, {*found} == {*written})
        imports = self._read(lambda one: DraftTransaction(one).imports("true order by first"))
        self._require("imports", imports == [*moved.imports])
        total = 0
        for account, rows in self._items():
            total += len(rows)
            self._require("items", self._read(lambda one, key=account, rows=rows: _items(one, key, rows)) == rows)  # type: ignore[misc]
        self._require("items", total == moved.copy.items)
        for place in range(0, len(moved.drafts), AT_ONCE):
            drafts = moved.drafts[place : place + AT_ONCE]
            tokens = [draft.token for draft in drafts]
            there = self._read(lambda one, tokens=tokens: DraftTransaction(one).by_token(tokens))  # type: ignore[misc]
            self._require("drafts", [there.get(token) for token in tokens] == [*drafts])

    def _require(self, name: str, is_equal: bool) -> None:  # noqa: FBT001 - the one thing that it is about
        self._go_on()
        if not is_equal:
            raise StoreError(f"The {name} in the database are not what was moved, so nothing was put in its place.")

    def _read(self, act: Callable[[Transaction], T]) -> T:
        def read(transaction: Transaction) -> T:
            _enter(transaction)
            return act(transaction)

        return self._database.read(read)

    def _put_in_place(self, transaction: Transaction) -> None:
        """Put the new schema in the place of the empty one; a second attempt finds it there."""
        if not transaction.rows("select 1 from loop.store where identity = $1", (self._identity,)):
            self._refuse_filled(transaction)
            self._refuse_another(transaction)
            transaction.rows("drop schema loop cascade")
            transaction.rows("alter schema loop_move rename to loop")

    def _refuse_filled(self, transaction: Transaction) -> None:
        if filled := [name for (name,) in transaction.rows(FILLED)]:
            raise StoreError(f"The database at {self._database.name} is not empty. It has: {', '.join(filled)}.")

    def _refuse_another(self, transaction: Transaction) -> None:
        if not transaction.rows("select 1 from loop_move.store where identity = $1", (self._identity,)):
            raise StoreError(f"Another move into the database at {self._database.name} has begun. Try again.")


def _enter(transaction: Transaction) -> None:
    """Let names of tables mean those of the move."""
    transaction.rows("select set_config('search_path', 'loop_move', true)")


def _add_items(transaction: Transaction, account: int, rows: Sequence[Row]) -> None:
    transaction.rows(UPSERT, (account, *map(list, zip(*rows, strict=True))))


def _add_drafts(transaction: Transaction, drafts: Sequence[DraftRow]) -> None:
    """Write drafts as they are, unless an earlier attempt has written them."""
    view = DraftTransaction(transaction, drafts[0].token)
    if not view.by_token([drafts[0].token]):
        view.rows(ADD, ["", *map(list, zip(*drafts, strict=True))])


def _items(transaction: Transaction, account: int, rows: Sequence[Row]) -> list[Row | None]:
    """The stored rows with the ids of these, in their order."""
    sql = f"select {FIELDS} from items where account = $1 and id = any($2::text[])"
    found = {row[0]: Row(*row) for row in transaction.rows(sql, (account, [row.id for row in rows]), COLUMNS)}
    return [found.get(row.id) for row in rows]
