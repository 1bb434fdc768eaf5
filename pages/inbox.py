"""What needs an answer? The items of a view, and one of them in full."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from loop_client.query import VIEWS, Name, Question, parse, saved_link
from pages.components import empty_state, item_table, room, to_the_list
from pages.components.inbox import (
    drill_down_note,
    export_menu,
    item_detail,
    saved_views,
    saved_views_menu,
    sort_order,
    view_tabs,
)
from pages.session import coverage_line, displayed, drilldown, link, reader_question, runtime, session

PAGE = 50

snapshot, filters = session.snapshot, session.filters

st.title("Inbox", anchor=False)
to_the_list.button(link.close_item, is_open=link.value(Name.ITEM) is not None)
newest = coverage_line.new_since_opening(snapshot)
question = Question(filters, drilldown.current(), item=link.value(Name.ITEM), newest=newest)
with st.container(key="head"):
    question = view_tabs.chosen(snapshot, question)
    names = st.container()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(width=340), room.as_high(room.BAR, "order"):  # a width for wider fonts too
            question = replace(question, sort=sort_order.order())
        tools = st.container(horizontal=True, vertical_alignment="center", width="content", gap="small")
    view = VIEWS[question.view]
    with tools:
        with st.container(width=170), room.as_high(room.BAR, "switch"):
            single = sort_order.single()
        listing = sort_order.listing(snapshot, question.rows(snapshot), question.sort, single=single)
        is_folded, is_ranked = listing.rows.is_folded(), listing.ranks is not None
        columns = item_table.columns(view.columns, of_several=is_folded, ranked=is_ranked)
        question = reader_question.as_chosen(question)
        saved = saved_views.all_views()
        saved_views_menu.popovers(saved, snapshot, question)
    with names:
        saved_views.offer(saved, snapshot, saved_link(question), snapshot.zone.day(runtime.now()))
    all_but = empty_state.all_but_drill_down(snapshot, question)
    drill_down_note.draw(snapshot, question, all_but, "people.py", "Who they are")
    empty_state.partly_hidden(snapshot, question)
    empty_state.outside_period(snapshot, question)

opened, count, shown = question.item, len(listing.rows.firsts), item_detail.NO_ROWS
selection = (filters, question.drill_down, question.view, question.sort, question.single)
if session.last_selection is None and opened and not link.asks_for_a_page():
    session.page = max(item_detail.row_of(listing, item_detail.place_of(snapshot, opened, shown)), 0) // PAGE + 1
elif session.last_selection not in {None, selection}:
    session.page = 1
session.last_selection = selection

searched = coverage_line.searched(snapshot, question.first_day)
searched = searched if parse(filters.text).terms else ""
place, row = item_detail.NOWHERE
left, right = st.columns([3, 2], gap="medium")
with left, st.container(key="list"):
    if not count:
        empty_state.nothing(snapshot, question, searched)
        place = item_detail.place_of(snapshot, opened, shown) if opened else place
    else:
        with room.as_high(room.CAPTION, "where"):
            where = st.empty()
        with tools:
            export_menu.offer(snapshot, listing, question)
        with room.as_high(item_table.height(count), "rows"):  # keeps the pager in its place
            rows = st.container()
        pages = -(-count // PAGE)
        if wanted := link.requested_page(pages, complete=snapshot.coverage.complete):
            session.page = wanted
        number = st.pagination(pages, key="page", bind="query-params") if pages > 1 else 1
        on_page = range((number - 1) * PAGE, min(number * PAGE, count))
        shown = snapshot.rows(listing.rows.rows[on_page.start : on_page.stop])
        opened = opened or shown["id"].iloc[0]
        place = item_detail.place_of(snapshot, opened, shown)
        row = item_detail.row_of(listing, place, on_page)
        facts = sort_order.facts(snapshot, listing, on_page)
        where.caption(
            item_table.span(len(shown), count, on_page.start, len(listing.listed))
            + ("" if question.completeness(snapshot).is_complete else " so far")
            + (f", {searched}" if searched else "")
            + (f". {about}" if (about := sort_order.note(listing)) else "")
        )
        with rows:
            key = f"rows-{snapshot.version}-{number}-{hash((selection, listing.clustered))}"
            marked = shown["id"].iloc[row - on_page.start] if row in on_page else ""
            text = displayed.search(filters.text)
            item_table.table(displayed.rows(shown), marked, columns, key, snapshot.zone, text, facts)
if opened:
    with right:
        item_detail.pane(snapshot, opened, place, row, listing, PAGE)
