"""The orders of the inbox; in one of them, what asks most for an answer comes first and says why."""

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
"""Views in order, by the view's id, which is its own as long as it is held here, and by the hour."""


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """A view's items: the positions that it `found`, newest first, and as they are `listed`.

    `ranks`: a row for each that is listed, see `report.queue`; None where the order is by time alone.
    """

    found: np.ndarray
    listed: np.ndarray
    ranks: pd.DataFrame | None = None


def order() -> str:
    """Draw the choice of order, bound to the link, and return it."""
    kept: dict[str, Any] = {"key": "sort", "bind": "query-params", "label_visibility": "collapsed"}
    return str(st.segmented_control("Order", SORTS, required=True, default=SORTS[0], **kept))


def listing(snapshot: Snapshot, found: np.ndarray, sort: str) -> Listing:
    """The items in that order. Ranks are as of the hour, so that items keep their places while one reads."""
    if sort != SORTS[2]:
        return Listing(found, found[::-1] if sort == SORTS[1] else found)
    now = coverage_line.now(snapshot)
    hour = now.replace(minute=0, second=0, microsecond=0)
    _, ranks = _ranked.get(snapshot, (id(found), hour), lambda: (found, report.queue(snapshot.frame, found, hour)))
    return Listing(found, ranks["position"].to_numpy(), ranks)


def note(ranks: pd.DataFrame) -> str:
    """What the order is by, and what is ranked where not all is, in a sentence each. `ranks`: a listing's."""
    order = "Most urgent first: many people, recent, and waiting for long."
    ranked = int(ranks["rank"].notna().sum())
    if ranked == len(ranks):
        return order
    if ranked == 0:
        return "Only open negative items have a rank, and there are none here: oldest first."
    of = "oldest " if ranked >= report.MOST_RANKED else ""
    return f"{order} The {of}{ranked:,} open negative items are ranked; the others follow, oldest first."


def reason(item: pd.Series) -> str | None:
    """An item's rank with its parts, whose product it is; None where it has none. `item`: of a listing's `ranks`."""
    if pd.isna(item["rank"]):
        return None
    people = "1 person" if item["people"] == 1 else f"{item['people']:,.0f} people"
    quiet = max(0.0, item["waiting"] - (item["last_said"] - item["first_said"]) / pd.Timedelta(days=1))
    recency = f"{_told(item['recency'])} recency (last said {quiet:.1f} days ago)"
    return f"{_told(item['rank'])} = {people} × {recency} × {_told(item['waiting'])} days waiting"


def _told(number: float) -> str:
    """A number with three digits that count, or all of a large one's."""
    return f"{number:,.0f}" if number >= 999.5 else f"{number:.3g}"
