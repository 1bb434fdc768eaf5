"""The numbers of the overview, from a frame of items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import pandas as pd

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


def totals(items: pd.DataFrame) -> Totals:
    """The counts of a frame of items."""
    is_open = items["status"] == "open"
    negative = items["sentiment"] == "negative"
    with_sentiment = int(items["sentiment"].notna().sum())
    return Totals(
        items=len(items),
        open=int(is_open.sum()),
        open_negative=int((is_open & negative).sum()),
        negative=int(negative.sum()),
        not_set=len(items) - with_sentiment,
        negative_share=int(negative.sum()) / with_sentiment if with_sentiment else None,
    )


def sentiments_in(items: pd.DataFrame) -> tuple[str, ...]:
    """The sentiments to show: the documented ones, then any other that occurs, then "(not set)"."""
    others = set(items["sentiment"].dropna().unique()) - set(SENTIMENTS)
    return (*SENTIMENTS, *sorted(others), NOT_SET)


def bucket_for(items: pd.DataFrame) -> Bucket:
    """The width of a bucket that draws the span of the items in 10 to 60 bars or fewer."""
    if items.empty:
        return "day"
    days = (items["created_at"].max() - items["created_at"].min()).days
    if days <= 60:
        return "day"
    return "week" if days <= 400 else "month"


def volume(items: pd.DataFrame, bucket: Bucket) -> pd.DataFrame:
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
    buckets = items["created_at"].dt.tz_localize(None).dt.to_period(period)
    sentiment = items["sentiment"].fillna(NOT_SET)
    counts = items.groupby([buckets, sentiment])["id"].count().rename("items").reset_index()
    starts = pd.PeriodIndex(counts["created_at"], freq=period)
    if len(starts) and starts.max() - FEWEST_BUCKETS + 1 < starts.min():
        counts = pd.concat([counts.iloc[[0]].assign(items=0), counts])
        starts = starts.insert(0, starts.max() - FEWEST_BUCKETS + 1)
    return pd.DataFrame(
        {
            "start": starts.start_time.as_unit("us").tz_localize("UTC"),
            "end": (starts + 1).start_time.as_unit("us").tz_localize("UTC"),
            "sentiment": counts["sentiment"].to_numpy(),
            "items": counts["items"].astype("int64").to_numpy(),
        }
    )


def tag_counts(items: pd.DataFrame, top: int = 12) -> pd.DataFrame:
    """One row per tag and sentiment that has items: most negative items first, then most items, then by name.

    Untagged items are the tag "(not set)", ranked like any other. Tags after the first `top` are added up as
    "(other tags)", last.

    | column | dtype | meaning |
    |---|---|---|
    | tag | str | as sent, "(not set)" or "(other tags)" |
    | rank | int64 | 0 for the worst tag |
    | sentiment | str | as sent, or "(not set)" |
    | items | int64 | how many |
    """
    cells = pd.DataFrame({"tag": items["tag"].fillna(NOT_SET), "sentiment": items["sentiment"].fillna(NOT_SET)})
    cells["negative"] = (cells["sentiment"] == "negative").astype("int64")
    ranking = cells.groupby("tag").agg(negative=("negative", "sum"), items=("tag", "count")).reset_index()
    ranking = ranking.sort_values(["negative", "items", "tag"], ascending=[False, False, True])
    ranks = {tag: rank for rank, tag in enumerate(ranking["tag"]) if rank < top}
    cells["tag"] = cells["tag"].where(cells["tag"].isin(list(ranks)), OTHER_TAGS)
    counts = cells.groupby(["tag", "sentiment"])["negative"].count().rename("items").reset_index()
    counts["rank"] = counts["tag"].map(ranks).fillna(len(ranks)).astype("int64")
    counts = counts.sort_values(["rank", "sentiment"], ignore_index=True)
    return counts[["tag", "rank", "sentiment", "items"]].astype({"items": "int64"})
