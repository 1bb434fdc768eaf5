"""Counts over time, by day, week or month, from counts of items: cells, as `loop_client.mirror.cube` makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

from loop_client.mirror.columns import moments
from loop_client.mirror.zones import ANY_TIME, EPOCH, MICROSECONDS_A_DAY
from loop_client.report.counting import NOT_SET, ends, is_value, numbered, table

if TYPE_CHECKING:
    from datetime import date

    from loop_client.mirror.zones import Window

MOST_BUCKETS: Final = 1_000
"""Buckets up to which those without items are told too: one item with a wrong year must not make 20,000 rows."""

MONDAY: Final = 3
"""Days from the Monday of its week to 1 January 1970, a Thursday."""

POINTS: Final = 30
"""Points of a sparkline at most."""

Bucket = Literal["day", "week", "month"]


def span(cells: pd.DataFrame, window: Window = ANY_TIME, today: date | None = None) -> tuple[int, int] | None:
    """The first and the last day to show, since 1970; None without items.

    Those of the items, and all of the window that they were asked for in, up to `today`.
    """
    return _spanned(ends(cells["day"].to_numpy(), cells["items"].to_numpy()), window, today)


def _spanned(found: tuple[int, int] | None, window: Window, today: date | None) -> tuple[int, int] | None:
    if found is None or window == ANY_TIME:
        return found
    first, last = found
    since, until = window
    if since is not None:
        first = min(first, (since - EPOCH).days)
    if today is not None:
        last = max(last, (min(until or today, today) - EPOCH).days)
    return first, last


def bucket_for(cells: pd.DataFrame, window: Window = ANY_TIME, today: date | None = None) -> Bucket:
    """Days where up to 61 are to be shown, see `span`, weeks for up to 401, else months."""
    first, last = span(cells, window, today) or (0, 0)
    if last - first <= 60:
        return "day"
    return "week" if last - first <= 400 else "month"


def bucket_numbers(days: np.ndarray, bucket: Bucket) -> np.ndarray:
    """The buckets, counted from 1970, in which days since 1970 lie."""
    if bucket == "month":
        return days.astype("M8[D]").astype("M8[M]").astype(np.int64)
    return days.astype(np.int64) if bucket == "day" else (days.astype(np.int64) + MONDAY) // 7


def bucket_of(day: date, bucket: Bucket) -> int:
    """The number of the bucket of a day, see `bucket_numbers`."""
    return int(bucket_numbers(np.array([(day - EPOCH).days]), bucket)[0])


def recent_buckets(
    found: tuple[int, int] | None, bucket: Bucket, today: date | None = None, window: Window = ANY_TIME
) -> np.ndarray:
    """The numbers of the last 30 buckets of a span, see `span`, none of them after that of `today`.

    `found`: the first and the last day that have items, since 1970; None without items.
    """
    shown = _spanned(found, window, today)
    first, last = bucket_numbers(np.array(shown), bucket) if shown else (0, -1)
    if today is not None:
        last = min(last, bucket_of(today, bucket))
    return np.arange(max(first, last - POINTS + 1), last + 1)


def first_days(numbers: np.ndarray, bucket: Bucket) -> np.ndarray:
    """The first days of buckets, since 1970: the day, its Monday or the first of its month."""
    if bucket == "month":
        return numbers.astype("M8[M]").astype("M8[D]").astype(np.int64)
    return numbers if bucket == "day" else numbers * 7 - MONDAY


def midnights(days: np.ndarray) -> pd.Series:
    """Days since 1970, each as its midnight in UTC."""
    return moments(days * MICROSECONDS_A_DAY)


def volume(cells: pd.DataFrame, bucket: Bucket, today: date | None = None, window: Window = ANY_TIME) -> pd.DataFrame:
    """One row per bucket and sentiment that occurs, oldest first, for each bucket of `span`.

    Where these are more than 1,000, buckets without items are left out.

    | column | dtype | meaning |
    |---|---|---|
    | start | datetime64[us, UTC] | the day, the Monday or the first of the month: a date, told as its midnight in UTC |
    | end | datetime64[us, UTC] | of the next bucket |
    | sentiment | str | as sent, or "(not set)" |
    | items | int64 | how many were created in the bucket |
    | share | float64 | 0-1, of the bucket's items; missing where it has none |
    | running | bool | the bucket is not over `today` |
    | cut | bool | some of the bucket lies outside the window |
    """
    names, sentiments = numbered(cells["sentiment"])
    shown = span(cells, window, today)
    first, last = bucket_numbers(np.array(shown), bucket) if shown else (0, -1)
    buckets = np.arange(first, last + 1)
    places = np.maximum(bucket_numbers(cells["day"].to_numpy(), bucket) - first, 0)  # outside, cells cancel out
    counts = table(places, len(buckets), sentiments, len(names), cells["items"].to_numpy())
    if len(buckets) > MOST_BUCKETS:
        buckets, counts = buckets[counts.any(axis=1)], counts[counts.any(axis=1)]
    occurring = np.flatnonzero(counts.any(axis=0))
    counted, in_all = counts[:, occurring].ravel(), np.repeat(counts.sum(axis=1), len(occurring))
    in_each = np.repeat(buckets, len(occurring))
    starts, stops = first_days(in_each, bucket), first_days(in_each + 1, bucket)
    return pd.DataFrame(
        {
            "start": midnights(starts),
            "end": midnights(stops),
            "sentiment": pd.array(names, dtype="str").take(np.tile(occurring, len(counts))),
            "items": counted,
            "share": np.divide(counted, in_all, out=np.full(len(counted), np.nan), where=in_all > 0),
            "running": _running(starts, stops, today),
            "cut": _cut(starts, stops, window),
        }
    )


def sparklines(
    cells: pd.DataFrame, bucket: Bucket, today: date | None = None, window: Window = ANY_TIME
) -> pd.DataFrame:
    """One row per bucket, oldest first, those without items among them: see `recent_buckets`.

    | column | dtype | meaning |
    |---|---|---|
    | items | int64 | how many were created in the bucket |
    | open | int64 | those of them that are open |
    | open_negative | int64 | those of them that are open and negative |
    | negative_share | float64 | 0-1, of those that have a sentiment; missing where none has one |
    | running | bool | the bucket is not over `today` |
    | cut | bool | some of the bucket lies outside the window |
    """
    days, items = cells["day"].to_numpy(), cells["items"].to_numpy()
    shown = recent_buckets(ends(days, items), bucket, today, window)
    numbers = bucket_numbers(days, bucket) - (shown[0] if len(shown) else 0)
    places = np.clip(numbers, -1, len(shown)) + 1  # the first is of what is before them, the last of what is after
    is_open, is_negative = is_value(cells["status"], "open"), is_value(cells["sentiment"], "negative")
    kinds = is_open + 2 * is_negative + 4 * is_value(cells["sentiment"], NOT_SET)
    counts = table(places, len(shown) + 2, kinds, 6, items)[1:-1]
    starts, stops = first_days(shown, bucket), first_days(shown + 1, bucket)
    all_items, negative, rated = counts.sum(axis=1), counts[:, 2:4].sum(axis=1), counts[:, :4].sum(axis=1)
    return pd.DataFrame(
        {
            "items": all_items,
            "open": counts[:, 1::2].sum(axis=1),
            "open_negative": counts[:, 3],
            "negative_share": np.divide(negative, rated, out=np.full(len(shown), np.nan), where=rated > 0),
            "running": _running(starts, stops, today),
            "cut": _cut(starts, stops, window),
        }
    )


def _running(starts: np.ndarray, stops: np.ndarray, today: date | None) -> np.ndarray:
    if today is None:
        return np.zeros(len(starts), bool)
    day = (today - EPOCH).days
    return (starts <= day) & (stops > day)


def _cut(starts: np.ndarray, stops: np.ndarray, window: Window) -> np.ndarray:
    cut = np.zeros(len(starts), bool)
    first, last = window
    if first is not None:
        cut |= starts < (first - EPOCH).days
    if last is not None:
        cut |= stops > (last - EPOCH).days + 1
    return cut
