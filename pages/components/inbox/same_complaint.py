"""Who else says what an item says: the other items of its cluster, and the words that tie them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from loop_client.mirror.snapshot_cache import SnapshotCache
from loop_client.query import ClusterOf, DrillDown, Filters, Question, selected
from loop_client.query.text import item_count, visible
from loop_client.report.clusters import NEWEST, ClusterName, name_of
from pages.components import item_table
from pages.components.inbox import sort_order
from pages.session import displayed, drilldown, runtime, session

if TYPE_CHECKING:
    from loop_client.mirror import Snapshot

SHOWN: Final = 20
"""Items that are listed, the newest ones."""

_names: Final = SnapshotCache[ClusterName](most=64)
"""Names of clusters, by the clusters and the number of one."""


def others(snapshot: Snapshot, clustered: runtime.Clustered, place: int) -> None:
    """Draw the other items of the account that say the same as the item at `place`, if there are any."""
    clusters, code = clustered.clusters, int(clustered.codes[place])
    if clusters is None or code < 0:
        is_left_out = clusters is not None and place >= NEWEST
        st.caption(sort_order.covered(clustered) if is_left_out else "What says the same is not known yet.")
        return
    members = np.flatnonzero(clustered.codes == code)
    found = members[members != place]
    if not len(found):
        return
    users = snapshot.frame["user_id"].iloc[members].nunique()
    people = f"{users:,} people" if users > 1 else "this person alone"
    label = f"Said in {item_count(len(members))} of the account by {people}"
    with st.expander(label, key="same", on_change="rerun") as same:
        if not same.open:
            return
        name = _names.get(snapshot, (clustered, code), lambda: name_of(clusters, code))
        newest, oldest = (snapshot.frame["created_at"].iloc[members[at]] for at in (0, -1))
        first, last = (snapshot.zone.formatted(moment, "%-d %b %Y") for moment in (oldest, newest))
        st.caption(" ".join([f"First said {first}, last said {last}.", sort_order.covered(clustered)]).strip())
        rows = snapshot.rows(_typical_first(snapshot, found, name)[:SHOWN])
        key = f"same-{snapshot.version}-{place}"
        item_table.table(displayed.rows(rows), "", ("message", "status", "age"), key, snapshot.zone)
        listed = f"The newest {SHOWN} of {len(found):,} others" if len(found) > SHOWN else "The others"
        st.caption(f"{listed}, the most typical one first.")
        if words := displayed.words_of(name):
            st.caption("Words that tie these items, the most telling first:")
            st.text(", ".join(visible(word[:40]) for word in words))


def who(snapshot: Snapshot, clustered: runtime.Clustered, place: int) -> None:
    """Draw a link to the people who say the same as the item at `place`, and pass the filters, if there are several."""
    code = int(clustered.codes[place])
    if code < 0:
        return
    frame, filters = snapshot.frame, session.filters
    values, query = filters.selecting(snapshot.aliases)
    members = np.flatnonzero(clustered.codes == code)
    passing = selected(frame, values, filters.bounds(snapshot.zone), query, members)
    if (people := frame["user_id"].iloc[passing].nunique()) > 1:
        more = Question(filters).completeness(snapshot).plus
        within = " who pass the filters" if filters != Filters() else ""
        only = DrillDown(cluster=ClusterOf(str(frame["id"].iloc[place])))
        drilldown.offer("people.py", f"Who they are: {people:,}{more} people{within}", only)


def _typical_first(snapshot: Snapshot, found: np.ndarray, name: ClusterName) -> np.ndarray:
    """These items, newest first but for the most typical one."""
    is_typical = (snapshot.frame["id"].iloc[found] == name.typical).to_numpy()
    return np.concatenate([found[is_typical], found[~is_typical]])
