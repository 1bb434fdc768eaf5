"""Days in the team's time zone, shared by counts, filters and reports."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import numpy as np

from loop_client.mirror.moments import EARLIEST, LATEST, microseconds, moment_of

if TYPE_CHECKING:
    from collections.abc import Sequence

MICROSECONDS_A_DAY: Final = 86_400_000_000
EPOCH: Final = date(1970, 1, 1)
FIRST, LAST = ((edge - EPOCH).days for edge in (date.min, date.max))
"""The days of the years 1 to 9999."""

Window = tuple[date | None, date | None]
"""The first and the last day, both included; None for no limit."""

ANY_TIME: Final[Window] = (None, None)


class Zone:
    """A time zone. Days are numbered from 1 January 1970; moments are µs since then, UTC.

    A day ends where the next one begins, so each moment belongs to one day, even if clocks change at midnight. A day
    that a zone skipped has no moments. A moment whose local date is outside the years 1 to 9999 has its date and time
    in UTC.
    """

    def __init__(self, name: str = "UTC") -> None:
        """`name`: of the IANA database.

        Raises:
            ValueError, OSError, ZoneInfoNotFoundError: There is no such zone on this machine.
        """
        self.name, self._info = name, ZoneInfo(name)
        self._start = lru_cache(maxsize=50_000)(self._first_moment)

    def __repr__(self) -> str:
        """The call that creates it."""
        return f"Zone({self.name!r})"

    def days(self, moments: np.ndarray) -> np.ndarray:
        """The days (int32) of moments; fast if they are sorted."""
        utc_days = moments // MICROSECONDS_A_DAY
        if self.name == "UTC" or not len(moments):
            return utc_days.astype(np.int32)
        present = np.unique(utc_days[np.append(True, np.diff(utc_days) != 0)])
        days = np.unique(np.concatenate([present - 1, present, present + 1, present + 2]))
        last = np.searchsorted(self.starts(days), moments, side="right") - 1
        return days[last].astype(np.int32)

    def starts(self, days: Sequence[int] | np.ndarray) -> np.ndarray:
        """The first moments of days; a skipped day has that of the next one."""
        return np.array([self._start(int(day)) for day in days], np.int64)

    def start(self, day: date) -> datetime:
        """The first moment of a day."""
        return moment_of(self._start((day - EPOCH).days))

    def day(self, moment: datetime) -> date:
        """The day of a moment."""
        return EPOCH + timedelta(days=int(self.days(np.array([microseconds(moment)]))[0]))

    def bounds(self, window: Window) -> tuple[int | None, int | None]:
        """The first moment of a window, and the first moment after it."""
        first, last = window
        return (
            None if first is None else self._start((first - EPOCH).days),
            None if last is None else self._start((last - EPOCH).days + 1),
        )

    def local(self, moment: datetime) -> datetime:
        """A moment in this zone."""
        utc = moment_of(microseconds(moment))  # pandas' moments can be outside the years 1 to 9999
        try:
            return utc.astimezone(self._info)
        except OverflowError:
            return utc

    def clocks(self, moments: np.ndarray) -> np.ndarray:
        """Local times of moments, as naive µs since 1970; see `local`.

        No zone changes its clocks twice within a day, so if a day (UTC) begins and ends with the same offset, all its
        moments have it.
        """
        if self.name == "UTC" or not len(moments):
            return moments
        days, day_of = np.unique(moments // MICROSECONDS_A_DAY, return_inverse=True)
        starts = days * MICROSECONDS_A_DAY
        edges = (starts, starts + MICROSECONDS_A_DAY - 1)
        first, last = (self._offsets(np.clip(edge, EARLIEST, LATEST)) for edge in edges)
        changes, offsets = (first != last)[day_of], first[day_of]
        offsets[changes] = self._offsets(moments[changes])
        clocks: np.ndarray = moments + offsets
        return clocks

    def _offsets(self, moments: np.ndarray) -> np.ndarray:
        """The zone's offsets from UTC, in µs."""
        found = (self.local(moment_of(moment)).utcoffset() or timedelta() for moment in moments.tolist())
        return np.array([offset // timedelta(microseconds=1) for offset in found], np.int64)

    def formatted(self, moment: datetime, form: str = "%-d %b %Y, %H:%M %Z") -> str:
        """A moment as local date and time, such as "3 Aug 2026, 14:02 CEST"."""
        return written(self.local(moment), form)

    def _first_moment(self, day: int) -> int:
        if self.name == "UTC" or not FIRST < day <= LAST:
            return day * MICROSECONDS_A_DAY
        midnight = datetime.combine(EPOCH + timedelta(days=day), time(), self._info)
        at = midnight.astimezone(UTC)
        if at.astimezone(self._info).replace(tzinfo=None) > midnight.replace(tzinfo=None):  # clocks skip midnight
            before = midnight.replace(fold=1).astimezone(UTC)
            while at - before > timedelta(seconds=1):
                middle = before + (at - before) // 2
                is_after = middle.astimezone(self._info).utcoffset() == at.astimezone(self._info).utcoffset()
                before, at = (before, middle) if is_after else (middle, at)
            at = at.replace(microsecond=0)
        return microseconds(at)


UTC_DAYS: Final = Zone()
"""The default zone."""


def written(day: date, form: str = "%-d %b %Y") -> str:
    """A day or a moment in words, with four digits for the year, which strftime does not guarantee before 1000."""
    return f"{day:{form.replace('%Y', f'{day.year:04}')}}"


def day_bounds(window: Window) -> tuple[int | None, int | None]:
    """The number of a window's first day, and of the first day after it."""
    first, last = window
    return (None if first is None else (first - EPOCH).days, None if last is None else (last - EPOCH).days + 1)
