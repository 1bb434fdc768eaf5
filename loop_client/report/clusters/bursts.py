"""Bursts: words that came up within days, for what is too new and too small to be an anchor.

Twelve items of four people on a new incident, each in its own words, have no two words that are significant among
thousands of wordings. But one of their words is: hardly anybody used it before. G² of (person, day) pairs with the word
within the last days against the time before. Only wordings that are themselves new join, so that a word which a large
story has made frequent gathers nothing old.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from loop_client.report.clusters.anchors import Anchor, WordingTerms, log_likelihood

WINDOWS: Final = (1, 3, 7)
"""Days before the newest item, in turns."""

LEAST: Final = 24.0
"""G² from which on a word counts."""

FEWEST_PEOPLE: Final = 3
"""People who must have used the word within the window."""


@dataclass(frozen=True, slots=True)
class Said:
    """Which terms were said when, one entry per item and term: two parallel arrays of an item and a term.

    `person`, `ages`, `wording` by item; `ages`: days before the newest item, not rounded.
    """

    items: np.ndarray
    terms: np.ndarray
    person: np.ndarray
    ages: np.ndarray
    wording: np.ndarray


def add_bursts(
    said: Said, wordings: WordingTerms, owner: np.ndarray, clusters: list[list[Anchor]]
) -> tuple[np.ndarray, list[list[Anchor]]]:
    """The clusters and one more for each burst: of wordings that are in none, and as new as the burst.

    A word whose new wordings are mostly in one cluster, which is itself as new, adds the others to it.
    """
    oldest = np.zeros(wordings.count)
    np.maximum.at(oldest, said.wording, said.ages)
    owner, clusters = owner.copy(), [[*anchors] for anchors in clusters]
    for days in WINDOWS:
        is_fresh = oldest < days
        old = np.unique(owner[~is_fresh])
        fresh = np.flatnonzero(is_fresh & ((owner < 0) | ~np.isin(owner, old)))
        for burst in _bursts(said, wordings, fresh, days):
            owners = owner[burst.wordings]
            free = burst.wordings[owners < 0]
            counts = np.bincount(owners[owners >= 0], minlength=1)
            best = int(counts.argmax())
            if 2 * counts[best] >= len(owners):
                if len(free):
                    owner[free] = best
                    clusters[best].append(burst)
            elif len(free) >= 2 and 2 * len(free) >= len(owners):
                owner[free] = len(clusters)
                clusters.append([burst])
    return owner, clusters


def _bursts(said: Said, wordings: WordingTerms, fresh: np.ndarray, days: int) -> list[Anchor]:
    """The words that came up within the window in fresh wordings, greatest G² first."""
    is_fresh = np.zeros(wordings.count, bool)
    is_fresh[fresh] = True
    some = is_fresh[wordings.rows] & wordings.usable[wordings.terms]
    rows, terms = wordings.rows[some], wordings.terms[some]
    candidates = np.flatnonzero(np.bincount(terms, minlength=wordings.size) >= 2)
    if not len(candidates):
        return []
    is_candidate = np.zeros(wordings.size, bool)
    is_candidate[candidates] = True
    told = is_candidate[said.terms]
    within, people, total_within, total = _person_days(said, told, days, wordings.size)
    with_term = within.sum(axis=1)
    scores = np.round(log_likelihood(within[:, 1], with_term, np.full(len(with_term), total_within), total), 6)
    enough = is_candidate & (scores >= LEAST) & (people >= FEWEST_PEOPLE)
    enough &= within[:, 1] * total > with_term * total_within
    strong = np.flatnonzero(enough)
    strong = strong[np.lexsort((strong, -scores[strong]))]
    return [Anchor((int(term),), float(scores[term]), np.unique(rows[terms == term]), begins=True) for term in strong]


def _person_days(said: Said, told: np.ndarray, days: int, size: int) -> tuple[np.ndarray, np.ndarray, int, int]:
    """(person, day) pairs with each term before and within the window; people within; all pairs within, and all."""
    day = said.ages.astype(np.int64)
    most, last = int(said.person.max()) + 1, int(day.max()) + 1
    items, terms = said.items[told], said.terms[told].astype(np.int64)
    keys = np.unique((terms * most + said.person[items]) * last + day[items])
    term, is_within = keys // (most * last), keys % last < days
    counts = np.bincount(term * 2 + is_within, minlength=2 * size).reshape(size, 2)
    people = np.bincount(np.unique(keys[is_within] // last) // most, minlength=size)
    everything = np.unique(said.person * last + day)
    return counts, people, int((everything % last < days).sum()), len(everything)
