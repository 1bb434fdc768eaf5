"""Near-duplicates of an item, with the words that they share.

The score is a weighted Jaccard index of the words in two texts: the total weight of the shared words divided by the
weight of all words of both. A word weighs log(1 + texts / texts with this word), so rare words count more, and polite
phrases or parts of a template count little. Two texts are near-duplicates from a score of 0.5.

A word is a run of at least two letters, folded as in a search, see `folding`. Numbers are ignored, so that texts which
differ only in an order number are near-duplicates. Scripts without blanks (Han, Kana, Thai, Lao, Khmer, Burmese,
Tibetan) are compared by pairs of adjacent characters. Texts of fewer than three words or pairs are near-duplicates only
when all words are equal. Order and repetition of words are ignored, and so is everything after the first 1,000
characters.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loop_client.query.folding import INVISIBLE, folded

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

MOST_COMPARED: Final = 20_000
"""Most items that are compared; the newest ones."""

THRESHOLD: Final = 0.5
FEWEST_WORDS: Final = 3
LONGEST: Final = 1_000
"""Characters of a text that are compared; the rest is ignored."""

MOST_SHARED: Final = 8
"""Most shared words that are listed, those of the greatest weight."""

_UNSPACED: Final = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}ー"


@dataclass(frozen=True, slots=True)
class Similar:
    """A near-duplicate. `score`: 0.5-1.

    `shared_words`: greatest weight first, as the item spells them, in lower case.
    """

    position: int
    score: float
    shared_words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NearDuplicates:
    """The near-duplicates of an item, best first, then newest first.

    `items`: the best ones, up to the limit given. `count`: all of them, without the item itself. `people`: distinct
    people, including the item's own. `compared`: number of other items that it was compared with.
    """

    items: tuple[Similar, ...]
    count: int
    people: int
    compared: int


class WordIndex:
    """The words of the newest 20,000 of some rows: an index to be cached while snapshot and filters stay the same."""

    def __init__(self, frame: pd.DataFrame, positions: np.ndarray) -> None:
        """Split the texts into words; about 130 ms for 20,000. `frame`: a snapshot's. `positions`: in any order."""
        self._frame = frame
        self.positions = np.sort(positions)[:MOST_COMPARED]
        self._rows, self._words, self._names = words_of(pa.array(frame["message"].iloc[self.positions].array))
        size = len(self.positions)
        texts_with = np.bincount(self._words, minlength=len(self._names))
        self._weights = np.log1p(size / np.maximum(texts_with, 1))
        self._word_weights = self._weights[self._words]
        self._totals = np.bincount(self._rows, self._word_weights, size)
        self._sizes = np.bincount(self._rows, minlength=size)

    def near_duplicates_of(self, position: int, most: int = 50) -> NearDuplicates:
        """The near-duplicates of the item at this position of the frame, which need not be among the rows."""
        if not self.has(position):
            return self.including(position).near_duplicates_of(position, most)
        row = int(np.searchsorted(self.positions, position))
        own, (alike, scores) = self._of(row), self.near_duplicate_rows(row)
        best = alike[np.argsort(-scores[alike], kind="stable")]
        people = self._frame["user_id"].iloc[np.append(self.positions[alike], position)].nunique()
        spellings = _spellings(str(self._frame["message"].iloc[position]))
        items = [
            Similar(int(self.positions[one]), float(scores[one]), self._shared_words(own, one, spellings))
            for one in best[:most]
        ]
        return NearDuplicates(tuple(items), len(alike), int(people), len(self.positions) - 1)

    def has(self, position: int) -> bool:
        """Whether the item at this position of the frame is among the rows."""
        row = int(np.searchsorted(self.positions, position))
        return row < len(self.positions) and bool(self.positions[row] == position)

    def including(self, position: int) -> WordIndex:
        """An index of the rows and this item. Takes as long as the first index, so the caller caches it."""
        return WordIndex(self._frame, np.append(self.positions[: MOST_COMPARED - 1], position))

    def near_duplicate_rows(self, row: int) -> tuple[np.ndarray, np.ndarray]:
        """The near-duplicates of a row, as numbers of rows, newest first; and the scores of all rows."""
        own, size = self._of(row), len(self.positions)
        has = np.zeros(len(self._names), bool)
        has[own] = True
        shared = has[self._words]
        shared_weights = np.bincount(self._rows[shared], self._word_weights[shared], size)
        either = self._totals + float(self._weights[own].sum()) - shared_weights
        scores = np.round(np.divide(shared_weights, either, out=np.zeros(size), where=either > 0), 6)
        brief = (self._sizes < FEWEST_WORDS) | (len(own) < FEWEST_WORDS)
        alike = np.flatnonzero(np.where(brief, scores == 1.0, scores >= THRESHOLD))
        return alike[alike != row], scores

    def _of(self, row: int) -> np.ndarray:
        start, end = np.searchsorted(self._rows, [row, row + 1])
        return self._words[start:end]

    def _shared_words(self, own: np.ndarray, row: int, spellings: Mapping[str, str]) -> tuple[str, ...]:
        both = np.intersect1d(own, self._of(row), assume_unique=True)
        names = sorted((-self._weights[word], self._names[int(word)].as_py()) for word in both)
        return tuple(spellings.get(name, name) for _, name in names[:MOST_SHARED])


