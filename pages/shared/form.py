"""The form for one item, and what became of it.

A draft has a token, which is also the link's `submission`: a second click or a reload finds the submission that the
first click started instead of starting another.
"""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Literal

import streamlit as st

from loop_client import CreateOutcomeUnknown, InvalidRequestError
from loop_client.report import NOT_SET, SENTIMENTS
from loop_client.report.text import first_line, visible
from pages.shared import coverage, data, filters, notices, safety

if TYPE_CHECKING:
    from loop_client import Feedback, LoopError
    from loop_client.mirror import Snapshot

KEYS = {
    "user_id": "draft_user_id",
    "message": "draft_message",
    "sentiment": "draft_sentiment",
    "source": "draft_source",
    "tag": "draft_tag",
}
"""Field of `data.Draft` → widget key. The values outlive a page switch."""

LONGEST_PROPOSAL = 10_000
"""Characters of a field that a link can fill in."""

WIDTH = 760
"""Pixels: a line to read and write, not the width of the window."""

API_NAMES = {"user.id": "user_id", "message": "message", "sentiment": "sentiment", "source": "source", "tag": "tag"}


def prefill() -> None:
    """Take what a link proposes into empty fields, once a session; it sends nothing, and what was typed stays.

    A link says it by the widgets' keys: `/submit?draft_message=…&draft_tag=exports`.
    """
    if st.session_state.setdefault("prefilled", False):
        return
    st.session_state["prefilled"] = True
    told = []
    for field, key in KEYS.items():
        proposed = st.query_params.get(key, "")
        if field == "sentiment" and proposed and proposed not in SENTIMENTS:
            told.append(f"sentiment “{first_line(proposed, 40)}” is not known.")
        elif proposed and not st.session_state.get(key):
            st.session_state[key] = proposed[:LONGEST_PROPOSAL]
            if len(proposed) > LONGEST_PROPOSAL:
                told.append(f"{field} is cut after {LONGEST_PROPOSAL:,} characters.")
    others = {name for name in st.query_params if name.startswith("draft_")} - {*KEYS.values()}
    told += [f"“{first_line(name, 40)}” is not a field." for name in sorted(others)]
    if told:
        notices.plain("The link proposes something that cannot be filled in", told)


def fields(snapshot: Snapshot, error: LoopError | None) -> None:
    """Draw the form, with what was wrong with its last submission at its field."""
    problems = {**_refused_field(error), **st.session_state.get("draft_problems", {})}
    if error is not None and not problems:
        _not_stored(error)
    offered = filters.offered(snapshot)
    with st.form("draft", enter_to_submit=False, width=WIDTH):
        st.text_input(
            "Person (required)",
            key=KEYS["user_id"],
            persist_state="session",
            placeholder="u_8f2c",
            help="Your stable identifier for the end user",
        )
        _problem(problems, "user_id")
        st.text_area("Message (required)", key=KEYS["message"], persist_state="session", height=180)
        _problem(problems, "message")
        st.segmented_control("Sentiment", SENTIMENTS, key=KEYS["sentiment"], persist_state="session")
        _problem(problems, "sentiment")
        for column, field, example in zip(st.columns(2), ("tag", "source"), ("exports", "in-app-widget"), strict=True):
            with column:
                st.selectbox(
                    field.capitalize(),
                    [value for value in offered[field] if value != NOT_SET and value == safety.name(value)],
                    index=None,
                    key=KEYS[field],
                    persist_state="session",
                    accept_new_options=True,
                    placeholder=f"None, or one like {example}",
                )
                _problem(problems, field)
        label = "Send again, as another item" if isinstance(error, CreateOutcomeUnknown) else "Submit"
        connected = data.is_connected()
        # on the dark theme's own blue, which has to be read on dark, white could not be
        kind: Literal["primary", "secondary"] = "secondary" if st.context.theme.type == "dark" else "primary"
        st.form_submit_button(label, type=kind, icon=":material/send:", on_click=send, disabled=not connected)
        if not connected:
            st.text("There is nothing to submit to. The reason stands above.")


def send() -> None:
    """Check the draft and hand it to a worker; a callback."""
    values = {field: (st.session_state.get(key) or "").strip() or None for field, key in KEYS.items()}
    problems = {}
    if not values["user_id"]:
        problems["user_id"] = "Enter the id of the person who said it."
    if not values["message"]:
        problems["message"] = "Enter what they said."
    st.session_state["draft_problems"] = problems
    if problems:
        return
    draft = data.Draft(**{**values, "message": st.session_state[KEYS["message"]]})
    token = st.session_state.get("draft_token")
    earlier = data.submission(token) if token else None
    if token is None or (earlier is not None and (earlier.error is not None or earlier.draft != draft)):
        token = st.session_state["draft_token"] = secrets.token_urlsafe(16)
    data.submit(token, draft)
    st.query_params["submission"] = token


def sending(submission: data.Submission) -> None:
    """Show the draft while the worker has it; goes on by itself."""
    with st.container(border=True, width=WIDTH):
        st.markdown(":material/hourglass_top: **Sending to Loop…**")
        st.text(submission.draft.message[:2000])
    st.fragment(_wait, run_every=0.5, key="sending")(submission)


def _wait(submission: data.Submission) -> None:
    if submission.done.wait(0.3):
        st.rerun()


def restore(draft: data.Draft) -> None:
    """Put a refused draft back into the form of a browser that was reloaded meanwhile."""
    for field, key in KEYS.items():
        if key not in st.session_state:
            st.session_state[key] = getattr(draft, field)


def stored(item: Feedback) -> None:
    """Show the item as Loop stored it; who sent it sees it among the others from now on."""
    coverage.advance()
    with st.container(border=True, width=WIDTH):
        st.markdown(":material/check_circle: **Stored by Loop, and in the inbox now**")
        st.text(visible(item.message[:2000]))
        notices.facts(
            {
                "Id": item.id,
                "Status": item.status or "not set",
                "Created": data.snapshot().zone.told(item.created_at, "%a %-d %b %Y, %H:%M:%S %Z"),
                "Person": item.user.id,
                "Sentiment": item.sentiment or "not set",
                "Tag": item.tag or "untagged",
                "Source": item.source or "not set",
            }
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            st.page_link(
                "inbox.py",
                label="Open in the inbox",
                icon=":material/inbox:",
                query_params={"view": "all", "item": item.id},
            )
            st.button("Submit another", icon=":material/add:", on_click=start_over)


def start_over() -> None:
    """Empty the form for the next item; a callback."""
    for key in (*KEYS.values(), "draft_token", "draft_problems"):
        st.session_state.pop(key, None)
    st.query_params.pop("submission", None)


def _refused_field(error: LoopError | None) -> dict[str, str]:
    """The field that a refusal names, with Loop's own words."""
    if not isinstance(error, InvalidRequestError) or not error.message:
        return {}
    named = re.search(r"\b(user\.id|message|sentiment|source|tag)\b", error.message)
    return {API_NAMES[named[1]]: f"Loop refused this: {error.message}"} if named else {}


def _problem(problems: dict[str, str], field: str) -> None:
    if field in problems:
        with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
            st.markdown(":red[:material/error:]", width="content")
            st.text(problems[field])


def _not_stored(error: LoopError) -> None:
    unknown = isinstance(error, CreateOutcomeUnknown)
    title = "It is not known whether Loop stored this" if unknown else "Not stored. What you typed is still here"
    notices.problem(error, title)
    if unknown:
        st.page_link(
            "inbox.py",
            label="Look for it in the inbox before sending it again",
            icon=":material/inbox:",
            query_params={"view": "all"},
        )
