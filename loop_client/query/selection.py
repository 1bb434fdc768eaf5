"""Selects rows of a snapshot, or cells of its cube, by value, by time and by a query."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from loop_client.mirror.columns import codes, texts_of
from loop_client.query.naming import matching_codes, rows_with_names
from loop_client.query.search import Query, matching
from loop_client.query.vocabulary import COUNTED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    import pandas as pd

EVERYTHING: Final = Query()
EVERY: Final = slice(None)


def window(since: date | None, until: date | None) -> tuple[date | None, date | None]:
    """The first and the last day, given in either order."""
    return (until, since) if since and until and since > until else (since, until)


def mask(
    columns: pd.DataFrame,
    values: Mapping[str, Sequence[str]],
    numbers: np.ndarray,
    bounds: tuple[int | None, int | None],
    at: np.ndarray | slice = EVERY,
) -> np.ndarray | None:
    """Mask of the rows that pass by category and by time; None when all do.

    `values`: status, sentiment, tag or source → names that pass, see `naming`; empty for any. "not-tag" and similar
    keys → names that do not pass. `numbers`: the rows' times or days. `bounds`: start, included, and end, excluded.
    `at`: the positions of the rows, if not all.
    """
    masks = []
    for name in COUNTED:
        wanted, unwanted = values.get(name), values.get(f"not-{name}", ())
        if wanted or unwanted:
            passes = ~matching_codes(columns[name], unwanted)
            passes &= matching_codes(columns[name], wanted) if wanted else True
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
    """The positions of the rows that pass all conditions, newest first. `frame`: the complete frame of a snapshot.

    `values`: as for `mask`, people by `user_id`, and items by `id`: with this key and no id, none pass. `bounds`: as
    `Zone.bounds` returns them. `among`: only among these positions.
    """
    passes = mask(frame, values, frame["created_at"].array.asi8, bounds, EVERY if among is None else among)
    found = np.arange(len(frame)) if among is None else among
    if passes is not None:
        found = np.flatnonzero(passes) if among is None else found[passes]
    for column, names in (("id", values.get("id")), ("user_id", values.get("user_id") or None)):
        if names is not None:
            found = found[rows_with_names(texts_of(frame, column), found, names)]
    return matching(query, frame, found)
