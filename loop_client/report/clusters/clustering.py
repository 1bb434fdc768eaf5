"""Clusters of items: those in which people say the same, in other words too."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loop_client.mirror.zones import MICROSECONDS_A_DAY
from loop_client.report.clusters.anchors import MIXED, OF_ONE_TAG, UNTAGGED, Anchor, WordingTerms, anchors_of, joined_by
from loop_client.report.clusters.bursts import Said, add_bursts
from loop_client.report.clusters.chosen import Covered, chosen, items_of, tags_of
from loop_client.report.clusters.function_words import function_terms
from loop_client.report.clusters.identity import identities
from loop_client.report.clusters.profiles import Profiles, by_profile, profiles_of
from loop_client.report.clusters.terms import renumbered, terms_of
from loop_client.report.clusters.wordings import Vectors, Wordings, vectors_of, weights_of, wordings_of

if TYPE_CHECKING:
    import pandas as pd

GROWTH: Final = 0.05
"""Share of items up to which new ones join the clusters there are; with more that came or went, all is done anew."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What new items are compared with, from the last time that all items were clustered.

    `items`: their number then. `weights`: of each term; `names` also has the terms of newer items. `wording`: that of
    each item, as the row of one that stands for it. `running`, `running_rows`: the terms of each item in their order.
    """

    items: int
    names: pa.Array
    weights: np.ndarray
    vectors: Vectors
    wordings: Wordings
    profiles: Profiles
    wording: np.ndarray
    running_rows: np.ndarray
    running: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Clusters:
    """The clusters of some items. Immutable, equal only to itself.

    `items`: one row per item: id, user_id, message, tag, created_at (µs since 1970). Oldest first, equal times by id,
    and then those that joined later. `codes`: the cluster of each item, numbered from 0 by their first items; most
    clusters have one item. `keys`: the identity of each cluster, the id of an item, see `identity`. `anchors`: the
    terms that made each cluster, first the pair that began it; none for items of one wording. `covered`: which items
    these are.
    """

    items: pa.Table
    codes: np.ndarray
    keys: pa.Array
    anchors: tuple[tuple[Anchor, ...], ...]
    covered: Covered
    basis: Basis

    def sizes(self) -> np.ndarray:
        """The number of items of each cluster."""
        return np.bincount(self.codes, minlength=len(self.keys))

    def in_frame(self, frame: pd.DataFrame) -> np.ndarray:
        """The cluster of each item of a snapshot's frame, -1 for those that are not clustered; 10 ms for 20,000."""
        ids = pa.array(frame["id"].array, pa.large_string())
        places = pc.fill_null(pc.index_in(ids, self.items["id"].combine_chunks()), -1).to_numpy(zero_copy_only=False)
        return np.where(places < 0, -1, np.append(self.codes, -1)[places])


def clusters_of(frame: pd.DataFrame, before: Clusters | None = None) -> Clusters:
    """The clusters of a snapshot's frame: the newest 20,000 items and all open ones, up to 60,000.

    The same items give the same clusters, in any order. `before`: earlier clusters, whose identities stay. New items
    join them, in 20-50 ms, and other tags of known ones count. All is done anew, in about a second for 20,000, once
    5 % have come or gone since the last time, and when an item was deleted, so that nothing stays of it.
    """
    positions, covered = chosen(frame)
    if before is not None:
        ids = pa.array(frame["id"].array.take(positions), pa.large_string())
        known = before.items["id"].combine_chunks()
        places = pc.fill_null(pc.index_in(ids, known), -1).to_numpy(zero_copy_only=False)
        new = positions[places < 0]
        gone = known.filter(pc.invert(pc.is_in(known, ids)))
        joined = len(known) - before.basis.items + len(new)
        if joined + len(gone) <= GROWTH * before.basis.items and not _are_deleted(gone, frame):
            before = _with_tags(before, places[places >= 0], tags_of(frame["tag"].iloc[positions[places >= 0]]))
            return _with(before, items_of(frame, new), covered) if len(new) else replace(before, covered=covered)
    items = items_of(frame, positions)
    result = _result(items, _basis(items["message"].combine_chunks()), covered)
    return _kept(result, before) if before is not None else result


