"""The markers of the charts over time, and the menu in which readers see, add and remove them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from loop_client.mirror import StoreError
from loop_client.mirror.zones import written
from loop_client.query import FIRST_DAY, LAST_DAY
from pages.components import room
from pages.session import displayed, notices, runtime, session, sign_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

LISTED: Final = 240
"""Pixels of the list of markers, which scrolls beyond."""

MOST_WITHOUT_SCROLLING: Final = 4


def read() -> tuple[runtime.Marker, ...]:
    """All markers by day; none when they cannot be read, see `problem`."""
    stored = runtime.markers()
    if stored is None:
        return ()
    try:
        found = stored.all()
    except StoreError as error:
        session.markers_unreadable = str(error)
        return ()
    session.markers_unreadable = None
    if stored.news and session.markers_news != stored.news:  # once for each reader
        session.markers_news = stored.news
        st.toast(stored.news, icon=":material/healing:", duration="infinite")
    return found


def problem() -> None:
    """Say why no marker is shown, if they could not be read."""
    if reason := session.markers_unreadable:
        notices.problem(
            StoreError(reason), "Markers are not shown", "Once the file can be read, they are back by themselves."
        )


def by_day(markers: Sequence[runtime.Marker], first: date, last: date) -> Mapping[date, list[str]]:
    """The names of the markers of these days as they are shown, by day, the earliest first."""
    days: dict[date, list[str]] = {}
    for marker in markers:
        if first <= marker.day <= last:
            days.setdefault(marker.day, []).append(displayed.marker_name(marker.name))
    return days


def menu(markers: Sequence[runtime.Marker], today: date) -> None:
    """Draw the popover with all markers, the latest first, and a form for another one."""
    with st.popover("Markers", icon=":material/flag:", type="tertiary", key="markers", on_change=_begin) as opened:
        st.date_input("Day", today, FIRST_DAY, LAST_DAY, key="marker_day", format="YYYY-MM-DD")
        st.text_input("Name", key="marker_name", max_chars=runtime.LONGEST_MARKER, placeholder="v4.2")
        if problem := session.marker_problem:
            with st.container(horizontal=True, wrap=False, gap="xsmall"):
                st.markdown(":red[:material/error:]", width="content")
                st.text(problem, width="stretch")
        st.button("Add", key="add_marker", icon=":material/add:", on_click=_add)
        if opened.open:
            _list(markers)


def _list(markers: Sequence[runtime.Marker]) -> None:
    removed = session.removed_marker
    if removed is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(f"Removed “{displayed.marker_name(removed.name)}”.", width="content")
            icon = ":material/undo:"
            st.button("Undo", key="undo_remove", icon=icon, type="tertiary", on_click=_undo, args=(removed,))
    if markers:
        height: Any = LISTED if len(markers) > MOST_WITHOUT_SCROLLING else "content"
        with st.container(height=height, border=False, gap="xxsmall"):
            for place, marker in enumerate(reversed(markers)):
                _row(marker, f"unmark-{place}")
    st.caption(
        "Days with a name, such as a release. Everyone who uses this dashboard sees them in all charts over time."
    )


def _row(marker: runtime.Marker, key: str) -> None:
    """Draw a marker with the icon that removes it; `browser.css` hides its label."""
    day, name = written(marker.day), displayed.marker_name(marker.name)
    options: dict[str, Any] = {"icon": ":material/close:", "type": "tertiary", "width": room.ICON, "wrap": False}
    with st.container(horizontal=True, wrap=False, vertical_alignment="center"):
        author = f" · {displayed.value(marker.author)}" if marker.author else ""
        st.text(f"{day}  {name}{author}", width="stretch")
        st.button(f"Remove {displayed.heading(name)}, {day}", key=key, on_click=_remove, args=(marker,), **options)


def _begin() -> None:
    """Callback: open the popover without earlier errors and removals."""
    del session.marker_problem, session.removed_marker


def _add() -> None:
    """Callback: add a marker of the chosen day and the typed name, which stays in its field if that fails."""
    day, name = session.marker_day, session.marker_name
    if day is None:
        session.marker_problem = "A marker needs a day."
    elif _change(lambda stored: stored.add(day, name, sign_in.person())):
        session.marker_name = ""
        del session.removed_marker


def _remove(marker: runtime.Marker) -> None:
    """Callback: remove a marker, which can be undone while the popover is open."""
    if _change(lambda stored: stored.remove(marker.day, marker.name)):
        session.removed_marker = marker


def _undo(marker: runtime.Marker) -> None:
    """Callback: add a removed marker again."""
    if _change(lambda stored: stored.add(marker.day, marker.name, marker.author)):
        del session.removed_marker


def _change(how: Callable[[runtime.Markers], object]) -> bool:
    """Change the markers, and return whether it worked; the menu reports a failure."""
    stored, problem = runtime.markers(), None
    try:
        if stored:
            how(stored)
        else:
            problem = "Markers cannot be changed without a connection."
    except StoreError as error:
        problem = str(error)
    session.marker_problem = problem
    return problem is None
