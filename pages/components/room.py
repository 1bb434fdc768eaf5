"""Reserves room for widgets, against layout shift: Streamlit draws a bar of 40 pixels until a widget type is loaded."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Iterator

BAR = 40
"""Pixels of that bar, and of a button."""

LINE = 900
"""Pixels: the width of a readable line, not of the window."""

ICON = 44
"""Pixels of a button with an icon and a hidden label: its width even before `browser.css` has hidden that."""

CAPTION = 20
"""Pixels of a line of small print."""

FIELD = 68
"""Pixels of a text field with its label."""

THIN = 1
"""Pixels: the short side of the spacer."""


@contextmanager
def as_high(height: int, key: str) -> Iterator[None]:
    """Room for one widget of at least this height in pixels; more if the reader's text is larger."""
    # What takes the bar's place has the same middle if it is no higher than the bar, and else the same top.
    align: Literal["center", "top"] = "center" if height == BAR else "top"
    with st.container(horizontal=True, wrap=False, vertical_alignment=align, gap=None):
        yield
        st.container(width=THIN, height=height, border=False, key=f"room-{key}").empty()


@contextmanager
def as_wide(width: int, key: str) -> Iterator[None]:
    """Room for one widget of at least this width in pixels, except on a phone, see `browser.css`."""
    with st.container(width="content", gap=None):
        yield
        st.container(width=width, height=THIN, border=False, key=f"wide-{key}").empty()
