"""Saved views: names for links to the inbox, shared by all who use the dashboard, with their counts.

A click on one asks for what its link says; nothing in a link saves, deletes or opens one.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

import streamlit as st

from loop_client.mirror import StoreError
from pages.shared import data, narrowing, notices, safety
from pages.shared.filters import CHOICES, day
from pages.shared.ranking import SORTS
from pages.shared.saved_links import asked, count, whole_count
from pages.shared.views import FIRST

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from loop_client.mirror import SavedView, SavedViews, Snapshot
    from pages.shared.saved_links import Asked


def offer(views: tuple[SavedView, ...], snapshot: Snapshot, current: str, today: date) -> None:
    """Draw the saved views, each with its count and its change since it was last opened. `current`: this link."""
    if not views:
        return
    links = {view.name: asked(view.link, snapshot, today) for view in views}
    names = distinct({view.name: plain(safety.name(view.name)) for view in views})
    labels = {view.name: f"{names[view.name]}{numbers(view.items, snapshot, links[view.name])}" for view in views}
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
        notices.plain(
            "This view was saved with something that is left out; the rest of it is shown", [*links[name].left_out]
        )


def keep(views: tuple[SavedView, ...], snapshot: Snapshot, current: str, today: date) -> None:
    """Draw the way to save this view, and to delete one."""
    here = asked(current, snapshot, today)
    with st.popover("Save view", icon=":material/bookmark_add:", type="tertiary"):
        st.text_input("Name", key="view_name", max_chars=60, placeholder="Exports, open over a week")
        st.button("Save", icon=":material/bookmark:", on_click=_save, args=(current, whole_count(snapshot, here)))
        st.caption("Keeps the filters, the view, its order and columns. Everybody who uses this dashboard sees it.")
        if views:
            kept: dict[str, Any] = {"key": "view_to_delete", "index": None, "placeholder": "Choose one to delete"}
            names = distinct({view.name: safety.name(view.name) for view in views})
            st.selectbox("Saved views", list(names), format_func=names.__getitem__, **kept)
            st.button("Delete", icon=":material/delete:", on_click=_delete)
        if problem := st.session_state.get("saved_problem"):
            st.text(problem)


def held_now() -> tuple[SavedView, ...]:
    """The saved views; none where they cannot be read, which is told where they are saved."""
    held = data.saved_views()
    try:
        return held.all() if held else ()
    except StoreError as error:
        st.session_state["saved_problem"] = str(error)
        return ()


def numbers(before: int | None, snapshot: Snapshot, asked: Asked) -> str:
    """The count, and its change from the one `before`, as they stand behind a view's name."""
    items = count(snapshot, asked)
    if items is None:
        return ""
    if not asked.is_covered(snapshot):
        return f" {items:,}+"
    change = 0 if before is None or asked.without_people else items - before
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
    """A name with letters, digits and blanks as they are, and a hyphen for what Markdown might make something of."""
    kept = "".join(c if c in " ,-" or unicodedata.category(c)[0] in "LMN" else "-" for c in name).strip(" -")
    return kept or "Unnamed"


def _save(current: str, items: int | None) -> None:
    """Save the view under the name that was typed; a callback."""
    _change(lambda held: held.save(st.session_state["view_name"], current, items))
    if not st.session_state["saved_problem"]:
        st.session_state["view_name"] = ""


def _delete() -> None:
    """Delete the chosen view; a callback."""
    if name := st.session_state.get("view_to_delete"):
        _change(lambda held: held.delete(name))
        st.session_state["view_to_delete"] = None


def _change(change: Callable[[SavedViews], None]) -> None:
    """Change the saved views; what goes wrong is kept to be told."""
    held = data.saved_views()
    st.session_state["saved_problem"] = None if held else "There is no connection, and so no place to save to."
    if held:
        try:
            change(held)
        except StoreError as error:
            st.session_state["saved_problem"] = str(error)


def _open(links: Mapping[str, Asked], snapshot: Snapshot) -> None:
    """Ask for what the chosen view asks for, and note what it showed where that is known; a callback."""
    name = st.session_state["saved"]
    if name not in links:
        return
    st.session_state["saved_opened"] = name
    _ask(links[name])
    items = whole_count(snapshot, links[name])
    if items is not None:
        _change(lambda held: held.opened(name, items))


def _ask(asked: Asked) -> None:
    """Set the widgets and the link to what is asked for."""
    query = asked.query
    state: dict[str, Any] = {field: list(getattr(asked.filters, field)) for field in CHOICES}
    state |= {name: day(query.get(name, [""])[0]) for name in ("since", "until")}
    state |= {"text": asked.filters.text, "last": query.get("last", [None])[0]}
    state |= {"sort": query.get("sort", SORTS)[0], "columns": query.get("columns", [])}
    st.session_state.update(state)
    view = [asked.view] if asked.view != FIRST else []
    for name, values in {"view": view, "only": narrowing.parts(asked.only), "item": []}.items():
        if values:
            st.query_params[name] = values
        else:
            st.query_params.pop(name, None)
