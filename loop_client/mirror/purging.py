"""Deletes the copy of the feedback from a folder, and only files that are provably part of it; or a person from it."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from filelock import FileLock, Timeout

from loop_client.mirror import arrow_copy
from loop_client.mirror.errors import StoreError
from loop_client.mirror.store import (
    DRAFTS_MARK,
    FIRST,
    LOCK,
    MARK,
    SECOND,
    SETTLED,
    SIDE_FILES,
    DraftState,
    SqliteDrafts,
    SqliteStore,
    is_set_aside,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from loop_client.mirror.store import Mark


__all__ = ["SETTLED", "PurgedPerson", "left", "purge", "purge_person"]

IN_USE: Final = "A dashboard is using the copy in {}. Stop it first."


@dataclass(frozen=True, slots=True)
class PurgedPerson:
    """How many items of a person were deleted, and how many of their drafts in each state."""

    items: int = 0
    drafts: Mapping[DraftState, int] = field(default_factory=dict)


def purge(folder: Path, *, outbox: bool = False) -> list[str]:
    """Delete the copy, its Arrow file and damaged files, and return the names of the deleted files.

    `outbox`: also delete the drafts. Raises StoreError if a dashboard uses the copy, a file is not ours, or the system
    refuses. All files are checked before the first one is deleted.
    """
    deleted: list[str] = []
    try:
        if not folder.is_dir() or not _ours(folder, outbox=outbox):
            return []
        if not os.access(folder, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        with ExitStack() as locks:
            locks.enter_context(FileLock(folder / "mirror.db.lock", mode=0o600, timeout=0))
            if outbox:
                locks.enter_context(FileLock(folder / LOCK, mode=0o600, timeout=0))
            # checked again; a database, which identifies the files that belong to it, is deleted after them
            for file in reversed(_ours(folder, outbox=outbox)):
                file.unlink()
                deleted.append(file.name)
    except Timeout:
        raise StoreError(IN_USE.format(folder)) from None
    except OSError as error:
        so_far = f" Deleted so far: {', '.join(deleted)}." if deleted else " Nothing was deleted."
        raise StoreError(f"The copy in {folder} cannot be deleted: {error.strerror}.{so_far}") from error
    return deleted


def purge_person(folder: Path, user_id: str) -> PurgedPerson:
    """Delete all that copy and outbox have of a person.

    With the items go the Arrow copy, which is made again from the others, and set-aside files of the copy. Raises
    StoreError as `purge` does.
    """
    database = folder / "mirror.db"
    items, drafts = 0, dict[DraftState, int]()
    try:
        ours = _ours(folder, outbox=True) if folder.is_dir() else []
        if not ours:
            return PurgedPerson()
        if database.exists():
            store = SqliteStore(f"sqlite:///{database}")
            try:
                if not store.writable:
                    raise store.problem or StoreError(IN_USE.format(folder))
                _delete_copies(database)
                items = store.forget_person(user_id)
                drafts = _without_drafts(folder, user_id)
            finally:
                store.close()
        else:
            with FileLock(folder / "mirror.db.lock", mode=0o600, timeout=0):
                _delete_copies(database)
                drafts = _without_drafts(folder, user_id)
    except Timeout:
        raise StoreError(IN_USE.format(folder)) from None
    except OSError as error:
        raise StoreError(f"What {folder} has of them cannot be deleted: {error.strerror}. Try again.") from error
    return PurgedPerson(items, drafts)


def _delete_copies(database: Path) -> None:
    """Delete the Arrow copy and set-aside files of a database."""
    for file in _of_database(database, MARK):
        if file.suffix in {".arrow", ".new"} or is_set_aside(file.name, database.name):
            file.unlink()


def _without_drafts(folder: Path, user_id: str) -> dict[DraftState, int]:
    """Delete the drafts of a person, and return how many were in each state."""
    with closing(SqliteDrafts(folder)) as drafts:
        return drafts.forget_person(user_id)


def left(folder: Path) -> list[str]:
    """Names of remaining files that begin like the copy's but belong to another program."""
    return sorted(file.name for file in folder.glob("mirror.db*") if file.name != "mirror.db.lock")


def _ours(folder: Path, *, outbox: bool) -> list[Path]:
    """The existing files to delete. Raises StoreError if one of them belongs to another program."""
    drafts = [file for name in (FIRST, SECOND) for file in _of_database(folder / name, DRAFTS_MARK)] if outbox else []
    return _of_database(folder / "mirror.db", MARK) + drafts


def _of_database(database: Path, mark: Mark) -> list[Path]:
    """The existing files of a database."""
    arrow = [arrow_copy.place(database), arrow_copy.draft(database)]
    names = {file.name for file in arrow} | {f"{database.name}{end}" for end in ("", *SIDE_FILES)}
    aside = [file for file in sorted(database.parent.iterdir()) if is_set_aside(file.name, database.name)]
    there = [file for file in sorted(database.parent.iterdir()) if file.name in names]
    for file in (*there, *aside):
        if not stat.S_ISREG(file.lstat().st_mode):
            raise StoreError(f"{file} is not a file of this program. Move it away first: nothing was deleted.")
    logs = [file for file in there if file not in arrow]
    is_marked = any(mark.is_on(file) for file in logs)  # the write-ahead log may have the only marks
    for file in there:
        if not (arrow_copy.is_ours(file) if file in arrow else is_marked):
            raise StoreError(f"{file} is not this program's, or too damaged to tell: nothing was deleted.")
    return [*there, *aside]
