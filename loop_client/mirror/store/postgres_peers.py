"""The processes that share a database: the name of each, and the address at which the others reach it."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from loop_client.mirror.errors import StoreError
from loop_client.mirror.store.postgres_schema import PEERS

if TYPE_CHECKING:
    from loop_client.mirror.store.postgres_database import PostgresDatabase, Transaction

RENEWED_EVERY: Final = 3600.0
"""Seconds. A row that is a day old is one of a process that was killed."""

READ_EVERY: Final = 1.0
"""Seconds between two looks for a name that is not known, however often it is asked for."""

KNOWN_FOR: Final = 30.0
"""Seconds after which a name that is known is looked for again."""

LEFT_WITHIN: Final = 1.0
"""Seconds for which a process tries to delete its row as it ends."""

ANNOUNCE: Final = """insert into peers values ($1, $2, clock_timestamp())
    on conflict (name) do update set address = excluded.address, seen = excluded.seen"""

FORGET: Final = """delete from peers where name <> $1
    and (address = $2 or seen < clock_timestamp() - interval '1 day')"""


class Peers:
    """What a process tells the others of itself, and knows of them. For all threads of the process."""

    def __init__(self, database: PostgresDatabase, name: str, address: str | None) -> None:
        """Tell nothing yet. `address`: host and port; None if the others cannot reach this process."""
        self._database, self._name, self._address = database, name, address
        self._told_at, self._read_at = float("-inf"), float("-inf")
        self._known: dict[str, str] = {}
        self._lock = threading.Lock()

    def announce(self) -> None:
        """Write the address down, unless that was done within the hour. Without a database the next call does it."""
        if self._address is not None and time.monotonic() - self._told_at >= RENEWED_EVERY:
            with suppress(StoreError):  # the sync says what is wrong with the database
                self._database.write(self._write, tried_for=0.0)
                self._told_at = time.monotonic()

    def leave(self) -> None:
        """Delete the address, so that nobody waits for a process that has ended."""
        if self._told_at > float("-inf"):
            with suppress(StoreError):
                delete = "delete from peers where name = $1"
                self._database.write(lambda one: one.rows(delete, (self._name,)), tried_for=LEFT_WITHIN)

    def address(self, name: str) -> str | None:
        """The address of a process; None if there is none of this name. May wait for the database."""
        with self._lock:
            age = time.monotonic() - self._read_at
            if age >= (KNOWN_FOR if name in self._known else READ_EVERY):
                with suppress(StoreError):  # those known last are as good as any
                    self._known = dict(self._database.read(lambda one: one.rows("select name, address from peers")))
                self._read_at = time.monotonic()
            return self._known.get(name)

    def _write(self, transaction: Transaction) -> None:
        if not transaction.rows("select 1 where to_regclass('loop.peers') is not null"):
            transaction.rows(PEERS)  # the database was made before there was this table
        given = self._name, self._address
        transaction.rows(FORGET, given)
        transaction.rows(ANNOUNCE, given)
