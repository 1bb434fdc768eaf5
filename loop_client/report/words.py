"""Texts as words, in any script: what clusters and near-duplicates are made of.

A word is a run of at least two letters, folded as in a search, see `folding`. Scripts without blanks (Han, Kana, Thai,
Lao, Khmer, Burmese, Tibetan) are read by pairs of adjacent characters. Numbers count only in texts of fewer than three
words, where they tell "Error 404" and "Error 500" apart; in longer ones they are those of orders and days. All after
the first 1,000 characters is ignored.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loop_client.query.folding import INVISIBLE, folded

LONGEST: Final = 1_000
"""Characters of a text that are read; the rest is ignored."""

FEW_WORDS: Final = 3
"""Words of a text from which on its numbers are ignored."""

_UNSPACED: Final = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}ー"

folded_word: Final = lru_cache(maxsize=50_000)(folded)
"""New items mostly have words that came up before."""


def running_words(texts: pa.Array) -> tuple[np.ndarray, np.ndarray, pa.Array]:
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
    encoded = pa.array(map(folded_word, written.dictionary.to_pylist()), written.dictionary.type).dictionary_encode()
    words, names = encoded.indices.to_numpy()[written.indices.to_numpy()], encoded.dictionary
    if unspaced:
        words, names = _paired(rows, words, names)
    is_word = pc.greater(pc.utf8_length(names), 1).to_numpy(zero_copy_only=False)[words]
    return rows[is_word], words[is_word], names


def distinct(rows: np.ndarray, numbers: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Each number once per row: sorted (row, number) pairs, as two arrays. `size`: the count of numbers."""
    pairs = np.sort(rows.astype(np.int64) * max(size, 1) + numbers)
    pairs = pairs[np.append(True, np.diff(pairs) > 0)] if len(pairs) else pairs
    return pairs // max(size, 1), pairs % max(size, 1)


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
