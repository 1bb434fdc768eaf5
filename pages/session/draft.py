"""The draft in the form, and its submission.

A draft has a token, which is also in the link, as `draft` while it is only typed, and then as `submission`: a second
click or a reload finds the submission that the first click started, and does not start another.
"""

from __future__ import annotations

import re
import secrets
from contextlib import suppress

import streamlit as st

from loop_client.mirror import StoreError
from loop_client.mirror.columns import shown_tag
from loop_client.query import DRAFT, PARAMETERS, Name
from loop_client.query.text import first_line
from pages.session import notices, runtime
from pages.session.state import session

TOKEN = re.compile(r"[\w-]{16,64}", re.ASCII)
"""What a token in a link looks like."""

AT_ONCE = 0.3
"""Seconds in which Loop usually answers: then the form or the item is drawn at once, and nothing in between."""

LONGEST_PROPOSAL = 10_000
"""Most characters of a field that a link can fill in."""


def prefill() -> None:
    """Fill empty fields from the link, once per session. Nothing is sent, and typed text stays.

    The parameters are the widgets' keys: `/submit?draft_message=…&draft_tag=exports`.
    """
    if session.prefilled:
        return
    session.prefilled = True
    problems = []
    for field, key in DRAFT.items():
        proposed = st.query_params.get(key, "")
        parameter = PARAMETERS[key]
        if proposed and parameter.parse(proposed) is None:
            problems.append(f"{field} “{first_line(proposed, 40)}” {parameter.wrong}.")
        elif proposed and not session.chosen(key):
            session.choose(key, _spelt(field, proposed[:LONGEST_PROPOSAL]))
            if len(proposed) > LONGEST_PROPOSAL:
                problems.append(f"{field} is cut after {LONGEST_PROPOSAL:,} characters.")
    others = {name for name in st.query_params if name.startswith("draft_")} - {*DRAFT.values()}
    problems += [f"“{first_line(name, 40)}” is not a field." for name in sorted(others)]
    if problems:
        notices.plain("Some values of this link cannot be filled in", problems)


def typed() -> runtime.Draft:
    """The draft in the fields now; a field with only blanks is empty."""
    texts: dict[str, str] = {field: session.chosen(key) or "" for field, key in DRAFT.items()}
    given = {field: text.strip() for field, text in texts.items()}
    return runtime.Draft(
        user_id=given["user_id"],
        message=texts["message"] if given["message"] else "",
        **{field: _spelt(field, given[field]) or None for field in ("sentiment", "source", "tag")},
    )


def _spelt(field: str, value: str) -> str:
    """A tag in the spelling that is shown; other values unchanged."""
    return shown_tag(value) if field == "tag" else value


def missing() -> dict[str, str]:
    """Field → sentence for each missing required field, once sending was tried."""
    return _missing(typed()) if session.draft_checked else {}


def _missing(draft: runtime.Draft) -> dict[str, str]:
    prompts = {"user_id": "Enter the id of the person who said it.", "message": "Enter what they said."}
    return {field: sentence for field, sentence in prompts.items() if not getattr(draft, field)}


def send() -> None:
    """Callback: check the draft, and hand it to the outbox. A draft that cannot be written down stays in the form."""
    session.draft_checked = True
    draft = typed()
    if _missing(draft):
        return
    session.draft_token = token()
    try:
        session.draft_token = _written_down(session.draft_token, draft)
        if (outbox := runtime.outbox()) is not None:
            outbox.wait(session.draft_token, AT_ONCE)
    except StoreError as error:
        session.draft_problem = str(error)
        return
    del session.draft_problem
    follow(session.draft_token)


def _written_down(token: str, draft: runtime.Draft) -> str:
    """The token under which the draft is in the outbox: a new one where the first was refused or lost."""
    earlier, outbox = runtime.submission(token), runtime.outbox()
    if earlier is not None and earlier.needs_a_person and outbox is not None:
        return outbox.send_again(token, draft).token
    if earlier is not None and (earlier.is_done or earlier.draft != draft):
        token = secrets.token_urlsafe(16)
    return runtime.submit(token, draft).token


def followed() -> str:
    """The submission token in the link; "" if there is none."""
    return st.query_params.get(Name.SUBMISSION, "")


def is_linked() -> bool:
    """Whether the link names the draft in the form, or its submission."""
    return Name.DRAFT in st.query_params or Name.SUBMISSION in st.query_params


def follow(token: str) -> None:
    """Put a submission token into the link, in one step, in the place of the draft's."""
    others = {name: st.query_params.get_all(name) for name in st.query_params if name != Name.DRAFT}
    st.query_params.from_dict({**others, Name.SUBMISSION: token})


def token() -> str:
    """The token that the draft in the form has in the outbox, or will have."""
    session.form_token = session.draft_token or session.form_token or secrets.token_urlsafe(16)
    return session.form_token


def reopen() -> None:
    """Go on with the draft that the link names, as after a reload; to its outcome if the outbox has it."""
    linked = st.query_params.get(Name.DRAFT, "")
    if not TOKEN.fullmatch(linked) or linked == session.form_token:
        return
    with suppress(StoreError):  # if the outbox has it, sending it again finds it
        if runtime.submission(linked) is not None:
            follow(linked)
            return
    session.form_token = linked


def restore(token: str, submission: runtime.Submission) -> None:
    """Put a refused draft back into the form after the browser was reloaded; sent again, it replaces the first."""
    if submission.needs_a_person and not any(session.has(key) for key in DRAFT.values()):
        session.draft_token = token
    for field, key in DRAFT.items():
        if not session.has(key):
            session.choose(key, getattr(submission.draft, field))


def start_over(sent: runtime.Draft) -> None:
    """Start the next draft: clear the fields, unless they differ from `sent`; also a callback."""
    if typed() == sent:
        clear()
    st.query_params.pop(Name.SUBMISSION, None)


def renew() -> None:
    """Give what is in the form another token: the outbox has the draft that had it."""
    del session.draft_token, session.form_token


def clear() -> None:
    """Callback: empty the form."""
    for field, key in DRAFT.items():
        session.choose(key, "" if field in {"user_id", "message"} else None)
    renew()
    del session.draft_checked, session.draft_problem
    for name in (Name.DRAFT, Name.SUBMISSION):
        st.query_params.pop(name, None)
