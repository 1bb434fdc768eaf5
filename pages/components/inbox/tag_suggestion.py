"""A tag for an open item that has none, with the items that have it and how often such a suggestion is right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from loop_client import report
from loop_client.query import Question
from loop_client.query.text import percent, visible
from pages.components.inbox import sort_order
from pages.session import displayed, notices

if TYPE_CHECKING:
    from loop_client.mirror import Snapshot
    from pages.session import runtime

LONGEST: Final = 200
"""Most characters of a tag that are shown."""

ONLY_SHOWN: Final = "Loop has no call that changes a tag, so the dashboard sets none."


def draw(snapshot: Snapshot, clustered: runtime.Clustered, place: int) -> None:
    """Draw the suggestion for the item without a tag at this position of the frame, if there is one."""
    found = report.suggested_tag(snapshot, clustered, place)
    if found is None:
        return
    with st.container(key="facts-likely", gap="xxsmall"):
        notices.facts({"Likely tag": displayed.tag(found.tag, LONGEST)})
        sentences = [*_why(found, Question().completeness(snapshot).plus), sort_order.covered(clustered), ONLY_SHOWN]
        st.caption(" ".join(filter(None, sentences)))
        if words := displayed.words_of(found.name):
            st.caption("Words that these items share, the most telling first:")
            st.text(", ".join(visible(word[:40]) for word in words))


def _why(found: report.Suggestion, plus: str) -> list[str]:
    """Why a tag is suggested, and how often that is right. `plus`: the suffix of counts."""
    whose = f"{found.people:,}{plus} people" if found.people > 1 or plus else "one person"
    agreeing, tagged, tested = (f"{count:,}{plus}" for count in (found.agreeing, found.tagged, found.tested))
    have = f"All {tagged}" if found.agreeing == found.tagged else f"{agreeing} of the {tagged}"
    right = f"right for {percent(found.right / found.tested)} of the {tested} tagged items that would get it."
    return [
        f"{have} tagged items that say the same have it, from {whose}.",
        f"Tested by leaving out each tagged item in turn: {right}",
    ]
