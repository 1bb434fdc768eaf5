"""The order "most urgent": a rank for open negative items that can be checked by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from loop_client.mirror.columns import moments
from loop_client.mirror.moments import microseconds
from loop_client.mirror.zones import MICROSECONDS_A_DAY
from loop_client.query import OPEN_NEGATIVE, selected
from loop_client.report.similar import WordIndex

if TYPE_CHECKING:
    from datetime import datetime

MOST_RANKED: Final = 2_000
"""Most items that get a rank: the oldest of the open negative items listed."""

HALF_LIFE: Final = 14
"""Days after which the recency of a complaint halves."""


def queue(frame: pd.DataFrame, positions: np.ndarray, now: datetime, most: int = MOST_RANKED) -> pd.DataFrame:
    """One row per item at these positions: open negative items, most urgent first, then all others, oldest first.

    rank = people × recency × waiting, each computed over the item and its near-duplicates among the ranked items, see
    `similar`. So a complaint of one person ranks highest after 20 days and then drops, and one that others repeat stays
    in front. Among equal ranks, the oldest item is first. About 0.5 s for 2,000 items.
    `frame`: a snapshot's. `positions`: ascending, which is newest first. `most`: how many of the oldest get a rank.

    | column | dtype | meaning |
    |---|---|---|
    | position | int64 | in the frame |
    | rank | float64 | people × recency × waiting |
    | people | int64, float64 with unranked rows | distinct people with this complaint |
    | last_said | datetime64[us, UTC] | the newest item with this complaint |
    | first_said | datetime64[us, UTC] | the oldest item with this complaint |
    | recency | float64 | 0-1: 1 at `last_said`, halved for each 14 days since |
    | waiting | float64 | days since `first_said` |

    Items without a rank have a position only.
    """
    ranked = selected(frame, OPEN_NEGATIVE.values, among=positions)[-most:].astype(np.int64)
    rows = _ranks(frame, ranked, now)
    others = np.delete(positions, np.searchsorted(positions, ranked))[::-1].astype(np.int64)
    return pd.concat([rows, pd.DataFrame({"position": others})], ignore_index=True) if len(others) else rows


def _ranks(frame: pd.DataFrame, ranked: np.ndarray, now: datetime) -> pd.DataFrame:
    """The rows of the ranked items, most urgent first."""
    compared = WordIndex(frame, ranked)
    persons = pd.factorize(frame["user_id"].iloc[ranked])[0]
    created = frame["created_at"].array.asi8
    groups = [np.append(compared.near_duplicate_rows(row)[0], row) for row in range(len(ranked))]
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
