"""How a number moved between two periods: its kind, and the interval of the ratio of both."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import inf
from typing import Final

from loop_client.report.comparison import FEWEST, Z, ratio_of_counts


class Kind(StrEnum):
    """What happened to a number."""

    FIRST = "first ever"
    NEW = "new"
    RISING = "rising"
    FALLING = "falling"
    GONE = "gone"
    NOT_CLEAR = "no clear change"
    TOO_FEW = "too few to tell"


CHANGED = (Kind.FIRST, Kind.NEW, Kind.RISING, Kind.FALLING, Kind.GONE)
"""The kinds that are news."""

FEWEST_FIRST: Final = 3
"""Fewest items, or people, of what is there for the first time: one item may be a typing error in a tag, and nearly
every item alone says what nobody said before."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A number of both periods, and what happened to it.

    `relative`: the change of the number a day, 0.25 for a quarter more; None with 0 before. `low`, `high`: the interval
    of the ratio of both numbers a day; None with fewer than 8 in both together. `high` is infinite with 0 before.
    """

    now: int
    before: int
    kind: Kind
    relative: float | None = None
    low: float | None = None
    high: float | None = None


def moved(now: int, before: int, scale: float = 1.0, z: float = Z, *, is_first: bool = False) -> Moved:
    """What happened to a number. `scale`: how many times as long the later period is. `z`: see `quantile`.

    `is_first`: it was 0 at all earlier times, which is news from 3 on.
    """
    relative = (now - before * scale) / (before * scale) if before else None
    is_first = is_first and now >= FEWEST_FIRST
    if now + before < FEWEST:
        return Moved(now, before, Kind.FIRST if is_first else Kind.TOO_FEW, relative)
    low, high = (end if end == inf else end / scale for end in ratio_of_counts(now, before, z))
    if is_first:
        kind = Kind.FIRST
    elif low > 1:
        kind = Kind.RISING if before else Kind.NEW
    elif high < 1:
        kind = Kind.FALLING if now else Kind.GONE
    else:
        kind = Kind.NOT_CLEAR
    return Moved(now, before, kind, relative, low, high)
