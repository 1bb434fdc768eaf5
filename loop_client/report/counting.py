"""What the counts are made with: values by number, tables of counts, the worst values first.

A value that is literally "(not set)" counts as an absent one, here and so everywhere: a filter and a link have that one
word for both, and a number must have the rows that a click on it shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

NOT_SET: Final = "(not set)"
"""Stands for an absent sentiment, tag or source in counts, filters and links."""

SENTIMENTS: Final = ("negative", "neutral", "positive")
"""The documented sentiments, worst first. Source: "Create feedback", parameter `sentiment`."""

STATUSES: Final = ("open", "resolved")
"""The documented statuses. Source: "Retrieve feedback", parameter `status`."""


def numbered(column: pd.Series) -> tuple[list[str], np.ndarray]:
    """The values of a category column, "(not set)" last, and the number among them of each row's."""
    held: pd.Categorical = column.array
    codes, categories = held.codes, held.categories.tolist()
    names = [name for name in categories if name != NOT_SET]
    absent = len(names)
    if absent == len(categories):
        return [*names, NOT_SET], np.where(codes < 0, absent, codes)
    literal = categories.index(NOT_SET)
    lookup = np.array([*range(literal), absent, *range(literal, absent), absent])
    return [*names, NOT_SET], lookup.take(codes, mode="wrap")


def is_value(column: pd.Series, value: str) -> np.ndarray:
    """Which rows of a category column have this value."""
    held: pd.Categorical = column.array
    codes, categories = held.codes, held.categories.tolist()
    found = np.asarray(codes == categories.index(value)) if value in categories else np.zeros(len(codes), bool)
    return found | (codes < 0) if value == NOT_SET else found


def sums(numbers: np.ndarray, size: int, items: np.ndarray | None = None) -> np.ndarray:
    """Items by number, from 0 up to `size`; each number is one item where no items are given."""
    return np.bincount(numbers, items, size).astype(np.int64)


def table(rows: np.ndarray, height: int, columns: np.ndarray, width: int, items: np.ndarray) -> np.ndarray:
    """Items by two numbers: a row for each of the first, a column for each of the second."""
    size = height * width  # 0 where all cells cancel out
    return sums(rows.astype(np.int64) * width + columns, size, items)[:size].reshape(height, width)


def ends(numbers: np.ndarray, items: np.ndarray) -> tuple[int, int] | None:
    """The least and the greatest number that has items; None when none has. Cells may cancel out."""
    if not len(numbers):
        return None
    least = int(numbers.min())
    if items.min() > 0:  # mostly no cell cancels another
        return least, int(numbers.max())
    found = np.flatnonzero(sums(numbers - least, 0, items))
    return (least + int(found[0]), least + int(found[-1])) if len(found) else None


@dataclass(frozen=True, slots=True)
class Ranking:
    """Which row of a breakdown a value belongs to.

    `names`: of the values that have a row of their own, worst first. `row_of`: by the value's number; the row after
    the named ones adds up all others. `has_rest`: whether they have items.
    """

    names: tuple[str, ...]
    row_of: np.ndarray
    has_rest: bool


def ranked(names: list[str], items: np.ndarray, negative: np.ndarray, top: int) -> Ranking:
    """The `top` values with most negative items, then most items, then by name."""
    weights = negative * (int(items.max()) + 1) + items
    present = np.flatnonzero(items)
    candidates = present
    if len(present) > top:  # names are compared of few
        candidates = present[weights[present] >= np.partition(weights[present], -top)[-top]]
    first = sorted(candidates.tolist(), key=lambda number: (-weights[number], names[number]))[:top]
    row_of = np.full(len(names), len(first))
    row_of[first] = np.arange(len(first))
    return Ranking(tuple(names[number] for number in first), row_of, len(present) > len(first))
