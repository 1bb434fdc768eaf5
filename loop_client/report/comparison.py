"""The change of a number against the stretch of time before, and when there is none to tell.

The earlier stretch is the same one a whole number of days before: as many days as the later one touches. So both last
equally long, but for an hour where clocks were changed, and a morning is compared with a morning. Both are counted in
the same way: whole days from the cells, the part of a last day that is not over from the rows.

Nothing here is for numbers that depend on status: older items had longer to be resolved.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import sqrt
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
"""Items that both sides must have."""

Z: Final = 1.959963984540054
"""Standard normal quantile of a two-sided interval of 95 %."""

NOT_COVERED: Final = "the earlier window is not fully covered"
TOO_FEW: Final = "too few to tell"
NOT_CLEAR: Final = "no clear change"

Meaning = Literal["better", "worse", "neither"]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time, from `start`, the first moment of a day, up to and without `end`."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Counts:
    """Items of a stretch. `rated`: those that have a sentiment."""

    items: int
    rated: int
    negative: int
    positive: int


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a number. With a `reason` there is no change to show: a plain one, why not.

    Where the change is merely not clear, the numbers are there to explain that. `difference`: items or people, or
    for shares from -1 to 1. `relative`: of the earlier count, 0.25 for a quarter more; None for shares. `low`, `high`:
    95 % interval, of a share's difference or of the ratio of two counts. `meaning`: of a clear change.
    """

    difference: float | None = None
    relative: float | None = None
    low: float | None = None
    high: float | None = None
    meaning: Meaning = "neither"
    reason: str | None = None


def stretches(window: Window, now: datetime, zone: Zone = UTC_DAYS) -> tuple[Stretch, Stretch] | None:
    """The window as far as it is over at `now`, and the earlier stretch to compare it with.

    None when the window has no first day, or only begins later. `now`: as of when items are held; what is created
    after it is in neither.
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
    days = (last - since).days + 1  # those it touches
    if days > (since - date.min).days:
        return None
    before = last - timedelta(days=days)
    over = zone.start(before + A_DAY)
    is_whole = end == zone.start(last + A_DAY)
    earlier_end = over if is_whole else min(zone.start(before) + (end - zone.start(last)), over)
    return Stretch(start, end), Stretch(zone.start(since - timedelta(days=days)), earlier_end)


def is_baseline(snapshot: Snapshot, stretch: Stretch) -> bool:
    """Whether numbers can be compared with those of a stretch: they are whole, and the account was in use by then.

    That is on its first day.
    """
    first_day, since = snapshot.zone.day(stretch.start), snapshot.coverage.since
    is_whole = Question(Filters(since=first_day)).completeness(snapshot).is_whole
    return is_whole and since is not None and since < snapshot.zone.start(first_day + A_DAY)


def rows_in(created_at: np.ndarray, stretch: Stretch, passing: np.ndarray | None = None) -> np.ndarray:
    """The positions of the rows of a stretch.

    `created_at`: µs since 1970 of all rows, newest first. `passing`: the rows that pass the filters, as ascending
    positions or as a mask of all rows; None for all.
    """
    first, last = (
        len(created_at) - int(np.searchsorted(created_at[::-1], microseconds(limit), side="left"))
        for limit in (stretch.end, stretch.start)
    )
    if passing is None:
        return np.arange(first, last)
    if passing.dtype == bool:
        return first + np.flatnonzero(passing[first:last])
    return passing[slice(*np.searchsorted(passing, [first, last]))]


def edge(stretch: Stretch, zone: Zone = UTC_DAYS) -> Stretch:
    """The last day of a stretch, if that day is not over: what no whole day has."""
    return Stretch(zone.start(zone.day(stretch.end)), stretch.end)


def counts_in(stretch: Stretch, cells: pd.DataFrame, edge_items: pd.DataFrame, zone: Zone = UTC_DAYS) -> Counts:
    """The counts of a stretch.

    `cells`: of items of all times, not of a window alone, as far as they pass the other filters. `edge_items`: the rows
    in its `edge`, as far as they pass them.
    """
    days = cells["day"].to_numpy()
    first, last = ((zone.day(moment) - EPOCH).days for moment in (stretch.start, stretch.end))
    whole = sentiment_counts(cells["sentiment"], cells["items"].to_numpy() * ((days >= first) & (days < last)))
    edge = sentiment_counts(edge_items["sentiment"], np.ones(len(edge_items), np.int64))
    counts = {name: whole.get(name, 0) + edge.get(name, 0) for name in {**whole, **edge}}
    items = sum(counts.values())
    return Counts(items, items - counts[UNRATED], counts["negative"], counts["positive"])


def count_change(now: int, before: int, *, covered: bool, more: Meaning = "neither") -> Change:
    """The change of a count between two stretches that last equally long. `more`: what it means that there are more.

    The interval is of the ratio of the two rates, from Wilson's interval of the later stretch's part of all items
    (given their sum, a binomial number if items come one by one; those that come in bursts vary more than that).
    """
    if reason := _silence(now, before, covered=covered):
        return Change(reason=reason)
    low, high = (part / (1 - part) for part in wilson(now, now + before))
    reason = NOT_CLEAR if low <= 1 <= high else None
    meaning = "neither" if reason else _meaning(now - before, more)
    return Change(now - before, (now - before) / before, low, high, meaning, reason)


def share_change(now: tuple[int, int], before: tuple[int, int], *, covered: bool, more: Meaning = "neither") -> Change:
    """The change of a share between two stretches, each given as part and whole. `more`: what a greater share means.

    The interval is Newcombe's of the difference of two shares, from their Wilson intervals (his method 10).
    """
    if reason := _silence(now[1], before[1], covered=covered):
        return Change(reason=reason)
    share, earlier = now[0] / now[1], before[0] / before[1]
    (low, high), (earlier_low, earlier_high) = wilson(*now), wilson(*before)
    difference = share - earlier
    least = difference - sqrt((share - low) ** 2 + (earlier_high - earlier) ** 2)
    most = difference + sqrt((high - share) ** 2 + (earlier - earlier_low) ** 2)
    reason = NOT_CLEAR if least <= 0 <= most else None
    return Change(difference, None, least, most, "neither" if reason else _meaning(difference, more), reason)


def wilson(part: int, whole: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    share, spread = part / whole, Z * Z / whole
    middle = (share + spread / 2) / (1 + spread)
    half = Z * sqrt(share * (1 - share) / whole + spread / (4 * whole)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def _silence(now: int, before: int, *, covered: bool) -> str | None:
    if not covered:
        return NOT_COVERED
    return TOO_FEW if min(now, before) < FEWEST else None


def _meaning(difference: float, more: Meaning) -> Meaning:
    less: dict[Meaning, Meaning] = {"better": "worse", "worse": "better", "neither": "neither"}
    return more if difference > 0 else less[more]
