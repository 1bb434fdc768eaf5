"""Looks for what other processes have stored, tells of it within a second, and passes hints on."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Final, NamedTuple

from loop_client.mirror.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable

    from loop_client.mirror.store.postgres_database import PostgresDatabase

LOOKED_EVERY: Final = 0.5
"""Seconds. A look takes about a millisecond."""

LOOK: Final = "select change, drafts, records, hints, expires < clock_timestamp() from store"

HINT: Final = "update store set hints = hints + 1"

logger = logging.getLogger(__name__)


class Seen(NamedTuple):
    """The numbers of the last changes of items, drafts and records, how many hints, and whether the lease is free."""

    change: int
    drafts: int
    records: int
    hints: int
    is_free: bool


class Watch:
    """A thread that calls a function with what it saw before and sees now, whenever these differ.

    It does so as well once the database answers again.
    """

    def __init__(self, database: PostgresDatabase, told: Callable[[Seen, Seen], None]) -> None:
        """Start nothing yet."""
        self._database, self._told = database, told
        self._ended, self._hinted = threading.Event(), threading.Event()
        self._seen: Seen | None = None
        self._was_lost = False
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> None:
        """Look for the first time, and begin."""
        self._look()
        self._thread.start()

    def hint(self) -> None:
        """Ask whoever holds the lease to look for new items, within a second. Never waits."""
        self._hinted.set()

    def close(self) -> None:
        """End the thread after its look."""
        self._ended.set()

    def _run(self) -> None:
        while not self._ended.wait(LOOKED_EVERY):
            if self._hinted.is_set():  # many hints at once are one
                self._hinted.clear()
                self._pass_on()
            self._look()

    def _pass_on(self) -> None:
        try:
            self._database.write(lambda one: one.rows(HINT), tried_for=0.0)
        except StoreError:
            self._hinted.set()

    def _look(self) -> None:
        before = self._seen
        try:
            self._seen = Seen(*self._database.read(lambda one: one.rows(LOOK))[0])
        except StoreError:  # the sync says what is wrong with the database
            self._was_lost = True
            return
        if before is not None and (before != self._seen or self._was_lost):
            self._tell(before, self._seen)
        self._was_lost = False

    def _tell(self, before: Seen, now: Seen) -> None:
        try:
            self._told(before, now)
        except Exception:
            logger.exception("What another process has stored could not be shown")
