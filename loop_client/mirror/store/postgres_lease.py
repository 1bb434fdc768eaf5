"""The right to sync and to send, which one process has at a time: until it lets go, or has not renewed it in time."""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Final, TypeVar
from uuid import uuid4

from loop_client.mirror.errors import StoreError
from loop_client.mirror.store.postgres_database import LeaseLostError

if TYPE_CHECKING:
    from collections.abc import Callable

    from loop_client.mirror.store.postgres_database import PostgresDatabase, Transaction

T = TypeVar("T")

LASTS: Final = 15
"""Seconds by the database's clock, after which another process may take a lease that was not renewed."""

RENEWED_EVERY: Final = 4.0
"""Seconds."""

RELEASED_WITHIN: Final = 1.0
"""Seconds for which a process tries to let go as it ends."""

IS_FREE: Final = "select 1 from store where expires < clock_timestamp() or holder = $1"

TAKE: Final = f"""update store set lease = lease + case when holder = $1 then 0 else 1 end, holder = $1,
    expires = clock_timestamp() + interval '{LASTS} seconds'
    where expires < clock_timestamp() or holder = $1 returning lease"""

RENEW: Final = f"update store set expires = clock_timestamp() + interval '{LASTS} seconds' where holder = $1"

RELEASE: Final = "update store set expires = 'epoch', holder = null where holder = $1"

logger = logging.getLogger(__name__)


class Lease:
    """The lease of one process. `number`: grows with every holder; None while this process has it not.

    Whatever is written under it is refused once another process has a higher number, so that a process that was
    stopped and goes on does no harm.
    """

    def __init__(self, database: PostgresDatabase) -> None:
        """Take nothing yet."""
        self.number: int | None = None
        self._database, self._holder = database, uuid4().hex
        self._lock, self._ended = threading.Lock(), threading.Event()
        self._renewing: threading.Thread | None = None

    def take(self) -> bool:
        """Take the lease if it is free, and return whether this process has it.

        Raises:
            StoreError: The database cannot be used.
        """
        with self._lock:
            if self.number is None and self._database.read(lambda one: one.rows(IS_FREE, (self._holder,))):
                taken = self._database.write(lambda one: one.rows(TAKE, (self._holder,)))
                self.number = taken[0][0] if taken else None
            if self.number is not None and self._renewing is None:
                self._renewing = threading.Thread(target=self._renew, name="lease", daemon=True)
                self._renewing.start()
            return self.number is not None

    def write(self, act: Callable[[Transaction], T]) -> T:
        """Like `PostgresDatabase.write`, as the holder.

        Raises:
            LeaseLostError: This process has it not; nothing was stored.
        """
        number = self.number
        if number is None:
            raise LeaseLostError("Another process writes; this one follows it.")
        try:
            return self._database.write(act, number)
        except LeaseLostError:
            self.number = None
            raise

    def close(self) -> None:
        """Let go, so that another process need not wait."""
        self._ended.set()
        with self._lock, suppress(StoreError):
            if (number := self.number) is not None:
                self.number = None
                self._database.write(lambda one: one.rows(RELEASE, (self._holder,)), number, RELEASED_WITHIN)

    def _renew(self) -> None:
        while not self._ended.wait(RENEWED_EVERY):
            try:
                if self.number is not None:
                    self.write(lambda one: one.rows(RENEW, (self._holder,)))
            except LeaseLostError:
                logger.info("Another process syncs and sends from now on")
            except StoreError as error:
                logger.warning("The lease cannot be renewed: %s", error)
