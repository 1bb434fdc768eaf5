"""Which rows of a snapshot, or which of its cells, are asked for by value, by day and by a query."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from loop_client.mirror.columns import codes, texts_of
from loop_client.query.naming import codes_meant, rows_named
from loop_client.query.search import Query, matching
from loop_client.query.vocabulary import COUNTED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    import pandas as pd

EVERYTHING: Final = Query()
EVERY: Final = slice(None)


def window(since: date | None, until: date | None) -> tuple[date | None, date | None]:
    """The first and the last day, in whichever order they were given."""
    return (until, since) if since and until and since > until else (since, until)


def mask(
    columns: pd.DataFrame,
    values: Mapping[str, Sequence[str]],
    numbers: np.ndarray,
    bounds: tuple[int | None, int | None],
    at: np.ndarray | slice = EVERY,
) -> np.ndarray | None:
    """Which rows pass by category and by time; None for all.

    `values`: status, sentiment, tag or source → which of them pass, as `naming.named` calls them or as they were
    sent; none at all for any. And "not-tag" and alike → which of them do not.
    `numbers`: of the rows, moments or days. `bounds`: the first that passes, and the first after it that does not.
    `at`: the positions of the rows, where they are not all.
    """
    masks = []
    for name in COUNTED:
        wanted, unwanted = values.get(name), values.get(f"not-{name}", ())
        if wanted or unwanted:
            passes = ~codes_meant(columns[name], unwanted)
            passes &= codes_meant(columns[name], wanted) if wanted else True
            masks.append(passes.take(codes(columns[name])[at], mode="wrap"))
    first, end = bounds
    if first is not None:
        masks.append(numbers[at] >= first)
    if end is not None:
        masks.append(numbers[at] < end)
    return np.logical_and.reduce(masks) if masks else None


def selected(
    frame: pd.DataFrame,
    values: Mapping[str, Sequence[str]],
    bounds: tuple[int | None, int | None] = (None, None),
    query: Query = EVERYTHING,
    among: np.ndarray | None = None,
) -> np.ndarray:
    """The positions of the rows that pass everything, newest first; `among` these. `frame`: a snapshot's, whole.

    `values`: as for `mask`, and people by `user_id`. `bounds`: moments, as `Zone.bounds` tells them.
    """
    passes = mask(frame, values, frame["created_at"].array.asi8, bounds, EVERY if among is None else among)
    found = np.arange(len(frame)) if among is None else among
    if passes is not None:
        found = np.flatnonzero(passes) if among is None else found[passes]
    if people := values.get("user_id"):
        found = found[rows_named(texts_of(frame, "user_id"), found, people)]
    return matching(query, frame, found)
