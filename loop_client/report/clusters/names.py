"""What a cluster is called: the words that make it, and its most typical verbatim."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from loop_client.report.clusters.function_words import function_terms
from loop_client.report.clusters.terms import spelt
from loop_client.report.clusters.wordings import spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loop_client.report.clusters.clustering import Clusters

MOST_WORDS: Final = 8
"""Most words that are listed."""

FEW_WORDS: Final = 3
"""Words that name a cluster of one wording."""

TEXTS_READ: Final = 20
"""Texts of a cluster in which the spelling of its words is looked up."""


@dataclass(frozen=True, slots=True)
class ClusterName:
    """What a cluster is called.

    `words`: those that made it, the most telling first, as its texts spell them, in lower case. `typical`: the id of
    the item that is most like all others.
    """

    words: tuple[str, ...]
    typical: str


def name_of(clusters: Clusters, code: int) -> ClusterName:
    """The name of a cluster; about a millisecond for 1,000 items."""
    rows = np.flatnonzero(clusters.codes == code)
    vectors = clusters.basis.vectors
    lengths = vectors.lengths()[rows]
    places = spread(vectors.offsets[rows], lengths)
    terms, which = vectors.terms[places], np.repeat(np.arange(len(rows)), lengths)
    total = np.bincount(terms, vectors.weights[places], len(clusters.basis.names))
    likeness = np.round(np.bincount(which, vectors.weights[places] * total[terms], len(rows)), 4)
    anchors = clusters.anchors[code]
    if anchors:
        made_by = [*dict.fromkeys(term for anchor in anchors for term in anchor.terms)]
        has = np.bincount(which[np.isin(terms, anchors[0].terms)], minlength=len(rows))
        likeness = np.where(has == has.max(initial=0), likeness, 0.0)
    else:
        shared = np.flatnonzero(2 * np.bincount(terms) >= len(rows))
        made_by = _of_content(clusters, shared[np.lexsort((shared, -total[shared]))].tolist())[:FEW_WORDS]
    best = np.lexsort((-rows, -likeness))  # of equal ones the newest
    return ClusterName(
        _words(clusters, made_by[:MOST_WORDS], rows[best[:TEXTS_READ]]),
        str(clusters.items["id"][int(rows[best[0]])].as_py()),
    )


def _of_content(clusters: Clusters, terms: list[int]) -> list[int]:
    """These terms without function words, unless they are all."""
    names = clusters.basis.names.take(pa.array(terms, pa.int64())).to_pylist()
    return [term for term, name in zip(terms, names, strict=True) if name not in function_terms()] or terms


def _words(clusters: Clusters, terms: Sequence[int], rows: np.ndarray) -> tuple[str, ...]:
    names = clusters.basis.names.take(pa.array(terms, pa.int64())).to_pylist()
    found: dict[str, str] = {}
    for row in rows.tolist():
        if all(name in found for name in names):
            break
        found = spelt(str(clusters.items["message"][row].as_py())) | found
    return tuple(found.get(name, name) for name in names)
