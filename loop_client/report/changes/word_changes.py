"""The words and phrases that more people use than before."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from loop_client.report.changes.quotes import typical
from loop_client.report.changes.selected import UNEQUAL, are_equal
from loop_client.report.clusters.function_words import function_terms
from loop_client.report.clusters.terms import spelt, terms_of
from loop_client.report.comparison import FEWEST, quantile, wilson_ends
from loop_client.report.words import distinct

if TYPE_CHECKING:
    from loop_client.report.changes.selected import Both, Selection
    from loop_client.report.clusters.terms import Terms

READ: Final = 20_000
"""Most items of a period whose words are read, the newest ones: a quarter of a second."""

TEXTS_READ: Final = 50
"""Texts in which the spellings of a word are looked up, the newest ones."""

SPELLINGS: Final = 3
"""Most spellings of a word that are listed."""

MOST: Final = 12
"""Most words and phrases that are shown."""

LOOKED_AT: Final = 120
"""Candidates that are compared with each other, the clearest ones."""

THE_SAME: Final = 0.8
"""Share of a word's items that another word has too, from which on it is not said: it is the same news."""


@dataclass(frozen=True, slots=True)
class WordChange:
    """A word, or a phrase of two, in its most frequent spellings, in lower case: "timeout / timed out".

    `people`, `people_before`: distinct ones who use it. `low`, `high`: the interval of the ratio of these two, each as
    a share of all people of its period. `item`: the id of the most typical item with it. `quotes`: see `typical`.
    """

    word: str
    people: int
    people_before: int
    low: float
    high: float
    item: str
    quotes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class WordChanges:
    """The words and phrases that more people use than before, the clearest first, at most 12.

    `people`, `people_before`: all people of each period whose items were read. `compared`: how many words and phrases
    at least 8 people used. `share`: that of the items of each period that were read, the newest ones: the larger period
    has 20,000 at most. With a `reason`, why there are none.
    """

    risen: tuple[WordChange, ...] = ()
    people: int = 0
    people_before: int = 0
    compared: int = 0
    share: float = 1.0
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class _Uses:
    """Uses of words: `rows` and `words` are pairs of an item and the number of a word in it, each once.

    `phrases`: the number of the first phrase; those of words are smaller, and `size` is greater than all.
    """

    rows: np.ndarray
    words: np.ndarray
    phrases: int
    size: int

    def people(self, persons: np.ndarray, inside: np.ndarray) -> np.ndarray:
        """Distinct people who use each word in the items for which `inside` is true."""
        chosen = inside[self.rows]
        _, words = distinct(persons[self.rows[chosen]], self.words[chosen], self.size)
        return np.bincount(words, minlength=self.size)


