"""Ages of the open negative items, computed from the rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from loop_client.mirror.columns import moments
from loop_client.mirror.moments import microseconds
from loop_client.mirror.zones import MICROSECONDS_A_DAY

if TYPE_CHECKING:
    from datetime import datetime

EDGES: Final = (1, 3, 7, 30)
"""Boundaries between the bands, in days."""

BANDS: Final = ("0–1 days", "1–3 days", "3–7 days", "7–30 days", "over 30 days")  # noqa: RUF001 - ranges are set so


@dataclass(frozen=True, slots=True, eq=False)
class Ages:
    """Items by age. `bands`: see `ages`. `oldest`: when the oldest item was created; None without items."""

    bands: pd.DataFrame
    oldest: datetime | None


def ages(created_at: np.ndarray, positions: np.ndarray, now: datetime) -> Ages:
    """The ages of some items at `now`: one row per band, youngest first; all five bands, also empty ones.

    Age is the time from `created_at` to `now`. A band includes its lower end and excludes its upper one: an item that
    is exactly one day old is in the second. An item dated after `now` is in the first.
    `created_at`: µs since 1970 of all rows, newest first. `positions`: of the items, ascending.

    | column | dtype | meaning |
    |---|---|---|
    | band | str | see `BANDS` |
    | from_days | int64 | the lower end |
    | items | int64 | number of items |
    | after | datetime64[us, UTC] | the items were created after this; missing for the last band |
    | upto | datetime64[us, UTC] | and not after this; missing for the first band |
    """
    limits = microseconds(now) - np.array(EDGES, np.int64) * MICROSECONDS_A_DAY
    younger = len(created_at) - np.searchsorted(created_at[::-1], limits, side="right")  # rows before each limit's
    marks, ends = np.searchsorted(positions, younger), moments(limits)
    none = pd.Series([pd.NaT], dtype=ends.dtype)
    bands = pd.DataFrame(
        {
            "band": pd.Series(BANDS, dtype="str"),
            "from_days": np.array([0, *EDGES], np.int64),
            "items": np.diff(marks, prepend=0, append=len(positions)),
            "after": pd.concat([ends, none], ignore_index=True),
            "upto": pd.concat([none, ends], ignore_index=True),
        }
    )
    oldest = pd.Timestamp(int(created_at[positions[-1]]), unit="us", tz="UTC") if len(positions) else None
    return Ages(bands, oldest)
