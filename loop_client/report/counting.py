"""Building blocks of the reports: integer codes of values, count tables, and the order of values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from loop_client.query import ABSENT, named

if TYPE_CHECKING:
    import pandas as pd


def numbered(column: pd.Series) -> tuple[list[str], np.ndarray]:
    """The display names of a category column's values, the absent one last, and each row's index into them."""
    values: pd.Categorical = column.array
    name = str(column.name)
    names = [named(name, value) for value in values.categories.tolist()]
    return [*names, ABSENT[name]], np.where(values.codes < 0, len(names), values.codes)


def is_value(column: pd.Series, value: str) -> np.ndarray:
    """Mask of the rows of a category column that have this documented value, or the one that `ABSENT` names."""
    values: pd.Categorical = column.array
    codes, categories = values.codes, values.categories.tolist()
    if value == ABSENT[str(column.name)]:
        return np.asarray(codes < 0)
    return np.asarray(codes == categories.index(value)) if value in categories else np.zeros(len(codes), bool)


def sums(numbers: np.ndarray, size: int, items: np.ndarray | None = None) -> np.ndarray:
    """Items per number from 0 to `size` - 1; without `items`, each row counts as one."""
    return np.bincount(numbers, items, size).astype(np.int64)


def table(rows: np.ndarray, height: int, columns: np.ndarray, width: int, items: np.ndarray) -> np.ndarray:
    """Items by two numbers, as a table of `height` × `width`."""
    size = height * width  # 0 where all cells cancel out
    return sums(rows.astype(np.int64) * width + columns, size, items)[:size].reshape(height, width)


def ends(numbers: np.ndarray, items: np.ndarray) -> tuple[int, int] | None:
    """The smallest and the greatest number with items; None without items. Cells may cancel out."""
    if not len(numbers):
        return None
    least = int(numbers.min())
    if items.min() > 0:  # mostly no cell cancels another
        return least, int(numbers.max())
    found = np.flatnonzero(sums(numbers - least, 0, items))
    return (least + int(found[0]), least + int(found[-1])) if len(found) else None


def worst(names: list[str], items: np.ndarray, negative: np.ndarray, top: int) -> list[int]:
    """The numbers of the `top` values by negative items, then items, then name.

    The last of `names` is the absent value's, which has no rank.
    """
    weights = negative * (int(items.max()) + 1) + items
    present = np.flatnonzero(items[:-1])
    candidates = present
    if len(present) > top:  # compare the names of few values only
        candidates = present[weights[present] >= np.partition(weights[present], -top)[-top]]
    return sorted(candidates.tolist(), key=lambda number: (-weights[number], names[number]))[:top]
