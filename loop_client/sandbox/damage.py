"""Damage to the sandbox's files: how it is recognized, and how a damaged file is set aside."""

from __future__ import annotations

import os
import re
import sqlite3
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

APPLICATION_ID = 0x4C6F6F70  # "Loop"

SET_ASIDE_AT_MOST = 3
"""Most damaged files of one name that are not deleted."""

SURROUNDINGS = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_INTERRUPT,
}
"""Error codes that do not mean damage; all others do."""


class StoreError(Exception):
    """The database cannot be used; the text has the reason."""


class DamagedError(StoreError):
    """The file cannot be read, and is not another program's database."""


def set_aside(path: Path) -> Path:
    """Rename a damaged file to an unused name, and return it. Older damaged files are deleted, except the newest few.

    Raises StoreError if the file is another program's database.
    """
    with path.open("rb") as file:
        head = file.read(1 << 16)
    is_marked = head[68:72] == APPLICATION_ID.to_bytes(4, "big") or b"CREATE TABLE items (\n    n integer" in head
    is_a_database = len(head) >= 100 and head.startswith(b"SQLite format 3\x00") and head[21:24] == b"@  "
    if is_a_database and not is_marked:
        raise StoreError(f"The database {path} is not a sandbox's.")
    stamp = time.time_ns()
    while (new := path.with_name(f"{path.name}.broken-{stamp:019}")).exists():
        stamp += 1
    for end in ("-journal", "-shm", "-wal", ""):
        with suppress(FileNotFoundError):
            path.with_name(f"{path.name}{end}").rename(new.with_name(f"{new.name}{end}"))
    _forget_older(path)
    return new


def _forget_older(path: Path) -> None:
    """Delete damaged versions of a file, except the newest few."""
    named = re.compile(rf"({re.escape(path.name)}\.broken-\d{{19}})(-journal|-shm|-wal)?")
    aside = [(match[1], file) for file in path.parent.iterdir() if (match := named.fullmatch(file.name))]
    newest = sorted({name for name, _ in aside})[-SET_ASIDE_AT_MOST:]
    for name, file in aside:
        if name not in newest and file.is_file() and not file.is_symlink():
            file.unlink(missing_ok=True)


def is_damage(error: Exception, path: Path | str) -> bool:
    """Whether an error means that the file is damaged."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
    return code not in SURROUNDINGS or (code == sqlite3.SQLITE_READONLY and os.access(path, os.W_OK))
