"""Tags for items without one: what the tagged items that say the same have.

Items that say the same are a cluster by words alone: the usual clusters are kept apart by tags, and would agree with
any tags. A cluster suggests a tag if at least three of its items are tagged and four in five of them have it.

Whether that is right is tested by leaving out each tagged item in turn: is it what the others would suggest? A tag is
offered only where four in five such suggestions of it are right, of at least twenty. No model, and the same items give
the same suggestions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loop_client.mirror.columns import codes
from loop_client.mirror.snapshot_cache import SnapshotCache
from loop_client.query import named
from loop_client.report.clusters import by_words, name_of

if TYPE_CHECKING:
    from loop_client.mirror.snapshot import Snapshot
    from loop_client.report.clusters import Clustered, ClusterName, Clusters

FEWEST_TAGGED: Final = 3
"""Tagged items that a suggestion is made from, at least."""

FEWEST_TESTED: Final = 20
"""Suggestions by which a tag is tested, at least."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A tag for an item without one, and why.

    `tag`: as `naming.named` calls it. `agreeing`: the items of the cluster that have it, of the `tagged` ones; written
    by `people`. `name`: of the cluster. `right`, `tested`: of the tagged items to which this tag was suggested while
    they were left out, how many have it, and how many these are.
    """

    tag: str
    agreeing: int
    tagged: int
    people: int
    name: ClusterName
    right: int
    tested: int


@dataclass(frozen=True, slots=True, eq=False)
class Tagged:
    """The tags of clusters. By cluster: how many items are `tagged`, their most frequent tag, `best`, and its items.

    By tag: how many suggestions of it were `tested`, and how many of them are `right`.
    """

    tagged: np.ndarray
    best: np.ndarray
    agreeing: np.ndarray
    right: np.ndarray
    tested: np.ndarray

    def suggests(self, cluster: int) -> int:
        """The tag that a cluster suggests; -1 for none."""
        tag = int(self.best[cluster])
        is_clear = bool(_agree(self.agreeing[cluster], self.tagged[cluster]))
        is_right = self.tested[tag] >= FEWEST_TESTED and _is_four_in_five(self.right[tag], self.tested[tag])
        return tag if is_clear and is_right else -1


def tagged_clusters(clusters: np.ndarray, tags: np.ndarray, count: int, kinds: int) -> Tagged:
    """The tags of `count` clusters. `clusters`, `tags`: of each item, a tag is one of `kinds`, or -1 for none."""
    has = tags >= 0
    pairs, items = np.unique(clusters[has].astype(np.int64) * max(kinds, 1) + tags[has], return_counts=True)
    of, tag = pairs // max(kinds, 1), pairs % max(kinds, 1)
    tagged, best, agreeing = (
        np.bincount(of, items, count).astype(np.int64),
        np.zeros(count, np.int64),
        np.zeros(count, np.int64),
    )
    rising = np.lexsort((-tag, items))  # the last one counts: most items, then the first tag
    best[of[rising]], agreeing[of[rising]] = tag[rising], items[rising]
    is_best = tag == best[of]
    others, agree = tagged[of] - 1, agreeing[of] - is_best  # without one item of this tag
    suggested = _agree(agree, others)  # no other tag can be as frequent
    tested = np.bincount(best[of][suggested], items[suggested], kinds).astype(np.int64)
    right = np.bincount(tag[suggested & is_best], items[suggested & is_best], kinds).astype(np.int64)
    return Tagged(tagged, best, agreeing, right, tested)


def _agree(agreeing: np.ndarray, tagged: np.ndarray) -> np.ndarray:
    return np.asarray((tagged >= FEWEST_TAGGED) & _is_four_in_five(agreeing, tagged))


def _is_four_in_five(some: np.ndarray, of: np.ndarray) -> np.ndarray:
    return 5 * some >= 4 * of


@dataclass(frozen=True, slots=True, eq=False)
class _Basis:
    """What suggestions are made from: clusters by words, their tags, and the cluster of each of these positions."""

    clusters: Clusters
    tagged: Tagged
    positions: np.ndarray
    codes: np.ndarray


_bases: Final = SnapshotCache[_Basis]()
_suggestions: Final = SnapshotCache["Suggestion | None"](most=64)


def suggested_tag(snapshot: Snapshot, clustered: Clustered, position: int) -> Suggestion | None:
    """The tag that is suggested for the item at this position; None for none, and for an item with a tag.

    The first one of a snapshot takes 35 ms with 20,000 clustered items and 90 ms with 60,000, the most there are in an
    account of any size; each other one 5 ms at most.
    """
    clusters = clustered.clusters
    if clusters is None or clustered.codes[position] < 0 or codes(snapshot.frame["tag"])[position] >= 0:
        return None
    basis = _bases.get(snapshot, clustered, lambda: _basis(snapshot, clustered, clusters))
    return _suggestions.get(snapshot, (clustered, position), lambda: _suggestion(snapshot, basis, position))


def _basis(snapshot: Snapshot, clustered: Clustered, clusters: Clusters) -> _Basis:
    positions, untagged = np.flatnonzero(clustered.codes >= 0), by_words(clusters)
    ids = pa.array(snapshot.frame["id"].array.take(positions), pa.large_string())
    rows = pc.index_in(ids, clusters.items["id"].combine_chunks()).to_numpy(zero_copy_only=False)
    found, column = untagged.codes[rows], snapshot.frame["tag"]
    tagged = tagged_clusters(found, codes(column)[positions], len(untagged.keys), len(column.cat.categories))
    return _Basis(untagged, tagged, positions, found)


def _suggestion(snapshot: Snapshot, basis: _Basis, position: int) -> Suggestion | None:
    cluster, tagged = int(basis.codes[np.searchsorted(basis.positions, position)]), basis.tagged
    column = snapshot.frame["tag"]
    if not len(column.cat.categories) or (tag := tagged.suggests(cluster)) < 0:
        return None
    members = basis.positions[basis.codes == cluster]
    agreeing = members[codes(column)[members] == tag]
    return Suggestion(
        named("tag", column.cat.categories[tag]),
        int(tagged.agreeing[cluster]),
        int(tagged.tagged[cluster]),
        int(snapshot.frame["user_id"].iloc[agreeing].nunique()),
        name_of(basis.clusters, cluster),
        int(tagged.right[tag]),
        int(tagged.tested[tag]),
    )
