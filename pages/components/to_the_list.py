"""The button "Back to the list" for phones, where what is open takes the place of the list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Callable


def button(close: Callable[[], None], *, is_open: bool) -> None:
    """Draw the button, before the list. `close`: closes what `is_open`."""
    with st.container(key="back"):
        if is_open:
            icon = ":material/arrow_back:"
            st.button("Back to the list", key="to-list", icon=icon, type="tertiary", on_click=close)