def by_words(clusters: Clusters) -> Clusters:
    """The same items clustered without regard to their tags; 30 ms for 20,000."""
    return _tagged(clusters, pa.nulls(len(clusters.items), pa.large_string()))


def _tagged(clusters: Clusters, tags: pa.Array) -> Clusters:
    """The same items clustered with these tags; 30 ms for 20,000."""
    items = clusters.items.set_column(clusters.items.schema.get_field_index("tag"), "tag", tags)
    return _result(items, clusters.basis, clusters.covered)


def _with_tags(clusters: Clusters, places: np.ndarray, tags: pa.Array) -> Clusters:
    """The clusters with the tags that the items at these places have now: aliases and Loop may have changed them."""
    before = clusters.items["tag"].combine_chunks()
    if tags.equals(before.take(pa.array(places))):
        return clusters
    changed = before.to_numpy(zero_copy_only=False).copy()
    changed[places] = tags.to_numpy(zero_copy_only=False)
    return _kept(_tagged(clusters, pa.array(changed, pa.large_string())), clusters)


def _are_deleted(ids: pa.Array, frame: pd.DataFrame) -> bool:
    """Whether any of these items is gone, and not only too old by now."""
    there = pc.is_in(ids, pa.array(frame["id"].array, ids.type)) if len(ids) else ids
    return len(ids) > 0 and not pc.all(there).as_py()


def _basis(messages: pa.Array) -> Basis:
    terms = terms_of(messages)
    size = len(terms.names)
    weights = weights_of(terms.numbers, len(messages), size)
    names = terms.names.to_numpy(zero_copy_only=False)
    terms = renumbered(terms, np.lexsort((names, -weights)))
    weights = np.sort(weights)[::-1]
    vectors = vectors_of(terms.rows, terms.numbers, weights, len(messages))
    wordings = wordings_of(vectors, size)
    profiles = profiles_of(vectors, wordings.leaders, weights)
    wording = _same_texts(by_profile(vectors, wordings.leaders, profiles, size), vectors, messages)
    return Basis(
        *(len(messages), terms.names, weights, vectors, wordings, profiles, wording),
        *(terms.running_rows, terms.running),
    )


def _same_texts(wording: np.ndarray, vectors: Vectors, messages: pa.Array) -> np.ndarray:
    """The wording of each text; equal texts have the same, also those in which no term weighs anything."""
    rows = np.flatnonzero(vectors.lengths() == 0)
    texts = pc.utf8_lower(messages.take(pa.array(rows))).dictionary_encode()
    _, firsts, numbers = np.unique(texts.indices.to_numpy(), return_index=True, return_inverse=True)
    result = wording.copy()
    result[rows] = rows[firsts][numbers]
    return result


def _with(before: Clusters, new: pa.Table, covered: Covered) -> Clusters:
    """The clusters with new items, whatever their age; the earlier ones are not compared again."""
    basis = before.basis
    terms = terms_of(new["message"].combine_chunks(), basis.names)
    unknown = np.full(len(terms.names) - len(basis.weights), np.log1p(basis.items))
    weights = np.append(basis.weights, unknown)
    own = vectors_of(terms.rows, terms.numbers, weights, len(new))
    vectors = basis.vectors.followed_by(own)
    wordings = wordings_of(vectors, len(weights), basis.wordings)
    items = pa.concat_tables([before.items, new])
    wording = np.append(
        basis.wording, by_profile(own, wordings.leaders[len(before.items) :], basis.profiles, len(weights))
    )
    grown = replace(
        basis,
        names=terms.names,
        weights=weights,
        vectors=vectors,
        wordings=wordings,
        wording=_same_texts(wording, vectors, items["message"].combine_chunks()),
        running_rows=np.append(basis.running_rows, terms.running_rows + len(before.items)),
        running=np.append(basis.running, terms.running),
    )
    return _kept(_result(items, grown, covered), before)


