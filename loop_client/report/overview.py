"""The numbers of the overview, from counts of items: cells, as `loop_client.mirror.cube` makes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

NOT_SET: Final = "(not set)"
"""Stands for an absent sentiment, tag or source in counts, filters and links."""

OTHER_TAGS: Final = "(other tags)"
"""The row of `tag_counts` that adds up the tags beyond the first ones."""

FEWEST_BUCKETS: Final = 14
"""Buckets that a chart over time has room for at least."""

SENTIMENTS: Final = ("negative", "neutral", "positive")
"""The documented sentiments, worst first. Source: "Create feedback", parameter `sentiment`."""

Bucket = Literal["day", "week", "month"]


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts of items. `negative_share`: 0-1, of the items that have a sentiment; None when none has one."""

    items: int
    open: int
    open_negative: int
    negative: int
    not_set: int
    negative_share: float | None


def totals(cells: pd.DataFrame) -> Totals:
    """The counts of all items in the cells."""
    items = cells["items"].to_numpy()
    is_open = (cells["status"] == "open").to_numpy()
    negative = (cells["sentiment"] == "negative").to_numpy()
    total, negatives = int(items.sum()), int(items[negative].sum())
    with_sentiment = int(items[cells["sentiment"].notna().to_numpy()].sum())
    return Totals(
        items=total,
        open=int(items[is_open].sum()),
        open_negative=int(items[is_open & negative].sum()),
        negative=negatives,
        not_set=total - with_sentiment,
        negative_share=negatives / with_sentiment if with_sentiment else None,
    )


def sentiments_in(cells: pd.DataFrame) -> tuple[str, ...]:
    """The sentiments to show: the documented ones, then any other that occurs, then "(not set)"."""
    names = _names(cells["sentiment"])
    counts = _sums(cells["sentiment"], cells)
    others = {name for name, count in zip(names, counts, strict=True) if count} - set(SENTIMENTS) - {NOT_SET}
    return (*SENTIMENTS, *sorted(others), NOT_SET)


def bucket_for(cells: pd.DataFrame) -> Bucket:
    """Days for up to 60 days, weeks for up to 400, else months."""
    if cells.empty:
        return "day"
    days = int(cells["day"].max()) - int(cells["day"].min())
    if days <= 60:
        return "day"
    return "week" if days <= 400 else "month"


def volume(cells: pd.DataFrame, bucket: Bucket) -> pd.DataFrame:
    """One row per bucket and sentiment that has items, oldest first.

    Where they span fewer than 14 buckets, a row of 0 items stands before them, so that a single day is drawn as a day.

    | column | dtype | meaning |
    |---|---|---|
    | start | datetime64[us, UTC] | first moment of the day, of the Monday or of the first of the month |
    | end | datetime64[us, UTC] | first moment of the next bucket |
    | sentiment | str | as sent, or "(not set)" |
    | items | int64 | how many were created in the bucket |
    """
    period = {"day": "D", "week": "W-SUN", "month": "M"}[bucket]
    days = cells["day"].to_numpy()
    seen, day_number = np.unique(days, return_inverse=True)
    buckets = pd.PeriodIndex(pd.DatetimeIndex(seen.astype("M8[D]")).to_period(period), freq=period)
    number = buckets.asi8 - (buckets.asi8.min() if len(buckets) else 0)
    names = _names(cells["sentiment"])
    counts = _sums(cells["sentiment"], cells, number[day_number])
    places, sentiments = np.nonzero(counts)
    items = counts[places, sentiments]
    starts = pd.PeriodIndex.from_ordinals(places + (buckets.asi8.min() if len(buckets) else 0), freq=period)  # type: ignore[attr-defined] # documented, not in the stubs
    if len(starts) and starts.max() - FEWEST_BUCKETS + 1 < starts.min():
        starts = starts.insert(0, starts.max() - FEWEST_BUCKETS + 1)
        sentiments, items = np.insert(sentiments, 0, sentiments[0]), np.insert(items, 0, 0)
    return pd.DataFrame(
        {
            "start": starts.start_time.as_unit("us").tz_localize("UTC"),
            "end": (starts + 1).start_time.as_unit("us").tz_localize("UTC"),
            "sentiment": pd.Series([names[number] for number in sentiments], dtype="str"),
            "items": items,
        }
    )


def tag_counts(cells: pd.DataFrame, top: int = 12) -> pd.DataFrame:
    """One row per tag and sentiment that has items: most negative items first, then most items, then by name.

    Untagged items are the tag "(not set)", ranked like any other. Tags after the first `top` are added up as
    "(other tags)", last.

    | column | dtype | meaning |
    |---|---|---|
    | tag | str | as shown, "(not set)" or "(other tags)" |
    | rank | int64 | 0 for the worst tag |
    | sentiment | str | as sent, or "(not set)" |
    | items | int64 | how many |
    """
    tags, sentiments = _names(cells["tag"]), _names(cells["sentiment"])
    counts = _sums(cells["sentiment"], cells, _codes(cells["tag"]), len(tags))
    by_tag: dict[str, np.ndarray] = {}
    for tag, row in zip(tags, counts, strict=True):
        if row.any():
            by_tag[tag] = by_tag.get(tag, 0) + row
    negative = sentiments.index("negative") if "negative" in sentiments else 0
    is_known = "negative" in sentiments
    ranked = sorted(by_tag, key=lambda tag: (-by_tag[tag][negative] * is_known, -by_tag[tag].sum(), tag))
    shown = [(tag, by_tag[tag]) for tag in ranked[:top]]
    if ranked[top:]:
        shown.append((OTHER_TAGS, np.sum([by_tag[tag] for tag in ranked[top:]], axis=0)))
    rows = [
        (tag, rank, sentiment, int(count))
        for rank, (tag, row) in enumerate(shown)
        for sentiment, count in sorted(_by_name(sentiments, row).items())
    ]
    counted = pd.DataFrame(rows, columns=["tag", "rank", "sentiment", "items"])
    return counted.astype({"tag": "str", "rank": "int64", "sentiment": "str", "items": "int64"})


def _by_name(names: Sequence[str], counts: np.ndarray) -> dict[str, int]:
    """Count by name, without zeros; a value that is literally "(not set)" is counted with the absent ones."""
    sums: dict[str, int] = {}
    for name, count in zip(names, counts, strict=True):
        if count:
            sums[name] = sums.get(name, 0) + int(count)
    return sums


def _names(column: pd.Series) -> list[str]:
    """The values of a category column by code, and "(not set)" for what is absent, last."""
    return [*column.cat.categories, NOT_SET]


def _codes(column: pd.Series) -> np.ndarray:
    """The codes of a category column, absent ones last."""
    codes = column.cat.codes.to_numpy()
    return np.where(codes < 0, len(column.cat.categories), codes)


def _sums(column: pd.Series, cells: pd.DataFrame, groups: np.ndarray | None = None, size: int = 0) -> np.ndarray:
    """Items by code of a column; a row for each group, if there are groups."""
    width = len(column.cat.categories) + 1
    if groups is None:
        return np.bincount(_codes(column), cells["items"], width).astype(np.int64)
    size = size or (int(groups.max()) + 1 if len(groups) else 0)
    key = groups.astype(np.int64) * width + _codes(column)
    return np.bincount(key, cells["items"], size * width).astype(np.int64).reshape(size, width)
