"""Which items use a word or phrase: what a sentence about a word counts, and what its link leads to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from loop_client.mirror.columns import texts_of
from loop_client.query import DrillDown, Filters, UsesOf, texts_at
from loop_client.report.clusters.terms import Stems, spellings

if TYPE_CHECKING:
    import numpy as np

    from loop_client.mirror.snapshot import Snapshot

READ: Final = 20_000
"""Most items of a period that are searched for words, the newest ones: a quarter of a second."""

TEXTS_SPELT: Final = 50
"""Texts in which the spellings of a word are looked up, the newest ones."""


def messages_at(snapshot: Snapshot, positions: np.ndarray) -> pa.Array:
    """The messages at these positions."""
    return texts_at(texts_of(snapshot.frame, "message"), positions).combine_chunks().cast(pa.large_string())


def uses_of(snapshot: Snapshot, word: UsesOf, filters: Filters, only: DrillDown) -> UsesOf:
    """The uses of a word among the items that pass filters and the rest of its drill-down.

    Of more than 20,000 items only the newest are searched. Where the days have no more than that, all of these days
    are, whatever else is asked, so that other filters do not change the answer.
    """
    days = DrillDown(since=only.since, until=only.until, after=only.after, upto=only.upto)
    positions = Filters(since=filters.since, until=filters.until).rows(snapshot, days)
    if len(positions) > READ:
        positions = filters.rows(snapshot, only)
    read, terms = positions[:READ], word.terms.split()
    texts = messages_at(snapshot, read)
    found = Stems.of(texts).using(terms)
    spelt = spellings(texts.take(pa.array(found[:TEXTS_SPELT])).to_pylist(), terms)
    ids = frozenset(snapshot.frame["id"].iloc[read[found]])
    return replace(word, ids=ids, spelt=spelt, read=len(read), of=len(positions))
