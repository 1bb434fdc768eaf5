"""The words and phrases that more people use than before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from loop_client.mirror.moments import moment_of
from loop_client.query import LONGEST_WORD, DrillDown, UsesOf
from loop_client.report.changes.quotes import typical
from loop_client.report.changes.selected import UNEQUAL, are_equal
from loop_client.report.clusters.function_words import function_terms
from loop_client.report.clusters.terms import Stems, spellings, terms_of
from loop_client.report.comparison import FEWEST, quantile, wilson_ends
from loop_client.report.word_uses import READ, TEXTS_SPELT, messages_at
from loop_client.report.words import distinct

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from loop_client.mirror.snapshot import Snapshot
    from loop_client.report.changes.selected import Both, Selection
    from loop_client.report.clusters.terms import Terms

A_MINUTE: Final = 60_000_000
"""µs."""

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
    a share of all people of its period. `quotes`: see `typical`. `only`: the drill-down to the items of the later
    period that use it, see `Stems.using`, as far as they were read.
    """

    word: str
    people: int
    people_before: int
    low: float
    high: float
    quotes: tuple[int, ...]
    only: DrillDown


@dataclass(frozen=True, slots=True)
class WordChanges:
    """The words and phrases that more people use than before, the clearest first, at most 12.

    `people`, `people_before`: all people of each period whose items were read. `compared`: how many words and phrases
    at least 8 people used. `share`: that of the items of each period that were read, the newest ones, in full minutes:
    of the larger period 20,000 at most. With a `reason`, why there are none.
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
    most of whose items have a word that is listed already. Words are found by `terms_of`, which needs all texts at
    once; then they are counted by `Stems.using`, which needs each text alone, so that a link leads to the same items.
    """
    if not are_equal(both, selection.snapshot.zone):
        return WordChanges(reason=UNEQUAL)
    periods = [selection.rows(period) for period in both]
    largest = max(*map(len, periods), READ)  # the same share of both: where more is read, a word has more chances
    (now, since), (before, _) = (_newest(selection.times, rows, -(-len(rows) * READ // largest)) for rows in periods)
    share = (len(now) + len(before)) / max(sum(map(len, periods)), 1)
    read = _Read.of(selection.snapshot, now, before)
    people, people_before = read.people(np.arange(len(read.persons)))
    if not people or not people_before:
        return WordChanges((), people, people_before, 0, share)
    uses, names = _uses(terms_of(read.stems))
    counts, counts_before = uses.people(read.persons, read.later), uses.people(read.persons, ~read.later)
    comparable = counts + counts_before >= FEWEST
    compared = int(comparable.sum())
    scale, z = people / people_before, quantile(compared)
    low, _ = _ratios(counts, counts_before, scale, z)
    clear = np.flatnonzero(comparable & (low > 1))
    order = clear[np.lexsort((clear, -counts[clear], -np.round(low[clear], 9)))][:LOOKED_AT]
    days = replace(selection.days(both[0]), after=since)
    found = (_change(selection.snapshot, read, names(word), (scale, z)) for word in _apart(uses, order, read.later))
    risen = tuple(replace(one, only=replace(days, word=one.only.word)) for one in found if one.low > 1)
    return WordChanges(risen, people, people_before, compared, share)


def _newest(times: np.ndarray, rows: np.ndarray, most: int) -> tuple[np.ndarray, datetime | None]:
    """The newest rows, at most so many, and the full minute after which all were created; None if these are all.

    A link has minutes, so that it can lead to just these rows.
    """
    if len(rows) <= most:
        return rows, None
    limit = -(-int(times[rows[most]]) // A_MINUTE) * A_MINUTE
    return rows[: np.searchsorted(-times[rows], -limit)], moment_of(limit)


@dataclass(frozen=True, slots=True)
class _Read:
    """The items of both periods whose words are read, those of the later period first, each newest first.

    `positions`: in the snapshot's frame. `persons`: a number for each person. `later`: of the later period.
    """

    positions: np.ndarray
    persons: np.ndarray
    later: np.ndarray
    messages: pa.Array
    stems: Stems

    @classmethod
    def of(cls, snapshot: Snapshot, now: np.ndarray, before: np.ndarray) -> _Read:
        """Those at these positions."""
        positions = np.concatenate([now, before])
        persons = pd.factorize(snapshot.frame["user_id"].iloc[positions])[0].astype(np.int64)
        texts = messages_at(snapshot, positions)
        return cls(positions, persons, np.arange(len(positions)) < len(now), texts, Stems.of(texts))

    def people(self, rows: np.ndarray) -> tuple[int, int]:
        """The distinct people of these rows in the later and the earlier period."""
        now, before = (len(np.unique(self.persons[rows[self.later[rows] == is_later]])) for is_later in (True, False))
        return now, before


def _change(snapshot: Snapshot, read: _Read, terms: Sequence[str], compared: tuple[float, float]) -> WordChange:
    """How many use these terms, by the rule of their link. `compared`: scale and quantile, see `_ratios`."""
    used = read.stems.using(terms)
    numbers = read.people(used)
    scale, z = compared
    (low,), (high,) = _ratios(np.array(numbers[:1]), np.array(numbers[1:]), scale, z)
    now = used[read.later[used]]
    spelt = spellings(read.messages.take(pa.array(now[:TEXTS_SPELT])).to_pylist(), terms)
    quotes = typical(snapshot, read.positions[now])
    return WordChange(spelt, *numbers, float(low), float(high), quotes, DrillDown(word=UsesOf(" ".join(terms))))


def _uses(terms: Terms) -> tuple[_Uses, _Names]:
    """The uses of terms and of pairs of adjacent ones, without function words and very long ones; and their names."""
    size = len(terms.names)
    spoken = pc.is_in(terms.names, pa.array(sorted(function_terms()), terms.names.type))
    too_long = pc.greater(pc.utf8_length(terms.names), LONGEST_WORD)
    of_content = ~pc.or_(spoken, too_long).to_numpy(zero_copy_only=False)
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


def _apart(uses: _Uses, order: np.ndarray, later: np.ndarray) -> list[int]:
    """The first words of an order whose later items are not mostly those of an earlier one.

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
    return [word for word, _ in chosen]


def _share(rows: np.ndarray, others: np.ndarray) -> float:
    return float(np.isin(rows, others).mean())
