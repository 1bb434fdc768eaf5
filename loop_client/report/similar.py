"""The words by which texts are near-duplicates, and the score that makes them so.

The score of two texts is a weighted Jaccard index of their words: the total weight of the shared words divided by the
weight of all words of both. A word weighs log(1 + texts / texts with this word), so rare words count more, and polite
phrases or parts of a template count little. Two texts are near-duplicates from a score of 0.5.

Words are those of `words`. Texts of fewer than three words or pairs are near-duplicates only when all words are equal.
Order and repetition of words are ignored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa

from loop_client.report.words import distinct, running_words

if TYPE_CHECKING:
    import numpy as np

MOST_COMPARED: Final = 20_000
"""Most items that are compared; the newest ones."""

THRESHOLD: Final = 0.5
FEWEST_WORDS: Final = 3


def words_of(messages: pa.Array | pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray, pa.Array]:
    """Distinct (row, word number) pairs in order, as two arrays; and the words by number. `messages`: one per row."""
    rows, words, names = running_words(messages.combine_chunks() if isinstance(messages, pa.ChunkedArray) else messages)
    return *distinct(rows, words, len(names)), names
