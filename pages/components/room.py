"""Room for what is drawn late: until Streamlit has loaded a kind of widget, a bar of 40 pixels stands for it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Iterator

FIELD = 68
"""Pixels of a text field with its label."""

THIN = 1
"""Pixels: the other side of what holds the room open."""


@contextmanager
def as_high(height: int, key: str) -> Iterator[None]:
    """Room for one widget, at least so many pixels high; more where a reader's letters are larger."""
    with st.container(horizontal=True, wrap=False, gap=None):
        yield
        st.container(width=THIN, height=height, border=False, key=f"room-{key}").empty()


@contextmanager
def as_wide(width: int) -> Iterator[None]:
    """The same, at least so many pixels wide."""
    with st.container(width="content", gap=None):
        yield
        st.container(width=width, height=THIN, border=False).empty()
