"""Names that people gave to links, in files of their own beside the copy.

The copy can be fetched again and may be thrown away at any time; these cannot, and so are stored twice. Any number of
processes may read and write them, one at a time.
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
"""Characters."""

LOCK_WITHIN: Final = 5.0
"""Seconds to wait for another process to end its change."""


class SavedViews:
    """The saved views of everybody who uses the dashboard, oldest first.

    Raises StoreError, with a sentence, where the file cannot be read or written; whoever asked may ask again.
    """

    def __init__(self, path: Path) -> None:
        """`path`: the file, which is made when the first view is saved."""
        self._path, self._file, self._is_tended = path, ViewsFile(path), False
        self._lock, self._file_lock = threading.RLock(), FileLock(f"{path}.lock", mode=0o600, thread_local=False)

    @property
    def news(self) -> str | None:
        """That the file was damaged and what became of it, as a sentence; None where it never was."""
        return self._file.news

    def all(self) -> tuple[SavedView, ...]:
        """All of them, as they are in the file now; about 0.4 ms."""
        with self._lock, self._file.errors():
            try:
                views, is_sound = self._file.read()
            except BrokenStoreError:
                return self._tended()
            if (views and not self._is_tended) or not is_sound:
                with suppress(StoreError):  # a folder that cannot be written: then they are only read
                    return self._tended()
            return views

    def save(self, name: str, link: str, items: int | None) -> None:
        """Keep a link under a name that no other view has."""
        if len(link) > LONGEST_LINK:
            raise StoreError(f"The link of a view has {LONGEST_LINK:,} characters at most. Choose fewer filters.")
        with self._changing() as views:
            name = _free(name, views)
            if len(views) >= MOST_VIEWS:
                raise StoreError(f"There are {MOST_VIEWS} saved views already. Delete one first.")
            views.append(SavedView(name, link, items))

    def rename(self, name: str, new: str) -> None:
        """Give a view a name that no other view has."""
        with self._changing() as views:
            place = next((place for place, view in enumerate(views) if view.name == name), None)
            if place is None:
                raise StoreError("There is no view of that name any more. Somebody renamed or deleted it.")
            views[place] = replace(views[place], name=_free(new, [*views[:place], *views[place + 1 :]]))

    def delete(self, name: str) -> None:
        """Forget a view; nothing when there is none of that name."""
        with self._changing() as views:
            views[:] = [view for view in views if view.name != name]

    def opened(self, name: str, items: int) -> None:
        """Note how many items a view showed when it was opened."""
        with self._changing() as views:
            views[:] = [replace(view, items=items) if view.name == name else view for view in views]

    @contextmanager
    def _changing(self) -> Iterator[list[SavedView]]:
        """The views, to be changed: stored at the end of the block, unless it raises; no other process writes."""
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
        """The views, after both copies of them were compared, and mended where one is damaged."""
        try:
            with self._changing() as views:
                return tuple(views)
        except StoreError:
            second = None if is_writable(self._path) else self._file.read_second()
            if second is None:
                raise
            return second


def _free(name: str, views: list[SavedView]) -> str:
    """The name in one spelling, so that no two look the same, where none of these views has it.

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
