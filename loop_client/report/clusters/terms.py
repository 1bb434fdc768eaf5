"""The terms of texts: folded words, reduced to their stem, and pairs of characters in scripts without blanks.

A word is a run of at least two letters, folded as in a search, see `folding`. Words of ASCII letters are reduced to
their stem by the Snowball stemmer for English. Two adjacent words become one term if their stems, joined, are the stem
of a known word: "timed out", "time-out" and "timeout" are one term, and so are "log in" and "login". Numbers count only
in texts of fewer than three words: "Error 404" is not "Error 500". All after the first 1,000 characters is ignored.

Source: https://snowballstem.org/algorithms/english/stemmer.html
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import snowballstemmer

from loop_client.query.folding import INVISIBLE, folded

LONGEST: Final = 1_000
"""Characters of a text that are read; the rest is ignored."""

FEW_WORDS: Final = 3
"""Words of a text from which on its numbers are ignored."""

FEWEST_TEXTS: Final = 2
"""Texts that a word must be in before two adjacent words are joined to it."""

_UNSPACED: Final = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}ー"


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


def terms_of(texts: pa.Array, known: pa.Array | None = None) -> Terms:
    """The terms of texts; about 250 ms for 20,000.

    `known`: terms of earlier texts, which keep their numbers; new ones follow. Only these form joined terms then.
    Without it, terms in at least two of the texts do.
    """
    rows, words, spelt = _words_of(texts)
    encoded = pa.array(map(stem, spelt.to_pylist()), pa.large_string()).dictionary_encode()
    running, names = encoded.indices.to_numpy()[words].astype(np.int64), encoded.dictionary
    if known is None:
        with_term = np.bincount(_distinct(rows, running, len(names))[1], minlength=len(names))
        is_known = with_term >= FEWEST_TEXTS
    else:
        merged = pa.concat_arrays([known, names.filter(pc.invert(pc.is_in(names, known)))])
        running, names = pc.index_in(names, merged).to_numpy(zero_copy_only=False)[running].astype(np.int64), merged
        is_known = np.arange(len(names)) < len(known)
    rows, running = _joined(rows, running, names, is_known)
    return Terms(*_distinct(rows, running, len(names)), names, rows, running)


def renumbered(terms: Terms, order: np.ndarray) -> Terms:
    """The same terms with other numbers. `order`: the present number of each new one."""
    number = np.empty(len(order), np.int64)
    number[order] = np.arange(len(order))
    running = number[terms.running]
    pairs = _distinct(terms.running_rows, running, len(order))
    return Terms(*pairs, terms.names.take(pa.array(order)), terms.running_rows, running)


def spelt(text: str) -> dict[str, str]:
    """Each term of a text as the text spells it, in lower case: "timeout" → "timed out"."""
    letters = pc.replace_substring_regex(pa.array([text[:LONGEST]]), rf"[^\pL\pM{INVISIBLE}]+", " ")[0].as_py()
    words = unicodedata.normalize("NFC", letters).lower().split()
    own = [(stem(folded(word)), word) for word in words]
    joined = {one + other: f"{word} {next_word}" for (one, word), (other, next_word) in pairwise(own)}
    return joined | dict(reversed(own))


def _distinct(rows: np.ndarray, numbers: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    pairs = np.sort(rows.astype(np.int64) * max(size, 1) + numbers)
    pairs = pairs[np.append(True, np.diff(pairs) > 0)] if len(pairs) else pairs
    return pairs // max(size, 1), pairs % max(size, 1)


def _words_of(texts: pa.Array) -> tuple[np.ndarray, np.ndarray, pa.Array]:
    """(row, number of a word) for each word or pair of characters, in the order of the texts; and the words."""
    plain = pc.utf8_slice_codeunits(texts.cast(pa.large_string()), 0, LONGEST)
    is_unspaced = pc.match_substring_regex(plain, f"[{_UNSPACED}]")
    if unspaced := pc.any(is_unspaced).as_py():  # several characters may form one letter: fold before they are split
        folded_texts = pa.array(map(folded, plain.filter(is_unspaced).to_pylist()), plain.type)
        plain = pc.replace_with_mask(plain, is_unspaced, folded_texts)
    spaced = pc.replace_substring_regex(plain, rf"[^\pL\pM{INVISIBLE}{_UNSPACED}]+", " ")
    if unspaced:
        marked = pc.replace_substring_regex(spaced.filter(is_unspaced), f"([{_UNSPACED}])", r" \1 ")
        spaced = pc.replace_with_mask(spaced, is_unspaced, marked)
    spaced = pc.ascii_trim_whitespace(spaced)  # a split would make empty words at both ends
    lists = pc.ascii_split_whitespace(spaced)
    is_brief = np.diff(lists.offsets.to_numpy()) < FEW_WORDS
    numbered = pc.and_(pc.match_substring_regex(plain, r"\d"), pa.array(is_brief))
    if pc.any(numbered).as_py():
        digits = pc.replace_substring_regex(plain.filter(numbered), r"\D+", "")
        texts_with = pc.binary_join_element_wise(spaced.filter(numbered), digits, pa.scalar(" #", spaced.type))
        lists = pc.ascii_split_whitespace(pc.replace_with_mask(spaced, numbered, texts_with))
    rows = np.repeat(np.arange(len(lists)), np.diff(lists.offsets.to_numpy()))
    written = lists.flatten().dictionary_encode()
    encoded = pa.array(map(_folded_word, written.dictionary.to_pylist()), written.dictionary.type).dictionary_encode()
    words, names = encoded.indices.to_numpy()[written.indices.to_numpy()], encoded.dictionary
    if unspaced:
        words, names = _paired(rows, words, names)
    is_word = pc.greater(pc.utf8_length(names), 1).to_numpy(zero_copy_only=False)[words]
    return rows[is_word], words[is_word], names


def _paired(rows: np.ndarray, words: np.ndarray, names: pa.Array) -> tuple[np.ndarray, pa.Array]:
    """The words, where each character of a script without blanks is replaced by the pair that begins with it."""
    is_one = pc.match_substring_regex(names, f"^[{_UNSPACED}]$").to_numpy(zero_copy_only=False)[words]
    first = np.flatnonzero(is_one[:-1] & is_one[1:] & (rows[:-1] == rows[1:]))
    kinds, numbers = np.unique(words[first].astype(np.int64) * len(names) + words[first + 1], return_inverse=True)
    left, right = names.take(pa.array(kinds // len(names))), names.take(pa.array(kinds % len(names)))
    joined = pc.binary_join_element_wise(left, right, pa.scalar("", names.type))
    paired = words.astype(np.int64)
    paired[first] = numbers + len(names)
    return paired, pa.concat_arrays([names, joined])


_folded_word: Final = lru_cache(maxsize=50_000)(folded)
"""New items mostly have words that came up before."""


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
