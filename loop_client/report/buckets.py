"""Counts over time, by day, week or month, from the cells of `loop_client.mirror.cube`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

from loop_client.mirror.columns import moments
from loop_client.mirror.zones import ANY_TIME, EPOCH, MICROSECONDS_A_DAY
from loop_client.query import ABSENT
from loop_client.report.counting import ends, is_value, numbered, table

if TYPE_CHECKING:
    from datetime import date

    from loop_client.mirror.zones import Window

MOST_BUCKETS: Final = 1_000
"""Most buckets of which empty ones get a row too: one item with a wrong year must not make 20,000 rows."""

MOST_DAYS, AHEAD = 10_957, 366
"""Most days of a chart, thirty years, and most days after today: one item with a wrong year must not squeeze all others
into one bar."""

MONDAY: Final = 3
"""Days between 1 January 1970, a Thursday, and the Monday before it."""

POINTS: Final = 30
"""Most points of a sparkline."""

Bucket = Literal["day", "week", "month"]


def span(cells: pd.DataFrame, window: Window = ANY_TIME, today: date | None = None) -> tuple[int, int] | None:
    """The first and the last day to show, in days since 1970; None without items.

    The span covers all items and the whole window, up to `today`. When items span more than thirty years, it covers the
    thirty years up to one year after `today`, or when those are empty, up to the last item.
    """
    days, items = cells["day"].to_numpy(), cells["items"].to_numpy()
    found = ends(days, items)
    if found is not None and found[1] - found[0] >= MOST_DAYS:
        lasts = [*([(today - EPOCH).days + AHEAD] if today else []), found[1]]
        near = ((days > last - MOST_DAYS) & (days <= last) for last in lasts)
        found = next(filter(None, (ends(days[inside], items[inside]) for inside in near)))
    return _spanned(found, window, today)


def outside(cells: pd.DataFrame, shown: tuple[int, int]) -> tuple[int, int]:
    """The numbers of items created before and after the days shown, see `span`."""
    days, items = cells["day"].to_numpy(), cells["items"].to_numpy()
    return int(items[days < shown[0]].sum()), int(items[days > shown[1]].sum())


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
    """The bucket that fits the `span` of days: "day" for up to 61 days, "week" for up to 401, else "month"."""
    first, last = span(cells, window, today) or (0, 0)
    if last - first <= 60:
        return "day"
    return "week" if last - first <= 400 else "month"


def bucket_numbers(days: np.ndarray, bucket: Bucket) -> np.ndarray:
    """The bucket of each day, as a number counted from 1970. `days`: since 1970."""
    if bucket == "month":
        return days.astype("M8[D]").astype("M8[M]").astype(np.int64)
    return days.astype(np.int64) if bucket == "day" else (days.astype(np.int64) + MONDAY) // 7


def bucket_of(day: date, bucket: Bucket) -> int:
    """The bucket of one day, see `bucket_numbers`."""
    return int(bucket_numbers(np.array([(day - EPOCH).days]), bucket)[0])


def recent_buckets(
    found: tuple[int, int] | None, bucket: Bucket, today: date | None = None, window: Window = ANY_TIME
) -> np.ndarray:
    """The last 30 buckets of a `span`, none of them after the bucket of `today`.

    `found`: the first and the last day with items, in days since 1970; None without items.
    """
    shown = _spanned(found, window, today)
    first, last = bucket_numbers(np.array(shown), bucket) if shown else (0, -1)
    if today is not None:
        last = min(last, bucket_of(today, bucket))
    return np.arange(max(first, last - POINTS + 1), last + 1)


def first_days(numbers: np.ndarray, bucket: Bucket) -> np.ndarray:
    """The first day of each bucket, in days since 1970: the day itself, the Monday or the first of the month."""
    if bucket == "month":
        return numbers.astype("M8[M]").astype("M8[D]").astype(np.int64)
    return numbers if bucket == "day" else numbers * 7 - MONDAY


def midnights(days: np.ndarray) -> pd.Series:
    """Midnight in UTC of each day. `days`: since 1970."""
    return moments(days * MICROSECONDS_A_DAY)


def volume(cells: pd.DataFrame, bucket: Bucket, today: date | None = None, window: Window = ANY_TIME) -> pd.DataFrame:
    """One row per bucket of the `span` and sentiment that occurs, oldest first.

    Beyond 1,000 buckets, those without items are left out. Items outside the span are not counted, see `outside`.

    | column | dtype | meaning |
    |---|---|---|
    | start | datetime64[us, UTC] | the day, the Monday or the first of the month, as midnight in UTC |
    | end | datetime64[us, UTC] | start of the next bucket |
    | sentiment | str | as `naming.named` calls it |
    | items | int64 | items created in the bucket |
    | share | float64 | 0-1, of the bucket's items with a sentiment; missing for items without one |
    | running | bool | the bucket is not over `today` |
    | cut | bool | part of the bucket is outside the window |
    """
    names, sentiments = numbered(cells["sentiment"])
    shown = span(cells, window, today)
    first, last = bucket_numbers(np.array(shown), bucket) if shown else (0, -1)
    numbers = bucket_numbers(cells["day"].to_numpy(), bucket)
    inside = (numbers >= first) & (numbers <= last)
    if last - first < MOST_BUCKETS:
        buckets, places = np.arange(first, last + 1), numbers[inside] - first
    else:
        buckets, places = np.unique(numbers[inside], return_inverse=True)
    counts = table(places, len(buckets), sentiments[inside], len(names), cells["items"].to_numpy()[inside])
    if last - first >= MOST_BUCKETS:
        buckets, counts = buckets[counts.any(axis=1)], counts[counts.any(axis=1)]
    occurring = np.flatnonzero(counts.any(axis=0))
    counted, rated = counts[:, occurring].ravel(), np.repeat(counts[:, :-1].sum(axis=1), len(occurring))
    has_share = (rated > 0) & np.tile(occurring < len(names) - 1, len(counts))
    in_each = np.repeat(buckets, len(occurring))
    starts, stops = first_days(in_each, bucket), first_days(in_each + 1, bucket)
    return pd.DataFrame(
        {
            "start": midnights(starts),
            "end": midnights(stops),
            "sentiment": pd.array(names, dtype="str").take(np.tile(occurring, len(counts))),
            "items": counted,
            "share": np.divide(counted, rated, out=np.full(len(counted), np.nan), where=has_share),
            **partial(starts, stops, today, window),
        }
    )


def sparklines(
    cells: pd.DataFrame, bucket: Bucket, today: date | None = None, window: Window = ANY_TIME
) -> pd.DataFrame:
    """One row per bucket of `recent_buckets`, oldest first, also for buckets without items.

    | column | dtype | meaning |
    |---|---|---|
    | items | int64 | items created in the bucket |
    | negative_share | float64 | 0-1, of the items with a sentiment; missing where no item has one |
    | running | bool | the bucket is not over `today` |
    | cut | bool | part of the bucket is outside the window |
    """
    days, items = cells["day"].to_numpy(), cells["items"].to_numpy()
    shown = recent_buckets(ends(days, items), bucket, today, window)
    numbers = bucket_numbers(days, bucket) - (shown[0] if len(shown) else 0)
    places = np.clip(numbers, -1, len(shown)) + 1  # the first place is before all buckets, the last after them
    sentiments = cells["sentiment"]
    kinds = is_value(sentiments, "negative") + 2 * is_value(sentiments, ABSENT["sentiment"])
    counts = table(places, len(shown) + 2, kinds, 3, items)[1:-1]
    starts, stops = first_days(shown, bucket), first_days(shown + 1, bucket)
    all_items, negative, rated = counts.sum(axis=1), counts[:, 1], counts[:, :2].sum(axis=1)
    return pd.DataFrame(
        {
            "items": all_items,
            "negative_share": np.divide(negative, rated, out=np.full(len(shown), np.nan), where=rated > 0),
            **partial(starts, stops, today, window),
        }
    )


def partial(starts: np.ndarray, stops: np.ndarray, today: date | None, window: Window) -> dict[str, np.ndarray]:
    """The columns "running", for buckets that are not over `today`, and "cut", for those partly outside the window."""
    return {"running": _running(starts, stops, today), "cut": _cut(starts, stops, window)}


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
