"""One file of the outbox: tables whose rows have a checksum each, through one SQLite library (ADBC)."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pyarrow as pa
from adbc_driver_manager import Error
from adbc_driver_sqlite import dbapi

from loop_client.mirror.errors import BrokenStoreError, StoreError
from loop_client.mirror.store.sqlite_draft_tables import (
    ADD_OWNERS,
    DRAFTS,
    DRAFTS_MARK,
    DRAFTS_SCHEMA,
    IMPORTS,
    IMPORTS_SCHEMA,
    MARK_BEFORE,
    OWNED_DRAFTS,
    OWNED_IMPORTS,
    OWNERS_INDEX,
    SCHEMA,
    WITH_IMPORTS,
    R,
    Table,
    sealed,
)
from loop_client.mirror.store.sqlite_errors import is_writable, store_error
from loop_client.mirror.store.sqlite_file import ALL_ROWS_AT_ONCE
from loop_client.mirror.store.sqlite_files import read_only, refuse_odd_files, set_aside

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from loop_client.mirror.store.drafts import DraftRow
    from loop_client.mirror.store.imports import ImportRow

WHAT = "The outbox"


class Content(NamedTuple):
    """What a file holds: the rows that can be read, by token, and whether these are all and nothing is damaged."""

    drafts: dict[str, DraftRow]
    imports: dict[str, ImportRow]
    is_sound: bool
    is_there: bool

    @property
    def change(self) -> int:
        """The number of the last change."""
        drafts = max((draft.change for draft in self.drafts.values()), default=0)
        return max(drafts, max((one.change for one in self.imports.values()), default=0))


NOTHING: Final = Content({}, {}, is_sound=True, is_there=False)


class DraftFile:
    """One database of drafts and imports. Whoever writes has to see to it that nobody else does.

    Raises StoreError where it cannot be used, BrokenStoreError where it is damaged.
    """

    def __init__(self, path: Path) -> None:
        """Open nothing yet."""
        self.path = path
        self._connection: Any = None
        self._cursor: Any = None
        self._identity: tuple[int, int] | None = None
        self._has_drafts = self._has_imports = False
        self.has_owners = False
        """Whether its tables have owners: not those of an earlier version that this user may only read."""

    def follow(self, *, is_made: bool = False) -> bool:
        """Open what is there now, also where it was replaced; whether it has tables. `is_made`: make a file with them.

        A file has no tables where the disk was full when it was made, or the process died then.
        """
        with self.errors():
            if not self.path.exists():
                self.close()
                if not is_made:
                    return False
            is_open = self._has_drafts and self._identity is not None and self._identity == self.identity()
            if not is_open or (is_made and not (self.has_imports() and self.has_owners)):
                self._open(is_made=is_made)
        return self._has_drafts

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
        self._has_drafts = False

    def drafts(self, condition: str = "true", given: Sequence[Any] = ()) -> list[DraftRow]:
        """The drafts that a condition selects, in its order."""
        return self._found(DRAFTS, condition, given)

    def imports(self, condition: str = "true", given: Sequence[Any] = ()) -> list[ImportRow]:
        """The imports that a condition selects, in its order."""
        return self._found(IMPORTS, condition, given) if self.has_imports() else []

    def has_imports(self) -> bool:
        """Whether there is a table of imports: a file of the first version has none until it is written."""
        if not self._has_imports:
            self._has_imports = bool(self.rows("select 1 from sqlite_master where name = 'imports'"))
        return self._has_imports

    def _found(self, table: Table[R], condition: str, given: Sequence[Any]) -> list[R]:
        fields = (
            table.fields if self.has_owners else ["null as owner" if one == "owner" else one for one in table.fields]
        )
        sql = f"select {', '.join(fields)} from {table.name} where {condition}"
        found = list(zip(*(column.to_pylist() for column in self._read(table, sql, given).columns), strict=True))
        rows = [table.row(*values[:-1]) for values in found]
        if any(row.seal() != values[-1] for row, values in zip(rows, found, strict=True)):
            raise BrokenStoreError(f"{WHAT} at {self.path} is damaged: a row is not what was stored.")
        return rows

    def rows(self, sql: str, given: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """What a query finds, unchecked."""
        with self.errors():
            self._cursor.execute(sql, tuple(given) or None)
            return list(self._cursor.fetchall())

    def execute(self, sql: str, given: Sequence[Any] = ()) -> None:
        """Run a statement."""
        with self.errors():
            self._cursor.execute(sql, tuple(given) or None)

    def write(self, table: Table[R], rows: Sequence[R]) -> None:
        """Store rows as they are, in place of those with their tokens; in a transaction."""
        if rows:
            with self.errors():
                self.write_sealed(table, sealed(table, rows))

    def write_sealed(self, table: Table[R], rows: pa.Table) -> None:
        """Store rows with their checksums, as `write` does."""
        values = ", ".join("?" * len(table.fields))
        sql = f"insert or replace into {table.name} ({', '.join(table.fields)}) values ({values})"
        if rows.num_rows:
            with self.errors():
                self._cursor.executemany(sql, rows)

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

    def is_sound(self) -> bool:
        """Whether all of it can be read and is what was stored, while others may write; False for another version."""
        try:
            if not self.follow() or self.rows("pragma user_version") != [(DRAFTS_MARK.version,)]:
                return False
            for read in (self.drafts, self.imports):
                read()
            return self.rows("pragma integrity_check(1)") == [("ok",)]
        except StoreError:
            return False

    def summary(self) -> list[tuple[Any, ...]]:
        """What differs where rows do: their number, the last change, and the sum of checksums. Takes milliseconds."""
        with self.transaction():  # there are bits that forbid to write
            self.execute(f"pragma user_version={DRAFTS_MARK.version}")
        sums = "count(*), coalesce(max(change), 0), coalesce(sum(seal), 0)"
        return [*self.rows(f"select {sums} from drafts"), *self.rows(f"select {sums} from imports")]

    def content(self) -> Content:
        """All that can be read of it; StoreError where it is another program's, or for another reason unusable."""
        try:
            with self.errors():
                if not self.path.exists() or self.path.stat().st_size == 0:  # or the process ended as it made it
                    return NOTHING
            self.follow(is_made=True)
            with self.transaction():  # there are bits that forbid to write
                self.execute(f"pragma user_version={DRAFTS_MARK.version}")
            is_sound = self.rows("pragma integrity_check(1)") == [("ok",)]
            drafts = {draft.token: draft for draft in self.drafts()}
            return Content(drafts, {one.token: one for one in self.imports()}, is_sound, is_there=True)
        except BrokenStoreError:
            return Content(self._salvaged(DRAFTS, "number"), self._salvaged(IMPORTS, "first"), False, True)  # noqa: FBT003

    def set_aside(self) -> Path:
        """Give the file another name; the new name."""
        self.close()
        with self.errors():
            DRAFTS_MARK.refuse_another_programs(self.path)
            return set_aside(self.path)

    def _salvaged(self, table: Table[R], number: str) -> dict[str, R]:
        """The rows of a damaged file that are what was stored. `number`: the column with their numbers."""
        found: dict[str, R] = {}
        with suppress(StoreError, AttributeError):  # it may not be open
            for (one,) in self.rows(f"select {number} from {table.name}"):
                with suppress(StoreError):
                    found |= {row.token: row for row in self._found(table, f"{number} = ?", (one,))}
        return found

    def _read(self, table: Table[R], sql: str, given: Sequence[Any]) -> pa.Table:
        with self.errors():
            self._cursor.execute(sql, tuple(given) or None)
            found = self._cursor.fetch_arrow_table()
            found.validate(full=True)
            for field, column in zip(table.columns, found.columns, strict=True):
                if column.null_count and not field.nullable:
                    raise pa.ArrowInvalid("a value is missing")
            return found.cast(table.columns)

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
        self._has_drafts = bool(found)
        if self._is_odd(found):
            raise BrokenStoreError(f"{self.path} is damaged: its tables are not those of this program.")
        owner, version = (self.rows(f"pragma {name}")[0][0] for name in ("application_id", "user_version"))
        mark = MARK_BEFORE if DRAFTS_SCHEMA in found else DRAFTS_MARK
        is_marked = mark.judge(self.path, owner, version, found)
        if version in WITH_IMPORTS and not self._has_imports:
            raise BrokenStoreError(f"{self.path} is damaged: its table of imports is missing.")
        if is_made and writable:
            self._prepare(is_new=not found, is_marked=is_marked)
        self.execute("pragma synchronous=full")
        if writable:  # else others may write it unnoticed: it is opened anew each time
            self._identity = self.identity()

    def _is_odd(self, found: set[str]) -> bool:
        """Whether a file of ours has a table of imports that is defined otherwise."""
        self.has_owners = OWNED_DRAFTS in found
        self._has_imports = (OWNED_IMPORTS if self.has_owners else IMPORTS_SCHEMA) in found
        is_ours = not found.isdisjoint((DRAFTS_SCHEMA, *SCHEMA))
        return is_ours and not self._has_imports and self.has_imports()

    def _prepare(self, *, is_new: bool, is_marked: bool) -> None:
        if not (is_marked and self._has_imports and self.has_owners):
            with self.transaction():
                for statement in SCHEMA if is_new else self._owners_added():
                    self.execute(statement)
                if not self._has_imports:
                    self.execute(OWNED_IMPORTS)
                self.execute(f"pragma application_id={DRAFTS_MARK.application_id}")
                self.execute(f"pragma user_version={DRAFTS_MARK.version}")
            self._has_drafts = self._has_imports = self.has_owners = True
        self.rows("pragma journal_mode=wal")  # after the marks, which are then in the file itself from the beginning

    def _owners_added(self) -> list[str]:
        """The statements that add the columns for owners to a file of an earlier version."""
        if self.has_owners:
            return []
        tables = ["drafts", *(["imports"] if self._has_imports else [])]
        return [*map(ADD_OWNERS.format, tables), OWNERS_INDEX]

    @contextmanager
    def errors(self) -> Iterator[None]:
        """What the system and the driver say, and what is wrong with the values that were read, as sentences."""
        try:
            yield
        except (OSError, Error, UnicodeError, pa.ArrowException) as error:
            raise store_error(error, self.path, WHAT) from error
