"""Items by tag and week, from the cells of `loop_client.mirror.cube`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from loop_client.mirror.zones import ANY_TIME
from loop_client.report.breakdown import TOP, CatchAlls
from loop_client.report.buckets import bucket_numbers, bucket_of, first_days, midnights, partial
from loop_client.report.counting import ends, is_value, numbered, table, worst

if TYPE_CHECKING:
    from datetime import date

    from loop_client.mirror.zones import Window

MOST_WEEKS: Final = 26
"""Most weeks that a heat map shows."""

FEWEST_WEEKS: Final = 4
"""The last weeks that it shows however narrow it is."""


@dataclass(frozen=True, slots=True, eq=False)
class HeatMap:
    """A heat map. `counts`: see `tag_weeks`. `older`, `later`: items before and after its weeks. `weeks`: how many.

    `catch_alls`: what has no row, of the items of these weeks.
    """

    counts: pd.DataFrame
    catch_alls: CatchAlls
    weeks: int
    older: int
    later: int

    @property
    def note(self) -> str | None:
        """Sentences about its weeks and the items outside them; None when it shows all items at any width."""
        fitting = f"The last weeks, as many as fit, at most {self.weeks}."
        older, later = ("1 item is" if items == 1 else f"{items:,} items are" for items in (self.older, self.later))
        sentences = [fitting] * (self.weeks > FEWEST_WEEKS) + [f"{older} older than these."] * bool(self.older)
        return " ".join(sentences + [f"{later} dated later."] * bool(self.later)) or None


def tag_weeks(cells: pd.DataFrame, today: date | None = None, window: Window = ANY_TIME, top: int = TOP) -> HeatMap:
    """The 26 weeks up to the last one with items, or to today's: one row per tag and week, worst tag first.

    Each of the `top` tags has a row for every week, oldest first, also without items. Tags are ranked as in
    `counts_by`, by the items of these weeks.

    | column | dtype | meaning |
    |---|---|---|
    | tag | str | as `naming.named` calls it |
    | rank | int64 | 0 for the worst tag |
    | start | datetime64[us, UTC] | the week's Monday, as midnight in UTC |
    | ago | int64 | weeks before the last one |
    | items | int64 | items created in the week |
    | negative | int64 | negative ones among them |
    | shade | float64 | 0-1, relative to the highest count of a tag in a week |
    | running | bool | the week is not over `today` |
    | cut | bool | part of the week is outside the window |
    """
    items, weeks = cells["items"].to_numpy(), bucket_numbers(cells["day"].to_numpy(), "week")
    oldest, last = ends(weeks, items) or (0, -1)
    if today is not None:
        last = min(last, bucket_of(today, "week"))
    shown = np.arange(max(oldest, last - MOST_WEEKS + 1), last + 1)
    first = last + 1 - len(shown)
    older, later = (int(items[outside].sum()) for outside in (weeks < first, weeks > last))
    recent = items * ((weeks >= first) & (weeks <= last))
    places = np.clip(weeks - first, 0, max(len(shown) - 1, 0))
    counts, catch_alls = _counts(cells, places, shown, recent, top)
    days = first_days(shown, "week")
    in_part = partial(days, days + 7, today, window)
    rows = len(counts) // max(len(shown), 1)
    counts = counts.assign(**{name: np.tile(found, rows) for name, found in in_part.items()})
    return HeatMap(counts, catch_alls, len(shown), older, later)


def _counts(
    cells: pd.DataFrame, places: np.ndarray, weeks: np.ndarray, items: np.ndarray, top: int
) -> tuple[pd.DataFrame, CatchAlls]:
    """The rows of `tag_weeks`. `places`: of the cells among the weeks. `items`: of the cells, 0 outside the weeks."""
    size, negative = len(weeks), items * is_value(cells["sentiment"], "negative")
    names, tags = numbered(cells["tag"])
    by_tag, bad_by_tag = (table(tags, len(names), places, size, each) for each in (items, negative))
    in_all = by_tag.sum(axis=1)
    first = worst(names, in_all, bad_by_tag.sum(axis=1), top)
    counted = by_tag[first]
    frame = pd.DataFrame(
        {
            "tag": pd.array([names[number] for number in first], dtype="str").repeat(size),
            "rank": np.repeat(np.arange(len(first)), size),
            "start": midnights(first_days(np.tile(weeks, len(first)), "week")),
            "ago": np.tile(size - 1 - np.arange(size), len(first)),
            "items": counted.ravel(),
            "negative": bad_by_tag[first].ravel(),
            "shade": counted.ravel() / max(counted.max(initial=0), 1),
        }
    )
    return frame, CatchAlls.beside(first, in_all)
