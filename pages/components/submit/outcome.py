"""The outcome of a submission: being sent, stored, not stored, or unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from loop_client import CreateOutcomeUnknown
from loop_client.query import Question, link_parts, named
from loop_client.query.text import visible
from pages.session import coverage_line, draft, notices, runtime

if TYPE_CHECKING:
    from loop_client import Feedback, LoopError

WIDTH = 760
"""Pixels: the width of a readable line, not of the window."""


def sending(token: str, submission: runtime.Submission) -> None:
    """Show the draft while a worker sends it; moves on to the outcome's link by itself."""
    with st.container(border=True, width=WIDTH):
        st.markdown(":material/hourglass_top: **Sending to Loop…**")
        st.text(submission.draft.message[:2000])
    st.fragment(_wait, run_every=0.5, key="sending")(token, submission)


def _wait(token: str, submission: runtime.Submission) -> None:
    if submission.done.wait(0.3):
        draft.follow(token)
        st.rerun()


def stored(item: Feedback, sent: runtime.Draft) -> None:
    """Show the item as Loop stored it, and advance the reader's snapshot, which has it. `sent`: the draft."""
    coverage_line.advance()
    with st.container(border=True, width=WIDTH):
        st.markdown(":material/check_circle: **Stored by Loop, and in the inbox now**")
        st.text(visible(item.message[:2000]))
        notices.facts(
            {
                "Id": item.id,
                "Status": named("status", item.status),
                "Created": runtime.snapshot().zone.formatted(item.created_at, "%a %-d %b %Y, %H:%M:%S %Z"),
                "Person": item.user.id,
                "Sentiment": named("sentiment", item.sentiment),
                "Tag": named("tag", item.tag),
                "Source": named("source", item.source),
            }
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            st.page_link(
                "inbox.py",
                label="Open in the inbox",
                icon=":material/inbox:",
                query_params=link_parts(Question(item=item.id)),
            )
            st.button("Submit another", icon=":material/add:", on_click=draft.start_over, args=(sent,))


def not_stored(error: LoopError) -> None:
    """Say above the form why Loop did not store the item, or that the outcome is unknown."""
    unknown = isinstance(error, CreateOutcomeUnknown)
    title = "It is not known whether Loop stored this" if unknown else "Not stored. What you typed is still here"
    notices.problem(error, title)
    if unknown:
        st.page_link(
            "inbox.py",
            label="Look for it in the inbox before sending it again",
            icon=":material/inbox:",
            query_params=link_parts(Question()),
        )
