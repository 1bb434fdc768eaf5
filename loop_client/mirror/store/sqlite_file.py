"""The database file: opening, locking, checking, setting a damaged one aside; through one SQLite library (ADBC).

Python's own sqlite3 must never open the same file in this process: each library drops the other's locks.
"""

from __future__ import annotations

import errno
import os
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from adbc_driver_manager import Error
from adbc_driver_sqlite import dbapi
from filelock import FileLock, Timeout

from loop_client.mirror.checked import BOUNDS, checked
from loop_client.mirror.errors import BrokenStoreError, StoreError
from loop_client.mirror.store.sqlite_errors import is_writable, store_error
from loop_client.mirror.store.sqlite_files import read_only, refuse_odd_files, set_aside
from loop_client.mirror.store.sqlite_schema import MARK, SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WHAT = "The copy of the feedback"

ALL_ROWS_AT_ONCE = str(1 << 24)
"""Rows from which the driver infers a column's type; with fewer, a column that begins with nulls becomes numeric."""


class Database:
    """One file, written by the process that has the lock file beside it.

    `writable`: whether this process has the lock. `problem`: why it cannot, if no other process has it; a copy in a
    read-only folder is shown as it is. `identity`: of the open file. `news`: a damaged file was set aside; else None.

    Raises StoreError if the file is another program's, newer than this code, or cannot be opened; the call can be
    repeated. A damaged file is set aside as `<name>.broken-<time>`, and a new one is created.
    """

    def __init__(self, url: str) -> None:
        """Open `sqlite:///<path>`, or create it."""
        if not url.startswith("sqlite:///"):
            raise StoreError(
                f"The copy of the feedback cannot be kept at {url[:60]!r}: only sqlite:///<path> is known."
            )
        self.path = Path(url.removeprefix("sqlite:///"))
        self._file_lock = FileLock(f"{self.path}.lock", mode=0o600, thread_local=False)
        self._lock = threading.RLock()
        self._connection: Any = None
        self._cursor: Any = None
        self.problem: StoreError | None = None
        self.news: StoreError | None = None
        self.writable, self.identity = False, tuple[Any, ...]()
        try:
            with self._errors():
                self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not self.take_lock():
                self._open()
        except BaseException:
            self.close()
            raise

    def take_lock(self) -> bool:
        """Try to take the lease, and return whether this process has it; may succeed later."""
        if self.writable and self._cursor is not None:
            return True
        try:
            self._file_lock.acquire(timeout=0)
            refuse_odd_files(self.path)
            if not is_writable(self.path):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        except Timeout:
            self.problem = None
            return False
        except OSError as error:
            self._file_lock.release(force=True)
            with self._errors():
                if not self.path.exists():
                    raise  # there is nothing to show
            self.problem = self._unusable(error, "It is shown as it is, and the sync waits until it can be written")
            return False
        self.writable, self.problem = True, None
        self._open()
        return True

    def follow(self) -> tuple[Any, ...]:
        """Reopen the file if another one is in its place, for example after damage, and return its identity."""
        with self._errors():
            if self._cursor is None or (not self.writable and self._identity() != self.identity):
                self._open()
        return self.identity

    def close(self) -> None:
        """Close the file, and release its lock."""
        with self._lock:
            self._disconnect()
        self._file_lock.release(force=True)
        self.writable = False

    def set_aside(self) -> None:
        """Rename a damaged file, and create a new one. Raises StoreError if only another process may do this."""
        if not self.writable:
            raise StoreError(f"{WHAT} at {self.path} is damaged; the process that writes it has to repair it.")
        with self._lock:
            self._disconnect()
            with self._errors():
                MARK.refuse_another_programs(self.path)
                new = set_aside(self.path)
            self.news = StoreError(f"{WHAT} was damaged. It is now {new.name}, and all items are read again.")
            self._connect()

    def is_sound(self) -> bool:
        """Check the complete file with SQLite, on a connection of its own; False if it is damaged.

        Raises StoreError if the check is impossible.
        """
        address = read_only(self.path, is_shared=self.problem is None)
        try:
            with self._errors(), dbapi.connect(address, autocommit=True) as connection, connection.cursor() as cursor:
                cursor.execute("pragma integrity_check(1)")  # unlike quick_check, it compares indexes with rows
                return bool(cursor.fetchall() == [("ok",)])
        except BrokenStoreError:
            return False

    def execute(self, sql: str, given: Sequence[Any] = ()) -> None:
        """Run a statement."""
        with self._reading():
            self._cursor.execute(sql, tuple(given) or None)

    def rows(self, sql: str, given: Sequence[Any] = (), schema: pa.Schema = None) -> list[tuple[Any, ...]]:
        """The rows of a query. `schema`: the required types."""
        with self._reading():
            table = self.table(sql, given, schema)
            columns = [column.to_pylist() for column in table.columns]  # the driver's own way takes twice as long
        return list(zip(*columns, strict=True))

    def number(self, sql: str, given: Sequence[Any] = ()) -> int:
        """The single non-negative number of a query."""
        found = self.rows(sql, given)
        if len(found) != 1 or not isinstance(found[0][0], int) or found[0][0] < 0:
            raise BrokenStoreError(f"{WHAT} at {self.path} is damaged: a number is missing.")
        return found[0][0]

    def table(self, sql: str, given: Sequence[Any] = (), schema: pa.Schema = None) -> pa.Table:
        """The result of a query as an Arrow table. `schema`: the required types."""
        with self._reading():
            self._cursor.execute(sql, tuple(given) or None)
            found = self._cursor.fetch_arrow_table()
            return found if schema is None else checked(found, schema, BOUNDS)

    def load(self, sql: str, batch: pa.Table) -> None:
        """Run a statement once for each row."""
        with self._reading():
            self._cursor.executemany(sql, batch)

    def compact(self) -> None:
        """Write the file anew without its free space, which holds what was deleted, and empty its log."""
        self.execute("vacuum")
        self.rows("pragma wal_checkpoint(truncate)")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run all statements of the block, or none."""
        with self._lock:
            self.execute("begin immediate")
            try:
                yield
                self.execute("commit")
            except BaseException:
                with suppress(StoreError):
                    self.execute("rollback")
                raise

    def _open(self) -> None:
        with self._lock:
            self._disconnect()
            try:
                self._connect()
            except BrokenStoreError:
                self.set_aside()

    def _disconnect(self) -> None:
        for one in (self._cursor, self._connection):
            if one is not None:
                with suppress(Error):
                    one.close()
        self._connection = self._cursor = None

    def _connect(self) -> None:
        with self._errors():
            if self.path.exists() and not self.path.is_file():
                raise StoreError(f"{WHAT} at {self.path} cannot be used: it is not a file. Move it to another place.")
            if self.problem is None:
                self.path.touch(mode=0o600)
            if not os.access(self.path, os.R_OK):  # opening it here would drop SQLite's locks
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            self.identity = self._identity()
        with self._errors():
            address = read_only(self.path) if self.problem else str(self.path)
            self._connection = dbapi.connect(address, autocommit=True)
            self._cursor = self._connection.cursor()
            self._cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": ALL_ROWS_AT_ONCE})
        self.execute("pragma busy_timeout=5000")
        found = {sql for (sql,) in self.rows("select sql from sqlite_master where sql is not null")}
        owner, version = (self.rows(f"pragma {name}")[0][0] for name in ("application_id", "user_version"))
        is_marked = MARK.judge(self.path, owner, version, found)
        if self.writable:
            self._prepare(is_new=not found, is_marked=is_marked)
        elif not found:
            raise StoreError(f"The copy at {self.path} is being made by another process. Try again in a moment.")

    def _prepare(self, *, is_new: bool, is_marked: bool) -> None:
        if not is_marked:
            with self.transaction():
                for statement in SCHEMA if is_new else ():
                    self.execute(statement)
                if is_new:
                    self.execute("insert into store values ('change', 0)")
                self.execute(f"pragma application_id={MARK.application_id}")
                self.execute(f"pragma user_version={MARK.version}")
        self.rows("pragma journal_mode=wal")  # after the marks, so that these are in the file itself
        self.execute("pragma synchronous=full")

    def _identity(self) -> tuple[Any, ...]:
        found = self.path.stat()
        changes = (read_only(self.path), found.st_mtime_ns, found.st_size) if self.problem else ()
        return (found.st_dev, found.st_ino, *changes)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Run one statement at a time on the open file."""
        with self._lock, self._errors():
            if self._cursor is None:
                raise StoreError(f"{WHAT} at {self.path} is closed.")
            yield

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Raise errors of the system, the driver and the values as StoreError with a sentence."""
        try:
            yield
        except OSError as error:
            raise self._unusable(error) from error
        except (Error, UnicodeError, pa.ArrowException) as error:
            raise store_error(error, self.path, WHAT) from error

    def _unusable(
        self, error: OSError, then: str = "Correct that, or choose another folder with LOOP_DATA_DIR"
    ) -> StoreError:
        return StoreError(f"{WHAT} cannot be kept at {error.filename or self.path}: {error.strerror}. {then}.")
