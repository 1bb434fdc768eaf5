"""The mirror of one account's feedback: one thread syncs it, any thread reads it."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from loop_client.errors import LoopError
from loop_client.mirror.arrow_copy import COPY_EVERY, Copies
from loop_client.mirror.clock import Clock
from loop_client.mirror.errors import BrokenStoreError, StoreError
from loop_client.mirror.intake import Intake
from loop_client.mirror.loading import loaded, patched
from loop_client.mirror.schedule import DEFAULT_SCHEDULE, SyncSchedule
from loop_client.mirror.snapshot import Resolution, Snapshot
from loop_client.mirror.state import State, SyncReport, decoded, encoded, moment
from loop_client.mirror.status import SyncStatus
from loop_client.mirror.store import open_store
from loop_client.mirror.sync import Sync
from loop_client.mirror.zones import UTC_DAYS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from loop_client import Feedback, Loop, Progress
    from loop_client.mirror.columns import Aliases
    from loop_client.mirror.rows import Row
    from loop_client.mirror.snapshot import SyncState
    from loop_client.mirror.store import Store
    from loop_client.mirror.zones import Zone
    from loop_client.models import Text

CLOSED_WITHIN: Final = 1.5
"""Seconds."""


class MirrorClosedError(Exception):
    """The mirror was closed while a sync ran; everything received before is stored."""


class Mirror:
    """One account's items on disk and in memory.

    The first sync reads the open items, then everything, newest first. A later one takes ⌊new / 100⌋ + 1 requests: it
    reads from the head back to the first item strictly older than the watermark. Items of the last minute and items
    dated in the future count as new each time. A page without a known item takes one more request, because it may be
    another account's. The API does not report when an item is resolved, so the open items are scanned again from time
    to time, and missing ones are searched among the resolved items. Of several processes on one file, one syncs, and
    the others show what it stores.

    Source: `GET /v2/feedback` (API reference, "List feedback" and "Pagination").

    Raises:
        StoreError: The file cannot be used; the text has the reason.
    """

    def __init__(
        self,
        loop: Loop,
        store: Store | str = "sqlite:///.loop/mirror.db",
        account: Text = None,
        zone: Zone = UTC_DAYS,
        schedule: SyncSchedule = DEFAULT_SCHEDULE,
    ) -> None:
        """Load the stored items; no request is sent.

        `store`: or its URL. `account`: the account's name, by default the client's. `zone`: that of days in counts.
        """
        self._loop, self._name = loop, account or loop.account
        self._schedule, self._clock = schedule, Clock(schedule.clock)
        self._store = open_store(store) if isinstance(store, str) else store
        self._syncing, self._lock = threading.RLock(), threading.RLock()  # acquired in this order
        self._closed, self._copies = threading.Event(), Copies(self._store.path)
        self._published = self._publish_pause = 0.0
        self._status, self._snapshot = SyncStatus(self._store.news), Snapshot(zone=zone)
        self._account: int | None = None
        try:
            try:
                self._enter()
            except BrokenStoreError:
                self._start_over()
        except BaseException:
            self._store.close()
            raise

    def snapshot(self) -> Snapshot:
        """The current snapshot. Never waits."""
        return self._snapshot

    def state(self) -> SyncState:
        """The current state of the sync. Never waits."""
        return self._status.state

    def resolved_between(self, item_id: str) -> tuple[datetime, datetime] | None:
        """When the item was last seen open and first seen resolved; None when that was not observed.

        The API does not report when an item was resolved. Waits while a page of items is being stored.
        """
        row = self._store.known(self._account or 0, [item_id]).get(item_id)
        opened, resolved = (moment(row.open_at), moment(row.resolved_by)) if row else (None, None)
        return (opened, resolved) if opened and resolved else None

    def resolutions(self, since: int) -> list[Resolution]:
        """What was first seen resolved since a time (µs), after it was seen open, in that order. Waits as above."""
        return [Resolution.of(*row) for row in self._store.resolutions(self._account or 0, since)]

    @property
    def account(self) -> str:
        """The name for whose feedback it is, of the present key. Never waits."""
        return self._name

    @property
    def names(self) -> list[str]:
        """The names for whose feedback it is, first the one of the present key, then those of earlier keys to it."""
        earlier = self._store.names(self._account) if self._account is not None else []
        return [self._name, *(name for name in earlier if name != self._name)]

    @property
    def is_writer(self) -> bool:
        """Whether this process is the one that syncs."""
        return self._store.writable and not self._closed.is_set()

    def now(self) -> int:
        """What time it is, µs since 1970: by Loop's clock where an answer told it, else by this machine's."""
        return self._clock()

    def item(self, item_id: str) -> Feedback | None:
        """The item with that id; None where it is not held. Waits while a page of items is being stored."""
        row = self._store.known(self._account or 0, [item_id]).get(item_id)
        return row.item() if row else None

    def listed(self, item_ids: Sequence[str]) -> set[str]:
        """Those of these ids whose items are held and were covered by a look at Loop's list."""
        account = self._account or 0
        return self._store.known(account, item_ids).keys() - self._store.unlisted(account).keys()

    def rows_between(self, since: int, until: int) -> list[Row]:
        """What is held of the items that Loop stored between two times (µs), oldest first."""
        ids = self._snapshot.ids_between(since, until)
        rows = self._store.known(self._account or 0, ids).values() if ids else ()
        return sorted(rows, key=lambda row: (row.created_at, row.id))

    def close(self) -> None:
        """End a running sync at its next page or pause, and close the file. The snapshot stays readable.

        A sync that waits for an answer of the API for longer than `CLOSED_WITHIN` ends later, without storing it.
        """
        self._closed.set()
        is_idle = self._syncing.acquire(timeout=CLOSED_WITHIN)
        try:
            if is_idle:
                with suppress(StoreError):  # it only makes the next start faster
                    self._write_copy(0.0)
        finally:
            if is_idle:
                self._syncing.release()
            with self._lock:
                self._store.close()

    def reconnect(self, loop: Loop, account: Text = None) -> None:
        """Use another client from now on, for the same account or the given one."""
        with self._syncing, self._lock:
            self._loop = loop
            if account is not None and account != self._name:
                self._name = account
                self._enter()

    def alias(self, aliases: Aliases) -> None:
        """Show tags by these aliases from now on."""
        with self._lock:
            self._snapshot = self._snapshot.aliased(aliases)

    def add(self, item: Feedback) -> None:
        """Add an item that the API has just stored, without waiting for a sync; only before the first sync it waits."""
        with self._lock:
            if self._account is not None and self._store.writable and not self._closed.is_set():
                self._store.add(self._account, item, decoded(self._store.state(self._account)).scans)
                self._publish(0.0)

    def sync(self, *, full: bool = False) -> SyncReport:
        """Do everything that is due. `full`: also a full scan, which finds deleted items.

        Raises:
            LoopError: From the client or the store; also in `state().error` until a page arrives.
            MirrorClosedError: After `close`.
        """
        with self._syncing:
            if self._closed.is_set():
                raise MirrorClosedError
            self._status.begin()
            try:
                report = self._sync(full=full)
            except LoopError as error:
                self._status.fail(error)
                if isinstance(error, BrokenStoreError):
                    self._start_over()
                else:
                    with suppress(StoreError):
                        self._publish(0.0)
                raise
            self._status.succeed(moment(self._state.looked), report.problem)
        return report

    def check(self) -> bool:
        """Check the complete file, and set a damaged one aside. Raises StoreError if it cannot be read otherwise."""
        looked_at, sound = self._store.identity, self._store.is_sound()
        if not sound and self._store.writable:
            with self._syncing:
                if self._store.identity == looked_at:  # the sync may have found the damage first
                    self._start_over()
        return sound

    def _sync(self, *, full: bool) -> SyncReport:
        is_writer = self._store.take_lock()
        if self._entered != self._store.follow():  # another process has started over
            with self._lock:
                self._enter()
        if not is_writer:
            self._enter_if_there()
            self._publish(0.0)
            if self._store.problem is not None:
                raise self._store.problem
            return SyncReport()
        account = self._known_account()
        intake = Intake(self._loop, self._store, account, self._clock, on_page=self._on_page, saved=self._saved)
        try:
            Sync(intake, self.snapshot, self._schedule).run(full=full)
        finally:
            self._status.count(intake.rejections, intake.report.retries)
        self._publish(0.0)
        self._write_copy(COPY_EVERY)
        return intake.report

    def _enter(self) -> None:
        """Load the account's stored items; until that is done, readers see the old snapshot."""
        self._entered, self._state, self._account, current = self._store.identity, State(), None, self._snapshot
        self._enter_if_there()
        if self._account is None and current.version:
            self._copies.change = 0
            self._snapshot = Snapshot(version=current.version + 1, zone=current.zone, aliases=current.aliases)

    def _enter_if_there(self) -> None:
        found = self._store.account(self._name) if self._account is None else None
        if found is None:
            return
        self._account = found[0]
        with self._store.reading():
            self._state = decoded(self._store.state(self._account))
            self._snapshot = loaded(self._store, self._copies, self._account, self._state, self._snapshot)

    def _known_account(self) -> int:
        """The account's number; a new name's first page shows whether it is a known account with another key."""
        if self._account is None:
            walk = self._loop.feedback.iter(page_size=100, on_page=self._on_page)
            first_page = next(walk.pages(), ()) if self._store.has_accounts() else ()
            self._store.new_account(self._name, first_page)
            self._enter_if_there()
        return self._account or 0

    def _start_over(self) -> None:
        with self._lock:
            self._store.set_aside()
            self._status.note(self._store.news)
            self._enter()

    def _saved(self) -> None:
        self._status.page_stored()
        self._publish(self._publish_pause)

    def _publish(self, pause: float) -> None:
        """Replace the snapshot, if anything is new and the last one is old enough, to limit the cost of a walk."""
        started = time.monotonic()
        if started - self._published < pause or self._account is None:
            return
        with self._lock, self._store.reading():
            self._state = decoded(self._store.state(self._account))
            self._snapshot = patched(self._store, self._account, self._state, self._snapshot)
        self._published = time.monotonic()
        self._publish_pause = max(1.0, 10 * (self._published - started))

    def _write_copy(self, every: float) -> None:
        """Write the Arrow copy when the last one is old."""
        if self._account is None or not self._store.writable:
            return
        known = self._copies.write(self._snapshot, every)
        if known is not None:
            with self._lock:  # not while the file is written: a submission waits for this lock
                state = decoded(self._store.state(self._account))
                state.copy = known
                self._store.upsert(self._account, encoded(state), ())
                self._state = state

    def _on_page(self, progress: Progress) -> None:
        if self._closed.is_set():
            raise MirrorClosedError
        self._status.progress(progress)
