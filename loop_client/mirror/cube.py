"""The cube: counts of a snapshot's items, one cell per combination of day, sentiment, tag, status and source.

| column | dtype | meaning |
|---|---|---|
| day | int32 | days since 1970 of `created_at`, in the calendar of a `Zone` |
| sentiment, tag, status, source | category | as in the frame |
| items | int64 | number of items; cells of the same combination are summed, and may cancel out |

All charts and counts use cells, so their time does not grow with the number of items.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from loop_client.mirror.columns import CATEGORIES, coded, codes, widened
from loop_client.mirror.zones import UTC_DAYS

if TYPE_CHECKING:
    from loop_client.mirror.zones import Zone

DIMENSIONS: Final = ("sentiment", "tag", "status", "source")
LOOSE: Final = 5_000
"""Cells that may be appended before equal ones are merged."""


def empty() -> pd.DataFrame:
    """A cube without cells, with the same columns and dtypes."""
    none = dict.fromkeys(DIMENSIONS, pd.Categorical([], dtype=CATEGORIES))
    return pd.DataFrame({"day": np.array([], np.int32), **none, "items": np.array([], np.int64)})


def cells_of(items: pd.DataFrame, zone: Zone = UTC_DAYS, each: int = 1) -> pd.DataFrame:
    """The cells of a frame of items, each counted as `each`."""
    days = zone.days(items["created_at"].array.asi8)
    counted = np.full(len(items), each, np.int64)
    return _merged({"day": days, **{name: items[name].array for name in DIMENSIONS}, "items": counted})


def patched(cells: pd.DataFrame, lost: pd.DataFrame, won: pd.DataFrame, zone: Zone = UTC_DAYS) -> pd.DataFrame:
    """The cells after the rows `lost` were removed and the rows `won` were added."""
    parts = [cells, *(cells_of(rows, zone, each) for rows, each in ((lost, -1), (won, 1)) if len(rows))]
    columns: dict[str, Any] = {
        name: np.concatenate([part[name].to_numpy() for part in parts]) for name in ("day", "items")
    }
    for name in DIMENSIONS:
        dtype, numbers = cells[name].dtype, [codes(cells[name])]
        for part in parts[1:]:
            dtype, lookup = widened(dtype, part[name].dtype)
            numbers.append(lookup[codes(part[name])])
        columns[name] = coded(np.concatenate(numbers), dtype)
    joined = pd.DataFrame({name: columns[name] for name in ("day", *DIMENSIONS, "items")}, copy=False)
    joined.attrs["loose"] = cells.attrs.get("loose", 0) + len(joined) - len(cells)
    return joined if joined.attrs["loose"] <= LOOSE else _merged({str(name): joined[name].array for name in joined})


def _merged(columns: dict[str, Any]) -> pd.DataFrame:
    """Merge equal cells, and drop those that cancel out."""
    day = np.asarray(columns["day"], np.int64)
    key = day - (day.min() if len(day) else 0)
    for name in DIMENSIONS:
        column = columns[name]
        if len(key) and (int(key.max()) + 1) * (len(column.categories) + 1) >= 2**62:
            key = np.unique(key, return_inverse=True)[1]
        key = key * (len(column.categories) + 1) + column.codes + 1
    counted = np.asarray(columns["items"])
    if len(key) and int(key.max()) < 8 * len(key) + 10_000:
        first = np.full(int(key.max()) + 1, -1, np.int64)
        first[key[::-1]] = np.arange(len(key))[::-1]
        sums = np.bincount(key, weights=counted, minlength=len(first)).astype(np.int64)
        kinds = np.flatnonzero(sums)
        places, counts = first[kinds], sums[kinds]
    else:
        _, places, inverse = np.unique(key, return_index=True, return_inverse=True)
        counts = np.bincount(inverse, weights=counted, minlength=len(places)).astype(np.int64)
        places, counts = places[counts != 0], counts[counts != 0]
    columns_left = {name: column[places] for name, column in columns.items() if name != "items"}
    return pd.DataFrame({"day": columns_left.pop("day"), **columns_left, "items": counts}, copy=False)
