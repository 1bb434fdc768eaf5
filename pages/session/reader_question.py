"""The question that this reader asks, set as a whole: by a saved view, and by leaving out what hides everything."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from loop_client.query import ALL_ITEMS, DIMENSIONS, Name
from pages.session import hidden_filters, link, sidebar, views
from pages.session.state import session

if TYPE_CHECKING:
    from loop_client.query import Question


def ask(question: Question) -> None:
    """Set the widgets and the link to what is asked for; a callback."""
    dates = (None, None) if question.period else (question.filters.since, question.filters.until)
    parts: dict[str, list[str]] = {field: list(getattr(question.filters, field)) for field in DIMENSIONS}
    parts |= {Name.TEXT.value: [question.filters.text], Name.ONLY.value: question.drill_down.parts}
    hidden_filters.ask(hidden_filters.hide(parts))
    state: dict[Name, Any] = {Name.SINCE: dates[0], Name.UNTIL: dates[1], Name.LAST: question.period}
    state |= {Name.SORT: question.sort, Name.COLUMNS: list(question.columns)}
    for name, value in state.items():
        session.choose(name.value, value)
    link.close_item()
    views.note_choice(question.view, question.filters)
    views.show(question.view)


def as_chosen(question: Question) -> Question:
    """The question with what this reader chose of the period and the columns."""
    columns = session.chosen(Name.COLUMNS) or ()
    return replace(question, period=session.chosen(Name.LAST), columns=tuple(columns))


def remove(*causes: str) -> None:
    """Ask for the same without these; a callback. `causes`: as `empty_state` names them."""
    if "view" in causes:
        st.query_params[Name.VIEW] = ALL_ITEMS
    if "drill-down" in causes:
        st.query_params.pop(Name.ONLY, None)
        hidden_filters.forget(Name.ONLY)
    if "filters" in causes:
        sidebar.clear(search=False)
    if "search" in causes:
        session.choose(Name.TEXT, "")
        hidden_filters.forget(Name.TEXT)
    link.forget_page()  # what the link asked for was a page of something else
