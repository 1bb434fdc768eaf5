"""The drill-down in the link: opening the items behind a number, showing the drill-down, and leaving it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from loop_client.query import ALL_TIME, DrillDown, Name, Question, described, drill_down_of, link_parts
from pages.session import hidden_filters, share_safe
from pages.session.state import session

if TYPE_CHECKING:
    from loop_client.mirror import Zone


def current() -> DrillDown:
    """The drill-down in the link, including its hidden parts."""
    return drill_down_of([*st.query_params.get_all(Name.ONLY), *hidden_filters.applied().get(Name.ONLY, [])])[0]


def query(only: DrillDown) -> dict[str, list[str]]:
    """The query of a link to these items.

    It omits the filters: their widgets carry them to the page, and with them in the query, each would be in the link
    twice.
    """
    return link_parts(Question(drill_down=only))


def linked(query: dict[str, list[str]], *, is_of_all_time: bool = False) -> dict[str, list[str]]:
    """The query with the period of the page, or with all time: in another tab the link shows the same then."""
    period = ALL_TIME if is_of_all_time else session.chosen(Name.LAST)
    return {**query, Name.LAST.value: [period]} if period else query


def may_be_linked(only: DrillDown) -> bool:
    """Whether a link to these items reveals nothing that share-safe masks."""
    return all(map(share_safe.may_be_shown, only.names))


def show(only: DrillDown | None, *, is_of_all_time: bool = False) -> None:
    """Open the items of a mark, unless share-safe is on and the link would reveal a masked value."""
    if only is None:
        st.toast("The items have changed since this was drawn. Click again.", icon=":material/info:")
    elif not may_be_linked(only):
        st.toast("This link would reveal a masked value. Turn share-safe off to open it.", icon=":material/info:")
    else:
        session.next_period = ALL_TIME if is_of_all_time else None  # Streamlit refuses what is bound to a widget here
        st.switch_page("inbox.py", query_params=query(only))


def show_hidden(only: DrillDown) -> None:
    """Open these items with share-safe on: they are selected by what neither page nor link shows."""
    hidden_filters.put(Name.ONLY, only.parts)
    parts = {name: values for name, values in query(only).items() if name != Name.ONLY}
    st.switch_page("inbox.py", query_params={**parts, Name.HIDDEN.value: [Name.ONLY.value]})


def note(only: DrillDown, zone: Zone, way_out: str) -> None:
    """Show the drill-down, if there is one, with a button to leave it. `way_out`: the button's label."""
    if only == DrillDown():
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", border=True):
        st.text(f"Only {in_words(only, zone)}", width="content")
        st.button(way_out, icon=":material/close:", type="tertiary", on_click=_widen, key="widen")


def _widen() -> None:
    """Callback: leave the drill-down."""
    st.query_params.pop(Name.ONLY, None)
    hidden_filters.forget(Name.ONLY)


def in_words(only: DrillDown, zone: Zone) -> str:
    """The drill-down in masked words."""
    return described(
        only, zone, lambda field, value: share_safe.alias(value) if field == Name.USER else share_safe.name(value)
    )
