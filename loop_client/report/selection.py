"""Which rows of a snapshot, or which of its cells, are asked for by value, by day and by a query."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np

from loop_client.mirror import cube
from loop_client.mirror.columns import codes
from loop_client.report.counting import NOT_SET
from loop_client.report.search import Query, matching

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

CODED: Final = ("status", "sentiment", "tag", "source")
EPOCH: Final = date(1970, 1, 1)
EVERYTHING: Final = Query()

Window = tuple[date | None, date | None]
"""The first and the last day, UTC, both included."""

ANY_TIME: Final[Window] = (None, None)


def mask(
    columns: pd.DataFrame, values: Mapping[str, Sequence[str]], window: Window, moments: np.ndarray, a_day: int
) -> np.ndarray | None:
    """Which rows pass by category and by day; None for all.

    `values`: status, sentiment, tag or source → which of them pass, "(not set)" for absent ones; none at all for any.
    `moments`: of the rows, since 1970, in units of which a day has `a_day`.
    """
    masks = []
    for name in CODED:
        if wanted := values.get(name):
            passes = np.array([value in wanted for value in (*columns[name].cat.categories, NOT_SET)])
            masks.append(passes.take(codes(columns[name]), mode="wrap"))
    first, last = window
    if first:
        masks.append(moments >= (first - EPOCH).days * a_day)
    if last:
        masks.append(moments < ((last - EPOCH).days + 1) * a_day)
    return np.logical_and.reduce(masks) if masks else None


def selected(
    frame: pd.DataFrame,
    values: Mapping[str, Sequence[str]],
    window: Window = ANY_TIME,
    query: Query = EVERYTHING,
    among: np.ndarray | None = None,
) -> np.ndarray:
    """The positions of the rows that pass everything, newest first; `among` these. `frame`: a snapshot's.

    `values`: as for `mask`, and people by `user_id`.
    """
    passes = mask(frame, values, window, frame["created_at"].array.asi8, cube.MICROSECONDS_A_DAY)
    found = np.arange(len(frame)) if among is None else among
    if passes is not None:
        found = np.flatnonzero(passes) if among is None else found[passes[found]]
    if people := values.get("user_id"):
        found = found[frame["user_id"].iloc[found].isin(people).to_numpy()]
    return matching(query, frame, found)
