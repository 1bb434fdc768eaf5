"""The orders of the inbox; "most urgent" ranks items and explains each rank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import streamlit as st

from loop_client import report
from loop_client.mirror.snapshot_cache import SnapshotCache
from loop_client.query import SORTS
from pages.session import coverage_line

if TYPE_CHECKING:
    import numpy as np

    from loop_client.mirror import Snapshot

_ranked: Final = SnapshotCache["tuple[np.ndarray, pd.DataFrame]"](size=lambda made: int(made[1].memory_usage().sum()))
"""Ranked views, by the id of the positions' array and the hour. The value holds the array, so that its id stays
unique."""


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """A view's items: the positions `found`, newest first, and the same positions in the order they are `listed`.

    `ranks`: one row per listed item, see `report.queue`; None when the order is by time.
    """

    found: np.ndarray
    listed: np.ndarray
    ranks: pd.DataFrame | None = None


def order() -> str:
    """Draw the choice of order, bound to the link, and return it."""
    options: dict[str, Any] = {"key": "sort", "bind": "query-params", "label_visibility": "collapsed"}
    return str(st.segmented_control("Order", SORTS, required=True, default=SORTS[0], width="stretch", **options))


def listing(snapshot: Snapshot, found: np.ndarray, sort: str) -> Listing:
    """The items in that order. Ranks are computed once an hour, so that items keep their places while one reads."""
    if sort != SORTS[2]:
        return Listing(found, found[::-1] if sort == SORTS[1] else found)
    now = coverage_line.now(snapshot)
    hour = now.replace(minute=0, second=0, microsecond=0)
    _, ranks = _ranked.get(snapshot, (id(found), hour), lambda: (found, report.queue(snapshot.frame, found, hour)))
    return Listing(found, ranks["position"].to_numpy(), ranks)


def note(ranks: pd.DataFrame) -> str:
    """Sentences about the order, and about items without a rank. `ranks`: a listing's."""
    order = "Most urgent first: many people, recent, and waiting for long."
    ranked = int(ranks["rank"].notna().sum())
    if ranked == len(ranks):
        return order
    if ranked == 0:
        return "Only open negative items have a rank, and there are none here: oldest first."
    of = "oldest " if ranked >= report.MOST_RANKED else ""
    return f"{order} The {of}{ranked:,} open negative items are ranked; the others follow, oldest first."


def reason(item: pd.Series) -> str | None:
    """An item's rank as the product of its parts; None without a rank. `item`: a row of a listing's `ranks`."""
    if pd.isna(item["rank"]):
        return None
    people = "1 person" if item["people"] == 1 else f"{item['people']:,.0f} people"
    quiet = max(0.0, item["waiting"] - (item["last_said"] - item["first_said"]) / pd.Timedelta(days=1))
    recency = f"{_rounded(item['recency'])} recency (last said {quiet:.1f} days ago)"
    return f"{_rounded(item['rank'])} = {people} × {recency} × {_rounded(item['waiting'])} days waiting"


def _rounded(number: float) -> str:
    """A number with three significant digits, or all integer digits of a large one."""
    return f"{number:,.0f}" if number >= 999.5 else f"{number:.3g}"
