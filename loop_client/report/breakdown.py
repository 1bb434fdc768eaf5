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

OTHERS: Final = {"tag": "(other tags)", "source": "(other sources)"}
"""Names of the row for all values below the top ones. A tag can have this name too: `is_other` tells them apart."""

TOP: Final = 12
"""Number of tags, or sources, with a row of their own."""

LABEL: Final = 60
"""Longest label in characters, without the suffix that tells equal labels apart."""


def counts_by(cells: pd.DataFrame, dimension: Dimension, top: int = TOP) -> pd.DataFrame:
    """One row per tag (or source) and sentiment that has items: most negative first, then most items, then by name.

    One row for all others follows the `top` ones, and items without a tag (or source) come last.

    | column | dtype | meaning |
    |---|---|---|
    | tag or source | str | as `naming.named` calls it, "(other tags)" or "(other sources)" |
    | rank | int64 | 0 for the worst |
    | is_other | bool | the row for all others; not a value to filter by |
    | sentiment | str | as `naming.named` calls it |
    | items | int64 | how many |
    """
    names, numbers = numbered(cells[dimension])
    sentiments, sentiment_numbers = numbered(cells["sentiment"])
    counts = table(numbers, len(names), sentiment_numbers, len(sentiments), cells["items"].to_numpy())
    negative = counts[:, sentiments.index("negative")] if "negative" in sentiments else np.zeros(len(names), np.int64)
    ranking = ranked(names, counts.sum(axis=1), negative, top)
    by_name = sorted(range(len(sentiments)), key=sentiments.__getitem__)
    added_up = np.zeros((ranking.other + 2, len(sentiments)), np.int64)
    np.add.at(added_up, ranking.row_of, counts[:, by_name])
    shown = added_up[ranking.rows]
    ranks, chosen = np.nonzero(shown)
    called = pd.array([*ranking.names, OTHERS[dimension], ABSENT[dimension]], dtype="str").take(ranking.rows)
    return pd.DataFrame(
        {
            dimension: called.take(ranks),
            "rank": ranks,
            "is_other": ranking.rows[ranks] == ranking.other,
            "sentiment": pd.array(sorted(sentiments), dtype="str").take(chosen),
            "items": shown[ranks, chosen],
        }
    )


def top_values(counts: pd.DataFrame, dimension: Dimension) -> list[str]:
    """The values with a row of their own, worst first."""
    return list(dict.fromkeys(counts.loc[~counts["is_other"], dimension]))


def labels(counts: pd.DataFrame, dimension: Dimension, display: Callable[[str], str] = str) -> list[str]:
    """A short label on one line for each row, unique for each rank. `display`: a name → the name as it may be shown.

    A tag with the name of the row for all others is quoted; of labels that would be equal, the later are numbered.
    """
    ranks = counts["rank"].to_numpy()  # in order, from 0
    firsts = np.flatnonzero(np.diff(ranks, prepend=-1))
    names, are_other = counts[dimension].array.take(firsts), counts["is_other"].to_numpy()[firsts]
    given, taken = list[str](), {OTHERS[dimension], ABSENT[dimension]}
    for name, is_other in zip(names, are_other, strict=True):
        short = first_line(display(name), LABEL)
        if not is_other and name != ABSENT[dimension]:
            short = _unique(f"“{short}”" if short == OTHERS[dimension] else short, taken)
        given.append(short)
        taken.add(short)
    return [given[rank] for rank in ranks]


def _unique(label: str, taken: set[str]) -> str:
    candidates = (label if number == 1 else f"{label} ({number})" for number in range(1, len(taken) + 2))
    return next(candidate for candidate in candidates if candidate not in taken)
