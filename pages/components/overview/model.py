"""The data of the overview: computed once from a snapshot and a question, for its numbers and all of its charts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from loop_client import report
from pages.components.overview import timeline

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

    from loop_client.mirror import Snapshot
    from loop_client.mirror.zones import Window
    from loop_client.query import Completeness, Filters, Question
    from loop_client.report import Bucket, Totals


@dataclass(frozen=True, eq=False)
class OverviewModel:
    """A snapshot, a question, and everything that the overview shows of them.

    `cells`: the counts of the selected items, with sentiments masked when share-safe is on. `today`: the last day of
    the charts over time.
    """

    snapshot: Snapshot
    question: Question
    cells: pd.DataFrame
    today: date

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
        return report.totals(self.cells)

    @cached_property
    def sentiments(self) -> tuple[str, ...]:
        """The sentiments of the charts, in order."""
        return report.sentiments_in(self.cells)

    @cached_property
    def window(self) -> Window:
        """The days of the charts over time."""
        return timeline.complete_window(self.snapshot, self.question)

    @cached_property
    def fitting(self) -> Bucket:
        """The bucket that fits the number of days: day, week or month."""
        return report.bucket_for(self.cells, self.window, self.today)

    @property
    def cut_by(self) -> str:
        """The possible reasons for a cut bucket, in words."""
        return "cut by the dates" if self.completeness.is_complete else "cut by the dates or by what is loaded"
