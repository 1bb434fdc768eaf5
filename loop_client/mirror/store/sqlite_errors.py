"""What can go wrong with a file of the data folder: the one place that reads the errors of its driver."""

from __future__ import annotations

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
"""SQLite's words for what is wrong around a file, not in it → what to do. The driver hands on its words, not its codes:
anything else that it says of our own statements means that the file is damaged."""


def store_error(error: Exception, path: Path, what: str) -> StoreError:
    """An error of the driver, or in the values that it gave, as ours. `what`: as in "The copy of the feedback"."""
    said = str(error).partition("\nquery: ")[0]
    words = next((words for words in SURROUNDINGS if said.endswith(words)), None) if isinstance(error, Error) else None
    if isinstance(error, MemoryError):
        words = "out of memory"
    if words == READ_ONLY and is_writable(path):
        words = None  # then it is a flipped bit in the header that forbids it
    if words is None:
        return BrokenStoreError(f"{what} at {path} cannot be used: {said.rpartition('query: ')[2][:200]}.")
    return StoreError(f"{what} at {path} cannot be used: {words}. {SURROUNDINGS[words]}")


def is_writable(path: Path) -> bool:
    """Whether this process may write a database, what is beside it, and its folder."""
    return all(os.access(file, os.W_OK) for file in (path.parent, *files_of(path)))
