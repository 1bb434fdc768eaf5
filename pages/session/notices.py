"""Notices and facts on a page: errors, ignored parts of a link, and names with values."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import streamlit as st

from loop_client.query.text import visible
from pages.session import share_safe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


NONE: Mapping[str, str | None] = MappingProxyType({})

LONGEST = 2_000
"""Most characters of a value that are shown."""


def problem(error: Exception, title: str = "The data shown may be out of date", next_step: str = "") -> None:
    """Show an error and the next step, as plain text: it may contain the API's own words."""
    with st.container(border=True, gap="xxsmall"):
        st.markdown(f":material/cloud_off: **{title}**")
        st.text(share_safe.name(str(error)))
        if next_step:
            st.caption(next_step)


def facts(values: Mapping[str, str | None], hints: Mapping[str, str | None] = NONE) -> None:
    """Draw names and values, one pair per line; the values as plain text. `hints`: name → help text, our own words."""
    for name, value in values.items():
        if value is None:
            continue
        with st.container(horizontal=True, wrap=False, gap="small"):
            st.caption(name, width=80, help=hints.get(name))
            st.text(visible(value[:LONGEST]), width="stretch")


def plain(title: str, sentences: Sequence[str]) -> None:
    """Draw a notice about a link or a form; its sentences may contain text from outside."""
    with st.container(border=True, gap="xxsmall"):
        st.markdown(f":material/info: **{title}**")
        for sentence in sentences:
            st.text(sentence)
