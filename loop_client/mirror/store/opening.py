"""Opens the store at a URL."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from loop_client.mirror.store.postgres_database import PostgresDatabase
from loop_client.mirror.store.postgres_lease import Lease
from loop_client.mirror.store.postgres_store import PostgresStore
from loop_client.mirror.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from loop_client.mirror.store.store import Store

SQLITE: Final = "sqlite:///"


class _OwnDatabase(PostgresStore):
    """A store that nothing else in the process shares its database with, so that it is closed with it."""

    def close(self) -> None:
        """Release the lease, and let go of all connections."""
        with ExitStack() as last_to_first:
            last_to_first.callback(self._database.close)
            super().close()


def open_store(url: str) -> Store:
    """The store at `sqlite:///<path>` or `postgresql://<user>@<host>:<port>/<name>`.

    Raises:
        StoreError: It cannot be opened, or its kind is unknown.
    """
    if url.startswith(SQLITE):
        return SqliteStore(url)
    database = PostgresDatabase(url, "The copy of the feedback")
    return _OwnDatabase(database, Lease(database))
