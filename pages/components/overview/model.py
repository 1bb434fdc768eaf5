"""The data of the overview: computed once from a snapshot and a question, for its numbers and all of its charts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeVar

from loop_client import report
from loop_client.mirror.snapshot_cache import SnapshotCache
from pages.components.overview import markers, timeline
from pages.session import coverage_line, displayed

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from datetime import date

    import pandas as pd

    from loop_client.mirror import Snapshot
    from loop_client.mirror.zones import Window
    from loop_client.query import Completeness, Filters, Question
    from loop_client.report import Bucket, PeopleCounts, Period, Totals
    from pages.session import runtime

Made = TypeVar("Made")

_made: Final = SnapshotCache[dict[str, tuple["Hashable", Any]]](most=48)
"""What was made of the items of some filters, by name, with what it was made for."""


@dataclass(frozen=True, eq=False)
class OverviewModel:
    """A snapshot, a question, and everything that the overview shows of them.

    `question`: with a drill-down only for one person's chart over time. `today`: the last day of the charts over time.
    """

    snapshot: Snapshot
    question: Question
    today: date

    def once(self, name: str, make: Callable[[], Made], key: Hashable = None) -> Made:
        """What `make` returns, made once for all viewers with these filters. `key`: what it depends on beside them.

        It must be small, and hold nothing of the snapshot.
        """
        asked = self.filters, self.question.drill_down
        stored = _made.get(self.snapshot, (asked, self.today, displayed.is_masked()), dict)
        found = stored.get(name)
        if found is None or found[0] != key:
            found = stored[name] = (key, make())
        made: Made = found[1]
        return made

    @cached_property
    def cells(self) -> pd.DataFrame:
        """The counts of the selected items, with sentiments masked when share-safe is on."""
        return displayed.cells(self.filters.cells(self.snapshot, self.question.drill_down))

    @property
    def filters(self) -> Filters:
        """The filters of the sidebar."""
        return self.question.filters

    @cached_property
    def completeness(self) -> Completeness:
        """Whether all selected items are loaded; otherwise each number and chart is marked as incomplete."""
        return self.question.completeness(self.snapshot)

    @cached_property
    def totals(self) -> Totals:
        """The totals of the selected items."""
        return self.once("totals", lambda: report.totals(self.cells))

    @cached_property
    def sentiments(self) -> tuple[str, ...]:
        """The sentiments of the charts, in order."""
        return self.once("sentiments", lambda: report.sentiments_in(self.cells))

    @cached_property
    def window(self) -> Window:
        """The days of the charts over time."""
        return timeline.complete_window(self.snapshot, self.question)

    @cached_property
    def fitting(self) -> Bucket:
        """The bucket that fits the number of days: day, week or month."""
        return self.once("fitting", lambda: report.bucket_for(self.cells, self.window, self.today), self.window)

    @cached_property
    def compared(self) -> tuple[Period, Period] | str:
        """The current period and the previous one of equal length, or a sentence why nothing is compared."""
        both = report.compared_periods(self.filters.window, coverage_line.now(self.snapshot), self.snapshot.zone)
        if both is None:
            return "Growth needs a period that has begun, such as the last 30 days."
        if self.filters.status:
            return "Growth is not compared by status: older items had longer to be resolved."
        if not report.is_baseline(self.snapshot, both[1]):
            return "Growth is not compared: there is no complete previous period."
        return both

    @cached_property
    def markers(self) -> tuple[runtime.Marker, ...]:
        """The markers of all days."""
        return markers.read()

    def tags(self, people: PeopleCounts, column: str) -> pd.DataFrame:
        """All tags, see `report.tag_table`, ordered by a column.

        `people`: of the selected items.
        """
        both = None if isinstance(self.compared, str) else self.compared

        def found() -> pd.DataFrame:
            table = report.tag_table(self.cells, people.by_tag, both and self._tags_in(both))
            return report.ordered_tags(table, column)

        return self.once(f"tags by {column}", found, both)

    def _tags_in(self, both: tuple[Period, Period]) -> tuple[pd.Series, pd.Series]:
        snapshot, of_all_times = self.snapshot, replace(self.filters, since=None, until=None)
        cells, times, zone = of_all_times.cells(snapshot), snapshot.frame["created_at"].array.asi8, snapshot.zone
        ends = (report.rows_in(times, report.partial_last_day(period, zone)) for period in both)
        edges = (of_all_times.passing(snapshot, rows) for rows in ends)
        now, before = (report.tags_in(period, cells, edge, zone) for period, edge in zip(both, edges, strict=True))
        return now, before

    @property
    def cut_by(self) -> str:
        """The possible reasons for a cut bucket, in words."""
        return "cut by the dates" if self.completeness.is_complete else "cut by the dates or by what is loaded"
