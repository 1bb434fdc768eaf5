"""The order "most urgent": a rank for each cluster of open negative items that can be checked by hand.

rank = √people × growth × newness × recency × waiting, over all that is clustered of the account, so that it is the same
in every view:

- people: distinct ones with an open negative item of the cluster. The root, because 400 people over half a year are not
  100 times as urgent as four within an hour.
- growth: people within the last 1 or 7 days against the 28 days before, in which each person counts once a day. One
  person who writes 60 times a day grows nothing. Only days of which all items are clustered count as days before.
- newness: 3 for a cluster whose first item came up now, 2 after a week, and down to 1. It is 1 for what was there on
  the first day of which all items are clustered, if there are older ones.
- recency: 1 at its newest open negative item, halved for each 14 days since.
- waiting: 1 at its oldest open negative item, up to 2 after 30 days.

Growth and newness count all items of the cluster, whatever their sentiment and status.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from loop_client.mirror.columns import moments
from loop_client.mirror.moments import microseconds
from loop_client.mirror.zones import MICROSECONDS_A_DAY
from loop_client.query import OPEN_NEGATIVE, selected

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

HALF_LIFE: Final = 14
"""Days after which the recency of a complaint halves."""

NEW_FOR: Final = 7
"""Days after which what is new about a complaint halves."""

LONGEST_WAIT: Final = 30
"""Days after which waiting counts no more."""

WINDOWS: Final = (1, 7)
"""Days whose people are compared with those of `BEFORE` days before them; the greater growth counts."""

BEFORE: Final = 28

PARTS: Final = ("people", "growth", "newness", "recency", "waiting")
"""The columns that make the rank."""


def urgency(
    frame: pd.DataFrame, clusters: np.ndarray, now: datetime, since: int | None = None, windows: Sequence[int] = WINDOWS
) -> pd.DataFrame:
    """One row per open negative item, most urgent cluster first; the items of a cluster stand together, newest first.

    `frame`: a snapshot's. `clusters`: the cluster of each of its items, -1 for one that is in none, which is then a
    cluster by itself. `since`: µs since 1970, from which on all items are clustered; None if all are.
    `windows`: days, ascending. Among equal ranks, the cluster with the oldest open item is first. About 20 ms for
    4,000 items.

    | column | dtype | meaning |
    |---|---|---|
    | position | int64 | in the frame |
    | cluster | int64 | the same for the items of a cluster |
    | rank | float64 | √people × growth × newness × recency × waiting |
    | people | int64 | distinct people of its open negative items |
    | growth | float64 | (people within + 1) / (people usual + 1) |
    | days | int64 | the days of `windows` within which it grew most |
    | within | int64 | distinct people within these days |
    | usual | float64 | as many days' share of the people of the days before, each counted once a day |
    | before | int64 | people of the days before, each counted once a day |
    | compared | float64 | number of the days before |
    | newness | float64 | 1-3 |
    | recency | float64 | 0-1 |
    | waiting | float64 | 1-2 |
    | began | datetime64[us, UTC] | the cluster's oldest item, of any sentiment and status |
    | first_said | datetime64[us, UTC] | its oldest open negative item |
    | last_said | datetime64[us, UTC] | its newest open negative item |
    """
    opened = selected(frame, OPEN_NEGATIVE.values).astype(np.int64)
    groups = np.where(clusters < 0, clusters.max(initial=-1) + 1 + np.arange(len(frame)), clusters).astype(np.int64)
    known, own = np.unique(groups[opened], return_inverse=True)
    inside = np.flatnonzero(np.isin(groups, known))
    of = np.searchsorted(known, groups[inside])
    created, at, count = frame["created_at"].array.asi8, microseconds(now), len(known)
    ages = np.maximum(at - created[inside], 0) / MICROSECONDS_A_DAY
    persons = pd.factorize(frame["user_id"].iloc[inside])[0].astype(np.int64)
    covered = math.inf if since is None else max(at - since, 0) / MICROSECONDS_A_DAY
    grown = _growth(_Said(of, persons, ages), count, covered, windows)
    first, last, began = (np.full(count, edge) for edge in (created.max(initial=0), -(2**62), created.max(initial=0)))
    np.minimum.at(first, own, created[opened])
    np.maximum.at(last, own, created[opened])
    np.minimum.at(began, of, created[inside])
    parts = {
        "people": _distinct(own, persons[np.searchsorted(inside, opened)], count),
        "growth": grown["growth"],
        "newness": np.where(_days(at - began) < covered - 1, 1 + 2 * 0.5 ** (_days(at - began) / NEW_FOR), 1.0),
        "recency": 0.5 ** (_days(at - last) / HALF_LIFE),
        "waiting": 1 + np.minimum(_days(at - first), LONGEST_WAIT) / LONGEST_WAIT,
    }
    rank = np.sqrt(parts["people"]) * np.prod([parts[name] for name in PARTS[1:]], axis=0)
    order = np.lexsort((opened, own, first[own], -rank[own]))
    of_cluster = {
        "cluster": known,
        "rank": rank,
        "people": parts["people"],
        **grown,
        **{name: parts[name] for name in PARTS[2:]},
        "began": moments(began),
        "first_said": moments(first),
        "last_said": moments(last),
    }
    rows = pd.DataFrame(of_cluster).iloc[own[order]].reset_index(drop=True)
    rows.insert(0, "position", opened[order])
    return rows


def _days(span: np.ndarray) -> np.ndarray:
    """Microseconds as days, 0 for times after now."""
    return np.asarray(np.maximum(span, 0) / MICROSECONDS_A_DAY, np.float64)


def _distinct(groups: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
    """The number of distinct values in each group."""
    size = int(values.max(initial=0)) + 1
    return np.bincount(np.unique(groups * size + values) // size, minlength=count)


@dataclass(frozen=True, slots=True)
class _Said:
    """Who said something when, one entry per item: its group, its person, and its age in days."""

    groups: np.ndarray
    persons: np.ndarray
    ages: np.ndarray


def _growth(said: _Said, count: int, covered: float, windows: Sequence[int]) -> dict[str, np.ndarray]:
    """The greatest growth of each group: columns `growth` to `compared` of `urgency`.

    `covered`: days before now of which all items are there. A window is left out if they are not twice as many.
    """
    growth, usual, compared = np.zeros(count), np.zeros(count), np.zeros(count)
    days, within, before = np.full(count, windows[0]), np.zeros(count, np.int64), np.zeros(count, np.int64)
    groups, persons, ages = said.groups, said.persons, said.ages
    for window in windows:
        span = min(BEFORE, covered - window)
        if span < window:
            continue
        is_before = (ages >= window) & (ages < window + span)
        people = _distinct(groups[ages < window], persons[ages < window], count)
        on_days = persons[is_before] * (window + BEFORE) + ages[is_before].astype(np.int64)
        earlier = _distinct(groups[is_before], on_days, count)
        expected = earlier * window / span
        found = (people + 1) / (expected + 1)
        is_greater = found > growth
        growth, usual = np.where(is_greater, found, growth), np.where(is_greater, expected, usual)
        days, within = np.where(is_greater, window, days), np.where(is_greater, people, within)
        before, compared = np.where(is_greater, earlier, before), np.where(is_greater, span, compared)
    return {
        "growth": np.where(growth > 0, growth, 1.0),
        "days": days,
        "within": within,
        "usual": usual,
        "before": before,
        "compared": compared,
    }


def ordered(ranked: pd.DataFrame, positions: np.ndarray) -> tuple[np.ndarray, pd.DataFrame]:
    """The items at these positions: first those with a rank, as in `urgency`, then all others, oldest first.

    `positions`: ascending, which is newest first. Returns them in that order, and the rows of the ranked ones.
    """
    rows = ranked[np.isin(ranked["position"], positions)].reset_index(drop=True)
    others = np.setdiff1d(positions, rows["position"], assume_unique=True)[::-1]
    return np.concatenate([rows["position"].to_numpy(), others]).astype(np.int64), rows
