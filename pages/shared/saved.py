"""Saved views: names for links to the inbox, shared by all who use the dashboard, with their counts.

A click on one asks for what its link says; nothing in a link saves, deletes or opens one.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlencode

import streamlit as st

from loop_client.mirror import StoreError
from pages.shared import data, narrowing, safety
from pages.shared.filters import CHOICES, LONGEST_TEXT, PERIODS, Filters, asked_by, day, offered
from pages.shared.kept import Kept
from pages.shared.ranking import SORTS
from pages.shared.reading import COLUMNS
from pages.shared.views import FIRST, MOST_SEARCHED, VIEWS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from loop_client.mirror import SavedView, SavedViews, Snapshot
    from pages.shared.narrowing import Only

KEPT_AS_ASKED: Final = ("last", "sort", "columns")
"""Parameters that say how the rows are shown, or since when, as the calendar goes."""

PARTS: Final = (*CHOICES, "since", "until", "text", "view", "only", *KEPT_AS_ASKED)
"""What a saved link says: all of the inbox's link but the open item, the page and the switch."""

_counted: Final = Kept["int | None"](most=100)


@dataclass(frozen=True, slots=True)
class Saved:
    """What a saved link asks for."""

    filters: Filters
    only: Only
    view: str


def link(filters: Filters, only: Only, view: str, shown: Mapping[str, list[str]]) -> str:
    """The link to save, the same one for the same state. `shown`: values of `KEPT_AS_ASKED`, as far as they are set."""
    dates = {} if shown.get("last") else {"since": filters.since, "until": filters.until}
    said = {name: [str(value)] for name, value in {**dates, "text": filters.text.strip()}.items() if value}
    said |= {field: sorted(values) for field in CHOICES if (values := getattr(filters, field))}
    said |= {"view": [view]} if view != FIRST else {}
    said |= {"only": [str(part) for part in narrowing.parts(only)]}
    said |= {name: sorted(values) for name, values in shown.items() if values}
    return urlencode([(name, value) for name in PARTS for value in said.get(name, [])])


def shown_as() -> dict[str, list[str]]:
    """What this reader chose of `KEPT_AS_ASKED`."""
    last, sort, columns = (st.session_state.get(name) for name in KEPT_AS_ASKED)
    return {"last": [last] if last else [], "sort": [sort] if sort in SORTS[1:] else [], "columns": columns or []}


def read(link: str, today: date) -> Saved:
    """What a saved link asks for; what it asks for in vain is left out. `today`: the team's, for rolling periods."""
    query = parse_qs(link)
    view = query.get("view", [FIRST])[0]
    return Saved(asked_by(query, today), narrowing.narrowed(query.get("only", []))[0], view if view in VIEWS else FIRST)


def count(snapshot: Snapshot, link: str, today: date) -> int | None:
    """How many items a saved link shows; None where that would be a search in a large account, or is of one tab."""
    asked = read(link, today)
    view = VIEWS[asked.view]
    searches = asked.filters.needs_rows or asked.only.needs_rows
    if view.only_new or (searches and len(snapshot.frame) > MOST_SEARCHED):
        return None

    def counted() -> int:
        return int(asked.filters.cells(snapshot, asked.only, view.filters)["items"].sum())

    return _counted.get(snapshot, (link, today), counted)


def offer(views: tuple[SavedView, ...], snapshot: Snapshot, current: str, today: date) -> None:
    """Draw the saved views, each with its count and its change since it was last opened. `current`: this link."""
    if not views:
        return
    by_name = {view.name: view for view in views}
    labels = {view.name: _label(view, snapshot, today) for view in views}
    st.session_state["saved"] = next((view.name for view in views if view.link == current), None)
    st.pills(
        "Saved views",
        list(by_name),
        key="saved",
        label_visibility="collapsed",
        on_change=_open,
        args=(by_name, snapshot, today),
        format_func=labels.__getitem__,
        help="Saved views, for all who use this dashboard. In brackets: the change since it was last opened.",
    )


def keep(views: tuple[SavedView, ...], snapshot: Snapshot, current: str, today: date) -> None:
    """Draw the way to save this view, and to delete one."""
    with st.popover("Save view", icon=":material/bookmark_add:", type="tertiary"):
        st.text_input("Name", key="view_name", max_chars=60, placeholder="Exports, open over a week")
        st.button("Save", icon=":material/bookmark:", on_click=_save, args=(current, count(snapshot, current, today)))
        st.caption("Keeps the filters, the view, its order and columns. Everybody who uses this dashboard sees it.")
        if views:
            kept: dict[str, Any] = {"key": "view_to_delete", "index": None, "placeholder": "Choose one to delete"}
            st.selectbox("Saved views", [view.name for view in views], format_func=safety.name, **kept)
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


def _label(view: SavedView, snapshot: Snapshot, today: date) -> str:
    """A name with its count; a label is read as Markdown, so only what means nothing in it passes."""
    asked = read(view.link, today)
    items = count(snapshot, view.link, today)
    name = plain(safety.name(view.name))
    if items is None:
        return name
    more = "" if VIEWS[asked.view].is_covered(snapshot, asked.filters, asked.only) else "+"
    change = items - view.items if view.items is not None and not more else 0
    return f"{name} {items:,}{more}" + (f" ({change:+,})" if change else "")


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


def _open(by_name: Mapping[str, SavedView], snapshot: Snapshot, today: date) -> None:
    """Ask for what the chosen view's link says, and note what it showed; a callback."""
    view = by_name.get(st.session_state["saved"] or "")
    if view is None:
        return
    _ask(parse_qs(view.link), snapshot)
    _change(lambda held: held.opened(view.name, count(snapshot, view.link, today)))


def _ask(query: Mapping[str, list[str]], snapshot: Snapshot) -> None:
    """Set the widgets and the link to what a query says, as far as it may be shown and is known."""
    query, known = safety.shareable(query), offered(snapshot)
    asked: dict[str, Any] = {field: list(query.get(field, [])) for field in CHOICES}
    for field in ("status", "sentiment"):  # the others take any value
        asked[field] = [value for value in asked[field] if value in known[field]]
    asked |= {name: day(query.get(name, [""])[0]) for name in ("since", "until")}
    asked |= {"text": query.get("text", [""])[0][:LONGEST_TEXT]}
    asked |= {"last": last if (last := query.get("last", [""])[0]) in PERIODS else None}
    asked |= {"sort": sort if (sort := query.get("sort", [""])[0]) in SORTS else SORTS[0]}
    asked |= {"columns": [name for name in COLUMNS if name in query.get("columns", [])]}
    st.session_state.update(asked)
    for name in ("view", "only", "item"):
        values = query.get(name, []) if name != "item" else []
        if values:
            st.query_params[name] = values
        else:
            st.query_params.pop(name, None)
