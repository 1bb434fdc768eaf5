"""The copy of one account's feedback: one thread syncs it, any thread reads it."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from loop_client.errors import LoopError
from loop_client.mirror import arrow_copy, columns, cube
from loop_client.mirror.database import BrokenStoreError, StoreError
from loop_client.mirror.snapshot import Coverage, Snapshot, SyncState
from loop_client.mirror.state import State, SyncReport, decoded, encoded, moment
from loop_client.mirror.store import Store
from loop_client.mirror.sync import Sync
from loop_client.mirror.zones import UTC_DAYS

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd

    from loop_client import Feedback, Loop, Progress
    from loop_client.mirror.zones import Zone
    from loop_client.models import Text

COPY_EVERY = 600.0
"""Seconds between two Arrow copies of the snapshot at least."""


class MirrorClosedError(Exception):
    """The mirror was closed while a sync ran; what came before is stored."""


class Mirror:
    """One account's items on disk and in memory.

    The first sync walks the open items, then everything, newest first. A later one costs ⌊new / 100⌋ + 1 requests: it
    reads from the head back to the first item strictly older than the newest it knew. The API does not tell when an
    item is resolved, so now and then the open items are walked again, and what left them is looked for among the
    resolved ones. Of several processes over one file, one syncs; the others show what it stores.

    Source: `GET /v2/feedback` (API reference, "List feedback" and "Pagination").

    Raises:
        StoreError: The file cannot be used; the text says why.
    """

    def __init__(
        self, loop: Loop, url: str = "sqlite:///.loop/mirror.db", account: Text = None, zone: Zone = UTC_DAYS
    ) -> None:
        """Load what is held; nothing is asked.

        `account`: a name for whose feedback it is; by default the client's. `zone`: whose days are counted.
        """
        self._loop, self._name = loop, account or loop.account
        self._store = Store(url)
        self._syncing, self._copying, self._lock = (threading.RLock() for _ in range(3))  # to be taken in this order
        self._closed = threading.Event()
        self._published = self._publish_pause = self._copied = 0.0
        self._copied_change = 0
        self._sync_state, self._snapshot = SyncState(), Snapshot(zone=zone)
        self._account: int | None = None
        try:
            self._enter()
        except BrokenStoreError:
            self._start_over()

    def snapshot(self) -> Snapshot:
        """What is held right now. Never waits."""
        return self._snapshot

    def state(self) -> SyncState:
        """How the sync is doing right now. Never waits."""
        return self._sync_state

    def resolved_between(self, item_id: str) -> tuple[datetime, datetime] | None:
        """When the item was last seen open and first seen resolved; None where that was not observed.

        The API does not tell when an item was resolved. Waits while a page of items is being stored.
        """
        row = self._store.known(self._account or 0, [item_id]).get(item_id)
        opened, resolved = (moment(row.open_at), moment(row.resolved_by)) if row else (None, None)
        return (opened, resolved) if opened and resolved else None

    def close(self) -> None:
        """End a running sync at its next page or pause, and let go of the file. What is held stays readable."""
        self._closed.set()
        with self._syncing:
            try:
                self._write_copy(0.0)
            finally:
                with self._lock:
                    self._store.close()

    def reconnect(self, loop: Loop) -> None:
        """Ask another client from now on, for the same account."""
        with self._syncing:
            self._loop = loop

    def add(self, item: Feedback) -> None:
        """Hold an item that the API has just stored, without waiting for a sync to find it, but for the first one."""
        with self._lock:
            if self._account is not None and self._store.writable and not self._closed.is_set():
                self._store.hold(self._account, None, [item])
                self._publish(0.0)

    def sync(self, *, full: bool = False) -> SyncReport:
        """Do what is due; `full`: also a complete walk of all items, which finds what is gone.

        Raises:
            LoopError: As the client or the store raised it; also kept in `state().error` until a sync succeeds.
            MirrorClosedError: After `close`.
        """
        with self._syncing:
            if self._closed.is_set():
                raise MirrorClosedError
            try:
                report = self._sync(full=full)
            except LoopError as error:
                self._sync_state = replace(self._sync_state, error=error, last_error=error, progress=None)
                if isinstance(error, BrokenStoreError):
                    self._start_over()
                else:
                    with suppress(StoreError):
                        self._publish(0.0)
                raise
            self._sync_state = replace(
                self._sync_state, error=None, progress=None, checked_at=moment(self._state.looked)
            )
        return report

    def check(self) -> bool:
        """Read the whole file and the Arrow copy; a broken one is set aside, and the next sync begins anew."""
        sound = self._store.is_sound()
        with self._copying:
            copy = self._state.copy if self._store.writable else None  # another process may be replacing it
            if sound and copy is not None and arrow_copy.checksum(self._store.path) not in {copy[1], None}:
                arrow_copy.remove(self._store.path)
                with self._lock:
                    self._enter()
        if not sound and self._store.writable:
            with self._syncing:
                self._start_over()
        return sound

    def _sync(self, *, full: bool) -> SyncReport:
        if not self._store.writable and not self._store.take_lock():
            self._enter_if_there()
            self._publish(0.0)
            return SyncReport()
        account = self._known_account()
        sync = Sync(self._loop, self._store, account, self._on_page, self._saved, lambda: self._snapshot.cells)
        try:
            sync.run(full=full)
        finally:
            kept = (*self._sync_state.rejections, *sync.rejections)[-100:]
            retries = self._sync_state.retries + sync.report.retries
            self._sync_state = replace(self._sync_state, rejections=tuple(dict.fromkeys(kept)), retries=retries)
        self._publish(0.0)
        self._write_copy(COPY_EVERY)
        return sync.report

    def _enter(self) -> None:
        """Load what is held of the account; until that is done, readers see what they saw."""
        self._state, self._account, held = State(), None, self._snapshot
        self._enter_if_there()
        if self._account is None and held.version:
            self._snapshot = Snapshot(version=held.version + 1, zone=held.zone)

    def _enter_if_there(self) -> None:
        found = self._store.account(self._name) if self._account is None else None
        if found is None:
            return
        self._account, self._state = found[0], decoded(found[1])
        change, version, zone = self._store.change(), self._snapshot.version, self._snapshot.zone
        loaded = arrow_copy.read(self._store.path, self._state.copy)
        if loaded is not None:
            frame, since = loaded
            held = self._patched(Snapshot(frame, cube.cells_of(frame, zone), version, Coverage(), since, zone), change)
            if len(held.frame) == self._store.count(self._account):
                self._snapshot = held
                return
        frame = columns.of_table(self._store.items(self._account))
        self._snapshot = Snapshot(frame, cube.cells_of(frame, zone), version + 1, self._coverage(frame), change, zone)

    def _known_account(self) -> int:
        """The account's number; a new one's first page tells whether it is an old one with another key."""
        if self._account is None:
            ids = [item.id for item in self._loop.feedback.list(limit=100)] if self._store.has_accounts() else []
            self._store.new_account(self._name, ids)
            self._enter_if_there()
        return self._account or 0

    def _start_over(self) -> None:
        with self._lock:
            arrow_copy.remove(self._store.path)
            if not self._store.writable:
                raise StoreError(f"The copy at {self._store.path} is damaged; the process that writes it mends it.")
            self._store.set_aside()
            self._enter()

    def _saved(self) -> None:
        self._publish(self._publish_pause)

    def _publish(self, pause: float) -> None:
        """Replace the snapshot, if anything is new and the last one is old enough: a walk stays cheap."""
        started = time.monotonic()
        if started - self._published < pause or self._account is None:
            return
        with self._lock:
            self._state = decoded(self._store.state(self._account))
            self._snapshot = self._patched(self._snapshot, self._store.change())
        self._published = time.monotonic()
        self._publish_pause = max(1.0, 10 * (self._published - started))

    def _patched(self, held: Snapshot, change: int) -> Snapshot:
        account = self._account or 0
        if change == held.change and held.version:
            coverage = self._coverage(held.frame)
            return held if coverage == held.coverage else replace(held, coverage=coverage, version=held.version + 1)
        rows, gone = self._store.items(account, held.change), self._store.gone(account, held.change)
        patched = held.patched(rows, gone, held.coverage, change)
        return replace(patched, coverage=self._coverage(patched.frame))

    def _coverage(self, frame: pd.DataFrame) -> Coverage:
        oldest = moment(int(frame["created_at"].array.asi8[-1])) if len(frame) else None
        return self._state.coverage(oldest)

    def _write_copy(self, every: float) -> None:
        """Write the Arrow copy when the last one is old: the next start maps it into memory."""
        stale = self._snapshot.change != self._copied_change
        if self._account is None or not self._store.writable or not stale or time.monotonic() - self._copied < every:
            return
        self._copied = time.monotonic()
        with self._copying, suppress(OSError):  # it only makes the next start faster
            copied = self._snapshot
            known = arrow_copy.write(self._store.path, copied)
            with self._lock:  # not for as long as writing takes: a submission waits for it
                state = decoded(self._store.state(self._account))
                state.copy = known
                self._store.hold(self._account, encoded(state), ())
                self._state, self._copied_change = state, copied.change

    def _on_page(self, progress: Progress) -> None:
        if self._closed.is_set():
            raise MirrorClosedError
        self._sync_state = replace(self._sync_state, progress=progress)
