"""The terms of texts: their words, see `words`, reduced to their stem.

Words of ASCII letters are reduced to their stem by the Snowball stemmer for English. Two adjacent words become one term
if their stems, joined, are the stem of a known word: "timed out", "time-out" and "timeout" are one term, and so are
"log in" and "login".

Source: https://snowballstem.org/algorithms/english/stemmer.html
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import snowballstemmer

from loop_client.query.folding import INVISIBLE, folded
from loop_client.report.words import LONGEST, distinct, running_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FEWEST_TEXTS: Final = 2
"""Texts that a word must be in before two adjacent words are joined to it."""

SPELLINGS: Final = 3
"""Most spellings of a word that are listed."""


@dataclass(frozen=True, slots=True)
class Stems:
    """The stems of the words of some texts, in their order there: the row and the number of each.

    `names`: the stems by number.
    """

    rows: np.ndarray
    numbers: np.ndarray
    names: pa.Array

    @classmethod
    def of(cls, texts: pa.Array) -> Stems:
        """Those of texts; about 200 ms for 20,000."""
        rows, words, spelt = running_words(texts)
        encoded = pa.array(map(stem, spelt.to_pylist()), pa.large_string()).dictionary_encode()
        return cls(rows, encoded.indices.to_numpy()[words].astype(np.int64), encoded.dictionary)

    def using(self, terms: Sequence[str]) -> np.ndarray:
        """The rows of the texts that use these terms one after the other, each once.

        That depends on each text alone. A term is a stem, or two stems that follow each other: "timed out" uses
        "timeout", whether or not another text has "timeout". In a text, `Terms` have either, and only known ones.
        """
        ends = np.array([], np.int64)
        for place, term in enumerate(terms):
            begins, after = self._places(term)
            follows = np.isin(begins, ends) & (self.rows[begins] == self.rows[begins - 1]) if place else slice(None)
            ends = after[follows]
        return np.unique(self.rows[ends - 1])

    def _places(self, term: str) -> tuple[np.ndarray, np.ndarray]:
        """Where a term begins, and where the word after it does."""
        halves = [(term[:cut], term[cut:]) for cut in range(1, len(term))]
        sought = pa.array([term, *(half for both in halves for half in both)], self.names.type)
        whole, *found = pc.fill_null(pc.index_in(sought, self.names), -1).to_pylist()
        begins, length = [np.flatnonzero(self.numbers == whole)], [1]
        for left, right in zip(found[::2], found[1::2], strict=True):
            if min(left, right) >= 0:
                is_both = (self.numbers[:-1] == left) & (self.numbers[1:] == right)
                begins.append(np.flatnonzero(is_both & (self.rows[:-1] == self.rows[1:])))
                length.append(2)
        return np.concatenate(begins), np.concatenate([np.add(*one) for one in zip(begins, length, strict=True)])


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of some texts.

    `rows`, `numbers`: the distinct terms of each text, as sorted (row, term) pairs. `names`: the terms by number.
    `running_rows`, `running`: the terms of each text in their order there, repeated ones included.
    """

    rows: np.ndarray
    numbers: np.ndarray
    names: pa.Array
    running_rows: np.ndarray
    running: np.ndarray


def terms_of(texts: pa.Array | Stems, known: pa.Array | None = None) -> Terms:
    """The terms of texts, or of their stems; about 250 ms for 20,000.

    `known`: terms of earlier texts, which keep their numbers; new ones follow. Only these form joined terms then.
    Without it, terms in at least two of the texts do.
    """
    stems = texts if isinstance(texts, Stems) else Stems.of(texts)
    rows, running, names = stems.rows, stems.numbers, stems.names
    if known is None:
        with_term = np.bincount(distinct(rows, running, len(names))[1], minlength=len(names))
        is_known = with_term >= FEWEST_TEXTS
    else:
        merged = pa.concat_arrays([known, names.filter(pc.invert(pc.is_in(names, known)))])
        running, names = pc.index_in(names, merged).to_numpy(zero_copy_only=False)[running].astype(np.int64), merged
        is_known = np.arange(len(names)) < len(known)
    rows, running = _joined(rows, running, names, is_known)
    return Terms(*distinct(rows, running, len(names)), names, rows, running)


def renumbered(terms: Terms, order: np.ndarray) -> Terms:
    """The same terms with other numbers. `order`: the present number of each new one."""
    number = np.empty(len(order), np.int64)
    number[order] = np.arange(len(order))
    running = number[terms.running]
    pairs = distinct(terms.running_rows, running, len(order))
    return Terms(*pairs, terms.names.take(pa.array(order)), terms.running_rows, running)


def spelt(text: str) -> dict[str, str]:
    """Each term of a text as the text spells it, in lower case: "timeout" → "timed out"."""
    letters = pc.replace_substring_regex(pa.array([text[:LONGEST]]), rf"[^\pL\pM{INVISIBLE}]+", " ")[0].as_py()
    words = unicodedata.normalize("NFC", letters).lower().split()
    own = [(stem(folded(word)), word) for word in words]
    joined = {one + other: f"{word} {next_word}" for (one, word), (other, next_word) in pairwise(own)}
    return joined | dict(reversed(own))


def spellings(texts: Iterable[str], terms: Sequence[str]) -> str:
    """The most frequent spellings of terms that follow each other, as these texts have them: "timeout / timed out"."""
    found = Counter(" ".join(spelt(text).get(term, term) for term in terms) for text in texts)
    return " / ".join(spelling for spelling, _ in found.most_common(SPELLINGS))


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The stem of an English word; other words as they are.

    A stemmer is made for each word, which costs nothing: two threads must not use the same one.
    """
    return str(snowballstemmer.stemmer("english").stemWord(word)) if word.isascii() else word


def _joined(
    rows: np.ndarray, tokens: np.ndarray, names: pa.Array, is_known: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The tokens, with adjacent ones that form a known word replaced by it."""
    if len(tokens) < 2:
        return rows, tokens
    kinds, kind = np.unique(tokens[:-1].astype(np.int64) * len(names) + tokens[1:], return_inverse=True)
    left, right = (names.take(pa.array(half)) for half in (kinds // len(names), kinds % len(names)))
    whole = pc.index_in(pc.binary_join_element_wise(left, right, pa.scalar("", names.type)), names)
    wholes = pc.fill_null(whole, -1).to_numpy(zero_copy_only=False)
    wholes = np.where((wholes >= 0) & is_known[wholes], wholes, -1)[kind]
    wholes[rows[:-1] != rows[1:]] = -1
    starts = np.flatnonzero(wholes >= 0)
    starts = starts[np.append(True, np.diff(starts) > 1)] if len(starts) else starts
    result = tokens.copy()
    result[starts] = wholes[starts]
    stays = np.ones(len(tokens), bool)
    stays[starts + 1] = False
    return rows[stays], result[stays]
