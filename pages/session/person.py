"""Who the reader is, for everything that belongs to a person."""

from __future__ import annotations

import streamlit as st

from loop_client.service import address


def person() -> str | None:
    """The e-mail address of whoever is signed in, as it is stored; None without a sign-in."""
    user = st.user.to_dict()
    return address(user.get("email")) or None if user.get("is_logged_in") is True else None
