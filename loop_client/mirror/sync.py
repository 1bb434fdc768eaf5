"""The copy of one account's feedback: walked once, then kept fresh from the head of the list."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from loop_client.errors import LoopError
from loop_client.frames import items_frame
from loop_client.mirror.snapshot import Coverage, Snapshot, SyncState

if TYPE_CHECKING:
    from loop_client import Feedback, Loop, Progress, Walk

PAGE = 100
"""Items a page, the API's maximum: a walk costs ceil(items / 100) requests."""

RECONCILE_EVERY = 300.0
"""Seconds from one complete walk, which sees every status, to the next: at least; see `Mirror._reconcile_is_due`."""


class MirrorClosedError(Exception):
    """The mirror was closed while a sync ran; the sync ends at the next page."""


class Mirror:
    """One account's items in memory, for all threads of a process: one thread syncs, any thread reads.

    The first sync walks the whole list and publishes what it has as it goes. A later one costs ⌊new / 100⌋ + 1
    requests: it reads from the head back to the first item strictly older than the newest it knew, since ids are
    random and times can be equal. The API does not tell when an item is resolved, so now and then a sync walks the
    whole list again.

    Source: `GET /v2/feedback` (API reference, "List feedback" and "Pagination").
    """

    def __init__(self, loop: Loop) -> None:
        """Start empty; nothing is asked before `sync`."""
        self._loop = loop
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._rows: dict[str, tuple[datetime, int, Feedback]] = {}
        self._newest_rank = 0
        self._watermark: datetime | None = None
        self._backfill: Walk | None = None
        self._backfill_started: datetime | None = None
        self._reconcile_cost = 0.0
        self._reconciled = 0.0
        self._published = 0.0
        self._publish_pause = 0.0
        self._snapshot = Snapshot.empty()
        self._state = SyncState()

    def snapshot(self) -> Snapshot:
        """What is held right now. Never waits."""
        return self._snapshot

    def state(self) -> SyncState:
        """How the sync is doing right now. Never waits."""
        return self._state

    def close(self) -> None:
        """End a running sync at its next page or pause. What is held stays readable."""
        self._closed.set()

    def reconnect(self, loop: Loop) -> None:
        """Ask another client from now on, for the same account; between two syncs."""
        self._loop, self._backfill = loop, None

    def add(self, item: Feedback) -> None:
        """Hold an item that the API has just stored, without waiting for a sync to find it."""
        with self._lock:
            self._hold([item])
            self._publish(self._snapshot.coverage)

    def sync(self, *, full: bool = False) -> None:
        """Do what is due: the rest of the first walk, a complete walk (`full`: now), or what is new at the head.

        Raises:
            LoopError: As the client raised it; also kept in `state().error` until a sync succeeds.
            MirrorClosedError: After `close`.
        """
        try:
            if not self._snapshot.coverage.complete:
                self._walk_to_the_end()
            elif full or self._reconcile_is_due():
                self._reconcile()
            else:
                self._refresh()
        except LoopError as error:
            self._state = replace(self._state, error=error, progress=None)
            raise
        self._state = replace(self._state, error=None, progress=None)

    def _walk_to_the_end(self) -> None:
        """Walk on where the first walk stands, publishing at most once a second."""
        if self._backfill is None:
            self._backfill = self._loop.feedback.iter(page_size=PAGE, on_page=self._on_page)
            self._backfill_started = datetime.now(UTC)
        started = time.monotonic()
        page: list[Feedback] = []
        for item in self._backfill:
            page.append(item)
            if len(page) >= PAGE:
                self._take(page)
                page = []
        self._take(page)
        coverage = Coverage(
            complete=True,
            since=min((created_at for created_at, _, _ in self._rows.values()), default=None),
            reconciled_at=self._backfill_started,
            rejected=self._backfill.stats.rejected,
        )
        with self._lock:
            self._publish(coverage)
        self._walked(started, self._backfill_started)
        self._backfill = None

    def _take(self, page: list[Feedback]) -> None:
        """Hold a page of the first walk; publish when the last publication is long enough ago."""
        if not page or self._backfill is None:
            return
        self._seen(page)
        with self._lock:
            self._hold(page, older=True)
            if time.monotonic() - self._published >= self._publish_pause:
                since = min(created_at for created_at, _, _ in self._rows.values())
                self._publish(Coverage(since=since, rejected=self._backfill.stats.rejected))

    def _refresh(self) -> None:
        """Read the head back to the watermark, and only then hold what was found: a cut refresh leaves no hole."""
        started = datetime.now(UTC)
        found: list[Feedback] = []
        for item in self._loop.feedback.iter(page_size=PAGE, on_page=self._on_page):
            if self._watermark is not None and item.created_at < self._watermark:
                break
            found.append(item)
        with self._lock:
            if self._hold(found):
                self._publish(self._snapshot.coverage)
        self._seen(found)
        self._state = replace(self._state, checked_at=started)

    def _reconcile_is_due(self) -> bool:
        """Whether the statuses are old: five minutes, or 20 times as long as a complete walk takes."""
        return time.monotonic() - self._reconciled >= max(RECONCILE_EVERY, 20 * self._reconcile_cost)

    def _reconcile(self) -> None:
        """Walk the whole list once more, for the statuses; an item that is not listed any more stays as it was."""
        started, clock = datetime.now(UTC), time.monotonic()
        walk = self._loop.feedback.iter(page_size=PAGE, on_page=self._on_page)
        found = list(walk)
        with self._lock:
            self._hold(found)
            since = min((created_at for created_at, _, _ in self._rows.values()), default=None)
            self._publish(Coverage(complete=True, since=since, reconciled_at=started, rejected=walk.stats.rejected))
        self._seen(found)
        self._walked(clock, started)

    def _walked(self, clock: float, started: datetime | None) -> None:
        self._reconciled = time.monotonic()
        self._reconcile_cost = self._reconciled - clock
        self._state = replace(self._state, checked_at=started)

    def _seen(self, listed: list[Feedback]) -> None:
        """Move the watermark to the newest of the listed items: not to one that was added, past some never listed."""
        times = [item.created_at for item in listed]
        if self._watermark is not None:
            times.append(self._watermark)
        self._watermark = max(times, default=None)

    def _hold(self, items: list[Feedback], *, older: bool = False) -> bool:
        """Insert or replace items that came newest first; whether anything changed.

        Equal times are in insertion order, so a rank tells apart what the time does not: growing for news, falling
        for what a walk finds further down.
        """
        changed = False
        for position, item in enumerate(items):
            known = self._rows.get(item.id)
            if known is not None:
                rank = known[1]
            elif older:
                rank = -len(self._rows)
            else:
                rank = self._newest_rank + len(items) - position
            changed = changed or known is None or known[2] != item
            self._rows[item.id] = (item.created_at, rank, item)
        if not older:
            self._newest_rank += len(items)
        return changed

    def _publish(self, coverage: Coverage) -> None:
        """Replace the snapshot. What it costs to build sets how soon the next may follow, so a walk stays cheap."""
        started = time.monotonic()
        rows = sorted(self._rows.values(), key=lambda row: row[:2], reverse=True)
        frame = items_frame(item for _, _, item in rows)
        self._snapshot = Snapshot(frame, self._snapshot.version + 1, coverage)
        self._published = time.monotonic()
        self._publish_pause = max(1.0, 10 * (self._published - started))

    def _on_page(self, progress: Progress) -> None:
        if self._closed.is_set():
            raise MirrorClosedError
        self._state = replace(self._state, progress=progress)
