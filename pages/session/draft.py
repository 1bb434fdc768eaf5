"""What is in the form, and under which name it is sent.

A draft has a token, which is also the link's `submission`: a second click or a reload finds the submission that the
first click started instead of starting another.
"""

from __future__ import annotations

import secrets

import streamlit as st

from loop_client.mirror.columns import shown_tag
from loop_client.query import DRAFT, PARAMETERS, Name
from loop_client.query.text import first_line
from pages.session import notices, runtime
from pages.session.state import session

LONGEST_PROPOSAL = 10_000
"""Characters of a field that a link can fill in."""


def prefill() -> None:
    """Take what a link proposes into empty fields, once a session; it sends nothing, and what was typed stays.

    A link says it by the widgets' keys: `/submit?draft_message=…&draft_tag=exports`.
    """
    if session.prefilled:
        return
    session.prefilled = True
    told = []
    for field, key in DRAFT.items():
        proposed = st.query_params.get(key, "")
        parameter = PARAMETERS[key]
        if proposed and parameter.parse(proposed) is None:
            told.append(f"{field} “{first_line(proposed, 40)}” {parameter.wrong}.")
        elif proposed and not session.chosen(key):
            session.choose(key, _spelt(field, proposed[:LONGEST_PROPOSAL]))
            if len(proposed) > LONGEST_PROPOSAL:
                told.append(f"{field} is cut after {LONGEST_PROPOSAL:,} characters.")
    others = {name for name in st.query_params if name.startswith("draft_")} - {*DRAFT.values()}
    told += [f"“{first_line(name, 40)}” is not a field." for name in sorted(others)]
    if told:
        notices.plain("Some values of this link cannot be filled in", told)


def typed() -> runtime.Draft:
    """What is in the fields now; a field of blanks alone is an empty one."""
    texts: dict[str, str] = {field: session.chosen(key) or "" for field, key in DRAFT.items()}
    given = {field: text.strip() for field, text in texts.items()}
    return runtime.Draft(
        user_id=given["user_id"],
        message=texts["message"] if given["message"] else "",
        **{field: _spelt(field, given[field]) or None for field in ("sentiment", "source", "tag")},
    )


def _spelt(field: str, value: str) -> str:
    """A tag in the one spelling in which tags are offered; anything else as it is."""
    return shown_tag(value) if field == "tag" else value


def missing() -> dict[str, str]:
    """What has to be entered still, once sending was tried: field → sentence."""
    return _missing(typed()) if session.draft_checked else {}


def _missing(draft: runtime.Draft) -> dict[str, str]:
    asked = {"user_id": "Enter the id of the person who said it.", "message": "Enter what they said."}
    return {field: sentence for field, sentence in asked.items() if not getattr(draft, field)}


def send() -> None:
    """Check the draft and hand it to a worker; a callback."""
    session.draft_checked = True
    draft = typed()
    if _missing(draft):
        return
    token = session.draft_token
    earlier = runtime.submission(token) if token else None
    if token is None or (earlier is not None and (earlier.error is not None or earlier.draft != draft)):
        token = session.draft_token = secrets.token_urlsafe(16)
    runtime.submit(token, draft)
    follow(token)


def followed() -> str:
    """The submission that the link asks for; "" where it asks for none."""
    return st.query_params.get(Name.SUBMISSION, "")


def follow(token: str) -> None:
    """Put a submission into the link."""
    st.query_params[Name.SUBMISSION] = token


def restore(draft: runtime.Draft) -> None:
    """Put a refused draft back into the form of a browser that was reloaded meanwhile."""
    for field, key in DRAFT.items():
        if not session.has(key):
            session.choose(key, getattr(draft, field))


def start_over(sent: runtime.Draft) -> None:
    """Begin the next item: empty the fields, unless something else than `sent` is in them; a callback too."""
    if typed() == sent:
        for field, key in DRAFT.items():
            session.choose(key, "" if field in {"user_id", "message"} else None)
        del session.draft_token, session.draft_checked
    st.query_params.pop(Name.SUBMISSION, None)
