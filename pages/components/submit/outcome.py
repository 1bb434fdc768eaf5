"""The outcome of a submission: being sent, stored, not stored, or unknown."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import streamlit as st

from loop_client import CreateOutcomeUnknown
from loop_client.mirror import StoreError
from loop_client.query import Name, Question, link_parts
from pages.session import coverage_line, displayed, draft, link, notices, runtime, sending

if TYPE_CHECKING:
    from loop_client import Feedback, LoopError

LONGEST = 2_000
"""Characters of a message."""

UNREAD = "The outbox cannot be read right now"

WIDTH = 760
"""Pixels: the width of a readable line, not of the window."""


def found(token: str) -> tuple[runtime.Submission | None, StoreError | None]:
    """The submission with this token, None if there is none; and why it cannot be read."""
    try:
        return (runtime.submission(token) if token else None), None
    except StoreError as error:
        return None, error


def unread(token: str, error: StoreError, *, is_own: bool) -> None:
    """Say that the outcome cannot be read; goes on by itself once it can. `is_own`: it was written down from here."""
    what = "What you submitted is written down, and is sent once. " if is_own else ""
    notices.problem(error, UNREAD, f"{what}This page goes on by itself once the outbox can be read.")
    st.fragment(_wait, run_every=0.5, key="unread")(token, None)


def under_way(token: str, submission: runtime.Submission) -> None:
    """Show the draft while the outbox has it; moves on to the outcome's link by itself."""
    is_left = submission.is_left_to_the_outbox(runtime.now())
    with st.container(border=True, width=WIDTH, key=f"sent-{token}"):
        if is_left:
            st.markdown(":material/schedule_send: **In the outbox. It will be sent by itself**")
        else:
            st.markdown(":material/hourglass_top: **Sending to Loop…**")
        shown = displayed.draft(submission, LONGEST)
        st.text(shown.message)
        if is_left:
            st.text(shown.reason or "Loop has not answered yet.")
            if next_attempt := sending.next_attempt():
                st.caption(next_attempt)
            label = "Open the outbox"
            st.page_link("outbox.py", label=label, icon=":material/outbox:", query_params=link.query({}))
            st.button("Submit another", icon=":material/add:", on_click=draft.start_over, args=(submission.draft,))
    st.fragment(_wait, run_every=0.5, key="sending")(token, is_left)


def _wait(token: str, is_left: bool | None) -> None:  # noqa: FBT001 - of a fragment
    """Draw the page again once this differs from what it shows; None where it shows nothing."""
    outbox = runtime.outbox()
    with suppress(StoreError):  # the next run asks again
        submission = outbox.wait(token, 0.3) if outbox else None
        if submission is None or submission.is_done or submission.is_left_to_the_outbox(runtime.now()) != is_left:
            draft.follow(token)
            st.rerun()


def stored(item: Feedback, token: str, sent: runtime.Draft) -> None:
    """Show the item as Loop stored it, and advance the reader's snapshot, which has it. `sent`: the draft."""
    coverage_line.show_own_item()
    shown = displayed.feedback(item)
    with st.container(border=True, width=WIDTH, key=f"sent-{token}"):
        st.markdown(":material/check_circle: **Stored by Loop, and in the inbox now**")
        st.text(shown.message[:LONGEST])
        notices.facts(
            {
                "Id": item.id,
                "Status": shown.status,
                "Created": runtime.snapshot().zone.formatted(item.created_at, "%a %-d %b %Y, %H:%M:%S %Z"),
                "Person": shown.person,
                "Sentiment": shown.sentiment,
                "Tag": shown.tag,
                "Source": shown.source,
            }
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            st.page_link(
                "inbox.py",
                label="Open in the inbox",
                icon=":material/inbox:",
                query_params=link.query(link_parts(Question(item=item.id)), has_switch=True),
            )
            st.button("Submit another", icon=":material/add:", on_click=draft.start_over, args=(sent,))


def discarded(submission: runtime.Submission) -> None:
    """Show a draft that a person gave up, or sent again as another one, with a link to that one."""
    shown, repeat = displayed.draft(submission, LONGEST), _repeat(submission.token)
    with st.container(border=True, width=WIDTH):
        what = "replaced by another one" if repeat is not None else "discarded"
        st.markdown(f":material/delete: **This draft was {what}**")
        st.text(shown.message)
        if shown.reason:
            st.text(shown.reason)
        if repeat is not None:
            query = link.query({Name.SUBMISSION.value: [repeat.token]})
            st.page_link("submit.py", label="Open the other one", icon=":material/arrow_forward:", query_params=query)
        st.button("Submit another", icon=":material/add:", on_click=draft.start_over, args=(submission.draft,))


def _repeat(token: str) -> runtime.Submission | None:
    """The draft in the place of another one; None also where it cannot be read, which is reported."""
    try:
        return runtime.repeat_of(token)
    except StoreError as error:
        notices.problem(error, UNREAD)
        return None


def hidden(submission: runtime.Submission) -> None:
    """Say that share-safe keeps a draft out of the form, which would show its text."""
    shown = displayed.draft(submission, LONGEST)
    title = "This draft is not filled in while share-safe is on, because the form would show its text"
    notices.plain(title, [shown.message, shown.reason])


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
            query_params=link.query(link_parts(Question()), has_switch=True),
        )
