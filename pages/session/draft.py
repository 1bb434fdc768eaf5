"""The draft in the form, and its submission.

A draft has a token, which is also in the link, as `draft` while it is only typed, and then as `submission`: a second
click or a reload finds the submission that the first click started, and does not start another.
"""

from __future__ import annotations

import re
import secrets
from contextlib import suppress
from typing import NoReturn

import streamlit as st

from loop_client.mirror import StoreError, UncertainError
from loop_client.mirror.columns import shown_tag
from loop_client.query import DRAFT, PARAMETERS, Name
from loop_client.query.text import first_line
from pages.session import notices, runtime, share_safe
from pages.session.state import session

TOKEN = re.compile(r"[\w-]{16,64}", re.ASCII)
"""What a token in a link looks like."""

AT_ONCE = 0.3
"""Seconds in which Loop usually answers: then the form or the item is drawn at once, and nothing in between."""

NOT_WRITTEN = "Not written down, and not sent. What you typed is still here"

UNCONFIRMED = "Not confirmed yet. What you typed is still here: submit it again unchanged, and it is sent once"

DECIDED_ALREADY = (
    "This draft was discarded or sent again in the meantime. Submit your text only if it is to be stored as well."
)

EMPTY = runtime.Draft("", "")


class _DecidedError(StoreError):
    """Somebody has discarded the draft of a text, or sent it again: it is not sent by the same click."""


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


def send(shown: str | None) -> None:
    """Callback: check the draft, and hand it to the outbox. A draft that cannot be written down stays in the form.

    `shown`: the token of the draft whose refusal or unknown outcome stands above the form; None if there is none.
    """
    session.draft_checked = True
    draft = typed()
    if _missing(draft):
        return
    session.draft_token = token()
    try:
        session.draft_token = _written_down(session.draft_token, draft, shown)
    except StoreError as error:
        earlier, _ = session.draft_problem or ("", "")
        is_open = isinstance(error, UncertainError) or (earlier == UNCONFIRMED and not isinstance(error, _DecidedError))
        session.draft_problem = (UNCONFIRMED if is_open else NOT_WRITTEN), str(error)
        return
    del session.draft_problem
    follow(session.draft_token)
    with suppress(StoreError):  # it is written down, and the page says that its outcome cannot be read
        if (outbox := runtime.outbox()) is not None:
            outbox.wait(session.draft_token, AT_ONCE)


def _written_down(token: str, draft: runtime.Draft, shown: str | None) -> str:
    """The token under which the draft is in the outbox: a new one where the first was refused or lost.

    Only a reader who was shown that sends it again. A second click, or a tab that does not know of it, finds the first,
    also where it is stored by now.

    Raises:
        StoreError: It cannot be written down, or somebody has discarded the first, or sent it again.
    """
    earlier, outbox = runtime.submission(token), runtime.outbox()
    if earlier is not None and earlier.needs_a_person and shown != token and earlier.draft == draft:
        return token
    if earlier is not None and earlier.needs_a_person and shown == token and outbox is not None:
        again = outbox.send_again(token, draft)
        return again.token if again.draft == draft else _refuse_once()
    if earlier is not None and earlier.state == runtime.DraftState.DISCARDED:
        return _refuse_once()
    if earlier is not None and earlier.draft != draft:
        token = secrets.token_urlsafe(16)
    return runtime.submit(token, draft).token


def _refuse_once() -> NoReturn:
    """Tell that somebody has decided about the draft of this text; the next click sends it as a new one."""
    renew()
    st.query_params.pop(Name.SUBMISSION, None)
    raise _DecidedError(DECIDED_ALREADY)


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


def restore(token: str, sent: runtime.Draft) -> bool:
    """Put a draft that was not stored back into the form, to be sent in its own place; whether the form has it.

    What is half typed there is put aside, see `back`. Share-safe keeps out a draft that the form does not have yet:
    fields cannot be masked.
    """
    if session.draft_token != token:
        if share_safe.is_on():
            return False
        _put_aside(sent)
        _fill(sent)
        del session.draft_checked, session.draft_problem
        session.draft_token = token
    for field, key in DRAFT.items():
        if not session.has(key):
            session.choose(key, getattr(sent, field))
    return True


def _put_aside(opened: runtime.Draft) -> None:
    """Keep what is in the fields, unless it is empty, the draft that is opened, or in the outbox already."""
    draft = typed()
    own = None
    with suppress(StoreError):  # a text too many is kept where the outbox cannot be read
        own = runtime.submission(session.draft_token) if session.draft_token else None
    if draft not in {EMPTY, opened, own and own.draft}:
        session.drafts_aside = (*session.drafts_aside, (draft, session.draft_token, session.form_token))


def has_one_aside() -> bool:
    """Whether a half-typed text was put aside when the draft in the form was opened."""
    return bool(session.drafts_aside)


def back() -> None:
    """Callback: put the text that was put aside last into the form again; the draft in the form stays in the outbox."""
    *others, (draft, draft_token, form_token) = session.drafts_aside
    session.drafts_aside = tuple(others)
    clear()
    _fill(draft)
    session.draft_token, session.form_token = draft_token, form_token


def _fill(draft: runtime.Draft) -> None:
    for field, key in DRAFT.items():
        value = getattr(draft, field)
        session.choose(key, value or "" if field in {"user_id", "message"} else value)


def start_over(sent: runtime.Draft) -> None:
    """Start the next draft: clear the fields, unless they differ from `sent`; also a callback.

    A text that was put aside comes back instead.
    """
    if typed() == sent:
        if session.drafts_aside:
            back()
        else:
            clear()
    st.query_params.pop(Name.SUBMISSION, None)


def renew() -> None:
    """Give what is in the form another token: the outbox has the draft that had it."""
    del session.draft_token, session.form_token


def clear() -> None:
    """Callback: empty the form."""
    _fill(EMPTY)
    renew()
    del session.draft_checked, session.draft_problem
    for name in (Name.DRAFT, Name.SUBMISSION):
        st.query_params.pop(name, None)
