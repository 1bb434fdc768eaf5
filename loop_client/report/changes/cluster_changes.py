"""How the clusters moved between two periods: the distinct people who say the same."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from loop_client.mirror.moments import microseconds, moment_of
from loop_client.query import ClusterOf
from loop_client.report.changes.quotes import typical
from loop_client.report.changes.rates import CHANGED, FEWEST_FIRST, Moved, moved
from loop_client.report.changes.selected import UNEQUAL, are_equal
from loop_client.report.clusters import clustered_since, name_of
from loop_client.report.clusters.chosen import NEWEST
from loop_client.report.comparison import FEWEST, quantile

if TYPE_CHECKING:
    from datetime import datetime

    from loop_client.query import DrillDown
    from loop_client.report.changes.selected import Both, Selection, Side
    from loop_client.report.clusters import Clustered

MOST: Final = 20
"""Most clusters that are shown."""

NOT_CLUSTERED: Final = "Nothing is known yet of items that say the same."


@dataclass(frozen=True, slots=True)
class ClusterChange:
    """A cluster of items that say the same.

    `people`: distinct ones who wrote its items. `items`, `items_before`: these items. `words`: those that made it.
    `item`: the id of the most typical item that is quoted. `quotes`: see `typical`. `only`: the drill-down to the items
    of the period `side`.
    """

    people: Moved
    items: int
    items_before: int
    words: tuple[str, ...]
    item: str
    quotes: tuple[int, ...]
    only: DrillDown
    side: Side = "now"


@dataclass(frozen=True, slots=True)
class ClusterChanges:
    """The clusters that changed, those with the most people more or fewer first, at most 20; with a `reason`, why none.

    `compared`: how many were. `since`: items from then on are clustered; None for all.
    """

    changed: tuple[ClusterChange, ...] = ()
    compared: int = 0
    since: datetime | None = None
    reason: str | None = None


def may_be_compared(selection: Selection, both: Both) -> bool:
    """Whether clusters of these periods can be compared; otherwise there is no need to make any."""
    since = clustered_since(selection.snapshot.frame)
    return (
        are_equal(both, selection.snapshot.zone)
        and selection.not_compared(both) is None
        and not _is_too_old(since, both)
    )


def _is_too_old(since: int | None, both: Both) -> bool:
    return since is not None and since > microseconds(both[1].start)


def cluster_changes(selection: Selection, both: Both, clustered: Clustered | None) -> ClusterChanges:
    """The clusters that changed. Intervals are corrected for the number compared: with 8 people in both together.

    A cluster is the first ever if its oldest item, with or without the filters, is of the later period, and at least 3
    people wrote it then. Clusters are compared only where all items of both periods are clustered, and the periods are
    equally long. `clustered`: None where `may_be_compared` says that they cannot.
    """
    if not are_equal(both, selection.snapshot.zone):
        return ClusterChanges(reason=UNEQUAL)
    at = clustered_since(selection.snapshot.frame) if clustered is None else clustered.since
    since = None if at is None else moment_of(at)
    if since is not None and _is_too_old(at, both):
        day = selection.snapshot.zone.formatted(since, "%-d %b %Y")
        reason = (
            f"Not compared: only since {day} are all items searched for what says the same, the newest {NEWEST:,}; of "
            "older ones, only open items are. Periods that begin later can be compared."
        )
        return ClusterChanges(since=since, reason=reason)
    if clustered is None or clustered.clusters is None:
        return ClusterChanges(reason=NOT_CLUSTERED)
    positions = [rows[clustered.codes[rows] >= 0] for rows in map(selection.rows, both)]
    count = len(clustered.clusters.keys)
    (people, items), (people_before, items_before) = (_counted(selection, rows, clustered, count) for rows in positions)
    compared = int((people + people_before >= FEWEST).sum())
    z = quantile(compared)
    is_first = _began(clustered, selection, count) >= microseconds(both[0].start)
    found: list[tuple[int, Moved]] = []
    for code in np.flatnonzero(people + people_before >= FEWEST_FIRST).tolist():
        number = moved(int(people[code]), int(people_before[code]), z=z, is_first=bool(is_first[code]))
        if number.kind in CHANGED:
            found.append((code, number))
    found.sort(key=lambda one: (-abs(one[1].now - one[1].before), one[0]))
    changed = []
    for code, number in found[:MOST]:
        side: Side = "now" if number.now else "before"
        rows = positions[side == "before"]
        quotes = typical(selection.snapshot, rows[clustered.codes[rows] == code])
        name = name_of(clustered.clusters, code)
        item = str(selection.snapshot.frame["id"].iloc[quotes[0]]) if quotes else name.typical
        counts = int(items[code]), int(items_before[code])
        only = replace(selection.days(both[side == "before"]), cluster=ClusterOf(item))
        changed.append(ClusterChange(number, *counts, name.words, item, quotes, only, side))
    return ClusterChanges(tuple(changed), compared, since)


def _counted(
    selection: Selection, positions: np.ndarray, clustered: Clustered, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Distinct people and items of each cluster among the items at these positions."""
    codes = clustered.codes[positions].astype(np.int64)
    people, ids = pd.factorize(selection.snapshot.frame["user_id"].iloc[positions])
    pairs, items = np.unique(codes * max(len(ids), 1) + people, return_counts=True)
    of = pairs // max(len(ids), 1)
    return np.bincount(of, minlength=count), np.bincount(of, items, count).astype(np.int64)


def _began(clustered: Clustered, selection: Selection, count: int) -> np.ndarray:
    """When the oldest item of each cluster was created, µs since 1970."""
    rows = np.flatnonzero(clustered.codes >= 0)
    began = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(began, clustered.codes[rows], selection.times[rows])
    return began
