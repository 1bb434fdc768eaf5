"""Days as a team counts them: the calendar of one time zone, in which counts, filters and reports agree."""

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
"""The first and the last day, both included."""

ANY_TIME: Final[Window] = (None, None)


class Zone:
    """A time zone. Days are numbered from 1 January 1970; moments are µs since then, UTC.

    A day begins with its first moment and ends where the next one begins, so each moment is of one day, also where
    clocks are changed at midnight. A day that a zone left out has no moments. A moment whose date there would leave the
    years 1 to 9999 has its date and time in UTC.
    """

    def __init__(self, name: str = "UTC") -> None:
        """`name`: as in the IANA database.

        Raises:
            ValueError, OSError, ZoneInfoNotFoundError: There is no such zone on this machine.
        """
        self.name, self._info = name, ZoneInfo(name)
        self._start = lru_cache(maxsize=50_000)(self._first_moment)

    def __repr__(self) -> str:
        """As it is made."""
        return f"Zone({self.name!r})"

    def days(self, moments: np.ndarray) -> np.ndarray:
        """The days (int32) of moments; costs little where they are in order."""
        utc_days = moments // MICROSECONDS_A_DAY
        if self.name == "UTC" or not len(moments):
            return utc_days.astype(np.int32)
        met = np.unique(utc_days[np.append(True, np.diff(utc_days) != 0)])
        days = np.unique(np.concatenate([met - 1, met, met + 1, met + 2]))
        last = np.searchsorted(self.starts(days), moments, side="right") - 1
        return days[last].astype(np.int32)

    def starts(self, days: Sequence[int] | np.ndarray) -> np.ndarray:
        """The first moments of days; those of a day that was left out are the next one's."""
        return np.array([self._start(int(day)) for day in days], np.int64)

    def start(self, day: date) -> datetime:
        """The first moment of a day."""
        return moment_of(self._start((day - EPOCH).days))

    def day(self, moment: datetime) -> date:
        """The day of a moment."""
        return EPOCH + timedelta(days=int(self.days(np.array([microseconds(moment)]))[0]))

    def bounds(self, window: Window) -> tuple[int | None, int | None]:
        """The first moment of a window, and the first one after it."""
        first, last = window
        return (
            None if first is None else self._start((first - EPOCH).days),
            None if last is None else self._start((last - EPOCH).days + 1),
        )

    def local(self, moment: datetime) -> datetime:
        """A moment by the clocks there."""
        utc = moment_of(microseconds(moment))  # pandas' moments leave the years 1 to 9999, and cannot be written then
        try:
            return utc.astimezone(self._info)
        except OverflowError:
            return utc

    def clocks(self, moments: np.ndarray) -> np.ndarray:
        """Moments by the clocks there, as µs since 1970 of a clock without a zone; see `local`.

        No zone changes its clocks twice within a day, so where a day (UTC) begins and ends with the same offset, that
        is the offset of all its moments.
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
        """What the clocks there are ahead of UTC, in µs."""
        found = (self.local(moment_of(moment)).utcoffset() or timedelta() for moment in moments.tolist())
        return np.array([offset // timedelta(microseconds=1) for offset in found], np.int64)

    def formatted(self, moment: datetime, form: str = "%-d %b %Y, %H:%M %Z") -> str:
        """A moment as clocks show it there, as in "3 Aug 2026, 14:02 CEST"."""
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
"""Where a team has named none."""


def written(day: date, form: str = "%-d %b %Y") -> str:
    """A day, or a moment, in words: years have four digits, which those before 1000 have not on every machine."""
    return f"{day:{form.replace('%Y', f'{day.year:04}')}}"


def day_bounds(window: Window) -> tuple[int | None, int | None]:
    """The number of a window's first day, and of the first one after it."""
    first, last = window
    return (None if first is None else (first - EPOCH).days, None if last is None else (last - EPOCH).days + 1)
