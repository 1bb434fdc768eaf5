"""Rows of a list in which the items of a cluster are one row."""

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

WEEKS: Final = 12
"""Weeks of a row's trend."""


@dataclass(frozen=True, slots=True, eq=False)
class Folded:
    """Items in order, those of a cluster in one row, where the first of them stands.

    `positions`: of all items, in their order. `firsts`: the place of the first item of each row among them, and `rows`
    its position. `row_of`: the row of each item.
    """

    positions: np.ndarray
    firsts: np.ndarray
    rows: np.ndarray
    row_of: np.ndarray

    def is_folded(self) -> bool:
        """Whether any row stands for more than one item."""
        return len(self.firsts) < len(self.positions)

    def members(self, rows: range) -> tuple[np.ndarray, np.ndarray]:
        """The positions of all items of these rows, in their order, and the row of each."""
        inside = (self.row_of >= rows.start) & (self.row_of < rows.stop)
        return self.positions[inside], self.row_of[inside]


def folded(positions: np.ndarray, clusters: np.ndarray) -> Folded:
    """Fold items. `positions`: in the order of the list. `clusters`: of each row of the frame, -1 for none."""
    own = clusters[positions]
    groups = np.where(own < 0, clusters.max(initial=-1) + 1 + np.arange(len(own)), own)
    _, firsts, inverse = np.unique(groups, return_index=True, return_inverse=True)
    order = np.argsort(firsts)
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return Folded(positions, firsts[order], positions[firsts[order]], place[inverse])


def row_facts(frame: pd.DataFrame, folded: Folded, rows: range, now: datetime) -> pd.DataFrame:
    """What each of these rows stands for. `frame`: a snapshot's.

    | column | dtype | meaning |
    |---|---|---|
    | items | int64 | items of the list in this row |
    | people | int64 | distinct people among them |
    | first_said | datetime64[us, UTC] | the oldest of them |
    | trend | object | a list of their number in each of the last 12 weeks, oldest week first |
    """
    positions, of = folded.members(rows)
    of = of - rows.start
    count = len(rows)
    created = frame["created_at"].array.asi8[positions]
    persons = pd.factorize(frame["user_id"].iloc[positions])[0].astype(np.int64)
    size = int(persons.max(initial=0)) + 1
    first = np.full(count, created.max(initial=0))
    np.minimum.at(first, of, created)
    weeks = np.maximum(microseconds(now) - created, 0) // (7 * MICROSECONDS_A_DAY)
    recent = weeks < WEEKS
    cells = np.bincount(of[recent] * WEEKS + (WEEKS - 1 - weeks[recent]), minlength=count * WEEKS)
    return pd.DataFrame(
        {
            "items": np.bincount(of, minlength=count),
            "people": np.bincount(np.unique(of * size + persons) // size, minlength=count),
            "first_said": moments(first),
            "trend": pd.Series([*cells.reshape(count, WEEKS).tolist()], dtype=object),
        }
    )
