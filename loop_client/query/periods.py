"""Days in a link: dates, and periods relative to today."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from loop_client.mirror.zones import EPOCH

ALL_TIME: Final = "all time"

PERIODS: Final = {"7 days": 7, "30 days": 30, "90 days": 90, ALL_TIME: None}
"""Value of the link parameter `last` → number of days up to today, None for all; it replaces the dates."""

FIRST_PERIOD: Final = "30 days"
"""What the overview shows on its bare address. Any other link without dates means all time."""

FIRST_DAY, LAST_DAY = EPOCH, date(2099, 12, 31)
"""First and last day that the date fields accept."""


def period_start(period: str | None, today: date) -> date | None:
    """The first day of a period; None for all time, or without a period."""
    days = PERIODS[period or ALL_TIME]
    return None if days is None else today - timedelta(days=days - 1)


def day(value: str) -> date | None:
    """The day in a link; None when it is invalid or out of bounds."""
    parsed = any_day(value)
    return parsed if parsed and FIRST_DAY <= parsed <= LAST_DAY else None


def any_day(value: str) -> date | None:
    """The day in a link, without the bounds of the date fields; None when it is invalid."""
    try:
        parsed = date.fromisoformat(value)
    except ValueError:
        return None
    return parsed if parsed.isoformat() == value else None
