"""What needs an answer? The items, newest first, and one of them whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.shared import notices, reading
from pages.shared.filters import Filters

if TYPE_CHECKING:
    from loop_client.mirror import Snapshot

PAGE = 50
COLUMNS = {"open negative": ["message", "tag", "age"], "all": ["message", "sentiment", "tag", "status", "age"]}
"""View → the columns that tell its rows apart."""

OPEN_NEGATIVE = Filters(status=("open",), sentiment=("negative",))

snapshot: Snapshot = st.session_state["snapshot"]
filters: Filters = st.session_state["filters"]

st.title("Inbox", anchor=False)
view = st.segmented_control(
    "View",
    list(COLUMNS),
    default="open negative",
    required=True,
    key="view",
    bind="query-params",
    label_visibility="collapsed",
)
also = OPEN_NEGATIVE if view == "open negative" else None
found = filters.rows(snapshot, also)
covered = snapshot.coverage.reaches(filters.window[0], also.status if also else filters.status)

if st.session_state.setdefault("listed", (filters, view)) != (filters, view):
    st.session_state["listed"], st.session_state["page"] = (filters, view), 1

listing, pane = st.columns([3, 2], gap="medium")
opened = st.query_params.get("item")
with listing:
    if not len(found):
        notices.nothing(snapshot, covered=covered)
    else:
        rows = st.container()
        pages = -(-len(found) // PAGE)
        wanted = st.session_state["link"].get("page", [""])[0]
        if not snapshot.coverage.complete and wanted.isdigit() and 1 < int(wanted) <= pages:
            st.session_state["page"] = int(wanted)  # a link's page, which was not there yet
        number = st.pagination(pages, key="page", bind="query-params") if pages > 1 else 1
        shown = snapshot.rows(found[(number - 1) * PAGE : number * PAGE])
        opened = opened or shown["id"].iloc[0]
        with rows:
            so_far = "" if covered else " so far"
            st.caption(f"{reading.span(len(shown), len(found), (number - 1) * PAGE)}{so_far}, newest first")
            reading.table(shown, opened, COLUMNS[view], key=f"rows-{snapshot.version}-{number}-{hash((filters, view))}")
if opened:
    with pane:
        reading.pane(snapshot, opened, found)
