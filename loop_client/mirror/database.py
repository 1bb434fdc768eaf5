"""The database file of the copy: opened, locked, checked, set aside when broken; through one SQLite library (ADBC).

Python's own sqlite3 must never open the same file in this process: each library drops the other's locks.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from adbc_driver_manager import Error
from adbc_driver_sqlite import dbapi
from filelock import FileLock, Timeout

from loop_client.errors import LoopError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa


APPLICATION_ID = 0x4C4F4F50
"""Marks the file as ours: "LOOP" in ASCII."""

SCHEMA_VERSION = 1

SCHEMA = """
create table store (name text primary key, value integer not null);
create table accounts (name text primary key, account integer not null, state text not null);
create table items (
    account integer not null,
    id text not null,
    user_id text not null,
    message text not null,
    sentiment text,
    source text,
    tag text,
    status text,
    created_at integer not null,
    extra text,
    first_seen integer not null,
    open_at integer,
    resolved_by integer,
    walk integer not null,
    missing integer not null,
    change integer not null,
    primary key (account, id)
);
create index items_by_change on items (account, change);
create index items_by_walk on items (account, walk);
create table tombstones (account integer not null, id text not null, created_at integer not null,
    change integer not null, primary key (account, id));
insert into store values ('change', 0);
"""

ALL_ROWS_AT_ONCE = str(1 << 24)
"""Rows of which the driver takes a column's type; fewer, and a column that begins with nulls becomes one of numbers."""


class StoreError(LoopError):
    """The copy cannot be read or written; the text says why, and what to do."""


class BrokenStoreError(StoreError):
    """The file is no database, or a damaged one."""


class Database:
    """One file, which one process writes at a time: the one that holds the lock beside it.

    Raises StoreError where the file is another program's, newer than this code, or cannot be opened. One that is
    broken is set aside as `<name>.broken-<time>` and begun anew.
    """

    def __init__(self, url: str) -> None:
        """Open `sqlite:///<path>`, or make it."""
        if not url.startswith("sqlite:///"):
            raise StoreError(
                f"The copy of the feedback cannot be kept at {url[:60]!r}: only sqlite:///<path> is known."
            )
        self.path = Path(url.removeprefix("sqlite:///"))
        self._file_lock = FileLock(f"{self.path}.lock", mode=0o600, thread_local=False)
        self._lock = threading.RLock()
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.writable = self.take_lock()
            self._open()
        except OSError as error:
            raise StoreError(f"The copy of the feedback cannot be kept at {self.path}: {error.strerror}.") from None
        except StoreError:
            self.close()
            raise

    def take_lock(self) -> bool:
        """Whether this process is the one that writes; asked again, it may have become it."""
        try:
            self._file_lock.acquire(timeout=0)
        except Timeout:
            return False
        if hasattr(self, "_connection"):  # the one that wrote so far has ended
            self.writable = True
            self._disconnect()
            self._open()
        return True

    def close(self) -> None:
        """Let go of the file and its lock."""
        with self._lock:
            self._disconnect()
        self._file_lock.release(force=True)

    def _open(self) -> None:
        try:
            self._connect()
        except BrokenStoreError:
            if not self.writable:
                raise
            self.set_aside()

    def _disconnect(self) -> None:
        if hasattr(self, "_cursor"):  # it was opened at all
            self._cursor.close()
            self._connection.close()

    def _connect(self) -> None:
        self.path.touch(mode=0o600)
        with self._reading():
            self._connection = dbapi.connect(str(self.path), autocommit=True)
        self._cursor = self._connection.cursor()
        self._cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": ALL_ROWS_AT_ONCE})
        (owner,), (version,) = (self.rows(f"pragma {name}")[0] for name in ("application_id", "user_version"))
        tables = self.rows("select count(*) from sqlite_master")[0][0]
        if tables and owner != APPLICATION_ID:
            raise StoreError(f"{self.path} is another program's database. Choose another place by LOOP_DATA_DIR.")
        if version > SCHEMA_VERSION:
            raise StoreError(f"{self.path} was written by a newer version of this program. Start that one.")
        self.execute("pragma busy_timeout=5000")
        if not self.writable:
            return
        self.rows("pragma journal_mode=wal")
        self.execute("pragma synchronous=full")
        if not tables:
            with self.transaction():
                for statement in SCHEMA.split(";"):
                    if statement.strip():
                        self.execute(statement)
                self.execute(f"pragma application_id={APPLICATION_ID}")
                self.execute(f"pragma user_version={SCHEMA_VERSION}")

    def set_aside(self) -> None:
        """Give a broken file another name, and begin anew."""
        with self._lock:
            self._disconnect()
            for end in ("", "-wal", "-shm"):
                file = Path(f"{self.path}{end}")
                if file.exists():
                    file.rename(f"{self.path}.broken-{time.time_ns()}{end}")
            self._connect()

    def is_sound(self) -> bool:
        """Whether SQLite finds nothing wrong with the file; reads all of it, on a connection of its own."""
        try:
            with (
                dbapi.connect(f"file:{quote(str(self.path))}?mode=ro", autocommit=True) as connection,
                connection.cursor() as cursor,
            ):
                cursor.execute("pragma quick_check")
                return bool(cursor.fetchall() == [("ok",)])
        except Error:
            return False

    def execute(self, sql: str, given: Sequence[Any] = ()) -> None:
        """Run a statement."""
        with self._reading():
            self._cursor.execute(sql, tuple(given) or None)

    def rows(self, sql: str, given: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """What a query finds."""
        columns = [column.to_pylist() for column in self.table(sql, given).columns]  # the driver's own way costs twice
        return list(zip(*columns, strict=True))

    def table(self, sql: str, given: Sequence[Any] = ()) -> pa.Table:
        """What a query finds, as Arrow."""
        with self._reading():
            self._cursor.execute(sql, tuple(given) or None)
            return self._cursor.fetch_arrow_table()

    def load(self, sql: str, batch: pa.Table) -> None:
        """Run a statement once for each row."""
        with self._reading():
            self._cursor.executemany(sql, batch)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the block's statements, or none."""
        with self._lock:
            self.execute("begin immediate")
            try:
                yield
                self.execute("commit")
            except BaseException:
                with suppress(StoreError):
                    self.execute("rollback")
                raise

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """One statement at a time, and the driver's errors as sentences."""
        with self._lock:
            try:
                yield
            except Error as error:
                reason = str(error).rpartition(": ")[2][:200]
                kind = BrokenStoreError if reason.endswith(("not a database", "malformed")) else StoreError
                raise kind(f"The copy of the feedback at {self.path} cannot be used: {reason}.") from error
