"""The form for one item, and what became of it.

A draft has a token, which is also the link's `submission`: a second click or a reload finds the submission that the
first click started instead of starting another.
"""

from __future__ import annotations

import re
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING

import streamlit as st

from loop_client import CreateOutcomeUnknown, InvalidRequestError
from loop_client.mirror.columns import shown_tag
from loop_client.query import ABSENT, DRAFT, SENTIMENTS, Name, Question, is_shortened, link_parts, named, offered
from loop_client.query.text import first_line, visible
from pages.components import room
from pages.session import coverage_line, notices, runtime, share_safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from loop_client import Feedback, LoopError
    from loop_client.mirror import Snapshot

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
    for field, key in DRAFT.items():
        proposed = st.query_params.get(key, "")
        if field == "sentiment" and proposed and proposed not in SENTIMENTS:
            told.append(f"sentiment “{first_line(proposed, 40)}” is not known.")
        elif proposed and not st.session_state.get(key):
            st.session_state[key] = _spelt(field, proposed[:LONGEST_PROPOSAL])
            if len(proposed) > LONGEST_PROPOSAL:
                told.append(f"{field} is cut after {LONGEST_PROPOSAL:,} characters.")
    others = {name for name in st.query_params if name.startswith("draft_")} - {*DRAFT.values()}
    told += [f"“{first_line(name, 40)}” is not a field." for name in sorted(others)]
    if told:
        notices.plain("The link proposes something that cannot be filled in", told)


def fields(snapshot: Snapshot, submission: runtime.Submission | None) -> None:
    """Draw the form. `submission`: the last attempt to send it, which was refused; its problem stands at its field.

    There is no `st.form` around it: in one the browser would keep what is typed to itself until the click. Nor is it a
    fragment: Streamlit 1.67 can drop what a run of the whole page drew of a fragment that runs next, and the browser
    then takes the field away from under its writer.
    """
    error = submission.error if submission else None
    if error is not None and not _refused_field(error):
        _not_stored(error)
    problems, offers = _problems(submission), offered(snapshot)
    with st.container(border=True, width=WIDTH, key="draft"):
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
                    [value for value in offers[field] if _can_be_sent(field, value)],
                    index=None,
                    key=DRAFT[field],
                    persist_state="session",
                    accept_new_options=True,
                    placeholder=f"Choose or type, such as {example}",
                )
        unknown = submission is not None and isinstance(submission.error, CreateOutcomeUnknown)
        label = "Send again, as another item" if unknown else "Submit"
        connected = runtime.is_connected()
        st.button(label, key="send", type="primary", icon=":material/send:", on_click=send, disabled=not connected)
        if not connected:
            st.text("Nothing can be submitted without a connection. The reason is shown above.")


def _can_be_sent(field: str, name: str) -> bool:
    """Whether a name that is offered is the value itself, as it is sent, and may be shown."""
    return name != ABSENT[field] and name == share_safe.name(name) and not is_shortened(name)


def send() -> None:
    """Check the draft and hand it to a worker; a callback."""
    st.session_state["draft_checked"] = True
    draft = _draft()
    if _missing(draft):
        return
    token = st.session_state.get("draft_token")
    earlier = runtime.submission(token) if token else None
    if token is None or (earlier is not None and (earlier.error is not None or earlier.draft != draft)):
        token = st.session_state["draft_token"] = secrets.token_urlsafe(16)
    runtime.submit(token, draft)
    st.query_params[Name.SUBMISSION] = token


def _draft() -> runtime.Draft:
    """What is in the fields now; a field of blanks alone is an empty one."""
    typed: dict[str, str] = {field: st.session_state.get(key) or "" for field, key in DRAFT.items()}
    given = {field: text.strip() for field, text in typed.items()}
    return runtime.Draft(
        user_id=given["user_id"],
        message=typed["message"] if given["message"] else "",
        **{field: _spelt(field, given[field]) or None for field in ("sentiment", "source", "tag")},
    )


def _spelt(field: str, value: str) -> str:
    """A tag in the one spelling in which tags are offered; anything else as it is."""
    return shown_tag(value) if field == "tag" else value


def _missing(draft: runtime.Draft) -> dict[str, str]:
    """What has to be entered still: field → sentence."""
    asked = {"user_id": "Enter the id of the person who said it.", "message": "Enter what they said."}
    return {field: sentence for field, sentence in asked.items() if not getattr(draft, field)}


def _problems(submission: runtime.Submission | None) -> dict[str, str]:
    """Field → what is wrong with it, as long as it is."""
    now = _draft()
    missing = _missing(now) if st.session_state.get("draft_checked") else {}
    refused = _refused_field(submission.error) if submission else {}
    same = {field for field in refused if submission and getattr(submission.draft, field) == getattr(now, field)}
    return {field: sentence for field, sentence in refused.items() if field in same} | missing


def sending(token: str, submission: runtime.Submission) -> None:
    """Show the draft while the worker has it; goes on by itself, to the link of its outcome."""
    with st.container(border=True, width=WIDTH):
        st.markdown(":material/hourglass_top: **Sending to Loop…**")
        st.text(submission.draft.message[:2000])
    st.fragment(_wait, run_every=0.5, key="sending")(token, submission)


def _wait(token: str, submission: runtime.Submission) -> None:
    if submission.done.wait(0.3):
        st.query_params[Name.SUBMISSION] = token
        st.rerun()


def restore(draft: runtime.Draft) -> None:
    """Put a refused draft back into the form of a browser that was reloaded meanwhile."""
    for field, key in DRAFT.items():
        if key not in st.session_state:
            st.session_state[key] = getattr(draft, field)


def stored(item: Feedback, draft: runtime.Draft) -> None:
    """Show the item as Loop stored it; who sent it sees it among the others from now on. `draft`: what was sent."""
    coverage_line.advance()
    with st.container(border=True, width=WIDTH):
        st.markdown(":material/check_circle: **Stored by Loop, and in the inbox now**")
        st.text(visible(item.message[:2000]))
        notices.facts(
            {
                "Id": item.id,
                "Status": named("status", item.status),
                "Created": runtime.snapshot().zone.told(item.created_at, "%a %-d %b %Y, %H:%M:%S %Z"),
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
            st.button("Submit another", icon=":material/add:", on_click=start_over, args=(draft,))


def start_over(sent: runtime.Draft) -> None:
    """Begin the next item: empty the fields, unless something else than `sent` is in them; a callback too."""
    if _draft() == sent:
        st.session_state.update({key: "" if field in {"user_id", "message"} else None for field, key in DRAFT.items()})
        for name in ("draft_token", "draft_checked"):
            st.session_state.pop(name, None)
    st.query_params.pop(Name.SUBMISSION, None)


def _refused_field(error: LoopError | None) -> dict[str, str]:
    """The field that a refusal names, with Loop's own words."""
    if not isinstance(error, InvalidRequestError) or not error.message:
        return {}
    named = re.search(r"\b(user\.id|message|sentiment|source|tag)\b", error.message)
    return {API_NAMES[named[1]]: f"Loop refused this: {error.message}"} if named else {}


@contextmanager
def _field(problems: Mapping[str, str], name: str, hint: str = "", height: int = room.FIELD) -> Iterator[None]:
    """A field and, below it, what is wrong with it: in place of its hint, so that nothing moves when it is mended."""
    with st.container(gap="xxsmall"):
        with room.as_high(height, name):
            yield
        if name in problems:
            with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
                st.caption(":red[:material/error:]", width="content")
                st.text(problems[name])  # Loop's own words can be in it
        elif hint:
            st.caption(hint)


def _not_stored(error: LoopError) -> None:
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
