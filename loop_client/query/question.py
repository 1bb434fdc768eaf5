"""What a page, a saved view, an export or the shell asks of a snapshot, as one value."""

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
    """Whether all items that an answer is of are held, and how it is marked where some are still to come."""

    is_whole: bool

    @property
    def plus(self) -> str:
        """What stands behind a count."""
        return "" if self.is_whole else "+"

    def titled(self, title: str) -> str:
        """The title of what shows items; a part is called one."""
        return title if self.is_whole else f"{title}, so far"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for.

    `filters`: those that all reading pages share. `drill_down`: what a number stands for, beside them. `view`: a key of
    `VIEWS`. `sort`: one of `SORTS`. `period`: a key of `PERIODS`; the filters have its days as of now. `columns`: of
    `LIST_COLUMNS`; none for those of the view. `item`: the id of the one that is open. `newest`: how many items came
    since the tab was opened.
    """

    filters: Filters = field(default_factory=Filters)
    drill_down: DrillDown = field(default_factory=DrillDown)
    view: str = ALL_ITEMS
    sort: str = SORTS[0]
    period: str | None = None
    columns: tuple[str, ...] = ()
    item: str | None = None
    newest: int = 0

    @property
    def first_day(self) -> date | None:
        """The first day that is asked for; None for as far back as there are items."""
        return max(filter(None, (self.filters.window[0], self.drill_down.window[0])), default=None)

    def completeness(self, snapshot: Snapshot) -> Completeness:
        """Whether all items that are asked for are held: the one answer to "is this number whole".

        Of open items all are held before the rest is, so it does with one condition that asks for open ones alone.
        """
        view = VIEWS[self.view]
        since = snapshot.zone.start(self.first_day) if self.first_day else None
        asked = (self.filters.status, self.drill_down.status, view.filters.status)
        return Completeness(view.only_new or any(snapshot.coverage.reaches(since, statuses) for statuses in asked))

    def rows(self, snapshot: Snapshot) -> np.ndarray:
        """The positions of the items that are asked for, newest first; cached as long as the snapshot lives."""
        return VIEWS[self.view].rows(snapshot, self.filters, self.drill_down, self.newest)

    def count(self, snapshot: Snapshot) -> int | None:
        """How many items are asked for; None where that is a long search."""
        return view_counts(snapshot, self.filters, self.drill_down, self.newest).get(self.view)
