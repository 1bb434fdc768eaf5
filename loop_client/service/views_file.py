"""The saved views on disk, in two copies with checksums: a database, and a file from which it can be restored."""

from __future__ import annotations

import errno
import json
import logging
import os
import zlib
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
from adbc_driver_manager import Error
from adbc_driver_sqlite import dbapi
from filelock import Timeout

from loop_client.mirror import BrokenStoreError, StoreError
from loop_client.mirror.store import Mark, is_writable, read_only, refuse_odd_files, set_aside, store_error

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

SCHEMA: Final = (
    "CREATE TABLE views (number integer primary key, name text not null unique, link text not null, items integer)",
)
SEAL: Final = "CREATE TABLE seal (checksum integer not null)"
"""The checksum of the views in the lower 32 bits, and the number of their last change above. Files of earlier versions
have none."""

MARK: Final = Mark(0x4C4F4F56, 1, SCHEMA)
"""Marks the file as ours: "LOOV" in ASCII, and its table."""

MOST_CHANGES: Final = (1 << 31) - 1

LARGEST: Final = 1 << 23
"""Most bytes of the second copy; even the longest views need less."""

WHAT: Final = "The saved views"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SavedView:
    """A name for a link. `items`: how many it showed when it was last opened, or saved; None if not known."""

    name: str
    link: str
    items: int | None


class OldViewsError(BrokenStoreError):
    """The database was replaced by an older one: it is intact, but lacks changes that the second copy has."""


