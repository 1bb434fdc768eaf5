"""The words by which texts are near-duplicates, and the score that makes them so.

The score of two texts is a weighted Jaccard index of their words: the total weight of the shared words divided by the
weight of all words of both. A word weighs log(1 + texts / texts with this word), so rare words count more, and polite
phrases or parts of a template count little. Two texts are near-duplicates from a score of 0.5.

A word is a run of at least two letters, folded as in a search, see `folding`. Numbers are ignored, so that texts which
differ only in an order number are near-duplicates. Scripts without blanks (Han, Kana, Thai, Lao, Khmer, Burmese,
Tibetan) are compared by pairs of adjacent characters. Texts of fewer than three words or pairs are near-duplicates only
when all words are equal. Order and repetition of words are ignored, and so is everything after the first 1,000
characters.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loop_client.query.folding import INVISIBLE, folded

MOST_COMPARED: Final = 20_000
"""Most items that are compared; the newest ones."""

THRESHOLD: Final = 0.5
FEWEST_WORDS: Final = 3
LONGEST: Final = 1_000
"""Characters of a text that are compared; the rest is ignored."""

_UNSPACED: Final = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}ー"


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
