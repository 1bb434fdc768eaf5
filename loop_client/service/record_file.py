"""Records on disk, in two copies with checksums: a database, and a file from which it can be restored."""

from __future__ import annotations

import errno
import json
import logging
import os
import zlib
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Generic

import pyarrow as pa
from adbc_driver_manager import Error
from adbc_driver_sqlite import dbapi
from filelock import Timeout

from loop_client.mirror import BrokenStoreError, StoreError
from loop_client.mirror.store import Mark, is_writable, read_only, refuse_odd_files, set_aside, store_error
from loop_client.service.record_list import Kind, Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

SEAL: Final = "CREATE TABLE seal (checksum integer not null)"
"""The checksum of the records in the lower 32 bits, and the number of their last change above. Files of earlier
versions have none."""

MOST_CHANGES: Final = (1 << 31) - 1

LARGEST: Final = 1 << 23
"""Most bytes of the second copy; even the longest records need less."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class FileKind(Kind[Record]):
    """How records of one kind are stored in a file, whose `table` is also the name of the list in the second copy.

    `columns`: as SQL. `application_id`: marks the database as ours; two of them differ in at least two bits.
    `before`: the columns of the version before, which this one takes over; "" if there was none. `added`: how many
    columns at the end it lacks; of its records they are None.
    """

    columns: str
    application_id: int
    before: str = ""
    added: int = 0

    @cached_property
    def mark(self) -> Mark:
        """Marks a database as one of this kind."""
        version, earlier = (2, (1,)) if self.before else (1, ())
        return Mark(self.application_id, version, (self._schema(self.columns),), earlier)

    @cached_property
    def mark_before(self) -> Mark:
        """Marks a database of the version before; of a kind without one, as `mark`."""
        return Mark(self.application_id, 1, (self._schema(self.before or self.columns),))

    def _schema(self, columns: str) -> str:
        return f"CREATE TABLE {self.table} (number integer primary key, {columns})"

    def is_on(self, path: Path) -> bool:
        """Whether a file is one of this kind, of any version."""
        return self.mark.is_on(path) or self.mark_before.is_on(path)

    def stored(self, record: Record) -> tuple[Any, ...]:
        """A record's values as they are in the second copy and in the checksum: as before, if it has nothing new."""
        row = self.row(record)
        is_old = self.added > 0 and all(value is None for value in row[-self.added :])
        return row[: -self.added] if is_old else row


class OldRecordsError(BrokenStoreError):
    """The database was replaced by an older one: it is intact, but lacks changes that the second copy has."""


