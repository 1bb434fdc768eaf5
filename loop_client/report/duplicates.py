"""Rows of a file that repeat an earlier row, or an item of the account: exactly, or nearly.

Exactly: the same person and message, or the item's own id. Nearly: near-duplicates as in `similar`, whoever wrote them.
For those, a row is compared with the newest 20,000 items and all earlier rows, but only with the few of them that come
before it among the texts with one of its rarest words. So 50,000 rows take about two seconds, whatever they say, and
up to one near-duplicate in ten is missed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loop_client.mirror.columns import texts_of
from loop_client.mirror.snapshot_cache import SnapshotCache
from loop_client.report.similar import FEWEST_WORDS, MOST_COMPARED, THRESHOLD, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Sequence

    from loop_client.mirror.snapshot import Snapshot

NONE, ITEM = -1, -2
"""What a row repeats, if it is no earlier row: nothing, or an item of the account."""

RAREST: Final = 3
"""Words of a text by which others are found."""

BEFORE: Final = 6
"""Texts before it, among those with such a word, with which a text is compared."""

COMPARED, SHORTEST = 20_000_000, 200
"""Characters that are compared in all, and of each text at least: of many long ones only the beginnings."""

AT_ONCE: Final = 200_000
"""Pairs of texts that are compared at once, to bound the memory."""


@dataclass(frozen=True, slots=True)
class Repeats:
    """For each row the place of the row that it repeats, `ITEM`, or `NONE`. `near`: `NONE` also where `same` is not."""

    same: np.ndarray
    near: np.ndarray


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a file. `item_ids`: the ids of items that they were exported from, by place, where that is known."""

    messages: Sequence[str]
    user_ids: Sequence[str]
    item_ids: dict[int, str]


_found: Final = SnapshotCache[Repeats](size=lambda found: found.same.nbytes + found.near.nbytes)


def repeats(snapshot: Snapshot, key: Hashable, rows: Callable[[], Rows]) -> Repeats:
    """What each row repeats; computed once per snapshot and `key`, which says which rows these are."""
    return _found.get(snapshot, key, lambda: _repeats(snapshot, rows()))


def _repeats(snapshot: Snapshot, rows: Rows) -> Repeats:
    same = _same(snapshot, rows)
    items = texts_of(snapshot.frame.iloc[:MOST_COMPARED], "message").combine_chunks().cast(pa.large_string())
    alike = _near(pa.concat_arrays([items, pa.array(rows.messages, pa.large_string())]), len(items))
    near = np.where(alike < 0, NONE, np.where(alike < len(items), ITEM, alike - len(items)))
    return Repeats(same, np.where(same == NONE, near, NONE))


def _same(snapshot: Snapshot, rows: Rows) -> np.ndarray:
    """The row, or the item, with the same person and message."""
    pairs = [*zip(rows.user_ids, rows.messages, strict=True)]
    there, first = _pairs_there(snapshot, rows.messages), dict[tuple[str, str], int]()
    ids = _ids_there(snapshot, rows.item_ids.values())
    same = np.full(len(pairs), NONE)
    for place, pair in enumerate(pairs):
        if pair in there or rows.item_ids.get(place) in ids:
            same[place] = ITEM
        elif (earlier := first.setdefault(pair, place)) != place:
            same[place] = earlier
    return same


def _pairs_there(snapshot: Snapshot, messages: Sequence[str]) -> set[tuple[str, str]]:
    """The person and message of each item that has one of these messages."""
    texts = texts_of(snapshot.frame, "message")
    places = np.flatnonzero(pc.is_in(texts, pa.array(messages, texts.type)).to_numpy())
    found = (texts_of(snapshot.frame, name).take(pa.array(places)).to_pylist() for name in ("user_id", "message"))
    return {*zip(*found, strict=True)}


def _ids_there(snapshot: Snapshot, item_ids: Collection[str]) -> set[str]:
    """Those of these ids that items have."""
    ids = texts_of(snapshot.frame, "id")
    wanted = pa.array([*item_ids], ids.type)
    return {*wanted.filter(pc.is_in(wanted, ids.combine_chunks())).to_pylist()} if len(wanted) else set()


def _near(texts: pa.Array, first: int) -> np.ndarray:
    """For each text from `first` on the place of the earlier text that it is most like; -1 where it is like none."""
    rows, words, names = words_of(pc.utf8_slice_codeunits(texts, 0, max(SHORTEST, COMPARED // max(len(texts), 1))))
    size, kinds = len(texts), max(len(names), 1)
    weights = np.log1p(size / np.maximum(np.bincount(words, minlength=kinds), 1))
    totals, lengths = np.bincount(rows, weights[words], size), np.bincount(rows, minlength=size)
    later, earlier = _candidates(rows, words, weights, first)
    is_close = np.minimum(totals[later], totals[earlier]) >= THRESHOLD * np.maximum(totals[later], totals[earlier])
    later, earlier = later[is_close], earlier[is_close]
    places, starts = rows * kinds + words, np.cumsum(lengths) - lengths
    scores = np.zeros(len(later))
    for begin in range(0, len(later), AT_ONCE):
        one, other = later[begin : begin + AT_ONCE], earlier[begin : begin + AT_ONCE]
        pair = np.repeat(np.arange(len(one)), lengths[one])
        within = np.arange(len(pair)) - np.repeat(np.cumsum(lengths[one]) - lengths[one], lengths[one])
        own = words[starts[one][pair] + within]
        at = np.searchsorted(places, other[pair] * kinds + own)
        is_shared = places[np.minimum(at, len(places) - 1)] == other[pair] * kinds + own
        shared = np.bincount(pair[is_shared], weights[own[is_shared]], len(one))
        scores[begin : begin + AT_ONCE] = np.round(shared / (totals[one] + totals[other] - shared), 6)
    is_brief = np.minimum(lengths[later], lengths[earlier]) < FEWEST_WORDS
    is_near = np.where(is_brief, scores == 1.0, scores >= THRESHOLD)
    best = np.flatnonzero(is_near)[np.argsort(scores[is_near], kind="stable")]
    found = np.full(size, -1)
    found[later[best]] = earlier[best]  # the best one last
    return found[first:]


def _candidates(rows: np.ndarray, words: np.ndarray, weights: np.ndarray, first: int) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of a text from `first` on and an earlier one that share one of the rarest words of both."""
    rarest = np.lexsort((words, -weights[words], rows))
    rows, words = rows[rarest], words[rarest]
    rank = np.arange(len(rows)) - np.searchsorted(rows, rows)
    rows, words = rows[rank < RAREST], words[rank < RAREST]
    by_word = np.lexsort((rows, words))
    rows, words = rows[by_word], words[by_word]
    pairs = [np.empty((0, 2), np.int64)]
    for distance in range(1, BEFORE + 1):
        is_pair = (words[distance:] == words[:-distance]) & (rows[distance:] >= first)
        pairs.append(np.stack([rows[distance:][is_pair], rows[:-distance][is_pair]], axis=1))
    found = np.concatenate(pairs)
    size = int(found.max(initial=0)) + 1
    keys = np.unique(found[:, 0] * size + found[:, 1])
    return keys // size, keys % size
