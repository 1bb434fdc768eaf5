"""What the texts of a wording have in common decides which wordings are one, and which text belongs to which."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from loop_client.report.clusters.profiles import FEWEST_TEXTS, LEAST_SHARE, THRESHOLD, by_profile, profiles_of
from loop_client.report.clusters.wordings import FEW_TERMS, THRESHOLD_OF_FEW, Vectors, vectors_of
from loop_client.report.clusters.wordings import THRESHOLD as LEAST

if TYPE_CHECKING:
    from collections.abc import Sequence

TERMS = "ABCDEFGHabcdefgh"
"""Terms from the rarest on; capital letters weigh most, as names do."""

WEIGHTS = np.repeat([3.0, 2.0], 8) - np.arange(16) / 100


def vectors(texts: Sequence[str]) -> Vectors:
    """Texts whose terms are letters, as vectors."""
    pairs = sorted({(row, TERMS.index(letter)) for row, text in enumerate(texts) for letter in text})
    rows, terms = (np.array([pair[place] for pair in pairs], np.int64) for place in (0, 1))
    return vectors_of(rows, terms, WEIGHTS, len(texts))


def wordings(texts: Sequence[str], leaders: Sequence[int]) -> list[int]:
    """The wording of each text."""
    made = vectors(texts)
    profiles = profiles_of(made, np.array(leaders), WEIGHTS)
    return [*by_profile(made, np.array(leaders), profiles, len(WEIGHTS)).tolist()]


def test_wordings_that_differ_by_the_names_in_them_are_one() -> None:
    """The leaders have different names, the other texts others, and all say "abc"."""
    texts = ["ABabc", "Cabc", "Dabc", "EFabc", "Gabc", "Habc"]

    assert wordings(texts, [0, 0, 0, 3, 3, 3]) == [0] * 6


def test_wordings_that_say_different_things_of_one_name_are_not_one() -> None:
    """All have "AB", half of them say "abc", the others "def"."""
    texts = ["ABabc"] * 3 + ["ABdef"] * 3

    assert wordings(texts, [0, 0, 0, 3, 3, 3]) == [0, 0, 0, 3, 3, 3]


def test_a_text_belongs_to_the_wording_that_it_resembles_most() -> None:
    """Its leader has the same name, but says something else than the text."""
    texts = ["Aabc", "Babc", "Cabc", "Dabc", "Adef", "Edef", "Fdef", "Gdef"]

    assert wordings(texts, [0, 0, 0, 0, 0, 5, 5, 5]) == [0, 0, 0, 0, 5, 5, 5, 5]


def test_a_text_that_resembles_no_profile_stays_with_its_leader() -> None:
    """Two texts are too few for a profile: the last text is not compared to what they have in common."""
    texts = ["abc", "Aabc", "Babc", "adC", "adD", "adE"]

    assert wordings(texts, [0, 0, 0, 3, 3, 5]) == [0, 0, 0, 3, 3, 5]


def test_new_texts_join_as_the_earlier_ones_did() -> None:
    """By profile, else with the wording of their leader, else as their own."""
    texts = ["ABabc", "Cabc", "Dabc", "EFabc", "Gabc", "Habc"]
    profiles = profiles_of(vectors(texts), np.array([0, 0, 0, 3, 3, 3]), WEIGHTS)
    found = by_profile(vectors(["abcE", "EFg", "gh"]), np.array([6, 3, 8]), profiles, len(WEIGHTS))

    assert found.tolist() == [0, 0, 8]


@given(st.lists(st.text(TERMS, max_size=5), min_size=1, max_size=40), st.data())
def test_profiles_are_those_of_a_plain_computation(texts: list[str], data: st.DataObject) -> None:
    """Largest first, wordings join the most similar profile; then texts join the most similar one of what results."""
    leads = [0, *(row for row in range(1, len(texts)) if data.draw(st.booleans()))]
    leaders = [
        row if row in leads else data.draw(st.sampled_from([one for one in leads if one <= row]))
        for row in range(len(texts))
    ]
    dense = np.array([[letter in text for letter in TERMS] for text in texts]) * WEIGHTS
    profiles = plain_profiles(dense, leaders)
    joined: dict[int, int] = {}
    for row, profile in profiles.items():
        others = {one: profiles[one] for one, target in joined.items() if one == target}
        joined[row] = closest(profile, others, THRESHOLD, row)
    merged = [joined.get(leader, leader) for leader in leaders]
    profiles = plain_profiles(dense, merged)
    expected = [closest(text, profiles, LEAST, merged[row]) for row, text in enumerate(dense)]

    assert wordings(texts, leaders) == expected


def plain_profiles(dense: np.ndarray, leaders: Sequence[int]) -> dict[int, np.ndarray]:
    """Leader → profile, largest first."""
    own = {leader: dense[np.array(leaders) == leader] for leader in sorted(set(leaders))}
    large = sorted((one for one in own if len(own[one]) >= FEWEST_TEXTS), key=lambda one: -len(own[one]))
    return {one: np.where((own[one] > 0).mean(axis=0) >= LEAST_SHARE, own[one].mean(axis=0), 0) for one in large}


def closest(vector: np.ndarray, profiles: dict[int, np.ndarray], least: float, otherwise: int) -> int:
    """The first of the most similar profiles."""
    best, found = 0.0, otherwise
    for row, profile in profiles.items():
        few = min((vector > 0).sum(), (profile > 0).sum()) < FEW_TERMS
        lengths = float(np.linalg.norm(vector) * np.linalg.norm(profile))
        cosine = round(float(vector @ profile) / max(lengths, 1e-9), 5)
        if cosine >= (THRESHOLD_OF_FEW if few else least) and cosine > best:
            best, found = cosine, row
    return found
