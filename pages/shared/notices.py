"""Sentences about what went wrong, on a page that goes on working."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import streamlit as st

from loop_client.report.text import visible
from pages.shared import data
from pages.shared.filters import Filters, clear

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loop_client.mirror import Snapshot


NONE: Mapping[str, str | None] = MappingProxyType({})

LONGEST = 2_000
"""Characters of a value that are shown."""


def problem(error: Exception, title: str = "What is shown may be out of date") -> None:
    """Say what happened. The sentence can carry the API's own words, so it is shown as plain text."""
    with st.container(border=True, gap="xxsmall"):
        st.markdown(f":material/cloud_off: **{title}**")
        st.text(str(error))


def facts(values: Mapping[str, str | None], hints: Mapping[str, str | None] = NONE) -> None:
    """Names and values, one pair a line; the values as plain text. `hints`: of some names, our own words."""
    for name, value in values.items():
        if value is None:
            continue
        with st.container(horizontal=True, gap="small"):
            st.caption(name, width=80, help=hints.get(name))
            st.text(visible(value[:LONGEST]), width="stretch")


def plain(title: str, sentences: list[str]) -> None:
    """Say something about a link or a form, with words from outside in it."""
    with st.container(border=True, gap="xxsmall"):
        st.markdown(f":material/info: **{title}**")
        for sentence in sentences:
            st.text(sentence)


def nothing(snapshot: Snapshot, *, covered: bool, searched: str = "") -> None:
    """Say why there is nothing to show, and what to do.

    `covered`: all that could be shown has been loaded. `searched`: how far back a search went, where there was one.
    """
    with st.container(border=True, horizontal_alignment="center"):
        st.space("small")
        if not covered and data.problem():
            _centred(":material/cloud_off: **There is nothing to show until Loop answers.**")
        elif not covered:
            _centred(":material/hourglass_top: **Nothing yet: items are still being loaded.**")
        elif snapshot.frame.empty:
            _centred(":material/inbox: **There is no feedback yet.**")
            st.page_link("submit.py", label="Submit the first item", icon=":material/edit_square:")
        else:
            _centred(":material/search_off: **No item passes the filters.**")
            if searched:
                st.caption(f"The text was {searched}.", width="content")
            if st.session_state["filters"] != Filters():
                st.button("Clear filters", key="clear_here", on_click=clear, icon=":material/filter_alt_off:")
        st.space("small")


def _centred(sentence: str) -> None:
    st.markdown(sentence, width="content")
