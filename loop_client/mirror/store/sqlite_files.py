"""Names in the data folder: of a database, of what SQLite keeps beside it, and of what was set aside."""

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
"""What SQLite keeps beside a database."""

SET_ASIDE_AT_MOST = 3
"""Databases of one name that are set aside; older ones are deleted."""


def files_of(database: Path) -> list[Path]:
    """A database and what SQLite keeps beside it, as far as it is there."""
    return [file for end in ("", *SIDE_FILES) if _is_there(file := database.with_name(f"{database.name}{end}"))]


def refuse_odd_files(database: Path) -> None:
    """Raise OSError where one of these is no file: to open a pipe would wait for ever."""
    for file in files_of(database):
        if not file.is_file():
            raise OSError(errno.EINVAL, "that is no file", str(file))


def read_only(database: Path, *, is_shared: bool = False) -> str:
    """What SQLite opens to read a database: without making a file beside it where nobody writes it or ever did."""
    log = database.with_name(f"{database.name}-wal")
    is_shared |= log.is_file() and log.stat().st_size > 0
    return f"file:{quote(str(database))}?{'mode=ro' if is_shared else 'immutable=1'}"


def set_aside(database: Path) -> Path:
    """Give a broken database a name that nothing has; the new name. Only the newest few are kept.

    Raises OSError where it cannot be renamed.
    """
    stamp = time.time_ns()
    while _is_there(new := database.with_name(f"{database.name}.broken-{stamp:019}")):
        stamp += 1
    for file in reversed(files_of(database)):  # the database last: until then, the next start does the rest
        file.rename(f"{new}{file.name.removeprefix(database.name)}")
    logger.warning("%s is damaged: it is now %s, and a new one is made", database, new.name)
    older: dict[str, list[Path]] = {}
    for file in those_set_aside(database):
        older.setdefault(_SET_ASIDE.sub(r"\1", file.name), []).append(file)
    for name in sorted(older)[:-SET_ASIDE_AT_MOST]:
        for file in older[name]:
            file.unlink(missing_ok=True)
    return new


def those_set_aside(database: Path) -> list[Path]:
    """The files that `set_aside` made of earlier databases of this name, oldest first."""
    files = database.parent.glob("*.broken-*")
    named = (file for file in files if is_set_aside(file.name, database.name))
    return sorted(file for file in named if file.is_file() and not file.is_symlink())


def is_set_aside(name: str, of: str) -> bool:
    """Whether this is a name that `set_aside` gives to a file of the database of that name."""
    match = _SET_ASIDE.fullmatch(name)
    return match is not None and match[2] == of


_SET_ASIDE = re.compile(rf"((.+)\.broken-\d{{19}})(?:{'|'.join(SIDE_FILES)})?", re.DOTALL)


def _is_there(path: Path) -> bool:
    return path.exists() or path.is_symlink()
