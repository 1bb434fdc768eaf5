"""Profiles: what the texts of a wording have in common.

The first text of a wording, its leader, has words that say nothing about the subject: the name of a customer, a place,
a day. They make two leaders differ that say the same, and lead a text to the wrong one. Over several texts such words
cancel out. So each wording of at least three texts has a profile, the sum of its texts. Largest first, a wording joins
the one whose profile its own resembles most, from a cosine of 0.68 on. Then each text joins the profile that it
resembles most, from the same cosine on as a leader; the others stay with their leader.

Profiles do not change while wordings join, nor while texts do, so that no chain of small differences joins different
texts. Source: J. Rocchio, "Relevance Feedback in Information Retrieval", 1971, for sums as what texts are compared to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from loop_client.report.clusters.wordings import BATCH, Vectors, index_of, resembling, vectors_of, wordings_of

FEWEST_TEXTS: Final = 3
"""Texts from which on a wording has a profile: what two texts share may be the name."""

LEAST_SHARE: Final = 0.2
"""Share of the texts of a wording that a term of its profile is in, which keeps profiles short."""

THRESHOLD: Final = 0.68
"""Cosine of two profiles from which on their wordings are one."""


@dataclass(frozen=True, slots=True)
class Profiles:
    """The profiles of the wordings of some texts, largest wording first.

    `leaders`: for each profile the row of the leader that stands for its wording. `vectors`: the profiles. `joined`:
    for the row of each leader the row of the one that stands for its wording.
    """

    leaders: np.ndarray
    vectors: Vectors
    joined: np.ndarray


def profiles_of(vectors: Vectors, leaders: np.ndarray, weights: np.ndarray) -> Profiles:
    """The profiles of these texts. `leaders`: the row of the leader of each text. `weights`: of each term."""
    rows, profiles = _sums(vectors, leaders, weights)
    joined = np.arange(len(leaders))
    joined[rows] = rows[wordings_of(profiles, len(weights), threshold=THRESHOLD).leaders]
    return Profiles(*_sums(vectors, joined[leaders], weights), joined)


def by_profile(vectors: Vectors, leaders: np.ndarray, profiles: Profiles, size: int) -> np.ndarray:
    """The wording of each text, as the row of the leader that stands for it.

    `leaders`: the row of the leader of each text; those that came after the profiles stand for themselves. `size`:
    number of terms.
    """
    result, old = leaders.copy(), leaders < len(profiles.joined)
    result[old] = profiles.joined[leaders[old]]
    count = len(profiles.leaders)
    everything = profiles.vectors.followed_by(vectors)
    index = index_of(everything, np.arange(count))
    for start in range(0, len(leaders), BATCH):
        texts = np.arange(start, min(start + BATCH, len(leaders)))
        row, profile, cosine = resembling(everything, index, texts + count, size)
        order = np.lexsort((profile, -cosine, row))
        row, profile = row[order], profile[order]
        best = np.diff(row, prepend=-1) > 0
        result[row[best] - count] = profiles.leaders[profile[best]]
    return result


def _sums(vectors: Vectors, wordings: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, Vectors]:
    """The rows that stand for the wordings with enough texts, largest first; and the sum of the texts of each."""
    size, texts = len(weights), np.bincount(wordings, minlength=len(wordings))
    rows = np.flatnonzero(texts >= FEWEST_TEXTS)
    rows = rows[np.lexsort((rows, -texts[rows]))]
    number = np.full(len(wordings), -1)
    number[rows] = np.arange(len(rows))
    of = number[wordings[vectors.rows()]]
    keys, counts = np.unique(of[of >= 0] * size + vectors.terms[of >= 0], return_counts=True)
    shares = counts / texts[rows][keys // size]
    keys, shares = keys[shares >= LEAST_SHARE], shares[shares >= LEAST_SHARE]
    return rows, vectors_of(keys // size, keys % size, weights, len(rows), shares)
