"""The outbox in numbers, and what happened to its files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.session import link, notices, runtime, session

if TYPE_CHECKING:
    from collections.abc import Mapping


LEFT = {"refused": "refused", "unknown": "with an unknown outcome", "sending": "being sent", "waiting": "waiting"}
"""State → words, for drafts for which something is left to do."""


def pending(counts: Mapping[runtime.DraftState, int]) -> int:
    """The number of drafts for which something is left to do."""
    return sum(counts[runtime.DraftState(state)] for state in LEFT)


def line(counts: Mapping[runtime.DraftState, int]) -> None:
    """Draw the counts, and what they cover; an invitation where nothing is left to do."""
    states = {runtime.DraftState(state): words for state, words in LEFT.items()}
    parts = [f"{counts[state]:,} {words}" for state, words in states.items() if counts[state]]
    stored, discarded = counts[runtime.DraftState.STORED], counts[runtime.DraftState.DISCARDED]
    past = f"In the last 60 days, {stored:,} {'was' if stored == 1 else 'were'} stored and {discarded:,} discarded."
    if parts:
        st.caption(f"{' · '.join(parts)}. This covers everybody who uses this dashboard. {past}")
        return
    with st.container(border=True, horizontal_alignment="center"):
        st.space("small")
        st.markdown(":material/task_alt: **Nothing is waiting, and nothing needs a decision.**", width="content")
        st.caption(f"This covers everybody who uses this dashboard. {past}", width="content")
        form = link.query({})
        st.page_link("submit.py", label="Submit feedback", icon=":material/edit_square:", query_params=form)
        st.space("small")


def news(outbox: runtime.OwnOutbox) -> None:
    """Say that a damaged outbox was repaired, until the reader dismisses it."""
    if outbox.news and outbox.news != session.outbox_news:
        notices.plain("The outbox was repaired", [outbox.news])
        st.button("Dismiss", key="dismiss_outbox_news", type="tertiary", on_click=_dismiss, args=(outbox.news,))


def _dismiss(sentence: str) -> None:
    """Callback: do not show this notice again in this tab."""
    session.outbox_news = sentence
