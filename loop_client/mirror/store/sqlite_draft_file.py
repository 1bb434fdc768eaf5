"""One file of the outbox: a table of drafts, each with a checksum, through one SQLite library (ADBC)."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
from adbc_driver_manager import Error
from adbc_driver_sqlite import dbapi

from loop_client.mirror.errors import BrokenStoreError, StoreError
from loop_client.mirror.store.drafts import DRAFT_COLUMNS, OPTIONAL, DraftRow
from loop_client.mirror.store.sqlite_errors import is_writable, store_error
from loop_client.mirror.store.sqlite_file import ALL_ROWS_AT_ONCE
from loop_client.mirror.store.sqlite_files import read_only, refuse_odd_files, set_aside
from loop_client.mirror.store.sqlite_marks import Mark

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

WHAT = "The outbox"

SCHEMA = (
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
"""As SQLite keeps them, to the letter: definitions that read otherwise are damaged."""

DRAFTS_MARK = Mark(0x4C4F4F42, 1, SCHEMA)
"""Marks the file as ours: "LOOB" in ASCII, and its tables."""

FIELDS = DRAFT_COLUMNS.names
REPLACE = f"insert or replace into drafts ({', '.join(FIELDS)}) values ({', '.join('?' * len(FIELDS))})"


class Content(NamedTuple):
    """What a file holds: the drafts that can be read, by token, and whether these are all and nothing is damaged."""

    drafts: dict[str, DraftRow]
    is_sound: bool
    is_there: bool

    @property
    def change(self) -> int:
        """The number of the last change."""
        return max((draft.change for draft in self.drafts.values()), default=0)


class DraftFile:
    """One database of drafts. Whoever writes has to see to it that nobody else does.

    Raises StoreError where it cannot be used, BrokenStoreError where it is damaged.
    """

    def __init__(self, path: Path) -> None:
        """Open nothing yet."""
        self.path = path
        self._connection: Any = None
        self._cursor: Any = None
        self._identity: tuple[int, int] | None = None

    def follow(self, *, is_made: bool = False) -> bool:
        """Open what is there now, also where it was replaced; whether there is a file. `is_made`: make one."""
        with self.errors():
            if not self.path.exists():
                self.close()
                if not is_made:
                    return False
            if self._cursor is None or self._identity is None or self._identity != self.identity():
                self._open(is_made=is_made)
        return True

    def identity(self) -> tuple[int, int] | None:
        """Of the file that is there now, whatever it is called later; None where there is none."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino

    def close(self) -> None:
        """Let go of the file."""
        for one in (self._cursor, self._connection):
            if one is not None:
                with suppress(Error):
                    one.close()
        self._connection = self._cursor = self._identity = None

    def drafts(self, condition: str = "true", given: Sequence[Any] = ()) -> list[DraftRow]:
        """The drafts that a condition selects, in its order."""
        sql = f"select {', '.join(FIELDS)} from drafts where {condition}"
        found = list(zip(*(column.to_pylist() for column in self._table(sql, given).columns), strict=True))
        drafts = [DraftRow(*values[:-1]) for values in found]
        if any(draft.seal() != values[-1] for draft, values in zip(drafts, found, strict=True)):
            raise BrokenStoreError(f"{WHAT} at {self.path} is damaged: a draft is not what was stored.")
        return drafts

    def rows(self, sql: str, given: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """What a query finds, unchecked."""
        with self.errors():
            self._cursor.execute(sql, tuple(given) or None)
            return list(self._cursor.fetchall())

    def execute(self, sql: str, given: Sequence[Any] = ()) -> None:
        """Run a statement."""
        with self.errors():
            self._cursor.execute(sql, tuple(given) or None)

    def write(self, drafts: Sequence[DraftRow]) -> None:
        """Store drafts as they are, in place of those with their tokens; in a transaction."""
        if not drafts:
            return
        columns = zip(*((*draft, draft.seal()) for draft in drafts), strict=True)
        with self.errors():
            arrays = [pa.array(column, kind) for column, kind in zip(columns, DRAFT_COLUMNS.types, strict=True)]
            self._cursor.executemany(REPLACE, pa.table(arrays, schema=DRAFT_COLUMNS))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the block's statements, or none."""
        self.execute("begin immediate")
        try:
            yield
            self.execute("commit")
        except BaseException:
            with suppress(StoreError):
                self.execute("rollback")
            raise

    def content(self) -> Content:
        """All that can be read of it; StoreError where it is another program's, or for another reason unusable."""
        try:
            with self.errors():
                if not self.path.exists() or self.path.stat().st_size == 0:  # or the process ended as it made it
                    return Content({}, is_sound=True, is_there=False)
            self.follow(is_made=True)
            with self.transaction():  # there are bits that forbid to write
                self.execute(f"pragma user_version={DRAFTS_MARK.version}")
            is_sound = self.rows("pragma integrity_check(1)") == [("ok",)]
            return Content({draft.token: draft for draft in self.drafts()}, is_sound, is_there=True)
        except BrokenStoreError:
            return Content(self._salvaged(), is_sound=False, is_there=True)

    def set_aside(self) -> Path:
        """Give the file another name; the new name."""
        self.close()
        with self.errors():
            DRAFTS_MARK.refuse_another_programs(self.path)
            return set_aside(self.path)

    def _salvaged(self) -> dict[str, DraftRow]:
        """The drafts of a damaged file that are what was stored."""
        found: dict[str, DraftRow] = {}
        with suppress(StoreError, AttributeError):  # it may not be open
            numbers = [number for (number,) in self.rows("select number from drafts")]
            for number in numbers:
                with suppress(StoreError):
                    found |= {draft.token: draft for draft in self.drafts("number = ?", (number,))}
        return found

    def _table(self, sql: str, given: Sequence[Any]) -> pa.Table:
        with self.errors():
            self._cursor.execute(sql, tuple(given) or None)
            found = self._cursor.fetch_arrow_table()
            found.validate(full=True)
            if any(
                column.null_count and name not in OPTIONAL for name, column in zip(FIELDS, found.columns, strict=True)
            ):
                raise pa.ArrowInvalid("a value is missing")
            return found.cast(DRAFT_COLUMNS)

    def _open(self, *, is_made: bool) -> None:
        self.close()
        refuse_odd_files(self.path)
        if is_made:
            self.path.touch(mode=0o600)
        if not os.access(self.path, os.R_OK):  # to open it here would drop the locks that SQLite has on it
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self.path))
        writable = is_writable(self.path)
        self._connection = dbapi.connect(str(self.path) if writable else read_only(self.path), autocommit=True)
        self._cursor = self._connection.cursor()
        self._cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": ALL_ROWS_AT_ONCE})
        self.execute("pragma busy_timeout=5000")
        found = {sql for (sql,) in self.rows("select sql from sqlite_master where sql is not null")}
        owner, version = (self.rows(f"pragma {name}")[0][0] for name in ("application_id", "user_version"))
        is_marked = DRAFTS_MARK.judge(self.path, owner, version, found)
        if is_made and writable:
            self._prepare(is_new=not found, is_marked=is_marked)
        self.execute("pragma synchronous=full")
        if writable:  # else others may write it unnoticed: it is opened anew each time
            self._identity = self.identity()

    def _prepare(self, *, is_new: bool, is_marked: bool) -> None:
        if not is_marked:
            with self.transaction():
                for statement in SCHEMA if is_new else ():
                    self.execute(statement)
                self.execute(f"pragma application_id={DRAFTS_MARK.application_id}")
                self.execute(f"pragma user_version={DRAFTS_MARK.version}")
        self.rows("pragma journal_mode=wal")  # after the marks, which are then in the file itself from the beginning

    @contextmanager
    def errors(self) -> Iterator[None]:
        """What the system and the driver say, and what is wrong with the values that were read, as sentences."""
        try:
            yield
        except (OSError, Error, UnicodeError, pa.ArrowException) as error:
            raise store_error(error, self.path, WHAT) from error
