"""File names in the data folder: a database, its side files, and damaged files that were set aside."""

from __future__ import annotations

import errno
import logging
import re
import time
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from pathlib import Path

logger = logging.getLogger(__name__)

SIDE_FILES = ("-wal", "-shm", "-journal")
"""Endings of SQLite's side files."""

SET_ASIDE_AT_MOST = 3
"""Most damaged databases of one name; older ones are deleted."""


def files_of(database: Path) -> list[Path]:
    """A database and its side files, if they exist."""
    return [file for end in ("", *SIDE_FILES) if _is_there(file := database.with_name(f"{database.name}{end}"))]


def refuse_odd_files(database: Path) -> None:
    """Raise OSError if one of these is not a regular file: opening a pipe would wait forever."""
    for file in files_of(database):
        if not file.is_file():
            raise OSError(errno.EINVAL, "it is not a file", str(file))


def read_only(database: Path, *, is_shared: bool = False) -> str:
    """The address for reading a database; without side files if no process writes or has written it."""
    log = database.with_name(f"{database.name}-wal")
    is_shared |= log.is_file() and log.stat().st_size > 0
    return f"file:{quote(str(database))}?{'mode=ro' if is_shared else 'immutable=1'}"


def set_aside(database: Path) -> Path:
    """Rename a damaged database to an unused name, and return it. Old damaged ones are deleted, except the newest few.

    Raises OSError if it cannot be renamed.
    """
    stamp = time.time_ns()
    while _is_there(new := database.with_name(f"{database.name}.broken-{stamp:019}")):
        stamp += 1
    for file in reversed(files_of(database)):  # the database last: after an interruption, the next start continues
        file.rename(f"{new}{file.name.removeprefix(database.name)}")
    logger.warning("%s is damaged: it is now %s, and a new one is created", database, new.name)
    older: dict[str, list[Path]] = {}
    for file in those_set_aside(database):
        older.setdefault(_SET_ASIDE.sub(r"\1", file.name), []).append(file)
    for name in sorted(older)[:-SET_ASIDE_AT_MOST]:
        for file in older[name]:
            file.unlink(missing_ok=True)
    return new


def those_set_aside(database: Path) -> list[Path]:
    """The files set aside from earlier databases of this name, oldest first."""
    files = database.parent.glob("*.broken-*")
    named = (file for file in files if is_set_aside(file.name, database.name))
    return sorted(file for file in named if file.is_file() and not file.is_symlink())


def is_set_aside(name: str, of: str) -> bool:
    """Whether `set_aside` has given this name to a file of the database `of`."""
    match = _SET_ASIDE.fullmatch(name)
    return match is not None and match[2] == of


_SET_ASIDE = re.compile(rf"((.+)\.broken-\d{{19}})(?:{'|'.join(SIDE_FILES)})?", re.DOTALL)


def _is_there(path: Path) -> bool:
    return path.exists() or path.is_symlink()
