"""Clusters of wordings: those that share two words which meet far more often than chance would have them meet.

Such a pair of words is an anchor. How much more often than by chance is Dunning's log-likelihood ratio G² of the pair,
counted in wordings and not in items: a template that one person sends 80 times counts once.

Source: T. Dunning, "Accurate Methods for the Statistics of Surprise and Coincidence", 1993.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

FEWEST_WORDINGS: Final = 3
"""Wordings that a pair must be in before it counts."""

LEAST: Final = 20.0
"""G² from which on a pair may begin a cluster, plus twice the logarithm of the number of pairs compared."""

LEAST_OF_ADDED: Final = 14.0
"""The same for a pair that only adds to a cluster."""

LEAST_SHARE: Final = 0.5
"""A pair begins a cluster only if this share of the wordings with its rarer word have both words."""

MOST_TERMS: Final = 30
"""Terms of a wording of which pairs are made, the rarest ones."""

MOST_FREQUENT: Final = 0.1
"""Share of the wordings up to which a term may be part of a pair that begins a cluster, or any ten."""

MOST_FREQUENT_OF_ADDED: Final = 0.25
"""The same for a pair that only adds to a cluster."""

UNTAGGED: Final = -1
MIXED: Final = -2

OF_ONE_TAG: Final = 0.7
"""Share of the most frequent tag from which on a wording has it. If at least three wordings of an anchor have tags, it
must also have this share among them."""

SIDE_BY_SIDE: Final = 0.8
"""Share of wordings with both words side by side from which on they are a name, if fewer than three have tags."""


@dataclass(frozen=True, slots=True)
class WordingTerms:
    """The wordings, numbered from 0, as their terms: sorted (row, term) pairs.

    `count`: number of wordings. `size`: number of terms. `usable`: for each term, whether it may be part of an anchor.
    `tags`: the tag of each wording as a number, or `UNTAGGED`, or `MIXED`. `adjacent`: sorted numbers, each of two
    terms that stand side by side in a wording and this wording: (term · size + next term) · count + wording.
    """

    rows: np.ndarray
    terms: np.ndarray
    count: int
    size: int
    usable: np.ndarray
    tags: np.ndarray
    adjacent: np.ndarray

    def with_term(self) -> np.ndarray:
        """The number of wordings with each term."""
        return np.bincount(self.terms, minlength=self.size)

    def side_by_side(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """For each two terms the number of wordings in which they stand side by side; twice if in both orders."""
        found = np.zeros(len(first), np.int64)
        for keys in (first * self.size + second, second * self.size + first):
            begins, ends = (np.searchsorted(self.adjacent, edge * self.count) for edge in (keys, keys + 1))
            found += ends - begins
        return found


@dataclass(frozen=True, slots=True)
class Anchor:
    """Terms, their G², and the wordings with all of them. `begins`: whether it may begin a cluster."""

    terms: tuple[int, ...]
    score: float
    wordings: np.ndarray
    begins: bool


def log_likelihood(both: np.ndarray, first: np.ndarray, second: np.ndarray, total: int) -> np.ndarray:
    """G² of two events that happen `first` and `second` times in `total`, and `both` times together."""
    cells = [
        (both, first, second),
        (first - both, first, total - second),
        (second - both, total - first, second),
        (total - first - second + both, total - first, total - second),
    ]
    result = np.zeros(len(both))
    for seen, row, column in cells:
        result += np.where(seen > 0, seen * np.log(np.maximum(seen, 1) * total / np.maximum(row * column, 1)), 0.0)
    return 2 * result


def anchors_of(wordings: WordingTerms) -> list[Anchor]:
    """The anchors, greatest G² first. `wordings`: terms numbered from the rarest on, which decides among equals."""
    pairs, rows = _pairs(*_candidates(wordings), wordings.size)
    order = np.lexsort((rows, pairs))
    pairs, rows = pairs[order], rows[order]
    starts = np.flatnonzero(np.diff(pairs, prepend=-1))
    counts = np.diff(np.append(starts, len(pairs)))
    some = counts >= FEWEST_WORDINGS
    starts, counts = starts[some], counts[some]
    left, right = pairs[starts] // wordings.size, pairs[starts] % wordings.size
    a, b = wordings.with_term()[left], wordings.with_term()[right]
    scores = np.round(log_likelihood(counts, a, b, wordings.count), 6)
    surplus = 2 * np.log(max(len(scores), 1))
    begins = (scores >= LEAST + surplus) & (counts >= LEAST_SHARE * np.minimum(a, b))
    begins &= np.maximum(a, b) <= max(MOST_FREQUENT * wordings.count, 10)
    strong = np.flatnonzero((scores >= LEAST_OF_ADDED + surplus) & (counts * wordings.count > a * b))
    strong = strong[np.lexsort((right[strong], left[strong], -scores[strong]))]
    names = wordings.side_by_side(left[strong], right[strong]) >= SIDE_BY_SIDE * counts[strong]
    found = []
    for n, is_name in zip(strong.tolist(), names.tolist(), strict=True):
        own = rows[starts[n] : starts[n] + counts[n]]
        if _is_of_one_subject(wordings.tags[own], is_name=is_name):
            found.append(Anchor((int(left[n]), int(right[n])), float(scores[n]), own, bool(begins[n])))
    return found


def _candidates(wordings: WordingTerms) -> tuple[np.ndarray, np.ndarray]:
    """(wording, term) pairs with the terms of which anchors are made, the rarest first."""
    with_term = wordings.with_term()
    usable = wordings.usable & (with_term >= FEWEST_WORDINGS)
    usable &= with_term <= max(MOST_FREQUENT_OF_ADDED * wordings.count, 10)
    rows, terms = (part[usable[wordings.terms]] for part in (wordings.rows, wordings.terms))
    order = np.lexsort((terms, with_term[terms], rows))
    rows, terms = rows[order], terms[order]
    firsts = np.flatnonzero(np.diff(rows, prepend=-1))
    place = np.arange(len(rows)) - np.repeat(firsts, np.diff(np.append(firsts, len(rows))))
    return rows[place < MOST_TERMS], terms[place < MOST_TERMS]


def _pairs(rows: np.ndarray, terms: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """All pairs of terms of the same row, as lesser · size + greater, and their rows."""
    keys, where = [np.array([], np.int64)], [np.array([], np.int64)]
    for step in range(1, MOST_TERMS):
        same = rows[step:] == rows[:-step]
        one, other = terms[:-step][same], terms[step:][same]
        keys.append(np.minimum(one, other) * size + np.maximum(one, other))
        where.append(rows[step:][same])
    return np.concatenate(keys), np.concatenate(where)


def _is_of_one_subject(tags: np.ndarray, *, is_name: bool) -> bool:
    """Whether an anchor is about one thing: names of products and reports are in texts about everything.

    `tags`: of its wordings. `is_name`: whether its words stand side by side.
    """
    tags = tags[tags != UNTAGGED]
    if len(tags) >= FEWEST_WORDINGS:
        return bool(np.bincount(tags[tags >= 0], minlength=1).max() >= OF_ONE_TAG * len(tags))
    return not is_name


def joined_by(anchors: list[Anchor], count: int) -> tuple[np.ndarray, list[list[Anchor]]]:
    """The cluster of each wording, or -1; and the anchors of each cluster, first the one that began it.

    An anchor begins a cluster of the wordings that are in none yet, if these are at least two and half of its own. If
    at least half of its wordings are in one cluster, and the anchor that began it shares a word, it adds the others.
    An anchor that was added adds nothing further, so that no chain of anchors joins different complaints.
    """
    owner, clusters = np.full(count, -1), list[list[Anchor]]()
    for anchor in anchors:
        owners = owner[anchor.wordings]
        free = anchor.wordings[owners < 0]
        counts = np.bincount(owners[owners >= 0], minlength=1)
        best = int(counts.argmax())
        if 2 * counts[best] >= len(owners):
            if set(clusters[best][0].terms) & set(anchor.terms):
                owner[free] = best
                clusters[best].append(anchor)
        elif anchor.begins and len(free) >= 2 and 2 * len(free) >= len(owners):
            owner[free] = len(clusters)
            clusters.append([anchor])
    return owner, clusters
