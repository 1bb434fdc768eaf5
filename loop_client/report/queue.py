"""The order in which open feedback asks for an answer, by a rank that can be worked out by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from loop_client.mirror.columns import moments
from loop_client.mirror.moments import microseconds
from loop_client.mirror.zones import MICROSECONDS_A_DAY
from loop_client.query import OPEN_NEGATIVE, selected
from loop_client.report.similar import Compared

if TYPE_CHECKING:
    from datetime import datetime

MOST_RANKED: Final = 2_000
"""Items that are ranked, the oldest of the open negatives that are listed."""

HALF_LIFE: Final = 14
"""Days after which what was last said counts half."""


def queue(frame: pd.DataFrame, positions: np.ndarray, now: datetime, most: int = MOST_RANKED) -> pd.DataFrame:
    """One row per item at these positions: open negatives, most urgent first, then all others, oldest first.

    rank = people × recency × waiting, all three of the item and its near-duplicates among the ranked ones, see
    `similar`. So a complaint of one person weighs most after 20 days and then gives way, and one that others repeat
    stays in front. Of equal ranks, the oldest is first. About 0.5 s for 2,000 items.
    `frame`: a snapshot's. `positions`: ascending, which is newest first. `most`: are ranked, the oldest.

    | column | dtype | meaning |
    |---|---|---|
    | position | int64 | in the frame |
    | rank | float64 | people × recency × waiting |
    | people | int64, float64 with others | distinct people who say nearly this |
    | last_said | datetime64[us, UTC] | by one of them |
    | first_said | datetime64[us, UTC] | by one of them |
    | recency | float64 | 0-1: 1 for what was said now, half of it for each 14 days since it was last said |
    | waiting | float64 | days since it was first said |

    Of the others, all but the position is missing.
    """
    ranked = selected(frame, OPEN_NEGATIVE.values, among=positions)[-most:].astype(np.int64)
    rows = _ranks(frame, ranked, now)
    others = np.delete(positions, np.searchsorted(positions, ranked))[::-1].astype(np.int64)
    return pd.concat([rows, pd.DataFrame({"position": others})], ignore_index=True) if len(others) else rows


def _ranks(frame: pd.DataFrame, ranked: np.ndarray, now: datetime) -> pd.DataFrame:
    """The rows of those that are ranked, in order."""
    compared = Compared(frame, ranked)
    persons = pd.factorize(frame["user_id"].iloc[ranked])[0]
    created = frame["created_at"].array.asi8
    groups = [np.append(compared.alike(row)[0], row) for row in range(len(ranked))]
    people = np.array([len(np.unique(persons[group])) for group in groups], np.int64)
    last, first = (np.array([created[ranked[edge(group)]] for group in groups], np.int64) for edge in (np.min, np.max))
    at = microseconds(now)
    recency = 0.5 ** (np.maximum(at - last, 0) / MICROSECONDS_A_DAY / HALF_LIFE)
    waiting = np.maximum(at - first, 0) / MICROSECONDS_A_DAY
    rank = people * recency * waiting
    columns = {
        "position": ranked,
        "rank": rank,
        "people": people,
        "last_said": moments(last),
        "first_said": moments(first),
        "recency": recency,
        "waiting": waiting,
    }
    return pd.DataFrame(columns).iloc[np.lexsort((-ranked, -rank))].reset_index(drop=True)
