"""Which items of an account are clustered, as a table that outlives the snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from loop_client.mirror.columns import codes

if TYPE_CHECKING:
    import pandas as pd

NEWEST: Final = 20_000
"""Items that are clustered whatever their status, the newest ones."""

MOST: Final = 60_000
"""Most items that are clustered; the open ones fill what the newest leave, newest first."""


@dataclass(frozen=True, slots=True)
class Covered:
    """What is clustered of an account: `clustered` of its `items`, and how many open ones were too many.

    `since`: µs since 1970, from which on all items are clustered, whatever their status; None for all there are.
    """

    clustered: int
    items: int
    open_left_out: int
    since: int | None = None


def chosen(frame: pd.DataFrame, newest: int = NEWEST, most: int = MOST) -> tuple[np.ndarray, Covered]:
    """The positions of the items to cluster, ascending, which is newest first; and what they cover."""
    statuses = frame["status"].array.categories
    opened = np.flatnonzero(codes(frame["status"]) == (statuses.get_loc("open") if "open" in statuses else -2))
    older = opened[opened >= newest]
    room = max(most - min(newest, len(frame)), 0)
    positions = np.concatenate([np.arange(min(newest, len(frame))), older[:room]])
    since = int(frame["created_at"].array.asi8[newest - 1]) if len(positions) < len(frame) else None
    return positions, Covered(len(positions), len(frame), max(len(older) - room, 0), since)


def clustered_since(frame: pd.DataFrame) -> int | None:
    """µs since 1970, from which on all items of a frame would be clustered, whatever their status; None for all."""
    return chosen(frame)[1].since


def items_of(frame: pd.DataFrame, positions: np.ndarray) -> pa.Table:
    """The items at these positions, oldest first, equal times by id: id, user_id, message, tag, created_at (µs)."""
    rows = frame.iloc[positions]
    texts = {name: _strings(rows[name]) for name in ("id", "user_id", "message")}
    table = pa.table({**texts, "tag": tags_of(rows["tag"]), "created_at": rows["created_at"].array.asi8})
    return table.sort_by([("created_at", "ascending"), ("id", "ascending")])


def tags_of(column: pd.Series) -> pa.Array:
    """The tags of a frame's rows as texts."""
    values = pa.array([*column.array.categories.astype(str)], pa.large_string())
    tags = codes(column)
    return values.take(pa.array(np.where(tags < 0, 0, tags), mask=tags < 0))


def _strings(column: pd.Series) -> pa.Array:
    values = pa.array(column.array, pa.large_string())
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
