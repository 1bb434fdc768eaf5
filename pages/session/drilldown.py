"""The inbox's drill-down: how a number leads to its rows, what the inbox is narrowed to, and the way out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from loop_client.query import DrillDown, Name, Question, described, drill_down_of, link_parts
from pages.session import hidden_filters, share_safe

if TYPE_CHECKING:
    from loop_client.mirror import Zone


def asked() -> DrillDown:
    """What the link narrows the inbox to."""
    return drill_down_of([*st.query_params.get_all(Name.ONLY), *hidden_filters.asked().get(Name.ONLY, [])])[0]


def query(only: DrillDown) -> dict[str, list[str]]:
    """The link's part that leads to these rows.

    Without the filters: their widgets carry them to the page by themselves, and a browser that is given them as well
    has each twice in its link from then on.
    """
    return link_parts(Question(drill_down=only))


def show(only: DrillDown | None) -> None:
    """Go to the rows of a mark, unless the link to them would say what the share-safe switch keeps out of it."""
    if only is None:
        st.toast("The items have changed since this was drawn. Click again.", icon=":material/info:")
    elif not all(map(share_safe.may_be_shown, only.names)):
        st.toast("This link would reveal a masked value. Turn share-safe off to open it.", icon=":material/info:")
    else:
        st.switch_page("inbox.py", query_params=query(only))


def note(only: DrillDown, zone: Zone, way_out: str) -> None:
    """Say what the inbox is narrowed to, with a button that says `way_out`; nothing when it is not."""
    if only == DrillDown():
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", border=True):
        st.text(f"Only {in_words(only, zone)}", width="content")
        st.button(way_out, icon=":material/close:", type="tertiary", on_click=_widen, key="widen")


def _widen() -> None:
    """Ask for all again; a callback."""
    st.query_params.pop(Name.ONLY, None)
    hidden_filters.forget(Name.ONLY)


def in_words(only: DrillDown, zone: Zone) -> str:
    """The drill-down in words that may be shown."""
    return described(
        only, zone, lambda field, value: share_safe.alias(value) if field == Name.USER else share_safe.name(value)
    )
