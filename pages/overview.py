"""How is it going? Counts with their change, volume over time, tags, sources and ages; each leads to its rows."""

from __future__ import annotations

import streamlit as st

from loop_client.query import Question
from pages.components import empty_state
from pages.components.overview import OverviewModel, breakdown_cards, chart_cards, headline, kpi_row, timeline
from pages.session import coverage_line, session

snapshot, filters = session.snapshot, session.filters
model = OverviewModel(snapshot, Question(filters), snapshot.zone.day(coverage_line.now(snapshot)))

if not model.totals.items:
    st.title("Overview", anchor=False)
    empty_state.nothing(snapshot, model.question)
else:
    bucket = timeline.next_bucket(model.fitting)
    people = kpi_row.people_counts(model, bucket)
    with st.container(key="lead"):
        left, right = st.columns([2, 5], gap="medium")
        with left:
            kpi_row.lead(model)
        with right:
            headline.draw(model, people)
    kpi_row.row(model, bucket, people)
    chart_cards.volume(model)
    breakdown_cards.tags(model, people)
    chart_cards.heat(model)
    left, right = st.columns(2, gap="medium")
    with left:
        breakdown_cards.sources(model)
    with right:
        chart_cards.ages(model)
