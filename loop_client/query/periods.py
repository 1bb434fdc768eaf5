"""The days that a link can ask for: dates, and periods that go along with the calendar."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from loop_client.mirror.zones import EPOCH

PERIODS: Final = {"7 days": 7, "30 days": 30, "90 days": 90}
"""Value of a link's `last` → days up to today, which go along with the calendar; they take the place of the dates."""

FIRST_DAY, LAST_DAY = EPOCH, date(2099, 12, 31)
"""Days that a window can begin and end on."""


def begin(period: str, today: date) -> date:
    """The first day of a period."""
    return today - timedelta(days=PERIODS[period] - 1)


def day(value: str) -> date | None:
    """The day that a link says; None when it is none, or out of bounds."""
    said = any_day(value)
    return said if said and FIRST_DAY <= said <= LAST_DAY else None


def any_day(value: str) -> date | None:
    """The same of all days that an item can have, not those alone of the date fields."""
    try:
        said = date.fromisoformat(value)
    except ValueError:
        return None
    return said if said.isoformat() == value else None
