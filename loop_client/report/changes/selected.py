"""The items that changes are about, and the two periods in which they are counted."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loop_client.mirror.columns import texts_of
from loop_client.mirror.zones import written
from loop_client.query import DrillDown, Filters, Question, selected
from loop_client.report.comparison import Period, compared_periods, is_baseline, rows_in, same_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loop_client.mirror.snapshot import Snapshot
    from loop_client.mirror.zones import Window, Zone

Side = Literal["now", "before", "always"]
"""The period that rows are of: the later one, the earlier one, or all days."""

Both = tuple[Period, Period]
"""Two periods that do not overlap, the later one first."""

A_MOMENT: Final = timedelta(microseconds=1)
A_DAY: Final = timedelta(days=1)

AROUND: Final = 30
"""Days after a marker, and as many before it."""

BY_STATUS: Final = "Nothing is compared by status: older items had longer to be resolved."
NOT_COVERED: Final = "Nothing is compared: there is no complete period before."
ALL_TIME: Final = "Choose a period to compare: all time has nothing before it."
NOTHING_BEFORE: Final = "Nothing is compared: there are no days before these."
UNEQUAL: Final = "Not compared: the periods differ in length, and people who write again count once in either."
OVERLAP: Final = "The two periods overlap. Choose days that are in one of them only."


@dataclass(frozen=True, slots=True)
class Selection:
    """The items of a snapshot that pass all filters, whatever their day: the days in the filters are ignored."""

    snapshot: Snapshot
    filters: Filters
    also: tuple[Filters, ...] = ()
    _passed: dict[Period, np.ndarray] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def conditions(self) -> tuple[Filters, ...]:
        """All filters."""
        return (self.filters, *self.also)

    @property
    def is_filtered(self) -> bool:
        """Whether some items may not pass."""
        return any(map(_selects, self.conditions))

    @property
    def times(self) -> np.ndarray:
        """When the items of the snapshot were created, µs since 1970, newest first."""
        times: np.ndarray = self.snapshot.frame["created_at"].array.asi8
        return times

    def rows(self, period: Period) -> np.ndarray:
        """The positions of the items of a period, newest first, searched once for each period.

        Time grows with the period and not with the account.
        """
        if period not in self._passed:
            self._passed[period] = self._passing(rows_in(self.times, period))
        return self._passed[period]

    def always(self, *more: Filters) -> np.ndarray:
        """The positions of the items of all days, newest first."""
        return self._passing(np.arange(len(self.snapshot.frame)), *more)

    def earlier(self, period: Period, people: pa.Array) -> np.ndarray:
        """The positions of these people's items from before a period, newest first.

        Only as far back as all items are loaded: a person's older open items say nothing of what came after them.
        """
        coverage, earlier = self.snapshot.coverage, np.arange(0)
        since = datetime.min.replace(tzinfo=UTC) if coverage.complete else coverage.since
        if since is not None:
            earlier = rows_in(self.times, Period(since, period.start))
        first = int(earlier[0]) if len(earlier) else 0
        theirs = pc.is_in(texts_of(self.snapshot.frame, "user_id").slice(first, len(earlier)), people)
        return self._passing(first + np.flatnonzero(theirs.to_numpy(zero_copy_only=False)))

    def among(self, ids: Sequence[str]) -> set[str]:
        """Those of these ids whose items pass."""
        texts = texts_of(self.snapshot.frame, "id")
        rows: np.ndarray | list[int] = []
        if ids:
            rows = np.flatnonzero(pc.is_in(texts, pa.array(ids, texts.type)).to_numpy(zero_copy_only=False))
        return {*self.snapshot.frame["id"].iloc[self._passing(np.asarray(rows, np.int64))]}

    def _passing(self, among: np.ndarray, *more: Filters) -> np.ndarray:
        found = among
        for one in sorted((*self.conditions, *more), key=lambda one: one.needs_rows):
            if _selects(one):
                values, query = one.selecting(self.snapshot.aliases)
                found = selected(self.snapshot.frame, values, (None, None), query, found)
        return found

    def depends_on(self, *dimensions: str) -> bool:
        """Whether a filter selects by one of these."""
        return any(getattr(one, name) for one in self.conditions for name in dimensions)

    def not_compared(self, both: Both) -> str | None:
        """Why the periods are not compared, as a sentence; None if they are."""
        if self.depends_on("status"):
            return BY_STATUS
        return None if is_baseline(self.snapshot, both[1]) else NOT_COVERED

    def is_complete(self, only: DrillDown) -> bool:
        """Whether all items of all days are loaded that a drill-down selects."""
        return Question(drill_down=only).completeness(self.snapshot).is_complete

    def first_day(self, period: Period) -> date:
        """The first day of a period."""
        return self.snapshot.zone.day(period.start)

    def last_day(self, period: Period) -> date:
        """The last day of a period, which may be partial."""
        return self.snapshot.zone.day(period.end - A_MOMENT)

    def days(self, period: Period) -> DrillDown:
        """The drill-down to a period: to whole days, and in a last day that is partial, up to a minute."""
        first, last = self.first_day(period), self.last_day(period)
        if period.end == self.snapshot.zone.start(last + A_DAY):
            return DrillDown(since=first, until=last)
        return DrillDown(since=first, upto=period.end - A_MOMENT)


def _selects(one: Filters) -> bool:
    """Whether a filter has a condition beside its days."""
    return any(one.values.values()) or "id" in one.values or bool(one.text.strip())


def to_the_minute(both: Both, zone: Zone) -> Both:
    """The periods without the seconds after the last full minute, as links have none; whole days stay as they are."""
    later, before = (
        one
        if one.end == zone.start(zone.day(one.end))
        else replace(one, end=one.end.replace(second=0, microsecond=0) + A_MOMENT)
        for one in both
    )
    return later, before


def length(period: Period) -> float:
    """The length of a period in days of 24 hours."""
    return (period.end - period.start) / A_DAY


def are_equal(both: Both, zone: Zone) -> bool:
    """Whether the periods have as many days, and end at the same time of day, whatever the clocks do in between."""
    (days, _), (days_before, last) = (_days(period, zone) for period in both)
    return days == days_before and both[1].end == same_time(both[0].end, last, zone)


def lengths_of(both: Both, zone: Zone) -> tuple[float, float] | None:
    """The lengths of both periods in days of 24 hours; None for equal ones."""
    return None if are_equal(both, zone) else (length(both[0]), length(both[1]))


def scale_of(both: Both, zone: Zone) -> float:
    """How many times as long the later period is; 1 for equal ones."""
    lengths = lengths_of(both, zone)
    return lengths[0] / lengths[1] if lengths else 1.0


def _days(period: Period, zone: Zone) -> tuple[int, date]:
    """How many days a period has, a partial one counting as one; and the last of them."""
    last = zone.day(period.end - A_MOMENT)
    return (last - zone.day(period.start)).days + 1, last


def period_of(days: Window, now: datetime, zone: Zone) -> Period | str:
    """The period with these days, both included, up to `now`; or a sentence why nothing can be compared with it."""
    first, last = days
    if first is None:
        return (
            f"Choose a first day, too: all days up to {written(last)} have nothing before them." if last else ALL_TIME
        )
    start, end = zone.start(first), min(zone.start((last or zone.day(now)) + A_DAY), now.astimezone(UTC))
    return Period(start, end) if start < end else f"{written(first)} has not begun yet. Choose days that have."


def with_previous(days: Window, now: datetime, zone: Zone) -> Both | str:
    """The period with these days and the one before, see `compared_periods`; or a sentence why there are none."""
    period = period_of(days, now, zone)
    return period if isinstance(period, str) else compared_periods(days, now, zone) or NOTHING_BEFORE


def two_periods(one: Window, other: Window, now: datetime, zone: Zone) -> Both | str:
    """The two periods with these days, both included, in either order; or a sentence why there are none.

    What is after `now` is in neither; without a last day, a period ends there. If both have as many days, the earlier
    one ends at the same time of day: a morning is compared with a morning.
    """
    this, that = (period_of(days, now, zone) for days in (one, other))
    if isinstance(this, str):
        return this
    if isinstance(that, str):
        return that
    before, later = sorted((this, that), key=lambda period: period.start)
    if before.end > later.start:
        return OVERLAP
    (days, _), (days_before, last) = (_days(period, zone) for period in (later, before))
    return later, replace(before, end=same_time(later.end, last, zone)) if days == days_before else before


def around(marker: date, now: datetime, zone: Zone, days: int = AROUND) -> Both | str:
    """The days from a marker on, at most `days`, and as many before it; a sentence if it has not begun yet."""
    return with_previous((marker, marker + (days - 1) * A_DAY), now, zone)
