"""The script of every page: navigation, shared filters, the coverage line, then the page itself."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from loop_client import LoopError
from loop_client.query import ALL_TIME, FIRST_PERIOD
from pages.components import room
from pages.session import browser_history, coverage_line, link, notices, sending, session, sidebar, sign_in, typed_text

st.set_page_config(
    page_title=coverage_line.tab_title(), page_icon=str(Path(__file__).parent / "icon.png"), layout="wide"
)
sign_in.require()

overview = st.Page("overview.py", title="Overview", default=True)
changes = st.Page("changes.py", title="Changes")
inbox = st.Page("inbox.py", title="Inbox")
people = st.Page("people.py", title="People")
submit = st.Page("submit.py", title="Submit")
outbox = st.Page("outbox.py", title=sending.title(), url_path="outbox")
imports = st.Page("import.py", title="Import")
page = st.navigation(
    [overview, changes, inbox, people, submit, imports, outbox], position="hidden"
)  # Streamlit's navigation would be collapsed on a phone
is_filtered = page in (overview, changes, inbox, people)
if is_filtered:
    sidebar.head()
head = st.container(gap=None, key=None if is_filtered else "without-filters")
with (
    head,
    st.container(horizontal=True, wrap=False, height=36, border=False, gap="xxsmall", key="pages"),
):  # a fixed height, against layout shift
    for linked, width, question in (
        (overview, 73, "How is it going?"),
        (changes, 66, "What changed?"),
        (inbox, 49, "What needs an answer?"),
        (people, 56, "Who says it, and whom should we call?"),
        (submit, 59, "What did a customer just say?"),
        (imports, 56, "What feedback do you already have in other tools?"),
        (outbox, 59, "What is still to be sent, and what needs a decision?"),
    ):
        with room.as_wide(width, linked.url_path):
            st.page_link(linked, help=question)

snapshot = coverage_line.pinned()
coverage_line.remember_opening(snapshot)
if is_filtered:
    first_period = FIRST_PERIOD if page in (overview, changes) else None
    unfiltered = {overview.url_path: ALL_TIME, changes.url_path: FIRST_PERIOD}.get(page.url_path)
    link.report_unknown_parts(snapshot)
    link.open_page(page.url_path, first_period, needs_period=page == changes)
    link.keep()
    session.filters = sidebar.sidebar(snapshot, unfiltered)
    with st.sidebar:  # at the end, against layout shift
        browser_history.script()
        typed_text.erase()
else:
    link.keep_share_safe()
with head:
    coverage_line.line(snapshot)
try:
    page.run()
except LoopError as error:
    notices.problem(error)
if page == submit:
    browser_history.script()
    typed_text.script()
elif page in (imports, outbox):
    browser_history.script()
    typed_text.erase()
