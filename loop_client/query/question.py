"""The question that a page, a saved view, an export or the shell asks of a snapshot, as one value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from loop_client.query.drilldown import DrillDown
from loop_client.query.filters import Filters
from loop_client.query.views import ALL_ITEMS, VIEWS, view_counts
from loop_client.query.vocabulary import SORTS

if TYPE_CHECKING:
    from datetime import date

    import numpy as np

    from loop_client.mirror.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Completeness:
    """Whether all items behind an answer are loaded, and how an incomplete answer is marked."""

    is_complete: bool

    @property
    def plus(self) -> str:
        """The suffix of a count: "+" when it is a lower bound."""
        return "" if self.is_complete else "+"

    def titled(self, title: str) -> str:
        """The title of a chart or table, with ", so far" when it is incomplete."""
        return title if self.is_complete else f"{title}, so far"


@dataclass(frozen=True, slots=True)
class Question:
    """The complete selection of a page.

    `filters`: shared by all reading pages. `drill_down`: applied beside them. `view`: a key of `VIEWS`. `sort`: one of
    `SORTS`. `period`: a key of `PERIODS`; the filters have its current days. `columns`: of `LIST_COLUMNS`; empty for
    those of the view. `item`: id of the open item. `newest`: number of items that arrived since the tab was opened.
    `single`: list each item in a row of its own, and not those that say the same in one.
    """

    filters: Filters = field(default_factory=Filters)
    drill_down: DrillDown = field(default_factory=DrillDown)
    view: str = ALL_ITEMS
    sort: str = SORTS[0]
    period: str | None = None
    columns: tuple[str, ...] = ()
    item: str | None = None
    newest: int = 0
    single: bool = False

    @property
    def first_day(self) -> date | None:
        """The first day of the selection; None when it has no lower bound."""
        return max(filter(None, (self.filters.window[0], self.drill_down.window[0])), default=None)

    def completeness(self, snapshot: Snapshot) -> Completeness:
        """Whether the snapshot has all items of this question: the only answer to "is this number complete".

        Open items are loaded completely before the others, so one condition that selects only open items is enough. Not
        where older items were not searched for a word.
        """
        view = VIEWS[self.view]
        since = snapshot.zone.start(self.first_day) if self.first_day else None
        requested = (self.filters.status, self.drill_down.status, view.filters.status)
        is_loaded = view.only_new or any(snapshot.coverage.reaches(since, statuses) for statuses in requested)
        return Completeness(is_loaded and not (self.drill_down.word and self.drill_down.word.is_cut))

    def rows(self, snapshot: Snapshot) -> np.ndarray:
        """The positions of the selected items, newest first; cached with the snapshot."""
        return VIEWS[self.view].rows(snapshot, self.filters, self.drill_down, self.newest)

    def count(self, snapshot: Snapshot) -> int | None:
        """The number of selected items; None when that is a long search."""
        return view_counts(snapshot, self.filters, self.drill_down, self.newest).get(self.view)
