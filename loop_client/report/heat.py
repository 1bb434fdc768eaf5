"""Which tag came up in which week, from counts of items: cells, as `loop_client.mirror.cube` makes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from loop_client.report.breakdown import RESTS, TOP
from loop_client.report.buckets import bucket_numbers, first_days, midnights
from loop_client.report.counting import NOT_SET, ends, is_value, numbered, ranked, table

MOST_WEEKS: Final = 26
"""Weeks that a heat map has room for."""


@dataclass(frozen=True, slots=True, eq=False)
class Heat:
    """A heat map. `counts`: see `tag_weeks`. `weeks`: its columns. `left_out`: items older than the first of them."""

    counts: pd.DataFrame
    weeks: int
    left_out: int

    @property
    def note(self) -> str | None:
        """What the map does not show, as a sentence; None when it shows all."""
        if not self.left_out:
            return None
        older = "1 older item is" if self.left_out == 1 else f"{self.left_out:,} older items are"
        return f"The last {self.weeks} weeks; {older} not shown."


def tag_weeks(cells: pd.DataFrame, top: int = TOP) -> Heat:
    """The last 26 weeks up to the last that has items: one row per tag and week, worst tag first, oldest week first.

    Tags have a row for every week, also without items. They are ranked as in `counts_by`, by what these weeks hold;
    those after the first `top` are added up after them, and untagged items come last.

    | column | dtype | meaning |
    |---|---|---|
    | tag | str | as shown, "(other tags)" or "(not set)" |
    | rank | int64 | 0 for the worst tag |
    | is_rest | bool | adds up the tags after the first; not a value to filter by |
    | start | datetime64[us, UTC] | the week's Monday, told as its midnight in UTC |
    | items | int64 | how many were created in the week |
    | negative | int64 | how many of them are negative |
    """
    items, weeks = cells["items"].to_numpy(), bucket_numbers(cells["day"].to_numpy(), "week")
    oldest, last = ends(weeks, items) or (0, -1)
    first = max(oldest, last - MOST_WEEKS + 1)
    size = last + 1 - first
    recent = items * ((weeks >= first) & (weeks <= last))
    negative = recent * is_value(cells["sentiment"], "negative")
    places = np.clip(weeks - first, 0, max(size - 1, 0))
    names, tags = numbered(cells["tag"])
    by_tag, bad_by_tag = (table(tags, len(names), places, size, each) for each in (recent, negative))
    in_all = by_tag.sum(axis=1)
    untagged, in_all[-1] = in_all[-1] > 0, 0  # not ranked among the tags
    ranking = ranked(names, in_all, bad_by_tag.sum(axis=1), top)
    rest = len(ranking.names)
    ranking.row_of[-1] = rest + 1
    counted, counted_bad = np.zeros((2, rest + 2, size), np.int64)
    np.add.at(counted, ranking.row_of, by_tag)
    np.add.at(counted_bad, ranking.row_of, bad_by_tag)
    rows = np.array([*range(rest), *([rest] if ranking.has_rest else []), *([rest + 1] if untagged else [])], np.int64)
    shown = pd.array([*ranking.names, RESTS["tag"], NOT_SET], dtype="str").take(rows)
    counts = pd.DataFrame(
        {
            "tag": shown.repeat(size),
            "rank": np.repeat(np.arange(len(rows)), size),
            "is_rest": np.repeat(rows == rest, size),
            "start": midnights(first_days(np.tile(np.arange(first, last + 1), len(rows)), "week")),
            "items": counted[rows].ravel(),
            "negative": counted_bad[rows].ravel(),
        }
    )
    return Heat(counts, size, int(items.sum() - recent.sum()))
