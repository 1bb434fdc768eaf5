"""Counts by tag or by source, worst first, from counts of items: cells, as `loop_client.mirror.cube` makes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

from loop_client.query import ABSENT
from loop_client.query.text import first_line
from loop_client.report.counting import numbered, table, worst

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Dimension = Literal["tag", "source"]

TOP: Final = 12
"""Number of tags, or sources, with a row of their own."""

LABEL: Final = 60
"""Longest label in characters, without the suffix that tells equal labels apart."""


@dataclass(frozen=True, slots=True)
class CatchAlls:
    """What a breakdown has no row for: `others`, the number of other tags or sources, with their items, and `absent`.

    `absent`: items without a tag or source.
    """

    others: int
    other_items: int
    absent: int

    @classmethod
    def beside(cls, first: list[int], items: np.ndarray) -> CatchAlls:
        """What is beside the values with the numbers `first`. `items`: of each value, the absent one last."""
        others = items[:-1].copy()
        others[first] = 0
        return cls(int(np.count_nonzero(others)), int(others.sum()), int(items[-1]))


@dataclass(frozen=True, slots=True, eq=False)
class Breakdown:
    """Items by tag or source. `counts`: see `counts_by`. `catch_alls`: what they do not contain."""

    counts: pd.DataFrame
    catch_alls: CatchAlls


def counts_by(cells: pd.DataFrame, dimension: Dimension, names: Sequence[str] | None = None) -> Breakdown:
    """One row per tag (or source) and sentiment that has items, for the tags in `names`, in their order.

    Without `names`, for the `TOP` tags with the most negative items: then most items, then by name.

    | column | dtype | meaning |
    |---|---|---|
    | tag or source | str | as `naming.named` calls it |
    | rank | int64 | 0 for the first |
    | sentiment | str | as `naming.named` calls it |
    | items | int64 | how many |
    """
    values, numbers = numbered(cells[dimension])
    sentiments, sentiment_numbers = numbered(cells["sentiment"])
    counts = table(numbers, len(values), sentiment_numbers, len(sentiments), cells["items"].to_numpy())
    in_all = counts.sum(axis=1)
    if names is None:
        negative = counts[:, sentiments.index("negative")] if "negative" in sentiments else np.zeros_like(in_all)
        first = worst(values, in_all, negative, TOP)
    else:
        number_of = {name: number for number, name in enumerate(values[:-1]) if in_all[number]}
        first = [number_of[name] for name in names if name in number_of]
    by_name = sorted(range(len(sentiments)), key=sentiments.__getitem__)
    shown = counts[first][:, by_name]
    ranks, chosen = np.nonzero(shown)
    frame = pd.DataFrame(
        {
            dimension: pd.array([values[number] for number in first], dtype="str").take(ranks),
            "rank": ranks,
            "sentiment": pd.array(sorted(sentiments), dtype="str").take(chosen),
            "items": shown[ranks, chosen],
        }
    )
    return Breakdown(frame, CatchAlls.beside(first, in_all))


def top_values(counts: pd.DataFrame, dimension: Dimension) -> list[str]:
    """The values with a row of their own, in order."""
    return list(dict.fromkeys(counts[dimension]))


def labels(counts: pd.DataFrame, dimension: Dimension, display: Callable[[str], str] = str) -> list[str]:
    """A short label on one line for each row, unique for each rank. `display`: a name → the name as it may be shown.

    No label is the word for an absent value; of labels that would be equal, the later are numbered.
    """
    ranks = counts["rank"].to_numpy()  # in order, from 0
    firsts = np.flatnonzero(np.diff(ranks, prepend=-1))
    given, taken = list[str](), {ABSENT[dimension]}
    for name in counts[dimension].array.take(firsts):
        given.append(_unique(first_line(display(name), LABEL), taken))
        taken.add(given[-1])
    return [given[rank] for rank in ranks]


def _unique(label: str, taken: set[str]) -> str:
    candidates = (label if number == 1 else f"{label} ({number})" for number in range(1, len(taken) + 2))
    return next(candidate for candidate in candidates if candidate not in taken)