class ViewsFile:
    """The stored views. The caller must make sure that there is only one writer.

    `news`: a sentence about the repair of a damaged database; None if there was none.

    All methods raise StoreError, with a sentence, when a file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        """`path`: the database, which is created when the first views are written."""
        self.news: str | None = None
        self._number = 0  # of the last change that was read from the database
        self._path, self._second = path, path.with_name(f"{path.name}.second")

    def read_or_restore(self) -> tuple[tuple[SavedView, ...], bool]:
        """Like `read`, but a damaged or older database is set aside and replaced by the views of the second copy."""
        try:
            return self.read()
        except BrokenStoreError as error:
            views, restored = self.read_second(), "they are restored from their second copy"
            if views is None:
                views, restored = self._salvaged(), "the readable ones were restored"
            is_old = isinstance(error, OldViewsError)
            news = f"The saved views were {'older than their second copy' if is_old else 'damaged'}: {restored}."
            if self._path.exists():
                MARK.refuse_another_programs(self._path)
                news += f" The {'older' if is_old else 'damaged'} file is now {set_aside(self._path).name}."
            self.news = news
            logger.warning("%s %s", news, error)
            return views, False

    def read(self, *, is_checked: bool = True) -> tuple[tuple[SavedView, ...], bool]:
        """The views of the database, and whether it is completely intact.

        Raises BrokenStoreError when it is damaged, or older than its second copy.
        """
        second, newest = self._read_second() or ((), 0)  # read before the database, which is written first
        self._number = 0
        if not self._path.exists():
            if second:
                raise BrokenStoreError(f"{WHAT} at {self._path} are missing.")
            return (), True
        with self._connected() as cursor:
            found, is_marked = self._judged(cursor)
            if not found:
                if second:
                    raise BrokenStoreError(f"{WHAT} at {self._path} are missing.")
                return (), True
            cursor.execute("select name, link, items from views order by number")
            views = _views(cursor.fetchall())
            cursor.execute("select checksum from seal" if SEAL in found else "select null where false")
            seals = [seal for (seal,) in cursor.fetchall()]
            number = seals[0] >> 32 if seals and isinstance(seals[0], int) else 0
            if views is None or (is_checked and seals not in ([], [_seal(views, number)])):
                raise BrokenStoreError(f"{WHAT} at {self._path} are not what was stored.")
            self._number = number if is_checked else 0
            if is_checked and number < newest:
                raise OldViewsError(f"{WHAT} at {self._path} lack changes that their second copy holds.")
            return views, is_marked and bool(seals)

    def read_second(self) -> tuple[SavedView, ...] | None:
        """The views of the second copy; None when it is damaged or missing."""
        stored = self._read_second()
        return None if stored is None else stored[0]

    def _read_second(self) -> tuple[tuple[SavedView, ...], int] | None:
        """The views of the second copy, and the number of their last change."""
        try:
            if not self._second.is_file() or self._second.stat().st_size > LARGEST:
                return None
            stored = json.loads(self._second.read_bytes())
            views = _views(stored["views"])
            number = stored.get("number", 0)
            sound = views is not None and stored["checksum"] == _checksum(views, number) and number <= MOST_CHANGES
            return (views or (), number) if sound else None
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None

    def write(self, views: Sequence[SavedView], *, is_change: bool) -> None:
        """Write both copies or neither: the second copy is moved into place after the database is written.

        `is_change`: whether the views differ from those that were read.
        """
        second = self._read_second()
        number = min(MOST_CHANGES, max(self._number, second[1] if second else 0) + is_change)
        new = self._second.with_name(f"{self._second.name}.new")
        content = json.dumps(
            {"checksum": _checksum(views, number), "number": number, "views": [astuple(view) for view in views]}
        )
        if self._second.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(self._second))
        new.unlink(missing_ok=True)
        try:
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            try:
                self._write_database(views, number)
            except BrokenStoreError:
                set_aside(self._path)
                self._write_database(views, number)
            new.replace(self._second)
        except BaseException:
            with suppress(OSError):
                new.unlink()
            raise

    def _write_database(self, views: Sequence[SavedView], number: int) -> None:
        self._path.touch(mode=0o600)
        with self._connected() as cursor:
            found, _ = self._judged(cursor)
            cursor.execute("pragma synchronous=full")
            cursor.execute("begin immediate")
            for statement in {SEAL, *SCHEMA} - found:
                cursor.execute(statement)
            cursor.execute("delete from views")
            cursor.execute("delete from seal")
            for place, view in enumerate(views):
                cursor.execute("insert into views values (?, ?, ?, ?)", (place + 1, *astuple(view)))
            cursor.execute("insert into seal values (?)", (_seal(views, number),))
            cursor.execute(f"pragma application_id={MARK.application_id}")
            cursor.execute(f"pragma user_version={MARK.version}")
            cursor.execute("commit")

    def _judged(self, cursor: Any) -> tuple[set[str], bool]:  # noqa: ANN401 - the driver has no types
        """The definitions in the database, and whether its marks are correct."""
        cursor.execute("select sql from sqlite_master where sql is not null")
        found = {sql for (sql,) in cursor.fetchall()}
        marks = []
        for name in ("application_id", "user_version"):
            cursor.execute(f"pragma {name}")
            marks.append(cursor.fetchall()[0][0])
        return found, MARK.judge(self._path, marks[0], marks[1], found)

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        """A cursor for the database."""
        refuse_odd_files(self._path)
        address = str(self._path) if is_writable(self._path) else read_only(self._path)
        with self.errors(), dbapi.connect(address, autocommit=True) as connection, connection.cursor() as cursor:
            cursor.execute("pragma busy_timeout=5000")
            yield cursor

    def _salvaged(self) -> tuple[SavedView, ...]:
        with suppress(StoreError):
            return self.read(is_checked=False)[0]
        return ()

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Raise errors of the system and the driver as StoreError with a sentence."""
        try:
            yield
        except Timeout:
            raise StoreError("Another process has been changing the saved views for a while. Try again.") from None
        except (OSError, Error, UnicodeError, pa.ArrowException) as error:
            raise store_error(error, self._path, WHAT) from error


def _views(rows: Any) -> tuple[SavedView, ...] | None:  # noqa: ANN401 - from a file
    """The views in these rows; None when the rows are invalid."""
    views = tuple(SavedView(*row) for row in rows)
    sound = all(isinstance(view.name, str) and isinstance(view.link, str) for view in views)
    return views if sound and all(isinstance(view.items, int | None) for view in views) else None


def _seal(views: Sequence[SavedView], number: int) -> int:
    """The value of the table `seal` for these views."""
    return number << 32 | _checksum(views, number)


def _checksum(views: Sequence[SavedView], number: int) -> int:
    """32-bit checksum of the views and the number of their last change."""
    return zlib.crc32(json.dumps([astuple(view) for view in views]).encode()) ^ number
