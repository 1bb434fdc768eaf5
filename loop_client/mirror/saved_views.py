"""Names that people gave to links, in a file of their own beside the copy.

The copy can be fetched again and may be thrown away at any time; these cannot. Any number of processes may read and
write them: each change is one short transaction.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from adbc_driver_manager import Error
from adbc_driver_sqlite import dbapi

from loop_client.mirror.database import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST_VIEWS: Final = 50
LONGEST_NAME: Final = 60
LONGEST_LINK: Final = 8_000
"""Characters."""

APPLICATION_ID: Final = 0x4C4F4F56
"""Marks the file as ours: "LOOV" in ASCII."""

SCHEMA_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class SavedView:
    """A name for a link. `items`: how many it showed when it was last opened, or saved; None if not known."""

    name: str
    link: str
    items: int | None


class SavedViews:
    """The saved views of everybody who uses the dashboard, oldest first.

    Raises StoreError, with a sentence, where the file cannot be read or written; whoever asked may ask again.
    """

    def __init__(self, path: Path) -> None:
        """`path`: the file, which is made when the first view is saved."""
        self._path, self._lock = path, threading.Lock()

    def all(self) -> tuple[SavedView, ...]:
        """All of them, as they are in the file now; about 0.3 ms."""
        if not self._path.exists():
            return ()
        with self._connected() as cursor:
            cursor.execute("select name, link, items from views order by number")
            return tuple(SavedView(*row) for row in cursor.fetchall())

    def save(self, name: str, link: str, items: int | None) -> None:
        """Keep a link under a name that no other view has."""
        name = " ".join(name.split())
        if not name:
            raise StoreError("A view needs a name.")
        if len(name) > LONGEST_NAME or len(link) > LONGEST_LINK:
            raise StoreError(f"A name has {LONGEST_NAME} characters at most, and its link {LONGEST_LINK:,}.")
        with self._connected() as cursor:
            cursor.execute("select count(*) from views where name <> ?", (name,))
            if cursor.fetchall()[0][0] >= MOST_VIEWS:
                raise StoreError(f"There are {MOST_VIEWS} saved views already. Delete one first.")
            cursor.execute(
                "insert into views (name, link, items) values (?, ?, ?) on conflict (name) do nothing returning number",
                (name, link, items),
            )
            if not cursor.fetchall():
                raise StoreError("There is a view of that name already. Choose another name, or delete that one first.")

    def delete(self, name: str) -> None:
        """Forget a view; nothing when there is none of that name."""
        with self._connected() as cursor:
            cursor.execute("delete from views where name = ?", (name,))

    def opened(self, name: str, items: int) -> None:
        """Note how many items a view showed when it was opened."""
        with self._connected() as cursor:
            cursor.execute("update views set items = ? where name = ?", (items, name))

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        """A cursor on the file, made where there is none; the driver's errors as sentences."""
        try:
            with self._lock:
                if not self._path.exists():
                    self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                    self._path.touch(mode=0o600)
                with dbapi.connect(str(self._path), autocommit=True) as connection, connection.cursor() as cursor:
                    self._prepare(cursor)
                    yield cursor
        except (Error, OSError) as error:
            reason = str(error).rpartition(": ")[2][:200]
            raise StoreError(f"The saved views at {self._path} cannot be used: {reason}.") from error

    def _prepare(self, cursor: Any) -> None:  # noqa: ANN401 - the driver has no types
        cursor.execute("pragma busy_timeout=5000")
        cursor.execute("pragma user_version")
        ((version,),) = cursor.fetchall()
        if version > SCHEMA_VERSION:
            raise StoreError(f"{self._path} was written by a newer version of this program. Start that one.")
        if version == SCHEMA_VERSION:
            return
        cursor.execute("pragma synchronous=full")
        cursor.execute("begin immediate")
        cursor.execute(
            "create table if not exists views "
            "(number integer primary key, name text not null unique, link text not null, items integer)"
        )
        cursor.execute(f"pragma application_id={APPLICATION_ID}")
        cursor.execute(f"pragma user_version={SCHEMA_VERSION}")
        cursor.execute("commit")
