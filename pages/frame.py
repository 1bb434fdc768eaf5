"""The script of every page: navigation, shared filters, what the data covers, then the page itself."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from loop_client import LoopError
from pages.shared import coverage, filters, history, links, notices, views

st.set_page_config(
    page_title="Loop feedback", page_icon=str(Path(__file__).parent / "shared" / "icon.png"), layout="wide"
)

overview = st.Page("overview.py", title="Overview", icon=":material/monitoring:", default=True, help="How is it going?")
inbox = st.Page("inbox.py", title="Inbox", icon=":material/inbox:", help="What needs an answer?")
submit = st.Page("submit.py", title="Submit", icon=":material/edit_square:", help="What did a customer just say?")
page = st.navigation([overview, inbox, submit], position="top")

snapshot = coverage.pinned()
views.remember_opening(snapshot)
if page in (overview, inbox):
    links.report_unknown_parts(snapshot)
    st.session_state["filters"] = filters.sidebar(snapshot)
    with st.sidebar:  # at the end, where nothing moves when it comes
        history.one_entry_each()
coverage.line(snapshot)
try:
    page.run()
except LoopError as error:
    notices.problem(error)
