"""Counts by tag or by source, worst first, from counts of items: cells, as `loop_client.mirror.cube` makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

from loop_client.query import ABSENT
from loop_client.query.text import first_line
from loop_client.report.counting import numbered, ranked, table

if TYPE_CHECKING:
    from collections.abc import Callable

Dimension = Literal["tag", "source"]

RESTS: Final = {"tag": "(other tags)", "source": "(other sources)"}
"""Names of the row that adds up what is beyond the first ones. A tag can be called so: `is_rest` tells them apart."""

TOP: Final = 12
"""Tags and sources that have a row of their own."""

LABEL: Final = 60
"""Characters of a label at most, without what tells equal ones apart."""


def counts_by(cells: pd.DataFrame, dimension: Dimension, top: int = TOP) -> pd.DataFrame:
    """One row per tag (or source) and sentiment that has items: most negative first, then most items, then by name.

    Those after the first `top` are added up after them, and items without a tag (or source) come last.

    | column | dtype | meaning |
    |---|---|---|
    | tag or source | str | as `naming.named` calls it, "(other tags)" or "(other sources)" |
    | rank | int64 | 0 for the worst |
    | is_rest | bool | adds up those after the first; not a value to filter by |
    | sentiment | str | as `naming.named` calls it |
    | items | int64 | how many |
    """
    names, numbers = numbered(cells[dimension])
    sentiments, sentiment_numbers = numbered(cells["sentiment"])
    counts = table(numbers, len(names), sentiment_numbers, len(sentiments), cells["items"].to_numpy())
    negative = counts[:, sentiments.index("negative")] if "negative" in sentiments else np.zeros(len(names), np.int64)
    ranking = ranked(names, counts.sum(axis=1), negative, top)
    by_name = sorted(range(len(sentiments)), key=sentiments.__getitem__)
    added_up = np.zeros((ranking.rest + 2, len(sentiments)), np.int64)
    np.add.at(added_up, ranking.row_of, counts[:, by_name])
    shown = added_up[ranking.rows]
    ranks, chosen = np.nonzero(shown)
    called = pd.array([*ranking.names, RESTS[dimension], ABSENT[dimension]], dtype="str").take(ranking.rows)
    return pd.DataFrame(
        {
            dimension: called.take(ranks),
            "rank": ranks,
            "is_rest": ranking.rows[ranks] == ranking.rest,
            "sentiment": pd.array(sorted(sentiments), dtype="str").take(chosen),
            "items": shown[ranks, chosen],
        }
    )


def own(counts: pd.DataFrame, dimension: Dimension) -> list[str]:
    """The values that have a row of their own, worst first; all others are in the row that adds up."""
    return list(dict.fromkeys(counts.loc[~counts["is_rest"], dimension]))


def labels(counts: pd.DataFrame, dimension: Dimension, written: Callable[[str], str] = str) -> list[str]:
    """What to call each row on screen: short, on one line, and one label for each rank. `written`: how a name may be.

    A tag that is called like the row that adds up stands in quotes; of names that begin alike, the later are numbered.
    """
    ranks = counts["rank"].to_numpy()  # in order, from 0
    firsts = np.flatnonzero(np.diff(ranks, prepend=-1))
    names, rests = counts[dimension].array.take(firsts), counts["is_rest"].to_numpy()[firsts]
    given, taken = list[str](), {RESTS[dimension], ABSENT[dimension]}
    for name, is_rest in zip(names, rests, strict=True):
        short = first_line(written(name), LABEL)
        if not is_rest and name != ABSENT[dimension]:
            short = _untaken(f"“{short}”" if short == RESTS[dimension] else short, taken)
        given.append(short)
        taken.add(short)
    return [given[rank] for rank in ranks]


def _untaken(label: str, taken: set[str]) -> str:
    candidates = (label if number == 1 else f"{label} ({number})" for number in range(1, len(taken) + 2))
    return next(candidate for candidate in candidates if candidate not in taken)
