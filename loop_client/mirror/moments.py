"""Times as integers: µs since 1970, UTC, exact for the years 1 to 9999."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970 of an aware datetime; exact, unlike `timestamp()`."""
    since = moment - EPOCH
    return (since.days * 86400 + since.seconds) * 1_000_000 + since.microseconds


def alike(one: int, other: int) -> bool:
    """Whether two times (µs) can be the same one with different precision: less than a second apart."""
    return abs(one - other) < 1_000_000


EARLIEST, LATEST = map(microseconds, (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)))
"""The first and the last moment of the years 1 to 9999, in µs since 1970."""


def moment_of(microseconds: int) -> datetime:
    """The datetime of µs since 1970, UTC, limited to the years 1 to 9999."""
    return EPOCH + timedelta(microseconds=min(max(microseconds, EARLIEST), LATEST))