def _kept(clusters: Clusters, before: Clusters) -> Clusters:
    keys = identities(
        clusters.items["id"].combine_chunks(),
        clusters.codes,
        before.items["id"].combine_chunks(),
        before.keys.take(pa.array(before.codes)),
    )
    return replace(clusters, keys=keys)


def _result(items: pa.Table, basis: Basis, covered: Covered) -> Clusters:
    _, rows, wording = np.unique(basis.wording, return_index=True, return_inverse=True)
    wordings = _wording_terms(items, basis, rows, wording)
    owner, clusters = joined_by(anchors_of(wordings), wordings.count)
    said = Said(
        basis.vectors.rows(), basis.vectors.terms, _numbers(items["user_id"]), _ages(items["created_at"]), wording
    )
    owner, clusters = add_bursts(said, wordings, owner, clusters)
    groups = np.where(owner >= 0, owner, len(clusters) + np.arange(wordings.count))[wording]
    kinds, firsts, codes = np.unique(groups, return_index=True, return_inverse=True)
    order = np.argsort(firsts)
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    anchors = tuple(tuple(clusters[kind]) if kind < len(clusters) else () for kind in kinds[order].tolist())
    keys = items["id"].combine_chunks().take(pa.array(firsts[order]))
    return Clusters(items, place[codes], keys, anchors, covered, basis)


def _wording_terms(items: pa.Table, basis: Basis, rows: np.ndarray, wording: np.ndarray) -> WordingTerms:
    """The terms that at least half of a wording's texts have."""
    size, count, vectors = len(basis.names), len(rows), basis.vectors
    keys, counts = np.unique(wording[vectors.rows()] * size + vectors.terms, return_counts=True)
    keys = keys[2 * counts >= np.bincount(wording)[keys // size]]
    leads = np.zeros(len(items), bool)
    leads[rows] = True
    left = basis.running_rows[:-1]
    side_by_side = (left == basis.running_rows[1:]) & leads[left]
    pairs = basis.running[:-1][side_by_side] * size + basis.running[1:][side_by_side]
    adjacent = np.unique(pairs * count + wording[left[side_by_side]])
    usable = ~pc.is_in(basis.names, pa.array(sorted(function_terms()), basis.names.type)).to_numpy(zero_copy_only=False)
    tags = _tags(_numbers(items["tag"]), wording, count)
    return WordingTerms(keys // size, keys % size, count, size, usable, tags, adjacent)


def _tags(tags: np.ndarray, wording: np.ndarray, count: int) -> np.ndarray:
    """The tag of each wording."""
    kinds = int(tags.max(initial=0)) + 1
    pairs, items = np.unique((wording * kinds + tags)[tags >= 0], return_counts=True)
    tagged = np.bincount(pairs // kinds, items, count)
    result = np.where(tagged > 0, MIXED, UNTAGGED)
    clear = items >= OF_ONE_TAG * tagged[pairs // kinds]
    result[pairs[clear] // kinds] = pairs[clear] % kinds
    return result


def _numbers(column: pa.ChunkedArray) -> np.ndarray:
    """A column of texts as numbers, -1 where missing."""
    codes = pc.fill_null(column.combine_chunks().dictionary_encode().indices, -1)
    return np.asarray(codes.to_numpy(zero_copy_only=False), np.int64)


def _ages(created: pa.ChunkedArray) -> np.ndarray:
    """Days before the newest item."""
    moments = np.asarray(created.to_numpy(), np.int64)
    return np.asarray((moments.max(initial=0) - moments) / MICROSECONDS_A_DAY, np.float64)
