"""Moments as numbers: µs since 1970, UTC, exact over all years that a date can have."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(moment: datetime) -> int:
    """Since 1970, of an aware moment; exact, unlike `timestamp()`."""
    since = moment - EPOCH
    return (since.days * 86400 + since.seconds) * 1_000_000 + since.microseconds


def alike(one: int, other: int) -> bool:
    """Whether two times (µs) can be an item's, told with more and with fewer digits: less than a second apart."""
    return abs(one - other) < 1_000_000


EARLIEST, LATEST = map(microseconds, (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)))
"""The first and the last moment of the years 1 to 9999, in µs since 1970."""


def moment_of(microseconds: int) -> datetime:
    """The moment of µs since 1970, UTC; the first or the last there is where it would leave the years 1 to 9999."""
    return EPOCH + timedelta(microseconds=min(max(microseconds, EARLIEST), LATEST))
