"""Changes of a number against the previous period, with confidence intervals.

The previous period starts as many whole days earlier as the current one has days, counting a partial day as one. So
both have the same length, except for an hour when clocks change, and a morning is compared with a morning. Both are
counted in the same way: whole days from the cells, a partial last day from the rows.

Do not use this for numbers that depend on status: older items had longer to be resolved.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import inf, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from loop_client.mirror.moments import microseconds
from loop_client.mirror.zones import EPOCH, UTC_DAYS
from loop_client.query import Filters, Question
from loop_client.report.overview import UNRATED, sentiment_counts

if TYPE_CHECKING:
    import pandas as pd

    from loop_client.mirror.snapshot import Snapshot
    from loop_client.mirror.zones import Window, Zone

A_DAY: Final = timedelta(days=1)

FEWEST: Final = 8
"""Fewest items that each period needs for a comparison."""

Z: Final = 1.959963984540054
"""Standard normal quantile of a two-sided interval of 95 %."""

TOO_FEW: Final = "too few items"
NOT_CLEAR: Final = "no clear change"

Meaning = Literal["better", "worse", "neither"]


@dataclass(frozen=True, slots=True)
class Period:
    """A half-open interval: `start`, the first moment of a day, is included, and `end` is not."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Counts:
    """Items of a period. `rated`: those that have a sentiment."""

    items: int
    rated: int
    negative: int
    positive: int


@dataclass(frozen=True, slots=True)
class Change:
    """The change of a number against the previous period; with a `reason`, why no change is shown.

    `difference`: in items or people; for shares, from -1 to 1. `relative`: to the previous count, 0.25 for a quarter
    more; None for shares. `low`, `high`: the 95 % interval of a share's difference, or of the ratio of two counts.
    `meaning`: whether a significant change is good news. All are filled in for `NOT_CLEAR` too.
    """

    difference: float | None = None
    relative: float | None = None
    low: float | None = None
    high: float | None = None
    meaning: Meaning = "neither"
    reason: str | None = None


NO_BASELINE: Final = Change(reason="no earlier period")
"""The change of every number whose previous period is not a baseline, see `is_baseline`."""


def compared_periods(window: Window, now: datetime, zone: Zone = UTC_DAYS) -> tuple[Period, Period] | None:
    """The part of the window before `now`, and the previous period of the same length.

    None when the window has no first day, or starts after `now`. `now`: the time up to which the mirror is complete;
    items created after it are in neither period.
    """
    since, until = window
    if since is None:
        return None
    start, end = zone.start(since), now.astimezone(UTC)
    if until is not None and until < date.max:
        end = min(end, zone.start(until + A_DAY))
    if end <= start:
        return None
    last = zone.day(end - timedelta(microseconds=1))
    days = (last - since).days + 1  # a partial day counts as one
    if days > (since - date.min).days:
        return None
    earlier_end = same_time(end, last - timedelta(days=days), zone)
    return Period(start, end), Period(zone.start(since - timedelta(days=days)), earlier_end)


def same_time(end: datetime, last: date, zone: Zone) -> datetime:
    """The end of a period with this last day, at the same time of day as another period's `end`.

    A last day that is shorter, as clocks change, may be over by then.
    """
    day, over = zone.day(end - timedelta(microseconds=1)), zone.start(last + A_DAY)
    is_complete = end == zone.start(day + A_DAY)
    return over if is_complete else min(zone.start(last) + (end - zone.start(day)), over)


def is_baseline(snapshot: Snapshot, period: Period) -> bool:
    """Whether a period can serve as baseline: it is complete, and the account had items by the end of its first day."""
    first_day, since = snapshot.zone.day(period.start), snapshot.coverage.since
    is_complete = Question(Filters(since=first_day)).completeness(snapshot).is_complete
    return is_complete and since is not None and since < snapshot.zone.start(first_day + A_DAY)


def rows_in(created_at: np.ndarray, period: Period, passing: np.ndarray | None = None) -> np.ndarray:
    """The positions of the rows created in a period.

    `created_at`: µs since 1970 of all rows, newest first. `passing`: the rows that pass the filters, as ascending
    positions or as a mask over all rows; None for all.
    """
    first, last = (
        len(created_at) - int(np.searchsorted(created_at[::-1], microseconds(limit), side="left"))
        for limit in (period.end, period.start)
    )
    if passing is None:
        return np.arange(first, last)
    if passing.dtype == bool:
        return first + np.flatnonzero(passing[first:last])
    return passing[slice(*np.searchsorted(passing, [first, last]))]


def partial_last_day(period: Period, zone: Zone = UTC_DAYS) -> Period:
    """The part of a period after its last whole day; empty when the period ends at midnight."""
    return Period(zone.start(zone.day(period.end)), period.end)


