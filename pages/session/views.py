"""Which of the inbox's views the link asks for, and which of them gives way to a filter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from loop_client.query import ALL_ITEMS, FIRST_VIEW, VIEWS, Name
from pages.session.state import session

if TYPE_CHECKING:
    from loop_client.query import Filters
    from pages.session.state import Values


def asked() -> str:
    """The view that the link asks for; the first one where there is no such."""
    view = st.query_params.get(Name.VIEW, FIRST_VIEW)
    return view if view in VIEWS else FIRST_VIEW


def show(view: str) -> None:
    """Put a view into the link, which says nothing for the first one."""
    if view == FIRST_VIEW:
        st.query_params.pop(Name.VIEW, None)
    else:
        st.query_params[Name.VIEW] = view


def give_way(filters: Filters) -> None:
    """Show all items where a filter was chosen that the view leaves out, unless the view was chosen after it.

    That holds on the way to another page and back, too. A filter that only a link asks for was not chosen.
    """
    name, values = asked(), _values(filters)
    if session.filter_chosen:
        session.views_chosen_after = {**session.views_chosen_after, values: frozenset()}
    del session.filter_chosen
    chosen_after = session.views_chosen_after.get(values)
    if chosen_after is not None and name not in chosen_after and VIEWS[name].excludes(filters):
        st.query_params[Name.VIEW] = ALL_ITEMS
        label = VIEWS[name].label
        st.toast(f"All items are shown: the view “{label}” leaves out what you chose.", icon=":material/info:")


def note_choice(view: str, filters: Filters) -> None:
    """Note that a view was chosen after these filters, so that it holds with them; a callback too."""
    values = _values(filters)
    if (chosen_after := session.views_chosen_after.get(values)) is not None:
        session.views_chosen_after = {**session.views_chosen_after, values: chosen_after | {view}}


def follow() -> None:
    """Put the chosen view into the link; a callback."""
    view = str(session.views)
    note_choice(view, session.filters)
    show(view)


def _values(filters: Filters) -> Values:
    """What of the filters a view can leave out."""
    return filters.status, filters.sentiment, filters.tag
