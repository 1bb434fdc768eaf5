"""Saved views: named links, in files of their own beside the mirror.

The mirror can be fetched again and may be deleted at any time; saved views cannot, so they are stored twice. Several
processes may read and write them; a file lock serializes changes.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from filelock import FileLock

from loop_client.mirror import BrokenStoreError, StoreError, shown_tag
from loop_client.mirror.store import is_writable
from loop_client.service.views_file import SavedView, ViewsFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["SavedView", "SavedViews"]

MOST_VIEWS: Final = 50
LONGEST_NAME: Final = 60
LONGEST_LINK: Final = 8_000
"""In characters."""

LOCK_WITHIN: Final = 5.0
"""Seconds to wait for another process to finish its change."""


class SavedViews:
    """The saved views, shared by all users of the dashboard, oldest first.

    All methods raise StoreError, with a sentence, when the file cannot be read or written; the call can be repeated.
    """

    def __init__(self, path: Path) -> None:
        """`path`: the file, which is created when the first view is saved."""
        self._path, self._file, self._is_tended = path, ViewsFile(path), False
        self._lock, self._file_lock = threading.RLock(), FileLock(f"{path}.lock", mode=0o600, thread_local=False)

    @property
    def news(self) -> str | None:
        """A sentence about the repair of a damaged file; None if there was none."""
        return self._file.news

    def all(self) -> tuple[SavedView, ...]:
        """All views, read from the file; about 0.4 ms."""
        with self._lock, self._file.errors():
            try:
                views, is_sound = self._file.read()
            except BrokenStoreError:
                return self._tended()
            if (views and not self._is_tended) or not is_sound:
                with suppress(StoreError):  # in a read-only folder they can only be read
                    return self._tended()
            return views

    def save(self, name: str, link: str, items: int | None) -> None:
        """Save a link under a name that no other view has."""
        if len(link) > LONGEST_LINK:
            raise StoreError(f"The link of a view has {LONGEST_LINK:,} characters at most. Choose fewer filters.")
        with self._changing() as views:
            name = _free(name, views)
            if len(views) >= MOST_VIEWS:
                raise StoreError(f"There are {MOST_VIEWS} saved views already. Delete one first.")
            views.append(SavedView(name, link, items))

    def rename(self, name: str, new: str) -> None:
        """Rename a view to a name that no other view has."""
        with self._changing() as views:
            place = next((place for place, view in enumerate(views) if view.name == name), None)
            if place is None:
                raise StoreError("There is no view of that name any more. Somebody renamed or deleted it.")
            views[place] = replace(views[place], name=_free(new, [*views[:place], *views[place + 1 :]]))

    def delete(self, name: str) -> None:
        """Delete a view; does nothing when there is none of this name."""
        with self._changing() as views:
            views[:] = [view for view in views if view.name != name]

    def opened(self, name: str, items: int) -> None:
        """Store the number of items that a view showed when it was opened."""
        with self._changing() as views:
            views[:] = [replace(view, items=items) if view.name == name else view for view in views]

    @contextmanager
    def _changing(self) -> Iterator[list[SavedView]]:
        """The views as a list to change: stored at the end of the block unless it raises, under the file lock."""
        with self._file.errors(), self._lock:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._file_lock.acquire(timeout=LOCK_WITHIN):
                views, is_sound = self._file.read_or_restore()
                changed = [*views]
                yield changed
                if tuple(changed) != views or not is_sound or self._file.read_second() != views:
                    self._file.write(changed, is_change=tuple(changed) != views)
                self._is_tended = True

    def _tended(self) -> tuple[SavedView, ...]:
        """The views, after both copies were compared and a damaged one was repaired."""
        try:
            with self._changing() as views:
                return tuple(views)
        except StoreError:
            second = None if is_writable(self._path) else self._file.read_second()
            if second is None:
                raise
            return second


def _free(name: str, views: list[SavedView]) -> str:
    """The name in the spelling that is shown, so that no two look the same, if no other view has it.

    Raises:
        StoreError: It is empty, too long, or taken.
    """
    name = shown_tag(name)
    if not name:
        raise StoreError("A view needs a name.")
    if len(name) > LONGEST_NAME:
        raise StoreError(f"The name of a view has {LONGEST_NAME} characters at most.")
    if any(view.name == name for view in views):
        raise StoreError("There is a view of that name already. Choose another name, or delete that one first.")
    return name
