"""The note about a drill-down: what the page is limited to, the same on the other page, and the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from loop_client.query import VIEWS, DrillDown, merged
from pages.components.inbox import sort_order
from pages.session import drilldown, runtime

if TYPE_CHECKING:
    from loop_client.mirror import Snapshot
    from loop_client.query import Question, UsesOf

SEARCH: Final = "A search finds parts of words, too."
ALONE: Final = "No other item is known that says the same."


def draw(snapshot: Snapshot, question: Question, way_out: str, page: str, label: str) -> None:
    """Draw the note, if there is a drill-down. `way_out`: label of the button that leaves it.

    `page`, `label`: of the link to the same items on another page.
    """
    only = question.drill_down
    if only == DrillDown():
        return
    with st.container(border=True, gap="xxsmall", key="only"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.text(f"Only {drilldown.in_words(only, snapshot.zone)}", width="content")
            if (same := _same(question)) is not None:
                drilldown.offer(page, label, same)
            st.button(way_out, icon=":material/close:", type="tertiary", on_click=drilldown.leave, key="widen")
        if only.cluster is not None and (about := _about(snapshot, len(only.cluster.ids))):
            st.caption(about)
        if only.word is not None and (about := _searched(only.word)):
            st.caption(about)


def _same(question: Question) -> DrillDown | None:
    """The drill-down to the items of a question beside its filters; None where none can say so."""
    view = VIEWS[question.view]
    return None if view.only_new else merged([question.drill_down, view.filters])


def _about(snapshot: Snapshot, items: int) -> str:
    """What is known of a cluster with so many items."""
    clustered = runtime.clustered(snapshot)
    if clustered.clusters is None:
        return "What says the same is not known yet."
    return " ".join(filter(None, [ALONE if items < 2 else "", sort_order.covered(clustered)]))


def _searched(word: UsesOf) -> str:
    """How many items were read for a word, where that may be too few; "" where all of them were, and some use it."""
    if word.is_cut:
        return (
            f"Read for it: the newest {word.read:,} of {word.of:,} items. Choose fewer days, or search for the word, "
            "which looks at all items."
        )
    return "" if word.ids else f"No item of these days uses it; {word.read:,} were read. {SEARCH}"
