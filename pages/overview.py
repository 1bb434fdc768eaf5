"""How is it going? Counts with their change, volume over time, tags, sources and ages; each leads to its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from loop_client.query import Question
from pages.shared import cards, coverage, empty, kpis, safety, timeline
from pages.shared.overview_model import OverviewModel

if TYPE_CHECKING:
    from loop_client.mirror import Snapshot
    from loop_client.query import Filters

snapshot: Snapshot = st.session_state["snapshot"]
filters: Filters = st.session_state["filters"]
cells, today = safety.cells(filters.cells(snapshot)), snapshot.zone.day(coverage.now(snapshot))
model = OverviewModel(snapshot, Question(filters), cells, today)

st.title("Overview", anchor=False)

if not model.totals.items:
    empty.nothing(snapshot, model.question)
else:
    bucket = timeline.asked_bucket(model.fitting)
    kpis.row(model, bucket)
    cards.volume(model)
    cards.breakdown(model, "tag", "Tags by sentiment, most negative items first", kpis.voices(model, bucket))
    cards.heat(model)
    left, right = st.columns(2, gap="medium")
    with left:
        cards.breakdown(model, "source", "Sources by sentiment")
    with right:
        cards.ages(model)
