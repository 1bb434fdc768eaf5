"""The form for one item."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import streamlit as st

from loop_client import CreateOutcomeUnknown, InvalidRequestError
from loop_client.query import DRAFT, SENTIMENTS
from pages.components import room
from pages.components.submit import outcome
from pages.session import displayed, draft, notices, runtime, session

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from loop_client import LoopError
    from loop_client.mirror import Snapshot

API_NAMES = {"user.id": "user_id", "message": "message", "sentiment": "sentiment", "source": "source", "tag": "tag"}


def fields(snapshot: Snapshot, submission: runtime.Submission | None) -> None:
    """Draw the form. `submission`: the last attempt to send it, which failed; its problem is shown at its field.

    It is not an `st.form`, because the browser would not send typed text before the click. It is not a fragment either:
    Streamlit 1.67 can drop elements of a fragment after a run of the page, and the field would disappear while a reader
    types.
    """
    if session.draft_problem:
        title, reason = session.draft_problem
        notices.plain(title, [reason])
    error = submission.error if submission else None
    if error is not None and not _refused_field(error):
        outcome.not_stored(error)
    if draft.has_one_aside():
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.text("This draft is from the outbox. What you had typed before is kept.", width="content")
            st.button("Back to my text", key="back_to_text", type="tertiary", on_click=draft.back)
    problems = _problems(submission)
    with st.container(border=True, width=outcome.WIDTH, key="draft"):
        with _field(problems, "user_id", "Your own id for the person who said it."):
            st.text_input("Person (required)", key=DRAFT["user_id"], persist_state="session", placeholder="u_8f2c")
        with _field(problems, "message", "What they said, in their own words.", height=180):
            st.text_area("Message (required)", key=DRAFT["message"], persist_state="session", height=180)
        with _field(problems, "sentiment", height=60):
            st.segmented_control("Sentiment", SENTIMENTS, key=DRAFT["sentiment"], persist_state="session")
        for column, field, example in zip(st.columns(2), ("tag", "source"), ("exports", "in-app-widget"), strict=True):
            with column, _field(problems, field):
                st.selectbox(
                    field.capitalize(),
                    displayed.proposals(snapshot, field),
                    index=None,
                    key=DRAFT[field],
                    persist_state="session",
                    accept_new_options=True,
                    placeholder=f"Choose or type, such as {example}",
                )
        unknown = submission is not None and isinstance(submission.error, CreateOutcomeUnknown)
        label = "Send again as a new item" if unknown else "Submit"
        off = not runtime.is_connected()
        with st.container(horizontal=True, vertical_alignment="center", key=f"typed-{draft.token()}"):
            shown = (submission.token if submission else None,)
            icon = ":material/send:"
            st.button(label, key="send", type="primary", icon=icon, on_click=draft.send, args=shown, disabled=off)
            if draft.is_linked():
                _restored()
        if off:
            st.text("Nothing can be submitted without a connection. The reason is shown above.")


def _restored() -> None:
    """Say that a text was put back. The style sheet hides it until the script has done so."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="restored", width="content"):
        st.caption("Restored what you had typed.", width="content")
        st.button("Clear", key="clear-draft", type="tertiary", icon=":material/close:", on_click=draft.clear)


def _problems(submission: runtime.Submission | None) -> dict[str, str]:
    """Field → its problem, until its value changes."""
    now = draft.typed()
    if submission is None:
        return draft.missing()
    refused = _refused_field(submission.error)
    same = {field for field in refused if getattr(submission.draft, field) == getattr(now, field)}
    return {field: displayed.words(submission, refused[field]) for field in same} | draft.missing()


def _refused_field(error: LoopError | None) -> dict[str, str]:
    """Field → sentence for the field that Loop's refusal names."""
    if not isinstance(error, InvalidRequestError) or not error.message:
        return {}
    named = re.search(r"\b(user\.id|message|sentiment|source|tag)\b", error.message)
    return {API_NAMES[named[1]]: f"Loop refused this: {error.message}"} if named else {}


@contextmanager
def _field(problems: Mapping[str, str], name: str, hint: str = "", height: int = room.FIELD) -> Iterator[None]:
    """Draw a field with its hint below; a problem replaces the hint, against layout shift."""
    with st.container(gap="xxsmall"):
        with room.as_high(height, name):
            yield
        if name in problems:
            with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
                st.caption(":red[:material/error:]", width="content")
                st.text(problems[name])  # Loop's own words can be in it
        elif hint:
            st.caption(hint)
