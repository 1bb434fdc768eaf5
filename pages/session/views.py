"""The inbox's view in the link, and its replacement by "All" when a filter contradicts it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from loop_client.query import ALL_ITEMS, FIRST_VIEW, VIEWS, Name
from pages.session.state import session

if TYPE_CHECKING:
    from loop_client.query import Filters
    from pages.session.state import Values


def current() -> str:
    """The view in the link; the first view if there is none, or an unknown one."""
    view = st.query_params.get(Name.VIEW, FIRST_VIEW)
    return view if view in VIEWS else FIRST_VIEW


def show(view: str) -> None:
    """Put a view into the link; the first one is omitted."""
    if view == FIRST_VIEW:
        st.query_params.pop(Name.VIEW, None)
    else:
        st.query_params[Name.VIEW] = view


def give_way(filters: Filters) -> None:
    """Switch to all items if a filter was chosen that the view excludes, unless the view was chosen after it.

    This also holds after a visit to another page. A filter that comes only from a link does not count as chosen.
    """
    name, values = current(), _values(filters)
    if session.filter_chosen:
        session.views_chosen_after = {**session.views_chosen_after, values: frozenset()}
    del session.filter_chosen
    chosen_after = session.views_chosen_after.get(values)
    if chosen_after is not None and name not in chosen_after and VIEWS[name].excludes(filters):
        st.query_params[Name.VIEW] = ALL_ITEMS
        label = VIEWS[name].label
        st.toast(f"All items are shown: the view “{label}” leaves out what you chose.", icon=":material/info:")


def note_choice(view: str, filters: Filters) -> None:
    """Note that a view was chosen after these filters, so that it stays with them; also used in callbacks."""
    values = _values(filters)
    if (chosen_after := session.views_chosen_after.get(values)) is not None:
        session.views_chosen_after = {**session.views_chosen_after, values: chosen_after | {view}}


def follow() -> None:
    """Callback: put the selected view into the link."""
    view = str(session.views)
    note_choice(view, session.filters)
    show(view)


def _values(filters: Filters) -> Values:
    """The values of the filters that a view can exclude."""
    return filters.status, filters.sentiment, filters.tag
