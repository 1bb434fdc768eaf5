"""Keeping the copy true: what is new at the head, what was never walked, what was resolved, what is gone.

Each page is stored together with how far the walk is, so whatever ends a sync, the next one goes on from there.
"""

from __future__ import annotations

import time
from collections import deque
from functools import partial
from typing import TYPE_CHECKING

from loop_client.errors import InvalidRequestError, PaginationError
from loop_client.mirror.columns import microseconds
from loop_client.mirror.plan import next_or_end, resolved_since, walks_for
from loop_client.mirror.state import Gap, Round, SyncReport, decoded, encoded, now
from loop_client.mirror.zones import MICROSECONDS_A_DAY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pandas as pd

    from loop_client import Feedback, Loop, Walk
    from loop_client.mirror.store import Store
    from loop_client.models import Text
    from loop_client.walk import OnPage

HEAD_EVERY = 10.0
"""Seconds after which a long walk is left for a look at the head of the list."""

RECONCILE_EVERY = 300.0
"""Seconds between two complete walks of the open items."""

REST = 20
"""Times as long as a complete walk took, after which the next one may be due."""

DOUBT_EVERY, FULL_EVERY = 3600.0, 86400.0
"""Seconds between two complete walks of all items: while an item is in neither list, and otherwise."""


class Sync:
    """One sync of one account, from the state that is stored on. `saved` is called after each page."""

    def __init__(  # noqa: PLR0913, PLR0917 - made in one place
        self,
        loop: Loop,
        store: Store,
        account: int,
        on_page: OnPage,
        saved: Callable[[], None],
        cells: Callable[[], pd.DataFrame],
    ) -> None:
        """`cells`: the counts of what is held, see `cube`."""
        self.report = SyncReport()
        self.rejections: list[str] = []
        self.state, self._patience = decoded(store.state(account)), 1
        self._full, self._walks_left, self._reconciled = False, 0, False
        self._loop, self._store, self._account, self._saved = loop, store, account, saved
        self._on_page, self._cells = on_page, cells

    def run(self, *, full: bool) -> None:
        """Do what is due, looking at the head of the list every 10 s; `full`: a complete walk of all items, now.

        An item that such a walk does not meet is gone only when a second one does not meet it either.
        """
        self._full, self._walks_left = full, 2 if full else 0
        if self.state.begun:
            self._head()
        started = time.monotonic()
        while self._step(started):
            if self.state.begun and time.monotonic() - started >= HEAD_EVERY:
                self._head()
                started = time.monotonic()

    def _step(self, started: float) -> bool:
        """Do the next thing that is due, for 10 s from `started` at most; False when nothing is."""
        state = self.state
        if state.round is not None and (state.round.status == "open" or not state.gaps):
            self._walk_round(state.round, started)
        elif state.reconciled is None:
            self._begin("open")
        elif not state.begun:
            self._head()
        elif state.gaps:
            self._close_gap(started)
        elif self._all_are_due():
            self._walks_left -= 1
            self._begin(None)
        elif not self._reconciled and self._reconcile_is_due():
            self._reconciled = True
            self._begin("open")
        elif state.decided != state.reconciled:
            self._decide()
        else:
            return False
        return True

    def _head(self) -> None:
        """One page from the head; if it does not reach what is known, the rest is a gap."""
        state, walk, asked = self.state, self._walk(), now()
        mark, first = state.watermark, not state.begun
        items = next(walk.pages(), deque())
        times = [microseconds(item.created_at) for item in items]
        if times:
            believable = [one for one in times if one <= asked + MICROSECONDS_A_DAY] or times  # clocks differ
            state.watermark = max(believable) if mark is None else max(mark, *believable)
        if times and not walk.complete and (mark is None or min(times) >= mark):
            state.gaps.insert(0, Gap(min(times), mark, walk.next_cursor))
        if first and not state.gaps:
            state.full = now()
        state.begun, state.looked = True, asked
        self._save(items)
        rejected = self._count(walk)
        state.rejected += rejected if first else 0

    def _close_gap(self, started: float) -> None:
        """Walk on in the newest gap until it is closed, or it is time for the head."""
        gap = self.state.gaps[0]
        walk = self._walk(cursor=gap.cursor)
        try:
            for items in walk.pages():
                oldest = min(microseconds(item.created_at) for item in items)
                reached = walk.complete or (gap.lower is not None and oldest < gap.lower)
                gap.upper, gap.cursor = min(gap.upper, oldest), walk.next_cursor
                if reached:
                    self._closed(gap)
                self._save(items)
                if reached or time.monotonic() - started >= HEAD_EVERY:
                    break
            else:
                self._closed(gap)
                self._save(())
        except (InvalidRequestError, PaginationError):
            gap.cursor = None  # it leads nowhere any more: once more from the head, all that comes is known or new
            self._try_again()
        finally:
            self.state.rejected += self._count(walk)

    def _closed(self, gap: Gap) -> None:
        self.state.gaps.remove(gap)
        if gap.lower is None and self.state.full is None:
            self.state.full = now()

    def _try_again(self) -> None:
        """Go on from the head, once a sync; while an error is handled."""
        self._patience -= 1
        self._save(())
        if self._patience < 0:
            raise  # noqa: PLE0704 - the one that is handled

    def _begin(self, status: Text) -> None:
        self.state.rounds += 1
        self.state.round = Round(status, self.state.rounds, now())

    def _walk_round(self, current: Round, started: float) -> None:
        """Walk on in the complete walk under way; at its end, judge what it did not meet."""
        walk, rejected = self._walk(status=current.status, cursor=current.cursor), current.rejected
        try:
            for items in walk.pages():
                current.cursor, current.met = walk.next_cursor, current.met + len(items)
                current.rejected = rejected + walk.stats.rejected
                if walk.complete:
                    break
                self._save(items, current.number)
                if time.monotonic() - started >= HEAD_EVERY:
                    return
            current.rejected = rejected + walk.stats.rejected
            self._end(current, items if walk.stats.pages and walk.stats.items else ())
        except (InvalidRequestError, PaginationError):
            self._begin(current.status)  # its cursor leads nowhere any more: what it met is kept, and it is begun again
            self._try_again()
        finally:
            self._count(walk)

    def _end(self, current: Round, items: Iterable[Feedback]) -> None:
        """Take the last page of a complete walk."""
        state, took = self.state, (now() - current.started) / 1e6
        state.round, state.reconciled = None, current.started
        if current.status == "open":
            state.reconciled_in = took
            self._save(items, current.number)
            return
        state.full, state.full_in, state.doubt = current.started, took, False
        state.decided, state.rejected = state.reconciled, current.rejected
        self._save(items, current.number)
        missed = self._store.unmet(self._account, current.number, current.started)
        if missed and (current.met or self._full):  # "no items at all" may be an outage
            rows = [row._replace(missing=row.missing + 1) for row in missed]
            gone = [row for row in rows if row.missing > 1]
            state.doubt = len(gone) < len(rows)
            self.report.removed += len(gone)
            self._store.save(self._account, encoded(state), [row for row in rows if row.missing < 2], gone)
            self._saved()

    def _decide(self) -> None:
        """Look for the items that left the open ones among the resolved ones: an answer decides, not an absence."""
        state, started = self.state, time.monotonic()
        lost = {row.id: row for row in self._store.open_before(self._account, state.reconciled or 0)}
        asked = [row for row in lost.values() if (row.open_at or 0) >= (state.decided or 0)]  # the others were, once
        for narrowed, rows in walks_for(asked, partial(resolved_since, self._cells())):
            oldest = min(row.created_at for row in rows)
            walk = self._walk(status="resolved", **narrowed)
            for items in iter(partial(next_or_end, walk.pages()), None):
                self._save(items)
                if time.monotonic() - started >= HEAD_EVERY:
                    self._head()
                    started = time.monotonic()
                for item in items:
                    lost.pop(item.id, None)
                if lost.keys().isdisjoint(row.id for row in rows) or microseconds(items[-1].created_at) < oldest:
                    break
            self._count(walk)
        state.decided, state.doubt = state.reconciled, state.doubt or bool(lost)
        self._save(())

    def _save(self, items: Iterable[Feedback], number: int = 0) -> None:
        """Store what these items say, and how far the walk is; `number`: of the complete walk they are met by."""
        added, updated = self._store.hold(self._account, encoded(self.state), items, number)
        self.report.added += added
        self.report.updated += updated
        self._saved()

    def _walk(self, *, cursor: Text = None, status: Text = None, sentiment: Text = None, tag: Text = None) -> Walk:
        return self._loop.feedback.iter(
            status=status, sentiment=sentiment, tag=tag, cursor=cursor, page_size=100, on_page=self._on_page
        )

    def _count(self, walk: Walk) -> int:
        """Add a walk to the report; how many items it had to set aside."""
        self.report.requests += walk.stats.requests
        self.report.retries += max(0, walk.stats.requests - walk.stats.pages)
        self.report.rejected += walk.stats.rejected
        self.rejections.extend(walk.rejections)
        return walk.stats.rejected

    def _reconcile_is_due(self) -> bool:
        return now() - (self.state.reconciled or 0) >= 1e6 * max(RECONCILE_EVERY, REST * self.state.reconciled_in)

    def _all_are_due(self) -> bool:
        state = self.state
        if self._full:
            return self._walks_left == 2 or (self._walks_left == 1 and state.doubt)
        if self._walks_left or state.full is None:
            return False
        every = max(DOUBT_EVERY if state.doubt else FULL_EVERY, REST * state.full_in)
        return now() - state.full >= 1e6 * every
