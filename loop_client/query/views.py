"""The inbox's views: filters with a label, suitable columns, and counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from loop_client.mirror.moments import microseconds
from loop_client.mirror.snapshot_cache import SnapshotCache
from loop_client.query.drilldown import OPEN_NEGATIVE
from loop_client.query.filters import Filters
from loop_client.query.vocabulary import ABSENT, DIMENSIONS

if TYPE_CHECKING:
    from datetime import datetime

    from loop_client.mirror.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class View:
    """A view of the inbox: the items that pass `filters`. `empty`: the sentence shown when there are none.

    `only_new`: only items that arrived since the tab was opened.
    """

    label: str
    empty: str
    filters: Filters
    columns: tuple[str, ...]
    only_new: bool = False

    def rows(self, snapshot: Snapshot, filters: Filters, drill_down: Filters, newest: int) -> np.ndarray:
        """The positions of the view's items that also pass the shared filters and the drill-down.

        `newest`: number of items that arrived since this tab was opened.
        """
        return filters.rows(snapshot, drill_down, self.filters, newest=newest if self.only_new else None)

    def excludes(self, filters: Filters) -> bool:
        """Whether the filters select a value that this view never shows."""
        own_filters = {field: getattr(self.filters, field) for field in DIMENSIONS}
        return any(values and not set(getattr(filters, field)) <= set(values) for field, values in own_filters.items())


ALL_ITEMS: Final = "all"

VIEWS: Final = {
    "open negative": View(
        "Open negative",
        "Nothing to answer: no negative item is open.",
        OPEN_NEGATIVE,
        ("message", "tag", "person", "age"),
    ),
    "new": View(
        "New since this tab opened",
        "Nothing new since this tab was opened.",
        Filters(),
        ("message", "sentiment", "tag", "person", "age"),
        only_new=True,
    ),
    "untagged": View(
        ABSENT["tag"],
        "Every item has a tag.",
        Filters(tag=(ABSENT["tag"],)),
        ("message", "sentiment", "status", "person", "age"),
    ),
    "no sentiment": View(
        ABSENT["sentiment"],
        "Every item has a sentiment.",
        Filters(sentiment=(ABSENT["sentiment"],)),
        ("message", "tag", "status", "person", "age"),
    ),
    ALL_ITEMS: View("All", "There is no feedback yet.", Filters(), ("message", "sentiment", "tag", "person", "age")),
}
"""Value of the link parameter `view` → view; the first one is the default."""

MOST_SEARCHED: Final = 100_000
"""Largest account that is searched for the counts of views that are not shown."""

FIRST_VIEW: Final = next(iter(VIEWS))

FIRST_MOMENT: Final = np.iinfo(np.int64).min
"""A time (µs) before every item."""

_counts: Final = SnapshotCache[dict[str, int]]()


def is_long_search(snapshot: Snapshot, filters: Filters, drill_down: Filters) -> bool:
    """Whether a count means a search through a large account, which is too slow for anything but the view shown."""
    return (filters.needs_rows or drill_down.needs_rows) and len(snapshot.frame) > MOST_SEARCHED


def view_counts(snapshot: Snapshot, filters: Filters, drill_down: Filters, newest: int) -> dict[str, int]:
    """View → number of its items that pass the shared filters and the drill-down; empty when that is a long search."""
    if is_long_search(snapshot, filters, drill_down):
        return {}
    return _counts.get(snapshot, (filters, drill_down, newest), lambda: _counted(snapshot, filters, drill_down, newest))


def _counted(snapshot: Snapshot, filters: Filters, drill_down: Filters, newest: int) -> dict[str, int]:
    cells = filters.cells(snapshot, drill_down)
    items = cells["items"].to_numpy()
    counted = {}
    for name, view in VIEWS.items():
        mask = view.filters.mask(cells)
        counted[name] = int(items.sum() if mask is None else items[mask].sum())
    counted["new"] = len(VIEWS["new"].rows(snapshot, filters, drill_down, newest)) if newest else 0
    return counted


def newest_time(snapshot: Snapshot, now: datetime) -> int:
    """The time (µs) after which an item is new to a reader of this snapshot.

    That is the newest item's time, by the API's clock. While the snapshot is incomplete, or an item is dated in the
    future, it is the current time, by our clock.
    """
    times = snapshot.frame["created_at"].array.asi8
    newest = int(times[0]) if len(times) else FIRST_MOMENT
    return min(newest, microseconds(now)) if snapshot.coverage.complete else microseconds(now)


def newer_count(snapshot: Snapshot, moment: int) -> int:
    """The number of items created after this time (µs)."""
    times = snapshot.frame["created_at"].array.asi8
    return len(times) - int(np.searchsorted(times[::-1], moment, side="right"))


def newer_to_answer(latest: Snapshot, shown: Snapshot, now: datetime) -> int:
    """The number of open negative items of the latest snapshot that are new to a reader of the one shown."""
    newer = newer_count(latest, newest_time(shown, now))
    return len(OPEN_NEGATIVE.passing(latest, np.arange(newer)))
