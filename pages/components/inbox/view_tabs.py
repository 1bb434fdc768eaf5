"""The inbox's views as a row of pills with their counts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from loop_client.query import VIEWS, view_counts
from pages.components import room
from pages.session import session, views

if TYPE_CHECKING:
    from loop_client.mirror import Snapshot
    from loop_client.query import Question


def chosen(snapshot: Snapshot, question: Question) -> Question:
    """Draw the views with their counts, and return the question with the one in the link.

    The widget is not bound to the link, because Streamlit would write the labels, with their counts, into it.
    """
    views.give_way(question.filters)
    session.views = views.current()
    counted = view_counts(snapshot, question.filters, question.drill_down, question.newest)

    def label(name: str) -> str:
        view, more = VIEWS[name], replace(question, view=name).completeness(snapshot).plus
        is_known = counted and not (snapshot.frame.empty and more)
        return f"{view.label} {counted[name]:,}{more}" if is_known else view.label

    with room.as_high(room.BAR, "views"):
        view = st.pills(
            "View",
            list(VIEWS),
            required=True,
            key="views",
            on_change=views.follow,
            format_func=label,
            label_visibility="collapsed",
            width="stretch",
        )
    return replace(question, view=str(view))