def word_changes(selection: Selection, both: Both) -> WordChanges:
    """The words and phrases that a greater share of people use; intervals are corrected for the number compared.

    A word counts once for each person and period, however often it is used. Function words are left out, as are words
    most of whose items have a word that is listed already.
    """
    if not are_equal(both, selection.snapshot.zone):
        return WordChanges(reason=UNEQUAL)
    now, before = (selection.rows(period) for period in both)
    largest = max(len(now), len(before), READ)  # the same share of both: where more is read, a word has more chances
    now, before = (rows[: -(-len(rows) * READ // largest)] for rows in (now, before))
    share = READ / largest
    positions = np.concatenate([now, before])
    columns = selection.snapshot.frame[["user_id", "message"]].iloc[positions]
    persons = pd.factorize(columns["user_id"])[0].astype(np.int64)
    later = np.arange(len(positions)) < len(now)
    people, people_before = (len(np.unique(persons[mask])) for mask in (later, ~later))
    if not people or not people_before:
        return WordChanges((), people, people_before, 0, share)
    terms = terms_of(pa.array(columns["message"].array, pa.large_string()))
    uses, names = _uses(terms)
    counts, counts_before = uses.people(persons, later), uses.people(persons, ~later)
    comparable = counts + counts_before >= FEWEST
    compared = int(comparable.sum())
    low, high = _ratios(counts, counts_before, people / people_before, quantile(compared))
    clear = np.flatnonzero(comparable & (low > 1))
    order = clear[np.lexsort((clear, -counts[clear], -np.round(low[clear], 9)))][:LOOKED_AT]
    risen = []
    for word, rows in _apart(uses, order, later):
        quotes = typical(selection.snapshot, positions[rows])
        spelling = _spellings(columns["message"].iloc[rows[:TEXTS_READ]].tolist(), names(word))
        item = str(selection.snapshot.frame["id"].iloc[quotes[0]])
        numbers = int(counts[word]), int(counts_before[word]), float(low[word]), float(high[word])
        risen.append(WordChange(spelling, *numbers, item, quotes))
    return WordChanges(tuple(risen), people, people_before, compared, share)


def _uses(terms: Terms) -> tuple[_Uses, _Names]:
    """The uses of terms and of pairs of adjacent ones, both without function words; and their names."""
    size = len(terms.names)
    spoken = pc.is_in(terms.names, pa.array(sorted(function_terms()), terms.names.type))
    of_content = ~spoken.to_numpy(zero_copy_only=False)
    left, right = terms.running[:-1], terms.running[1:]
    adjacent = (terms.running_rows[:-1] == terms.running_rows[1:]) & of_content[left] & of_content[right]
    adjacent &= left != right
    kinds, numbers = np.unique(left[adjacent].astype(np.int64) * size + right[adjacent], return_inverse=True)
    rows, pairs = distinct(terms.running_rows[:-1][adjacent], numbers, len(kinds))
    alone = of_content[terms.numbers]
    of, words = np.concatenate([terms.rows[alone], rows]), np.concatenate([terms.numbers[alone], pairs + size])
    return _Uses(of, words, size, size + len(kinds)), _Names(terms.names, kinds)


@dataclass(frozen=True, slots=True)
class _Names:
    """The terms of each number of a word: one, or two of a phrase."""

    terms: pa.Array
    kinds: np.ndarray

    def __call__(self, word: int) -> list[str]:
        size = len(self.terms)
        numbers = [word] if word < size else [*divmod(int(self.kinds[word - size]), size)]
        return [self.terms[number].as_py() for number in numbers]


def _ratios(now: np.ndarray, before: np.ndarray, scale: float, z: float) -> tuple[np.ndarray, np.ndarray]:
    """The intervals of the ratios of shares. `scale`: how many times as many people there are now."""
    low, high = wilson_ends(now, np.maximum(now + before, 1), z)
    with np.errstate(divide="ignore"):
        return low / (1 - low) / scale, np.where(before > 0, high / np.maximum(1 - high, 1e-12), np.inf) / scale


def _apart(uses: _Uses, order: np.ndarray, later: np.ndarray) -> list[tuple[int, np.ndarray]]:
    """The first words of an order whose later items are not mostly those of an earlier one, with these items.

    Of a phrase and its words, the phrase comes first where nearly all items with the word have it.
    """
    rows_of = {word: uses.rows[(uses.words == word) & later[uses.rows]] for word in order.tolist()}
    chosen: list[tuple[int, np.ndarray]] = []
    for word in order.tolist():
        rows = np.sort(rows_of[word])
        phrases = (one for one in rows_of if one >= uses.phrases > word and _share(rows, rows_of[one]) >= THE_SAME)
        taken = next(phrases, word)
        rows = np.sort(rows_of[taken])
        if all(_share(rows, known) < THE_SAME for _, known in chosen):
            chosen.append((taken, rows))
        if len(chosen) == MOST:
            break
    return chosen


def _share(rows: np.ndarray, others: np.ndarray) -> float:
    return float(np.isin(rows, others).mean())


def _spellings(texts: list[str], terms: list[str]) -> str:
    """The most frequent spellings of terms that follow each other, as these texts have them."""
    found = Counter(" ".join(spelt(text).get(term, term) for term in terms) for text in texts)
    return " / ".join(spelling for spelling, _ in found.most_common(SPELLINGS))
