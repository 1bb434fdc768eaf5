"""What changed? A period against another: numbers, tags, what people say, new words, who turned; each with its rows."""

from __future__ import annotations

import streamlit as st

from loop_client.query import Question
from pages.components import empty_state, room
from pages.components.changes import ChangesModel, compared, sections, take_along
from pages.components.overview import markers
from pages.session import session

snapshot, filters = session.snapshot, session.filters

with st.container(horizontal=True, vertical_alignment="center"):
    st.title("Changes", anchor=False, width="stretch")
    with st.container(width=150), room.as_high(room.BAR, "tools"):  # a width, against layout shift
        tools = st.container(width="content")
if snapshot.frame.empty:
    empty_state.nothing(snapshot, Question(filters))
else:
    known = markers.read()
    markers.problem()
    both = compared.chosen(snapshot, filters, known)
    if isinstance(both, str):
        compared.missing(both, snapshot, filters)
    else:
        model = ChangesModel(snapshot, filters, both, tuple((one.day, one.name) for one in known))
        digest = model.digest
        days = f"{digest.days}, compared with {digest.before}." if digest.before else f"{digest.days}."
        since = compared.since(both, snapshot, known)
        st.caption(f"Since {since}: {days}" if since else days)
        if model.is_empty:
            empty_state.nothing(snapshot, Question(filters))
        else:
            sections.draw(digest, is_previous=compared.is_previous(both, snapshot, filters))
            with tools:
                take_along.offer(model)
