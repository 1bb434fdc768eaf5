"""Sentences about what went wrong, on a page that goes on working."""

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
"""Characters of a value that are shown."""


def problem(error: Exception, title: str = "What is shown may be out of date", next_step: str = "") -> None:
    """Say what happened, and what comes next. The API's own words can be in it, so it is shown as plain text."""
    with st.container(border=True, gap="xxsmall"):
        st.markdown(f":material/cloud_off: **{title}**")
        st.text(share_safe.name(str(error)))
        if next_step:
            st.caption(next_step)


def facts(values: Mapping[str, str | None], hints: Mapping[str, str | None] = NONE) -> None:
    """Names and values, one pair a line; the values as plain text. `hints`: of some names, our own words."""
    for name, value in values.items():
        if value is None:
            continue
        with st.container(horizontal=True, wrap=False, gap="small"):
            st.caption(name, width=80, help=hints.get(name))
            st.text(visible(value[:LONGEST]), width="stretch")


def plain(title: str, sentences: Sequence[str]) -> None:
    """Say something about a link or a form, with words from outside in it."""
    with st.container(border=True, gap="xxsmall"):
        st.markdown(f":material/info: **{title}**")
        for sentence in sentences:
            st.text(sentence)
