"""What needs an answer? The items of a view, and one of them whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.shared import exports, narrowing, notices, reading, views
from pages.shared.pane import pane

if TYPE_CHECKING:
    from loop_client.mirror import Snapshot
    from pages.shared.filters import Filters

PAGE = 50

snapshot: Snapshot = st.session_state["snapshot"]
filters: Filters = st.session_state["filters"]

st.title("Inbox", anchor=False)
newest, only = views.newest_here(snapshot), narrowing.asked()
with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
    name = views.chosen(snapshot, filters, only, newest)
    with st.container(horizontal=True, vertical_alignment="center", width="content", gap="small"):
        sort = views.order()
        tools = st.container(width="content")
view = views.VIEWS[name]
found = view.rows(snapshot, filters, only, newest)
listed = found[::-1] if sort == "oldest first" else found
covered = view.is_covered(snapshot, filters, only)
narrowing.note(only, snapshot.zone)

if st.session_state.setdefault("listed", (filters, only, name)) != (filters, only, name):
    st.session_state["listed"], st.session_state["page"] = (filters, only, name), 1

listing, reader = st.columns([3, 2], gap="medium")
opened = st.query_params.get("item")
with listing:
    if not len(found):
        notices.nothing(snapshot, covered=covered)
    else:
        where = st.empty()
        with tools:
            exports.offer(snapshot, listed, filters, only, view.label)
        rows = st.container()
        pages = -(-len(listed) // PAGE)
        wanted = st.session_state["link"].get("page", [""])[0]
        if not snapshot.coverage.complete and wanted.isdigit() and 1 < int(wanted) <= pages:
            st.session_state["page"] = int(wanted)  # a link's page, which was not there yet
        number = st.pagination(pages, key="page", bind="query-params") if pages > 1 else 1
        shown = snapshot.rows(listed[(number - 1) * PAGE : number * PAGE])
        opened = opened or shown["id"].iloc[0]
        since = snapshot.coverage.since
        searched = snapshot.zone.told(since, "%-d %b %Y") if since else "its beginning"
        where.caption(
            reading.span(len(shown), len(found), (number - 1) * PAGE)
            + ("" if covered else " so far")
            + (f", searched back to {searched}" if filters.text.strip() else "")
        )
        with rows:
            key = f"rows-{snapshot.version}-{number}-{hash((filters, only, name, sort))}"
            reading.table(shown, opened, view.columns, key, filters.text)
if opened:
    with reader:
        pane(snapshot, opened, listed, PAGE, found)
