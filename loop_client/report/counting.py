"""What the counts are made with: values by number, tables of counts, the worst values first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from loop_client.query import ABSENT, named

if TYPE_CHECKING:
    import pandas as pd


def numbered(column: pd.Series) -> tuple[list[str], np.ndarray]:
    """What the values of a category column are called, the absent one last, and the number of each row's."""
    held: pd.Categorical = column.array
    name = str(column.name)
    names = [named(name, value) for value in held.categories.tolist()]
    return [*names, ABSENT[name]], np.where(held.codes < 0, len(names), held.codes)


def is_value(column: pd.Series, value: str) -> np.ndarray:
    """Which rows of a category column have this value, a documented one or the word for an absent one."""
    held: pd.Categorical = column.array
    codes, categories = held.codes, held.categories.tolist()
    if value == ABSENT[str(column.name)]:
        return np.asarray(codes < 0)
    return np.asarray(codes == categories.index(value)) if value in categories else np.zeros(len(codes), bool)


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


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Which row of a breakdown a value belongs to.

    `names`: of the values that have a row of their own, worst first. `row_of`: by the value's number; the row after
    the named ones adds up all others, and the row after that is of absent values. `rows`: those that have items.
    """

    names: tuple[str, ...]
    row_of: np.ndarray
    rows: np.ndarray

    @property
    def rest(self) -> int:
        """The row that adds up."""
        return len(self.names)


def ranked(names: list[str], items: np.ndarray, negative: np.ndarray, top: int) -> Ranking:
    """The `top` values with most negative items, then most items, then by name. The last name is the absent one's."""
    weights = negative * (int(items.max()) + 1) + items
    present = np.flatnonzero(items[:-1])
    candidates = present
    if len(present) > top:  # names are compared of few
        candidates = present[weights[present] >= np.partition(weights[present], -top)[-top]]
    first = sorted(candidates.tolist(), key=lambda number: (-weights[number], names[number]))[:top]
    rest = len(first)
    row_of = np.full(len(names), rest)
    row_of[first], row_of[-1] = np.arange(rest), rest + 1
    has_items = np.array([True] * rest + [len(present) > rest, items[-1] > 0])
    return Ranking(tuple(names[number] for number in first), row_of, np.flatnonzero(has_items))
