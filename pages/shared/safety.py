"""The share-safe switch: with it on, the reading pages and exports show nobody's id, address or long number."""

from __future__ import annotations

import secrets
from contextlib import suppress

import streamlit as st
from streamlit.errors import StreamlitAPIException

from loop_client.report.masking import masked_person, masked_text

SALT = secrets.token_bytes(32)
"""Makes the aliases of this process: they cannot be traced back, and are others after the next start."""

PERSONAL = ("user", "text")
"""Filters that are off, and not in the link, while the switch is on."""

HELP = """
For screens and files that others see: masks people, e-mail addresses, phone and other long numbers.
The filters by person and by text are off meanwhile, and so not in the link.
"""


def switch() -> bool:
    """Draw the switch, bound to the link; with it on, what tells of people leaves the link."""
    on = st.toggle("Share-safe", key="safe", bind="query-params", help=HELP)
    for name in PERSONAL if on else ():
        if name in st.query_params:
            with suppress(StreamlitAPIException):  # still bound to its widget, which is gone after this run
                del st.query_params[name]
    return on


def is_on() -> bool:
    """Whether this reader has it on."""
    return bool(st.session_state.get("safe"))


def person(user_id: str) -> str:
    """Who it was, or an alias."""
    return masked_person(user_id, SALT) if is_on() else user_id


def message(text: str, user_id: str) -> str:
    """What was said, or as much of it as may be shared."""
    return masked_text(text, [user_id], SALT) if is_on() else text
