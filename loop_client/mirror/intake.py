"""Moves pages of one account from the API to the store."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from loop_client.mirror.moments import microseconds
from loop_client.mirror.state import SyncReport, decoded, encoded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from loop_client import Feedback, Loop, Walk
    from loop_client.mirror.clock import Clock
    from loop_client.mirror.rows import Row
    from loop_client.mirror.store import Store
    from loop_client.models import Text
    from loop_client.walk import OnPage


PAGE_SIZE, PAST_CACHES = 100, 99
"""Items per page; and for repeated requests, which bypass a cache with a wrong answer."""


class Intake:
    """Requests pages, and stores them together with the `state` of the sync.

    `report`, `rejections`: totals of all requests. `on_page`, `saved`: called after each page was received, and stored.
    """

    def __init__(  # noqa: PLR0913 - made in one place
        self, loop: Loop, store: Store, account: int, clock: Clock, *, on_page: OnPage, saved: Callable[[], None]
    ) -> None:
        """Resume from the stored state."""
        self.store, self.account, self.clock = store, account, clock
        self.report = SyncReport()
        self.rejections: list[str] = []
        self.state = decoded(store.state(account))
        if not self.state.scans:  # the state may have been lost, but not the rows
            self.state.scans = store.last_walk(account)
        self._loop, self._on_page, self._saved = loop, on_page, saved

    def walk(
        self,
        *,
        cursor: Text = None,
        status: Text = None,
        sentiment: Text = None,
        tag: Text = None,
        page_size: int = PAGE_SIZE,
    ) -> Walk:
        """A walk of a list, from a cursor on."""
        return self._loop.feedback.iter(
            status=status, sentiment=sentiment, tag=tag, cursor=cursor, page_size=page_size, on_page=self._on_page
        )

    def count(self, walk: Walk) -> int:
        """Add a walk to the report, and return the number of items that it set aside."""
        self.report.requests += walk.stats.requests
        self.report.retries += max(0, walk.stats.requests - walk.stats.pages)
        self.report.rejected += walk.stats.rejected
        self.rejections.extend(walk.rejections)
        return walk.stats.rejected

    def save(self, items: Iterable[Feedback]) -> None:
        """Store these items and the state."""
        added, updated = self.store.upsert(self.account, encoded(self.state), items, self.state.scans, self.clock())
        self.report.added += added
        self.report.updated += updated
        self._saved()

    def save_state(self) -> None:
        """Store the state without items."""
        self.store.upsert(self.account, encoded(self.state), ())

    def known(self, items: Iterable[Feedback]) -> list[Feedback]:
        """The items that are stored."""
        return [item for item, row in self._with_rows(items) if row is not None and row.is_of(item)]

    def without_others(self, items: Iterable[Feedback]) -> list[Feedback]:
        """The items, without those whose id belongs to a different stored item."""
        return [item for item, row in self._with_rows(items) if row is None or row.is_of(item)]

    def _with_rows(self, items: Iterable[Feedback]) -> list[tuple[Feedback, Row | None]]:
        taken = list(items)
        stored = self.store.known(self.account, [item.id for item in taken]) if taken else {}
        return [(item, stored.get(item.id)) for item in taken]

    def rows(self, ids: Sequence[str]) -> list[Row]:
        """The stored rows with these ids."""
        return list(self.store.known(self.account, ids).values()) if ids else []

    def delete(self, rows: Sequence[Row]) -> None:
        """Delete rows."""
        if rows:
            self.store.save(self.account, encoded(self.state), (), rows)

    def without_news(self, items: Iterable[Feedback], known_from: int | None = None) -> list[Feedback]:
        """The items, without unknown ones above the watermark: only a look at the head stores those.

        Stored by another walk, they would count as all new items. `known_from`: the end of a gap (µs), by default the
        watermark.
        """
        taken, state = list(items), self.state
        if not state.begun:
            return taken
        end = known_from if known_from is not None else -math.inf if state.watermark is None else state.watermark - 1
        late = {item.id: item for item in taken if microseconds(item.created_at) > end}
        left = late.keys() - {item.id for item in self.known(late.values())}
        return [item for item in taken if item.id not in left]
