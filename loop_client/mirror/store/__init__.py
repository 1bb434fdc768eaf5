"""The store of the mirror: its protocol, and the implementation with SQLite. Import only from here."""

from loop_client.mirror.store.sqlite import SqliteStore, open_store
from loop_client.mirror.store.sqlite_errors import is_writable, store_error
from loop_client.mirror.store.sqlite_files import (
    SIDE_FILES,
    files_of,
    is_set_aside,
    read_only,
    refuse_odd_files,
    set_aside,
    those_set_aside,
)
from loop_client.mirror.store.sqlite_marks import Mark
from loop_client.mirror.store.sqlite_schema import MARK
from loop_client.mirror.store.store import Store

__all__ = [
    "MARK",
    "SIDE_FILES",
    "Mark",
    "SqliteStore",
    "Store",
    "files_of",
    "is_set_aside",
    "is_writable",
    "open_store",
    "read_only",
    "refuse_odd_files",
    "set_aside",
    "store_error",
    "those_set_aside",
]
