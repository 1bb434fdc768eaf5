"""The tables of the outbox: drafts, and imports, whose rows are drafts. Each row has a checksum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias, TypeVar

import pyarrow as pa

from loop_client.mirror.store.drafts import DRAFT_COLUMNS, DraftRow
from loop_client.mirror.store.imports import IMPORT_COLUMNS, ImportRow
from loop_client.mirror.store.sqlite_marks import Mark

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SealedRow: TypeAlias = DraftRow | ImportRow

R = TypeVar("R", DraftRow, ImportRow)

DRAFTS_SCHEMA: Final = """CREATE TABLE drafts (
    token text not null unique,
    account text not null,
    user_id text not null,
    message text not null,
    sentiment text,
    source text,
    tag text,
    is_bulk integer not null,
    state text not null,
    created integer not null,
    changed integer not null,
    sent_from integer,
    sent_until integer,
    known text,
    item_id text,
    item_created integer,
    is_matched integer not null,
    error text,
    said text,
    tries integer not null,
    not_before integer not null,
    repeats text,
    number integer primary key,
    change integer not null,
    seal integer not null
)"""
"""The table of the first version, as SQLite keeps it, to the letter: definitions that read otherwise are damaged."""

INDEXES: Final = (
    "CREATE INDEX drafts_by_state on drafts (state, account, is_bulk, number)",
    "CREATE INDEX drafts_by_item on drafts (item_id)",
    "CREATE INDEX drafts_by_item_time on drafts (item_created)",
    "CREATE INDEX drafts_by_change on drafts (change)",
)

IMPORTS_SCHEMA: Final = """CREATE TABLE imports (
    token text not null unique,
    account text not null,
    name text not null,
    digest text not null,
    rows integer not null,
    left_out integer not null,
    state text not null,
    created integer not null,
    changed integer not null,
    first integer primary key,
    last integer not null,
    change integer not null,
    skipped text not null,
    seal integer not null
)"""
"""What later versions have besides. `skipped`, which can be long, is read only where it is asked for."""

WITH_IMPORTS: Final = (2, 4, 7)
"""The versions that have the table of imports."""

OWNED_DRAFTS, OWNED_IMPORTS = (f"{table[:-1]}, owner text)" for table in (DRAFTS_SCHEMA, IMPORTS_SCHEMA))
"""The tables with a column for owners, as SQLite keeps them after `ADD_OWNERS`; new files are made with them."""

ADD_OWNERS: Final = "alter table {} add column owner text"

OWNERS_INDEX: Final = "CREATE INDEX drafts_by_owner on drafts (owner, account, state)"

SCHEMA: Final = (OWNED_DRAFTS, *INDEXES, OWNERS_INDEX)

DRAFTS_MARK: Final = Mark(0x4C4F4F42, 7, SCHEMA, earlier=(1, 2, 4))
"""Marks the file as ours: "LOOB" in ASCII, and its tables. Version 1 would send what is paused, version 2 does not know
an import that is still being written down, and version 4 would show a person's drafts to all, so none of them may open
a file of version 7, which takes over theirs."""

MARK_BEFORE: Final = DRAFTS_MARK._replace(version=4, schema=(DRAFTS_SCHEMA, *INDEXES), earlier=(1, 2))
"""Marks a file without owners that is not taken over yet."""


@dataclass(frozen=True, slots=True, eq=False)
class Table(Generic[R]):
    """A table of the outbox. `row`: makes a row of its columns but the checksum, the last one."""

    name: str
    row: Callable[..., R]
    columns: Any  # of pyarrow, which has no types

    @property
    def fields(self) -> list[str]:
        """The names of its columns."""
        return list(self.columns.names)


def _sealed(row: SealedRow) -> list[Any]:
    return [*row, row.seal()]


def sealed(table: Table[R], rows: Sequence[SealedRow]) -> pa.Table:
    """Rows with their checksums, as they are stored."""
    columns = zip(*map(_sealed, rows), strict=True) if rows else ([] for _ in table.fields)
    arrays = [pa.array(column, kind) for column, kind in zip(columns, table.columns.types, strict=True)]
    return pa.table(arrays, schema=table.columns)


DRAFTS: Final = Table("drafts", DraftRow, DRAFT_COLUMNS)
IMPORTS: Final = Table("imports", ImportRow, IMPORT_COLUMNS)
