"""The identity of clusters over time: a cluster is the one that most of its items were in before.

It is the id of an item, usually of the oldest one that the cluster had when it first came up. Links point to items.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def identities(ids: pa.Array, codes: np.ndarray, old_ids: pa.Array, old_keys: pa.Array) -> pa.Array:
    """The identity of each cluster.

    It is that of an earlier cluster if more than half of its items that are still there are in this one; of several
    such ones, that with the most. A new one takes the id of its oldest item that is no identity yet.
    `ids`, `codes`: id and cluster of each item, oldest first. `old_ids`, `old_keys`: id and identity of earlier items.
    """
    places = pc.index_in(ids, old_ids)
    is_old = places.is_valid().to_numpy(zero_copy_only=False)
    encoded = old_keys.take(places.drop_null()).dictionary_encode()
    old = encoded.indices.to_numpy().astype(np.int64)
    count = int(codes.max(initial=-1)) + 1
    pairs, shared = np.unique(old * count + codes[is_old], return_counts=True)
    of_old, of_new = pairs // max(count, 1), pairs % max(count, 1)
    most = 2 * shared > np.bincount(old, minlength=len(encoded.dictionary))[of_old]
    order = np.lexsort((of_old, -shared))
    keys: list[str | None] = [None] * count
    names, used = encoded.dictionary.to_pylist(), set[str]()
    for n in order[most[order]].tolist():
        if keys[of_new[n]] is None:
            keys[of_new[n]] = names[of_old[n]]
            used.add(names[of_old[n]])
    fresh = np.flatnonzero(np.array([key is None for key in keys], bool)[codes])
    for row, name in zip(fresh.tolist(), ids.take(pa.array(fresh)).to_pylist(), strict=True):
        if keys[codes[row]] is None and name not in used:
            keys[codes[row]] = name
            used.add(name)
    for row, name in zip(fresh.tolist(), ids.take(pa.array(fresh)).to_pylist(), strict=True):
        if keys[codes[row]] is None:
            while name in used:
                name = f"{name}+"  # noqa: PLW2901 - all of its ids are known for other clusters
            keys[codes[row]] = name
            used.add(name)
    return pa.array(keys, ids.type)
