"""How is it going? Counts with their change, volume over time, tags, sources and ages; each leads to its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from loop_client import report
from loop_client.query import Question
from pages.shared import cards, coverage, empty, kpis, safety, timeline

if TYPE_CHECKING:
    from loop_client.mirror import Snapshot
    from loop_client.query import Filters

snapshot: Snapshot = st.session_state["snapshot"]
filters: Filters = st.session_state["filters"]
cells = safety.cells(filters.cells(snapshot))
covered = snapshot.reaches(filters.window[0], filters.status)

st.title("Overview", anchor=False)

totals = report.totals(cells)
if not totals.items:
    empty.nothing(snapshot, Question(filters))
else:
    today = snapshot.zone.day(coverage.now(snapshot))  # days after are in none of the numbers
    fitting = report.bucket_for(cells, timeline.whole(snapshot, filters.window, covered=covered), today)
    bucket = timeline.asked_bucket(fitting)
    kpis.row(snapshot, filters, cells, totals, bucket, today, covered=covered)
    sentiments = report.sentiments_in(cells)
    cards.volume(snapshot, filters, cells, sentiments, fitting, today, covered=covered)
    voices = kpis.voices(snapshot, filters, bucket, today)
    cards.breakdown(cells, "tag", "Tags by sentiment, most negative items first", sentiments, voices, covered=covered)
    cards.heat(snapshot, filters, cells, today, covered=covered)
    left, right = st.columns(2, gap="medium")
    with left:
        cards.breakdown(cells, "source", "Sources by sentiment", sentiments, covered=covered)
    with right:
        cards.ages(snapshot, filters)