def _spellings(text: str) -> dict[str, str]:
    """Folded word → the word as the text spells it, in lower case."""
    words = pc.replace_substring_regex(pa.array([text[:LONGEST]]), rf"[^\pL\pM{INVISIBLE}]+", " ")[0].as_py().split()
    return {folded(word): unicodedata.normalize("NFC", word).lower() for word in reversed(words)}


def words_of(messages: pa.Array | pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray, pa.Array]:
    """Distinct (row, word number) pairs in order, as two arrays; and the words by number. `messages`: one per row."""
    messages = messages.combine_chunks() if isinstance(messages, pa.ChunkedArray) else messages
    plain = pc.utf8_slice_codeunits(messages, 0, LONGEST)
    is_unspaced = pc.match_substring_regex(plain, f"[{_UNSPACED}]")
    if unspaced := pc.any(is_unspaced).as_py():  # several characters may form one letter: fold before they are split
        folded_texts = pa.array(map(folded, plain.filter(is_unspaced).to_pylist()), plain.type)
        plain = pc.replace_with_mask(plain, is_unspaced, folded_texts)
    spaced = pc.replace_substring_regex(plain, rf"[^\pL\pM{INVISIBLE}{_UNSPACED}]+", " ")
    if unspaced:
        spaced = pc.replace_substring_regex(spaced, f"([{_UNSPACED}])", r" \1 ")
    lists = pc.ascii_split_whitespace(spaced)
    rows = np.repeat(np.arange(len(lists)), np.diff(lists.offsets.to_numpy()))
    written = lists.flatten().dictionary_encode()
    encoded = pa.array(map(folded, written.dictionary.to_pylist()), written.dictionary.type).dictionary_encode()
    words, names = encoded.indices.to_numpy()[written.indices.to_numpy()], encoded.dictionary
    lengths = pc.utf8_length(names).to_numpy(zero_copy_only=False)[words]
    if unspaced:
        rows, words, names = _with_pairs(rows, words, names, lengths)
    else:
        rows, words = rows[lengths > 1], words[lengths > 1]
    pairs = np.sort(rows * max(len(names), 1) + words)
    pairs = pairs[np.append(True, np.diff(pairs) > 0)] if len(pairs) else pairs
    return pairs // max(len(names), 1), pairs % max(len(names), 1), names


def _with_pairs(
    rows: np.ndarray, words: np.ndarray, names: pa.Array, lengths: np.ndarray
) -> tuple[np.ndarray, np.ndarray, pa.Array]:
    """The words, and for scripts without blanks the pairs of adjacent characters."""
    is_one = pc.match_substring_regex(names, f"^[{_UNSPACED}]$").to_numpy(zero_copy_only=False)[words]
    first = np.flatnonzero(is_one[:-1] & is_one[1:] & (rows[:-1] == rows[1:]))
    kinds, numbers = np.unique(words[first].astype(np.int64) * len(names) + words[first + 1], return_inverse=True)
    left, right = names.take(pa.array(kinds // len(names))), names.take(pa.array(kinds % len(names)))
    joined = pc.binary_join_element_wise(left, right, pa.scalar("", names.type))
    is_word = ~is_one & (lengths > 1)
    all_rows = np.concatenate([rows[is_word], rows[first]])
    return all_rows, np.concatenate([words[is_word], numbers + len(names)]), pa.concat_arrays([names, joined])