def counts_in(period: Period, cells: pd.DataFrame, partial_day_items: pd.DataFrame, zone: Zone = UTC_DAYS) -> Counts:
    """The counts of a period.

    `cells`: those that pass all filters except the window's dates. `partial_day_items`: the rows of the period's
    `partial_last_day` that pass the same filters.
    """
    whole = sentiment_counts(cells["sentiment"], cells["items"].to_numpy() * on_whole_days(period, cells, zone))
    partial = sentiment_counts(partial_day_items["sentiment"], np.ones(len(partial_day_items), np.int64))
    counts = {name: whole.get(name, 0) + partial.get(name, 0) for name in {**whole, **partial}}
    items = sum(counts.values())
    return Counts(items, items - counts[UNRATED], counts["negative"], counts["positive"])


def on_whole_days(period: Period, cells: pd.DataFrame, zone: Zone) -> np.ndarray:
    """Mask of the cells of the whole days of a period."""
    days = cells["day"].to_numpy()
    first, last = ((zone.day(moment) - EPOCH).days for moment in (period.start, period.end))
    return np.asarray((days >= first) & (days < last))


def count_change(now: int, before: int, *, more: Meaning = "neither") -> Change:
    """The change of a count between two periods of equal length. `more`: whether an increase is better or worse.

    The interval is that of the ratio of the two rates, from Wilson's interval of the later period's share of all items.
    Given their sum, that count is binomial if items arrive independently; bursts vary more than the interval says.
    """
    if min(now, before) < FEWEST:
        return Change(reason=TOO_FEW)
    low, high = ratio_of_counts(now, before)
    reason = NOT_CLEAR if low <= 1 <= high else None
    meaning = "neither" if reason else _meaning(now - before, more)
    return Change(now - before, (now - before) / before, low, high, meaning, reason)


def share_change(now: tuple[int, int], before: tuple[int, int], *, more: Meaning = "neither", z: float = Z) -> Change:
    """The change of a share between two periods, each given as (part, total). `more`: what an increase means.

    `z`: see `quantile`.

    The interval is Newcombe's for the difference of two shares, from their Wilson intervals (his method 10).
    """
    if min(now[1], before[1]) < FEWEST:
        return Change(reason=TOO_FEW)
    share, earlier = now[0] / now[1], before[0] / before[1]
    (low, high), (earlier_low, earlier_high) = wilson(*now, z), wilson(*before, z)
    difference = share - earlier
    least = difference - sqrt((share - low) ** 2 + (earlier_high - earlier) ** 2)
    most = difference + sqrt((high - share) ** 2 + (earlier - earlier_low) ** 2)
    reason = NOT_CLEAR if least <= 0 <= most else None
    return Change(difference, None, least, most, "neither" if reason else _meaning(difference, more), reason)


def ratio_of_counts(now: int, before: int, z: float = Z) -> tuple[float, float]:
    """The interval of the ratio of two counts, as in `count_change`; its end is infinite with 0 before.

    One of the counts must not be 0. `z`: see `quantile`.
    """
    low, high = wilson(now, now + before, z)
    return low / (1 - low), high / (1 - high) if before else inf


def quantile(comparisons: int) -> float:
    """The standard normal quantile for so many intervals that all contain their true values with a probability of 95 %.

    This is Bonferroni's correction: of 200 tags without any change, ten would be outside their own 95 % intervals.
    """
    return NormalDist().inv_cdf(1 - 0.05 / (2 * max(comparisons, 1)))


def wilson(part: int, total: int, z: float = Z) -> tuple[float, float]:
    """Wilson's interval of a share, of 95 % unless `z` says otherwise."""
    low, high = wilson_ends(np.array([part]), np.array([total]), z)
    return float(low[0]), float(high[0])


def wilson_ends(parts: np.ndarray, totals: np.ndarray, z: float = Z) -> tuple[np.ndarray, np.ndarray]:
    """The lower and the upper ends of Wilson's intervals of many shares, as in `wilson`. `totals`: at least 1 each."""
    shares, spread = parts / totals, z * z / totals
    middle = (shares + spread / 2) / (1 + spread)
    half = z * np.sqrt(shares * (1 - shares) / totals + spread / (4 * totals)) / (1 + spread)
    low, high = np.maximum(0.0, middle - half), np.minimum(1.0, middle + half)
    return np.where(parts == 0, 0.0, low), np.where(parts == totals, 1.0, high)  # rounding may miss these ends


def _meaning(difference: float, more: Meaning) -> Meaning:
    less: dict[Meaning, Meaning] = {"better": "worse", "worse": "better", "neither": "neither"}
    return more if difference > 0 else less[more]
