"""The clusters of the newest snapshot, made by the thread that syncs, so that no reader waits for them."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loop_client.mirror.columns import texts_of
from loop_client.query import ClusterOf, rows_with_names
from loop_client.report.clusters.clustering import Clusters, clusters_of

if TYPE_CHECKING:
    import pandas as pd

    from loop_client.mirror.snapshot import Snapshot


@dataclass(frozen=True, slots=True, eq=False)
class Clustered:
    """The clusters that a snapshot is shown with. Immutable, equal only to itself.

    `clusters`: None while there are none yet. `codes`: the cluster of each row of the frame, -1 for a row in none.
    """

    clusters: Clusters | None
    codes: np.ndarray

    @classmethod
    def of(cls, frame: pd.DataFrame, before: Clusters | None = None) -> Clustered:
        """Cluster a snapshot's frame. `before`: earlier clusters, which stay."""
        made = clusters_of(frame, before)
        return cls(made, made.in_frame(frame))

    @property
    def since(self) -> int | None:
        """µs since 1970, from which on all items are clustered; None if all are."""
        return self.clusters.covered.since if self.clusters else None

    def keys(self, frame: pd.DataFrame, positions: np.ndarray) -> pa.Array:
        """The identity of the cluster of each item at these positions; an item in none is known by its own id."""
        own, codes = pa.array(frame["id"].iloc[positions].array, pa.large_string()), self.codes[positions]
        if self.clusters is None:
            return own
        return pc.coalesce(self.clusters.keys.take(pa.array(codes, mask=codes < 0)), own)

    def cluster_of(self, frame: pd.DataFrame, item: str) -> ClusterOf:
        """The cluster of an item, with the ids of all its items, see `drilldown.ClusterOf`. `item`: an id."""
        ids = texts_of(frame, "id")
        at = np.flatnonzero(rows_with_names(ids, np.arange(len(ids)), [item]))
        code = int(self.codes[at[0]]) if len(at) else -1
        members = np.flatnonzero(self.codes == code) if code >= 0 else at
        return ClusterOf(item, frozenset(frame["id"].iloc[members]))


class LatestClusters:
    """The clusters of each snapshot that somebody looks at. Thread-safe; one thread updates."""

    def __init__(self) -> None:
        """Begin without clusters."""
        self._lock = threading.Lock()
        self._newest: Snapshot | None = None
        self._latest: Clusters | None = None
        self._shown: WeakKeyDictionary[Snapshot, Clustered] = WeakKeyDictionary()

    @property
    def is_made(self) -> bool:
        """Whether any snapshot has been clustered."""
        return self._latest is not None

    def update(self, snapshot: Snapshot) -> None:
        """Cluster a new snapshot: about a second for 20,000 items the first time, then a tenth of it or less."""
        if len(snapshot.frame) and snapshot is not self._newest:
            clustered = Clustered.of(snapshot.frame, self._latest)
            with self._lock:
                self._newest, self._latest, self._shown[snapshot] = snapshot, clustered.clusters, clustered

    def of(self, snapshot: Snapshot) -> Clustered:
        """The clusters of a snapshot: its own, or those there were when somebody first looked at it."""
        with self._lock:
            shown, latest = self._shown.get(snapshot), self._latest
        if shown is not None and (shown.clusters is not None or latest is None):
            return shown
        found = Clustered(
            latest, np.full(len(snapshot.frame), -1) if latest is None else latest.in_frame(snapshot.frame)
        )
        with self._lock:
            if self._shown.get(snapshot) is shown:
                self._shown[snapshot] = found
            return self._shown[snapshot]
