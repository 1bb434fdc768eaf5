"""The orders of the inbox; "most urgent" ranks clusters and explains each rank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import streamlit as st

from loop_client import report
from loop_client.mirror.snapshot_cache import SnapshotCache
from loop_client.query import SORTS
from loop_client.report.clusters import NEWEST
from pages.components import item_table
from pages.session import coverage_line, runtime

if TYPE_CHECKING:
    from loop_client.mirror import Snapshot, Zone

_ranked: Final = SnapshotCache[pd.DataFrame](size=lambda made: int(made.memory_usage().sum()))
"""All ranks, by the clusters and the hour."""

_listed: Final = SnapshotCache["tuple[np.ndarray, Listing]"](size=lambda made: made[1].size)
"""Listings, by the id of the positions' array, the clusters, the order and the hour. The value holds the array, so that
its id stays unique."""


GROUPED: Final = "Off: items that say the same in similar words are one row. On: each item has a row of its own."


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """A view's items: their positions in the order in which they are `listed`, and the rows of the list.

    `clustered`: by which they are folded and ranked. `ranks`: of the first ones, see `report.ordered`; None when the
    order is by time.
    """

    clustered: runtime.Clustered
    listed: np.ndarray
    rows: report.Folded
    ranks: pd.DataFrame | None = None

    @property
    def size(self) -> int:
        """Its bytes."""
        ranks = 0 if self.ranks is None else int(self.ranks.memory_usage().sum())
        return self.listed.nbytes + 2 * self.rows.firsts.nbytes + self.rows.row_of.nbytes + ranks


def order() -> str:
    """Draw the choice of order, bound to the link, and return it."""
    options: dict[str, Any] = {"key": "sort", "bind": "query-params", "label_visibility": "collapsed"}
    return str(st.segmented_control("Order", SORTS, required=True, default=SORTS[0], width="stretch", **options))


def single() -> bool:
    """Draw the switch between a row for each item and one for all that say the same, bound to the link; return it."""
    return st.toggle("Single items", key="single", bind="query-params", help=GROUPED)


def listing(snapshot: Snapshot, found: np.ndarray, sort: str, *, single: bool) -> Listing:
    """The items in that order. `found`: newest first. `single`: each in a row of its own, see `report.folded`.

    Ranks are computed once an hour, so that items keep their places while one reads.
    """
    clustered = runtime.clustered(snapshot)
    hour = coverage_line.now(snapshot).replace(minute=0, second=0, microsecond=0) if sort == SORTS[2] else None

    def make() -> tuple[np.ndarray, Listing]:
        listed, ranks = found[::-1] if sort == SORTS[1] else found, None
        if hour is not None:
            make_all = lambda: report.urgency(snapshot.frame, clustered.codes, hour, clustered.since)  # noqa: E731
            listed, ranks = report.ordered(_ranked.get(snapshot, (clustered, hour), make_all), found)
        codes = np.full(len(clustered.codes), -1) if single else clustered.codes
        return found, Listing(clustered, listed, report.folded(listed, codes), ranks)

    return _listed.get(snapshot, (id(found), clustered, sort, single, hour), make)[1]


def facts(snapshot: Snapshot, listing: Listing, rows: range) -> pd.DataFrame | None:
    """What the list shows of these rows beside their first item: ranks, and of how many items and people they are."""
    columns: dict[str, Any] = {}
    if listing.ranks is not None:
        firsts = listing.rows.firsts[rows.start : rows.stop]
        columns["rank"] = listing.ranks["rank"].reindex(firsts).to_numpy()
    if listing.rows.is_folded():
        now = coverage_line.now(snapshot)
        found = report.row_facts(snapshot.frame, listing.rows, rows, now)
        columns |= {name: found[name] for name in ("items", "people", "trend")}
        if listing.ranks is None:  # the parts of a rank have it
            columns["first"] = [item_table.age(now - moment) for moment in found["first_said"]]
    return pd.DataFrame(columns) if columns else None


def note(listing: Listing) -> str:
    """Sentences about the order by rank, and about items without a rank or a cluster; "" for another order."""
    if listing.ranks is None:
        return ""
    ranked, clusters = len(listing.ranks), listing.clustered.clusters
    if ranked == 0:
        return "Only open negative items have a rank, and there are none here: oldest first."
    order = "Most urgent first: many people, growing, new, said recently, and waiting long."
    if clusters is None:
        order += " Items that say the same are not grouped yet."
    elif clusters.covered.since is not None:
        order += f" {covered(listing.clustered)}"
    if ranked == len(listing.listed):
        return order
    items = "1 open negative item is" if ranked == 1 else f"{ranked:,} open negative items are"
    return f"{order} The {items} ranked; the others follow, oldest first."


def covered(clustered: runtime.Clustered) -> str:
    """A sentence about the items that are grouped, where these are not all."""
    if clustered.clusters is None or (about := clustered.clusters.covered).since is None:
        return ""
    opened = "the open ones" if not about.open_left_out else f"the open ones but the oldest {about.open_left_out:,}"
    return f"Grouped are the newest {NEWEST:,} items and {opened}."


def reason(item: pd.Series, zone: Zone) -> str:
    """A rank as the product of its parts. `item`: a row of a listing's `ranks`."""
    people = "√1 person" if item["people"] == 1 else f"√{item['people']:,.0f} people"
    people += " with open negative items"
    within = "1 person" if item["within"] == 1 else f"{item['within']:,.0f} people"
    span = "1 day" if item["days"] == 1 else f"{item['days']:.0f} days"
    began, first, last = (zone.formatted(item[name], "%-d %b %Y") for name in ("began", "first_said", "last_said"))
    parts = [
        f"{_rounded(item['growth'])} growth ({within} with any in {span}, usually {_rounded(item['usual'])})",
        f"{_rounded(item['newness'])} newness (began {began})",
        f"{_rounded(item['recency'])} recency (last said {last})",
        f"{_rounded(item['waiting'])} waiting (since {first})",
    ]
    return f"{_rounded(item['rank'])} = {people} × {' × '.join(parts)}"


def _rounded(number: float) -> str:
    """A number with three significant digits, or all integer digits of a large one."""
    return f"{number:,.0f}" if number >= 999.5 else f"{number:.3g}"
