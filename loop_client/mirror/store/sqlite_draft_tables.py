"""The tables of the outbox: drafts, and imports, whose rows are drafts. Each row has a checksum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias, TypeVar

from loop_client.mirror.store.drafts import DRAFT_COLUMNS, DraftRow
from loop_client.mirror.store.imports import IMPORT_COLUMNS, ImportRow
from loop_client.mirror.store.sqlite_marks import Mark

if TYPE_CHECKING:
    from collections.abc import Callable

SealedRow: TypeAlias = DraftRow | ImportRow

R = TypeVar("R", DraftRow, ImportRow)

SCHEMA: Final = (
    """CREATE TABLE drafts (
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
)""",
    "CREATE INDEX drafts_by_state on drafts (state, account, is_bulk, number)",
    "CREATE INDEX drafts_by_item on drafts (item_id)",
    "CREATE INDEX drafts_by_item_time on drafts (item_created)",
    "CREATE INDEX drafts_by_change on drafts (change)",
)
"""The table of the first version, as SQLite keeps it, to the letter: definitions that read otherwise are damaged."""

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
"""What the second version has besides. `skipped`, which can be long, is read only where it is asked for."""

DRAFTS_MARK: Final = Mark(0x4C4F4F42, 2, SCHEMA, earlier=(1,))
"""Marks the file as ours: "LOOB" in ASCII, and its tables. The first version would send what is paused, so it must not
open a file of the second one; the second one adds its table to a file of the first."""


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


def sealed(row: SealedRow) -> list[Any]:
    """The values of a row, with its checksum."""
    return [*row, row.seal()]


DRAFTS: Final = Table("drafts", DraftRow, DRAFT_COLUMNS)
IMPORTS: Final = Table("imports", ImportRow, IMPORT_COLUMNS)
