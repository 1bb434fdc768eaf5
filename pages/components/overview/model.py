"""What the overview draws: made once from a snapshot and a question, for its numbers and all of its charts."""

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
    """A snapshot and what is asked of it.

    `cells`: the counts of the items that are asked for, with sentiments as they may be shown. `today`: the last day of
    the charts; days after it are in none of the numbers.
    """

    snapshot: Snapshot
    question: Question
    cells: pd.DataFrame
    today: date

    @property
    def filters(self) -> Filters:
        """What the sidebar asks for."""
        return self.question.filters

    @cached_property
    def completeness(self) -> Completeness:
        """Whether all items that are asked for are held; else each number and chart is marked as a part."""
        return self.question.completeness(self.snapshot)

    @cached_property
    def totals(self) -> Totals:
        """The counts of all items that are asked for."""
        return report.totals(self.cells)

    @cached_property
    def sentiments(self) -> tuple[str, ...]:
        """The sentiments of the charts, in their order."""
        return report.sentiments_in(self.cells)

    @cached_property
    def window(self) -> Window:
        """The days of the charts over time."""
        return timeline.whole(self.snapshot, self.question)

    @cached_property
    def fitting(self) -> Bucket:
        """Day, week or month, whichever suits the days."""
        return report.bucket_for(self.cells, self.window, self.today)

    @property
    def cut_by(self) -> str:
        """What may cut a bucket of time, in words."""
        return "cut by the dates" if self.completeness.is_complete else "cut by the dates or by what is loaded"
