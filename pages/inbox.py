"""What needs an answer? The items of a view, and one of them whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from loop_client.query import VIEWS, newer, parse
from pages.shared import (
    coverage,
    data,
    empty,
    exports,
    links,
    narrowing,
    ranking,
    reading,
    saved,
    saved_links,
    saving,
    views,
)
from pages.shared.pane import page_of, pane, to_the_list

if TYPE_CHECKING:
    from loop_client.mirror import Snapshot
    from loop_client.query import Filters

PAGE = 50

snapshot: Snapshot = st.session_state["snapshot"]
filters: Filters = st.session_state["filters"]

st.title("Inbox", anchor=False)
newest, only = newer(snapshot, st.session_state["newest_at_first"]), narrowing.asked()
with st.container(key="head"):
    name = views.chosen(snapshot, filters, only, newest)
    names = st.container()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(width=340):  # of what is still to come, also where letters are wider
            sort = ranking.order()
        tools = st.container(horizontal=True, width="content", gap="small")
    view = VIEWS[name]
    listing = ranking.listing(snapshot, view.rows(snapshot, filters, only, newest), sort)
    covered = view.is_covered(snapshot, filters, only)
    today = snapshot.zone.day(data.now())
    with tools:
        columns = reading.columns(view.columns)
        current = saved_links.link(filters, only, name, saved_links.shown_as())
        held = saved.held_now()
        saving.popovers(held, snapshot, current, today)
    with names:
        saved.offer(held, snapshot, current, today)
    asked_for = empty.Asked(filters, only, name, newest)
    narrowing.note(only, snapshot.zone, empty.all_but_drill_down(snapshot, asked_for))
    empty.partly_hidden(snapshot, asked_for)

opened, count, shown = st.query_params.get("item"), len(listing.found), snapshot.frame.iloc[:0]
asked = (filters, only, name, sort)
if "listed" not in st.session_state and opened and "page" not in st.session_state["link"]:
    st.session_state["page"] = page_of(snapshot, opened, listing.listed, PAGE)
elif st.session_state.get("listed", asked) != asked:
    st.session_state["page"] = 1
st.session_state["listed"] = asked

searched = coverage.searched(snapshot, max(filter(None, (filters.window[0], only.window[0])), default=None))
searched = searched if parse(filters.text).terms else ""
left, right = st.columns([3, 2], gap="medium")
with left, st.container(key="list"):
    if not count:
        empty.nothing(snapshot, asked_for, searched)
    else:
        where = st.empty()
        with tools:
            exports.offer(snapshot, listing, filters, only, view.label)
        rows = st.container()
        pages = -(-count // PAGE)
        if wanted := links.page_to_come(pages, complete=snapshot.coverage.complete):
            st.session_state["page"] = wanted
        number = st.pagination(pages, key="page", bind="query-params") if pages > 1 else 1
        on_page = slice((number - 1) * PAGE, number * PAGE)
        shown = snapshot.rows(listing.listed[on_page])
        opened = opened or shown["id"].iloc[0]
        ranks = None if listing.ranks is None else listing.ranks["rank"].iloc[on_page]
        where.caption(
            reading.span(len(shown), count, (number - 1) * PAGE)
            + ("" if covered else " so far")
            + (f", {searched}" if searched else "")
            + ("" if listing.ranks is None else f". {ranking.note(listing.ranks)}")
        )
        with rows:
            key = f"rows-{snapshot.version}-{number}-{hash((filters, only, name, sort))}"
            reading.table(shown, opened, columns, key, snapshot.zone, filters.text, ranks)
if opened:
    with right:
        to_the_list()
        pane(snapshot, opened, listing, PAGE, shown)
