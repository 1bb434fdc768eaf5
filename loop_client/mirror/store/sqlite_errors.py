"""Errors of files in the data folder: the only place that interprets the driver's errors."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from adbc_driver_manager import Error

from loop_client.mirror.errors import BrokenStoreError, StoreError
from loop_client.mirror.store.sqlite_files import files_of

if TYPE_CHECKING:
    from pathlib import Path

READ_ONLY = "attempt to write a readonly database"

SURROUNDINGS = {
    READ_ONLY: "Make the file and its folder writable.",
    "database or disk is full": "Free some space on the disk.",
    "database is locked": "Close the other program that uses the file.",
    "database table is locked": "Close the other program that uses the file.",
    "disk I/O error": "Check the disk.",
    "unable to open database file": "Check the permissions of the file and its folder.",
    "failed to allocate memory": "Check the permissions of the file and its folder.",  # what opening a file says
    "access permission denied": "Check the permissions of the file and its folder.",
    "locking protocol": "Choose a folder on a local disk with LOOP_DATA_DIR.",
    "out of memory": "Free some memory.",
    "interrupted": "Try again.",
}
"""SQLite's message for a problem outside the file → advice. The driver reports messages, not codes. Any other error of
our own statements means that the file is damaged."""


def store_error(error: Exception, path: Path, what: str) -> StoreError:
    """The StoreError for an error of the system, the driver or its values. `what`: "The copy of the feedback"."""
    if isinstance(error, OSError):
        reason = error.strerror or "it cannot be read"
        advice = "Free some space" if error.errno in {errno.ENOSPC, errno.EDQUOT} else "Check its permissions"
        return StoreError(f"{what} at {error.filename or path} cannot be used: {reason}. {advice}.")
    text = str(error).partition("\nquery: ")[0]
    words = next((words for words in SURROUNDINGS if text.endswith(words)), None) if isinstance(error, Error) else None
    if isinstance(error, MemoryError):
        words = "out of memory"
    if words == READ_ONLY and is_writable(path):
        words = None  # then a flipped bit in the header forbids it
    if words is None:
        return BrokenStoreError(f"{what} at {path} cannot be used: {text.rpartition('query: ')[2][:200]}.")
    return StoreError(f"{what} at {path} cannot be used: {words}. {SURROUNDINGS[words]}")


def is_writable(path: Path) -> bool:
    """Whether this process may write a database, its side files, and its folder."""
    return all(os.access(file, os.W_OK) for file in (path.parent, *files_of(path)))
