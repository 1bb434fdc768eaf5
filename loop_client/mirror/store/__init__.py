"""The stores of the mirror and the outbox: protocols, SQLite and PostgreSQL. Import only from here."""

from loop_client.mirror.store.drafts import SETTLED, DraftRow, DraftState
from loop_client.mirror.store.imports import ImportRow, ImportState
from loop_client.mirror.store.opening import open_store
from loop_client.mirror.store.postgres_database import LeaseLostError, PostgresDatabase, Transaction
from loop_client.mirror.store.postgres_drafts import PostgresDrafts
from loop_client.mirror.store.postgres_lease import Lease
from loop_client.mirror.store.postgres_move import Move, Moved
from loop_client.mirror.store.postgres_peers import Peers
from loop_client.mirror.store.postgres_store import PostgresStore
from loop_client.mirror.store.postgres_watch import Seen, Watch
from loop_client.mirror.store.sqlite import SqliteStore
from loop_client.mirror.store.sqlite_contents import Contents, contents, item_rows
from loop_client.mirror.store.sqlite_draft_pair import FIRST, LOCK, SECOND
from loop_client.mirror.store.sqlite_draft_tables import DRAFTS_MARK
from loop_client.mirror.store.sqlite_drafts import SqliteDrafts
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
from loop_client.mirror.store.store import Drafts, Imports, Store

__all__ = [
    "DRAFTS_MARK",
    "FIRST",
    "LOCK",
    "MARK",
    "SECOND",
    "SETTLED",
    "SIDE_FILES",
    "Contents",
    "DraftRow",
    "DraftState",
    "Drafts",
    "ImportRow",
    "ImportState",
    "Imports",
    "Lease",
    "LeaseLostError",
    "Mark",
    "Move",
    "Moved",
    "Peers",
    "PostgresDatabase",
    "PostgresDrafts",
    "PostgresStore",
    "Seen",
    "SqliteDrafts",
    "SqliteStore",
    "Store",
    "Transaction",
    "Watch",
    "contents",
    "files_of",
    "is_set_aside",
    "is_writable",
    "item_rows",
    "open_store",
    "read_only",
    "refuse_odd_files",
    "set_aside",
    "store_error",
    "those_set_aside",
]
