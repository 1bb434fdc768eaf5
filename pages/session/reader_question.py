"""Sets the reader's question as a whole: for saved views, and to remove conditions that hide everything."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from loop_client.query import ALL_ITEMS, ALL_TIME, HIDEABLE, Name, link_parts, widget_values
from pages.session import hidden_filters, link, sidebar, views
from pages.session.state import session

if TYPE_CHECKING:
    from loop_client.query import Question


def ask(question: Question) -> None:
    """Callback: set the widgets and the link to a question."""
    hidden_filters.ask(hidden_filters.hide(link_parts(question)))
    for name, value in widget_values(question).items():
        if name not in HIDEABLE:
            session.choose(name, value)
    link.close_item()
    views.note_choice(question.view, question.filters)
    views.show(question.view)


def as_chosen(question: Question) -> Question:
    """The question with the period, the columns and the kind of rows of the widgets."""
    columns, single = session.chosen(Name.COLUMNS) or (), bool(session.chosen(Name.SINGLE))
    last = session.chosen(Name.LAST)
    period = None if last == ALL_TIME else last  # links say so by naming no dates
    return replace(question, period=period, columns=tuple(columns), single=single)


def remove(*causes: str) -> None:
    """Callback: remove conditions from the question. `causes`: of `empty_state.CAUSES`."""
    if "view" in causes:
        st.query_params[Name.VIEW] = ALL_ITEMS
    if "drill-down" in causes:
        st.query_params.pop(Name.ONLY, None)
        hidden_filters.forget(Name.ONLY)
    if "filters" in causes:
        sidebar.clear_values()
    if "period" in causes:
        sidebar.set_period(ALL_TIME)
    if "search" in causes:
        session.choose(Name.TEXT, "")
        hidden_filters.forget(Name.TEXT)
    link.forget_page()  # the page number in the link was for another list
