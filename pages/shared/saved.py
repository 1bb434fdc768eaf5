"""Saved views: names for links to the inbox, shared by all who use the dashboard, with their counts.

A click on one asks for what its link says; nothing in a link saves, deletes or opens one.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

import streamlit as st

from loop_client.mirror import StoreError
from loop_client.query import DIMENSIONS, FIRST_VIEW, day
from pages.shared import data, hidden, notices, safety
from pages.shared.ranking import SORTS
from pages.shared.saved_links import asked, count, whole_count
from pages.shared.views import note_choice

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from loop_client.mirror import Snapshot
    from loop_client.service import SavedView, SavedViews
    from pages.shared.saved_links import Asked

JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"


def offer(views: tuple[SavedView, ...], snapshot: Snapshot, current: str, today: date) -> None:
    """Draw the saved views, each with its count and its change since it was last opened. `current`: this link."""
    if not views:
        return
    links = {view.name: asked(view.link, snapshot, today) for view in views}
    names = distinct({view.name: plain(safety.name(view.name)) for view in views})
    counted = {view.name: f"{names[view.name]}{numbers(view.items, snapshot, links[view.name])}" for view in views}
    labels = distinct(counted)  # "A" with its five items, and "A 5", which is not counted
    shown = [name for name, link in links.items() if link.link == current]
    opened = st.session_state.get("saved_opened")
    st.session_state["saved"] = opened if opened in shown else next(iter(shown), None)
    name = st.pills(
        "Saved views",
        list(links),
        key="saved",
        label_visibility="collapsed",
        on_change=_open,
        args=(links, snapshot),
        format_func=labels.__getitem__,
        help="Saved views, for all who use this dashboard. In brackets: the change since it was last opened.",
    )
    if name and links[name].left_out:
        title = "This view was saved with something that is left out; the rest of it is shown"
        notices.plain(title, links[name].left_out)


def held_now() -> tuple[SavedView, ...]:
    """The saved views; none where they cannot be read, which is told where they are saved."""
    held = data.saved_views()
    if held is None:
        return ()
    try:
        views = held.all()
    except StoreError as error:
        st.session_state["saved_unreadable"] = str(error)
        return ()
    st.session_state["saved_unreadable"] = None
    if held.news and st.session_state.get("saved_news") != held.news:  # once for each reader
        st.session_state["saved_news"] = held.news
        st.toast(held.news, icon=":material/healing:", duration="infinite")
    return views


def numbers(before: int | None, snapshot: Snapshot, asked: Asked) -> str:
    """The count, and its change from the one `before`, as they stand behind a view's name."""
    items = count(snapshot, asked)
    if items is None:
        return ""
    if not asked.is_covered(snapshot):
        return f" {items:,}+"
    change = 0 if before is None else items - before
    return f" {items:,}" + (f" ({change:+,})" if change else "")


def distinct(labels: Mapping[str, str]) -> dict[str, str]:
    """The labels, with a number behind those that would look like an earlier one."""
    told: dict[str, str] = {}
    for name, label in labels.items():
        taken, number = set(told.values()), 2
        told[name] = label
        while told[name] in taken:
            told[name], number = f"{label} #{number}", number + 1
    return told


def plain(name: str) -> str:
    """A name with letters, digits and blanks as they are, and a hyphen for what Markdown might make something of.

    What cannot be seen is left out, but for the joiners, which carry meaning in some scripts.
    """
    seen = [c for c in name if c in JOINERS or unicodedata.category(c) != "Cf"]
    kept = "".join(c if c in f" ,-{JOINERS}" or unicodedata.category(c)[0] in "LMN" else "-" for c in seen).strip(
        f" -{JOINERS}"
    )
    return kept or "Unnamed"


def change(how: Callable[[SavedViews], None]) -> bool:
    """Change the saved views, and return whether that went well; what goes wrong stands where views are saved."""
    held, problem = data.saved_views(), None
    try:
        if held:
            how(held)
        else:
            problem = "Views cannot be saved without a connection."
    except StoreError as error:
        problem = str(error)
    st.session_state["saved_problem"] = problem
    return problem is None


def _open(links: Mapping[str, Asked], snapshot: Snapshot) -> None:
    """Ask for what the chosen view asks for, and note what it showed where that is known; a callback."""
    name = st.session_state["saved"]
    if name not in links:
        return
    st.session_state["saved_opened"] = st.session_state["edited_view"] = name
    _ask(links[name])
    items = whole_count(snapshot, links[name])
    if items is not None:
        change(lambda held: held.opened(name, items))


def _ask(asked: Asked) -> None:
    """Set the widgets and the link to what is asked for."""
    query = asked.query
    parts = {field: list(getattr(asked.filters, field)) for field in DIMENSIONS}
    parts |= {"text": [asked.filters.text], "only": asked.only.parts}
    hidden.ask(hidden.hide(parts))
    state: dict[str, Any] = {name: day(query.get(name, [""])[0]) for name in ("since", "until")}
    state |= {"last": query.get("last", [None])[0], "sort": query.get("sort", SORTS)[0]}
    st.session_state.update(state, columns=query.get("columns", []))
    st.query_params.pop("item", None)
    note_choice(asked.view, asked.filters)
    if asked.view != FIRST_VIEW:
        st.query_params["view"] = asked.view
    else:
        st.query_params.pop("view", None)
