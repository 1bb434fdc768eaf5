"""Who the reader is, for everything that belongs to a person."""

from __future__ import annotations

import streamlit as st

from loop_client.service import address
from pages.session.set_up import setup


def person() -> str | None:
    """The e-mail address of whoever is signed in, as it is stored; None only where there is no sign-in.

    Raises:
        LookupError: There is a sign-in, and nobody is known: before it, or in a thread that runs no script.
    """
    user = st.user.to_dict()
    if user.get("is_logged_in") is True and (email := address(user.get("email"))):
        return email
    if "is_logged_in" in user or setup() is not None:
        raise LookupError("There is a sign-in, but it is not known who is signed in.")
    return None
