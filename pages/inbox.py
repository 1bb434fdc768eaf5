"""What needs an answer? The items of a view, and one of them whole."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import streamlit as st

from pages.shared import coverage, exports, narrowing, notices, ranking, reading, saved, views
from pages.shared.pane import pane

if TYPE_CHECKING:
    from loop_client.mirror import Snapshot
    from pages.shared.filters import Filters

PAGE = 50

snapshot: Snapshot = st.session_state["snapshot"]
filters: Filters = st.session_state["filters"]

st.title("Inbox", anchor=False)
newest, only = views.newest_here(snapshot), narrowing.asked()
name = views.chosen(snapshot, filters, only, newest)
names = st.container()
with st.container(horizontal=True, vertical_alignment="center", gap="small"):
    with st.container(width=310):  # of what is still to come
        sort = ranking.order()
    tools = st.container(horizontal=True, width="content", gap="small")
view = views.VIEWS[name]
listing = ranking.listing(snapshot, view.rows(snapshot, filters, only, newest), sort)
covered = view.is_covered(snapshot, filters, only)
today = snapshot.zone.day(datetime.now(UTC))
with tools:
    columns = reading.columns(view.columns)
    current = saved.link(filters, only, name, saved.shown_as())
    held = saved.held_now()
    saved.keep(held, snapshot, current, today)
with names:
    saved.offer(held, snapshot, current, today)
narrowing.note(only, snapshot.zone)

if st.session_state.setdefault("listed", (filters, only, name)) != (filters, only, name):
    st.session_state["listed"], st.session_state["page"] = (filters, only, name), 1

left, right = st.columns([3, 2], gap="medium")
opened, count, shown = st.query_params.get("item"), len(listing.found), snapshot.frame.iloc[:0]
with left:
    if not count:
        notices.nothing(snapshot, covered=covered)
    else:
        where = st.empty()
        with tools:
            exports.offer(snapshot, listing.listed, filters, only, view.label)
        rows = st.container()
        pages = -(-count // PAGE)
        wanted = st.session_state["link"].get("page", [""])[0]
        if not snapshot.coverage.complete and wanted.isdigit() and 1 < int(wanted) <= pages:
            st.session_state["page"] = int(wanted)  # a link's page, which was not there yet
        number = st.pagination(pages, key="page", bind="query-params") if pages > 1 else 1
        on_page = slice((number - 1) * PAGE, number * PAGE)
        shown = snapshot.rows(listing.listed[on_page])
        opened = opened or shown["id"].iloc[0]
        searched = f", searched back to {coverage.beginning(snapshot)}" if filters.text.strip() else ""
        ranks = None if listing.ranks is None else listing.ranks["rank"].iloc[on_page]
        where.caption(
            reading.span(len(shown), count, (number - 1) * PAGE)
            + ("" if covered else " so far")
            + searched
            + ("" if ranks is None else f". {ranking.note(count)}")
        )
        with rows:
            key = f"rows-{snapshot.version}-{number}-{hash((filters, only, name, sort))}"
            reading.table(shown, opened, columns, key, snapshot.zone, filters.text, ranks)
if opened:
    with right:
        pane(snapshot, opened, listing, PAGE, shown)
