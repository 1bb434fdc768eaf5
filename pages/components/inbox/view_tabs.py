"""The inbox's views as a row of pills with their counts, and which of them gives way to a filter."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

import streamlit as st

from loop_client.query import ALL_ITEMS, FIRST_VIEW, VIEWS, Name, newest_known, view_counts
from pages.session import runtime

if TYPE_CHECKING:
    from loop_client.mirror import Snapshot
    from loop_client.query import Filters, Question

Values: TypeAlias = tuple[tuple[str, ...], ...]
"""The statuses, sentiments and tags of filters."""


def remember_opening(snapshot: Snapshot) -> None:
    """Note, once a tab, what was there when it was opened."""
    if "newest_at_first" not in st.session_state:
        st.session_state["newest_at_first"] = newest_known(snapshot, runtime.now())


def chosen(snapshot: Snapshot, question: Question) -> Question:
    """Draw the views with their counts, and return the question with the one that the link asks for.

    Not bound to the link by Streamlit, which would put the labels, counts and all, into it.
    """
    _give_way(question.filters)
    st.session_state["views"] = _asked()
    counted = view_counts(snapshot, question.filters, question.drill_down, question.newest)

    def label(name: str) -> str:
        view, more = VIEWS[name], replace(question, view=name).completeness(snapshot).plus
        is_known = counted and not (snapshot.frame.empty and more)
        return f"{view.label} {counted[name]:,}{more}" if is_known else view.label

    with st.container(horizontal=True, vertical_alignment="center", gap=None):
        view = st.pills(
            "View",
            list(VIEWS),
            required=True,
            key="views",
            on_change=_follow,
            format_func=label,
            label_visibility="collapsed",
            width="stretch",
        )
        st.container(width=1, height=40, border=False).empty()  # as high as the place that is kept for them
    return replace(question, view=str(view))


def _asked() -> str:
    """The view that the link asks for; the first one where there is no such."""
    asked = st.query_params.get(Name.VIEW, FIRST_VIEW)
    return asked if asked in VIEWS else FIRST_VIEW


def show(view: str) -> None:
    """Put a view into the link, which says nothing for the first one."""
    if view == FIRST_VIEW:
        st.query_params.pop(Name.VIEW, None)
    else:
        st.query_params[Name.VIEW] = view


def _give_way(filters: Filters) -> None:
    """Show all items where a filter was chosen that the view leaves out, unless the view was chosen after it.

    That holds on the way to another page and back, too. A filter that only a link asks for was not chosen.
    """
    name = _asked()
    if st.session_state.pop("filter_chosen", False):
        _chosen_after()[_values(filters)] = set()
    chosen_after = _chosen_after().get(_values(filters))
    if chosen_after is not None and name not in chosen_after and VIEWS[name].leaves_out(filters):
        st.query_params[Name.VIEW] = ALL_ITEMS
        label = VIEWS[name].label
        st.toast(f"All items are shown: the view “{label}” leaves out what you chose.", icon=":material/info:")


def note_choice(view: str, filters: Filters) -> None:
    """Note that a view was chosen after these filters, so that it holds with them; a callback too."""
    if (chosen_after := _chosen_after().get(_values(filters))) is not None:
        chosen_after.add(view)


def _chosen_after() -> dict[Values, set[str]]:
    """Values that were chosen in the sidebar → the views that were chosen after them."""
    held: dict[Values, set[str]] = st.session_state.setdefault("views_chosen_after", {})
    return held


def _values(filters: Filters) -> Values:
    """What of the filters a view can leave out."""
    return filters.status, filters.sentiment, filters.tag


def _follow() -> None:
    """Put the chosen view into the link; a callback."""
    view = st.session_state["views"]
    note_choice(view, st.session_state["filters"])
    show(view)
