"""Who says it, and whom should we call? People or their companies with numbers, and one person beside them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from loop_client.query import PEOPLE_ORDERS, Question
from pages.components import empty_state, room, to_the_list
from pages.components.inbox import drill_down_note
from pages.components.people import Chosen, PeopleModel, controls, export, group, person, table, team_file
from pages.session import coverage_line, drilldown, people_choice, runtime, session

PAGE = 50

WEIGHT = (
    "Weight = √complaints × recency (1 at the newest, halved each 14 days since) × waiting (1 at the oldest, 2 after "
    "30 days). Complaints are open negative items; those of one person that say the same count once."
)

snapshot = session.snapshot
person.open_selected(people_choice.current())
st.title("People", anchor=False)
to_the_list.button(people_choice.close, is_open=bool(people_choice.current()))
now = coverage_line.now(snapshot)
question = Question(session.filters, drilldown.current())
hour = now.replace(minute=0, second=0, microsecond=0)
model = PeopleModel(snapshot, question, runtime.people(), hour, Chosen(next(iter(PEOPLE_ORDERS))))

if not len(model.people.rows):
    empty_state.nothing(snapshot, question)
else:
    with st.container(key="head"):
        drill_down_note.draw(snapshot, question, "Show everybody", "inbox.py", "Their items")
        team_file.notice(model)
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            model = replace(model, chosen=controls.chosen(model))
            team_file.details(model)
            export.offer(model)
        controls.left_out(model.chosen)
    opened = people_choice.current()
    selection = (question, model.chosen)
    if session.people_shown not in {None, selection}:
        session.people_page = 1
    session.people_shown = selection
    row = person.place_of(model, opened) if opened else None
    columns = st.columns(2 if opened else 1, gap="medium")  # never a container: the table would lose the focus
    with columns[0], st.container(key="list"):
        count = len(model.shown)
        pages = -(-count // PAGE)
        with room.as_high(room.CAPTION, "where"):
            where = st.empty()
        if count and model.is_grouped:
            group.bar(model)
        with room.as_high(table.height(min(count, PAGE)), "rows"):
            place = st.container()
        number = min(st.pagination(pages, key="people_page", bind="query-params") if pages > 1 else 1, pages or 1)
        rows = model.shown[(number - 1) * PAGE : number * PAGE]
        if count:
            where.caption(table.span(model, (number - 1) * PAGE, len(rows)))
            with place:
                table.table(model, rows, model.ids(np.array([row]))[0] if row is not None else None, now)
            st.caption(WEIGHT)
            export.inbox_link(model)
        else:
            where.markdown(":material/search_off: **Nobody matches the search and the filter of people.**")
    if opened:
        with columns[1]:
            person.pane(model, opened, row)