class RecordFile(Generic[Record]):
    """The stored records. The caller must make sure that there is only one writer.

    `news`: a sentence about the repair of a damaged database; None if there was none.

    All methods raise StoreError, with a sentence, when a file cannot be read or written.
    """

    def __init__(self, path: Path, kind: FileKind[Record]) -> None:
        """`path`: the database, which is created when the first records are written."""
        self.news: str | None = None
        self._number = 0  # of the last change that was read from the database
        self._kind, self._what = kind, f"The {kind.name}"
        self._path, self._second = path, path.with_name(f"{path.name}.second")

    def state(self) -> tuple[tuple[int, ...] | None, ...]:
        """What differs after each change of either file, but for changes within the clock tick of the file system."""
        return tuple(_state(file) for file in (self._path, self._second))

    def read_or_restore(self) -> tuple[tuple[Record, ...], bool]:
        """Like `read`, but a damaged or older database is set aside and replaced by the records of the second copy."""
        try:
            return self.read()
        except BrokenStoreError as error:
            records, restored = self.read_second(), "they are restored from their second copy"
            if records is None:
                records, restored = self._salvaged(), "the readable ones were restored"
            is_old = isinstance(error, OldRecordsError)
            news = f"{self._what} were {'older than their second copy' if is_old else 'damaged'}: {restored}."
            if self._path.exists():
                if not self._kind.is_on(self._path):
                    self._kind.mark.refuse_another_programs(self._path)
                news += f" The {'older' if is_old else 'damaged'} file is now {set_aside(self._path).name}."
            self.news = news
            logger.warning("%s %s", news, error)
            return records, False

    def read(self, *, is_checked: bool = True) -> tuple[tuple[Record, ...], bool]:
        """The records of the database, and whether it is completely intact.

        Raises BrokenStoreError when it is damaged, or older than its second copy.
        """
        second, newest = self._read_second() or ((), 0)  # read before the database, which is written first
        self._number = 0
        if not self._path.exists():
            if second:
                raise BrokenStoreError(f"{self._what} at {self._path} are missing.")
            return (), True
        with self._connected() as cursor:
            found, is_marked = self._judged(cursor)
            if not found:
                if second:
                    raise BrokenStoreError(f"{self._what} at {self._path} are missing.")
                return (), True
            cursor.execute(f"select * from {self._kind.table} order by number")  # noqa: S608 - a constant
            records = self._records([row[1:] for row in cursor.fetchall()], is_checked=is_checked)
            cursor.execute("select checksum from seal" if SEAL in found else "select null where false")
            seals = [seal for (seal,) in cursor.fetchall()]
            number = seals[0] >> 32 if seals and isinstance(seals[0], int) else 0
            if records is None or (is_checked and seals not in ([], [number << 32 | self._checksum(records, number)])):
                raise BrokenStoreError(f"{self._what} at {self._path} are not what was stored.")
            self._number = number if is_checked else 0
            if is_checked and number < newest:
                raise OldRecordsError(f"{self._what} at {self._path} lack changes that their second copy holds.")
            return records, is_marked and bool(seals)

    def read_second(self) -> tuple[Record, ...] | None:
        """The records of the second copy; None when it is damaged or missing."""
        stored = self._read_second()
        return None if stored is None else stored[0]

    def _read_second(self) -> tuple[tuple[Record, ...], int] | None:
        """The records of the second copy, and the number of their last change."""
        try:
            if not self._second.is_file() or self._second.stat().st_size > LARGEST:
                return None
            stored = json.loads(self._second.read_bytes())
            records, number = self._records(stored[self._kind.table]), stored.get("number", 0)
            if records is None or stored["checksum"] != self._checksum(records, number) or number > MOST_CHANGES:
                return None
            return records, number
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None

    def write(self, records: Sequence[Record], *, is_change: bool) -> None:
        """Write both copies or neither: the second copy is moved into place after the database is written.

        `is_change`: whether the records differ from those that were read.
        """
        second = self._read_second()
        number = min(MOST_CHANGES, max(self._number, second[1] if second else 0) + is_change)
        new = self._second.with_name(f"{self._second.name}.new")
        rows = [self._kind.stored(record) for record in records]
        content = json.dumps({"checksum": self._checksum(records, number), "number": number, self._kind.table: rows})
        if self._second.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(self._second))
        new.unlink(missing_ok=True)
        try:
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            try:
                self._write_database(records, number)
            except BrokenStoreError:
                set_aside(self._path)
                self._write_database(records, number)
            new.replace(self._second)
        except BaseException:
            with suppress(OSError):
                new.unlink()
            raise

    def _write_database(self, records: Sequence[Record], number: int) -> None:
        self._path.touch(mode=0o600)
        mark, table = self._kind.mark, self._kind.table
        with self._connected() as cursor:
            found, _ = self._judged(cursor)
            cursor.execute("pragma synchronous=full")
            cursor.execute("pragma secure_delete=on")  # a view that is deleted may name a person
            cursor.execute("begin immediate")
            if found.isdisjoint(mark.schema) and found - {SEAL}:
                cursor.execute(f"drop table {table}")
                found = found & {SEAL}
            for statement in {SEAL, *mark.schema} - found:
                cursor.execute(statement)
            cursor.execute(f"delete from {table}")  # noqa: S608 - a constant
            cursor.execute("delete from seal")
            for place, record in enumerate(records):
                values = (place + 1, *self._kind.row(record))
                places = ", ".join("?" * len(values))
                cursor.execute(f"insert into {table} values ({places})", values)  # noqa: S608 - a constant
            cursor.execute("insert into seal values (?)", (number << 32 | self._checksum(records, number),))
            cursor.execute(f"pragma application_id={mark.application_id}")
            cursor.execute(f"pragma user_version={mark.version}")
            cursor.execute("commit")

    def _judged(self, cursor: Any) -> tuple[set[str], bool]:  # noqa: ANN401 - the driver has no types
        """The definitions in the database, and whether its marks are correct."""
        cursor.execute("select sql from sqlite_master where sql is not null")
        found = {sql for (sql,) in cursor.fetchall()}
        marks = []
        for name in ("application_id", "user_version"):
            cursor.execute(f"pragma {name}")
            marks.append(cursor.fetchall()[0][0])
        is_old = not found.isdisjoint(self._kind.mark_before.schema)
        mark = self._kind.mark_before if is_old else self._kind.mark
        return found, mark.judge(self._path, marks[0], marks[1], found)

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        """A cursor for the database."""
        refuse_odd_files(self._path)
        address = str(self._path) if is_writable(self._path) else read_only(self._path)
        with self.errors(), dbapi.connect(address, autocommit=True) as connection, connection.cursor() as cursor:
            cursor.execute("pragma busy_timeout=5000")
            yield cursor

    def _salvaged(self) -> tuple[Record, ...]:
        with suppress(StoreError):
            return self.read(is_checked=False)[0]
        return ()

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Raise errors of the system and the driver as StoreError with a sentence."""
        try:
            yield
        except Timeout:
            message = f"Another process has been changing the {self._kind.name} for a while. Try again."
            raise StoreError(message) from None
        except (OSError, Error, UnicodeError, pa.ArrowException) as error:
            raise store_error(error, self._path, self._what) from error

    def _records(self, rows: Any, *, is_checked: bool = True) -> tuple[Record, ...] | None:  # noqa: ANN401 - from a file
        """The records in these rows; None when one of them is invalid, or with `is_checked` off, without that one."""
        records: list[Record] = []
        for row in rows:
            try:
                records.append(self._kind.record(*row))
            except (TypeError, ValueError):
                if is_checked:
                    return None
        return tuple(records)

    def _checksum(self, records: Sequence[Record], number: int) -> int:
        """32-bit checksum of the records and the number of their last change."""
        return zlib.crc32(json.dumps([self._kind.stored(record) for record in records]).encode()) ^ number


def _state(file: Path) -> tuple[int, ...] | None:
    """The identity, size and times of a file; None when there is none, or none that can be looked at."""
    with suppress(OSError):
        found = file.stat()
        return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
    return None
