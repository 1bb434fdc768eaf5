"""The most typical items of a set, to be quoted: those whose words most of the others have too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loop_client.query.folding import folded
from loop_client.report.clusters.function_words import function_terms
from loop_client.report.clusters.terms import terms_of

if TYPE_CHECKING:
    from loop_client.mirror.snapshot import Snapshot

READ: Final = 200
"""Items that are compared with each other, the newest ones."""

QUOTES: Final = 3
"""Most items that are quoted."""


def typical(snapshot: Snapshot, positions: np.ndarray, most: int = QUOTES) -> tuple[int, ...]:
    """The places in the frame of the most typical items, each of another person and with another text.

    `positions`: of the items, newest first; of more than 200 only the newest count. An item is typical if its words,
    without function words, are in many of these items. Of equal ones the newest is first.
    """
    rows = positions[:READ]
    columns = snapshot.frame[["user_id", "message"]].iloc[rows]
    messages, people = columns["message"].tolist(), columns["user_id"].tolist()
    terms = terms_of(pa.array(messages, pa.large_string()))
    spoken = pc.is_in(terms.names, pa.array(sorted(function_terms()), terms.names.type))
    weights = np.bincount(terms.numbers, minlength=len(terms.names)) * ~spoken.to_numpy(zero_copy_only=False)
    total = np.bincount(terms.rows, weights[terms.numbers], len(rows))
    lengths = np.bincount(terms.rows, minlength=len(rows))
    likeness = np.round(total / np.sqrt(lengths + 3), 6)
    chosen, seen = list[int](), set[str]()
    for row in np.lexsort((np.arange(len(rows)), -likeness)).tolist():
        marks = {f"person {people[row]}", f"text {folded(messages[row]).strip()}"}
        if messages[row].strip() and not marks & seen:
            chosen.append(int(rows[row]))
            seen |= marks
        if len(chosen) == most:
            break
    return tuple(chosen)
