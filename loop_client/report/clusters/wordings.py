"""Wordings: texts of nearly the same words.

Oldest first, a text joins the wording whose first text, its leader, it resembles most, from a cosine of 0.45 on, or 0.7
if one of the two has fewer than three terms; else it becomes the leader of its own wording. Leaders never merge, so no
chain of small differences joins different texts.

Only leaders are compared that share one of a text's rarer terms: the frequent terms that are left weigh too little to
reach the threshold by themselves, so nothing is missed. Source: Bayardo, Ma, Srikant, "Scaling Up All Pairs Similarity
Search", 2007.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

THRESHOLD: Final = 0.45
FEW_TERMS: Final = 3
THRESHOLD_OF_FEW: Final = 0.7
"""For two texts of which one has fewer than three terms."""

BATCH: Final = 512
"""Texts that are compared at once; more take more memory, and the wordings are the same."""

MOST_FREQUENT: Final = 0.3
"""Share of the texts from which on a term weighs nothing, if these are more than ten."""

_ROW: Final = 1 << 32
"""Term · _ROW + row: a term of a text as one number."""


@dataclass(frozen=True, slots=True)
class Vectors:
    """Texts as vectors of length one, by rows.

    `offsets`: where each row's terms begin in `terms` and `weights`, and the end of the last. Terms are numbered from
    the rarest to the most frequent, and sorted. `prefix`: for each row, how many of its terms must be looked up.
    """

    offsets: np.ndarray
    terms: np.ndarray
    weights: np.ndarray
    prefix: np.ndarray

    def lengths(self) -> np.ndarray:
        """The number of terms of each row."""
        return np.diff(self.offsets)

    def rows(self) -> np.ndarray:
        """The row of each of the terms."""
        return np.repeat(np.arange(len(self.prefix)), self.lengths())

    def followed_by(self, others: Vectors) -> Vectors:
        """These rows and then the others."""
        return Vectors(
            np.concatenate([self.offsets, others.offsets[1:] + self.offsets[-1]]),
            np.concatenate([self.terms, others.terms]),
            np.concatenate([self.weights, others.weights]),
            np.concatenate([self.prefix, others.prefix]),
        )


def weights_of(numbers: np.ndarray, texts: int, size: int) -> np.ndarray:
    """The weight of each term, log(1 + texts / texts with it), or 0 for terms in more than 30 % of the texts."""
    with_term = np.bincount(numbers, minlength=size)
    return np.where(with_term > max(MOST_FREQUENT * texts, 10), 0.0, np.log1p(texts / np.maximum(with_term, 1)))


def vectors_of(
    rows: np.ndarray, terms: np.ndarray, weights: np.ndarray, texts: int, shares: np.ndarray | float = 1.0
) -> Vectors:
    """The texts as vectors. `rows`, `terms`: sorted (row, term) pairs. `weights`: of each term.

    `shares`: for each pair what its weight is multiplied by.
    """
    weight = weights[terms] * shares
    some = weight > 0
    rows, terms, weight = rows[some], terms[some], weight[some]
    weight = weight / np.sqrt(np.bincount(rows, weight**2, texts))[rows]
    offsets = np.append(0, np.cumsum(np.bincount(rows, minlength=texts)))
    upto = np.append(0, np.cumsum(weight**2))
    left = upto[offsets[1:]][rows] - upto[:-1]  # the squared length of this term and all after it
    prefix = np.bincount(rows[left >= THRESHOLD**2 - 1e-4], minlength=texts)
    return Vectors(offsets, terms.astype(np.int32), weight.astype(np.float32), prefix)


def spread(starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """The numbers of all ranges, one range after the other."""
    shift = (starts - np.cumsum(lengths) + lengths).astype(np.int32)  # fewer bytes, a third of the time
    return np.repeat(shift, lengths) + np.arange(int(lengths.sum()), dtype=np.int32)


@dataclass(frozen=True, slots=True)
class Wordings:
    """For each row the row of its leader; and the terms of the leaders to look up, as sorted numbers."""

    leaders: np.ndarray
    index: np.ndarray


NONE: Final = Wordings(np.array([], np.int64), np.array([], np.int64))


def wordings_of(vectors: Vectors, size: int, before: Wordings = NONE, threshold: float = THRESHOLD) -> Wordings:
    """The wordings of the texts. `size`: number of terms. `before`: the wordings of the first rows, which stay.

    `threshold`: a cosine of at least 0.45.
    """
    count, first = len(vectors.prefix), len(before.leaders)
    leaders = np.concatenate([before.leaders, np.arange(first, count)])
    index = before.index
    for start in range(first, count, BATCH):
        rows = np.arange(start, min(start + BATCH, count))
        old = resembling(vectors, index, rows, size, threshold)
        alone = np.setdiff1d(rows, old[0])
        own = index_of(vectors, alone)  # each new leader is one of these
        new = resembling(vectors, own, rows, size, threshold)
        _lead(leaders, new, np.isin(new[0], alone))
        leads = leaders[new[1]] == new[1]
        row, leader, cosine = (np.concatenate([a, b[leads]]) for a, b in zip(old, new, strict=True))
        order = np.lexsort((leader, -cosine, row))
        row, leader = row[order], leader[order]
        best = np.diff(row, prepend=-1) > 0
        leaders[row[best]] = leader[best]
        own = own[leaders[own % _ROW] == own % _ROW]
        index = np.sort(np.concatenate([index, own]), kind="stable")  # two sorted halves: fast
    return Wordings(leaders, index)


def _lead(leaders: np.ndarray, pairs: tuple[np.ndarray, np.ndarray, np.ndarray], some: np.ndarray) -> None:
    """Decide in order which rows of these pairs lead: those that resemble no older leader."""
    for row, other in zip(pairs[0][some].tolist(), pairs[1][some].tolist(), strict=True):
        if leaders[other] == other:
            leaders[row] = other


def index_of(vectors: Vectors, rows: np.ndarray) -> np.ndarray:
    """The terms of rows to look up, as sorted numbers."""
    places = spread(vectors.offsets[rows], vectors.prefix[rows])
    return np.sort(vectors.terms[places].astype(np.int64) * _ROW + np.repeat(rows, vectors.prefix[rows]))


def resembling(
    vectors: Vectors, index: np.ndarray, rows: np.ndarray, size: int, threshold: float = THRESHOLD
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(row, older row of the index, cosine) of all pairs from the threshold on. `rows`: consecutive."""
    lengths = vectors.lengths()
    which = np.repeat(np.arange(len(rows)), vectors.prefix[rows])
    looked = vectors.terms[spread(vectors.offsets[rows], vectors.prefix[rows])].astype(np.int64) * _ROW
    begins, ends = np.searchsorted(index, looked), np.searchsorted(index, looked + rows[which])
    found = index[spread(begins, ends - begins)] % _ROW
    pairs = np.sort(np.repeat(which * _ROW, ends - begins) + found)
    pairs = pairs[np.diff(pairs, prepend=-1) > 0]
    left, right = pairs // _ROW, pairs % _ROW
    if not len(pairs):
        return left, right, np.array([], np.float32)
    places = spread(vectors.offsets[rows], lengths[rows])
    own = np.unique(vectors.terms[places])
    number = np.full(size, len(own), np.int32)  # that of all terms that these rows do not have
    number[own] = np.arange(len(own), dtype=np.int32)
    width = len(own) + 1
    dense = np.zeros(len(rows) * width, np.float32)
    dense[_cells(np.arange(len(rows)), lengths[rows], width) + number[vectors.terms[places]]] = vectors.weights[places]
    places = spread(vectors.offsets[right], lengths[right])
    products = dense[_cells(left, lengths[right], width) + number[vectors.terms[places]]] * vectors.weights[places]
    cosines = np.round(np.add.reduceat(products, np.cumsum(lengths[right]) - lengths[right]), 5)
    near = cosines >= np.where(np.minimum(lengths[rows[left]], lengths[right]) < FEW_TERMS, THRESHOLD_OF_FEW, threshold)
    return rows[left[near]], right[near], cosines[near]


def _cells(rows: np.ndarray, lengths: np.ndarray, size: int) -> np.ndarray:
    """Where each row begins in a flat table of `size` columns, repeated for each of its terms."""
    return np.repeat(rows.astype(np.int64) * size, lengths)
