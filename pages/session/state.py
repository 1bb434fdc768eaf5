"""Everything that one reader's session holds. No other file touches `st.session_state`.

A value goes with its tab, unless its line says when it goes before. Of widgets, those are here whose values code reads
or sets; Streamlit drops a widget's value once a page is shown without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias, TypeVar

import streamlit as st

from loop_client.query import Filters, Name

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping
    from datetime import datetime

    from loop_client.mirror import Snapshot
    from pages.session.runtime import SavedView

Value = TypeVar("Value")

Parts: TypeAlias = "Mapping[str, list[str]]"
"""What a link says: parameter → values."""

Values: TypeAlias = tuple[tuple[str, ...], ...]
"""The statuses, sentiments and tags of filters."""


class Entry(Generic[Value]):
    """One key of the session, called as its attribute; until something is written, its default."""

    def __init__(self, default: Value, key: str = "") -> None:
        """`key`: of the session, where it is not the attribute's name."""
        self._default, self._key = default, key

    def __set_name__(self, owner: type, name: str) -> None:
        """Take the attribute's name."""
        self._key = self._key or name

    def __get__(self, session: object, owner: type | None = None) -> Value:
        """Return what was written last."""
        held: Value = st.session_state.get(self._key, self._default)
        return held

    def __set__(self, session: object, value: Value) -> None:
        """Write a value; of a widget, before it is drawn or in a callback."""
        st.session_state[self._key] = value

    def __delete__(self, session: object) -> None:
        """Go back to the default."""
        st.session_state.pop(self._key, None)


class Session:
    """The session of the reader for whom the script runs now."""

    pinned: Entry[Snapshot | None] = Entry(None, "snapshot")
    """The snapshot that the tab shows. Written by `coverage_line` when the reader asks for a newer one."""
    as_of: Entry[datetime | None] = Entry(None)
    """Every item created before is in what is shown. Written by `coverage_line`."""
    moved_on = Entry(default=False)
    """Whether the tab went on to the newest snapshot by itself. Written by `coverage_line`."""
    newest_at_first: Entry[int | None] = Entry(None)
    """A moment (µs). Written once by `coverage_line`, when the tab is opened: what is newer is new."""
    filters = Entry(Filters())
    """What the sidebar asks for, with what share-safe hides. Written by the frame in each run of a reading page."""

    link: Entry[Parts | None] = Entry(None)
    """What the link said that opened the tab. Written once by `link`; its page goes when it was shown."""
    judged_link: Entry[Parts | None] = Entry(None)
    """The same, once all items are there to judge it by. Written by `link`; emptied when the notice is dismissed."""
    hidden_parts: Entry[Parts | None] = Entry(None)
    """What share-safe applies and hides. Written by `hidden_filters`; goes when the switch is turned off."""
    safe: Entry[bool | None] = Entry(None, Name.SAFE)
    """The switch; a widget."""
    safe_last: Entry[bool | None] = Entry(None)
    """The switch as it was last drawn, for pages without it. Written by `hidden_filters`."""

    views: Entry[str | None] = Entry(None)
    """The chosen view; a widget, set from the link in each run."""
    filter_chosen = Entry(default=False)
    """Whether a filter was chosen just now. Written by `sidebar`; goes when the inbox has looked at it."""
    views_chosen_after: Entry[Mapping[Values, frozenset[str]]] = Entry({})
    """Values that were chosen in the sidebar → the views that were chosen after them. Written by `views`."""
    listed: Entry[Hashable] = Entry(None)
    """What the list last showed. Written by the inbox: another list begins at its first page."""
    page: Entry[int | None] = Entry(None, Name.PAGE)
    """The page of the list; a widget."""
    unfolded: Entry[frozenset[str]] = Entry(frozenset())
    """The ids of long messages of which all is shown. Written by the item's detail."""
    export_links: Entry[tuple[list[str], ...]] = Entry(())
    """The links to files of the last two menus that were drawn. Written by the export menu, which takes back others."""

    saved: Entry[str | None] = Entry(None)
    """The saved view that is shown; a widget."""
    saved_opened: Entry[str | None] = Entry(None)
    """The saved view that was opened or saved last. Written by the saved views and their menu."""
    saved_news: Entry[str | None] = Entry(None)
    """What was last told of a repair of the saved views. Written by the saved views."""
    saved_unreadable: Entry[str | None] = Entry(None)
    """Why the saved views cannot be read; goes when they can. Written by the saved views."""
    saved_problem: Entry[str | None] = Entry(None)
    """Why they could not be changed; goes with the next change. Written by the saved views and their menu."""
    saved_place: Entry[str | None] = Entry(None)
    """The popover in which that was. Written by their menu."""
    edited_view: Entry[str | None] = Entry(None)
    """The saved view that is edited; a widget."""
    view_name = Entry("")
    """The name to save under; a widget."""
    view_new_name = Entry("")
    """The name to rename to; a widget."""
    deleted_view: Entry[SavedView | None] = Entry(None)
    """What "Undo" brings back; goes when the menu is opened again. Written by the menu."""

    clicked: Entry[str | None] = Entry(None)
    """The chart that was clicked just now. Written by its card; goes when it has been drawn once more."""
    bucket: Entry[str | None] = Entry(None, Name.BUCKET)
    """Day, week or month; a widget."""
    bucket_fitted: Entry[str | None] = Entry(None)
    """The one that suited the days when it was last drawn. Written by the overview's timeline."""

    prefilled = Entry(default=False)
    """Whether the form has taken what the link proposes. Written once by `draft`."""
    draft_token: Entry[str | None] = Entry(None)
    """The name under which the draft is sent. Written by `draft`; goes when another one is begun."""
    draft_checked = Entry(default=False)
    """Whether sending was tried, so that missing fields are named. Written by `draft`; goes as the token does."""

    @property
    def snapshot(self) -> Snapshot:
        """What every part of this run shows.

        Raises:
            LookupError: The page was run without `pages/frame.py`.
        """
        if self.pinned is None:
            raise LookupError("No snapshot: pages/frame.py pins one before it runs a page.")
        return self.pinned

    def chosen(self, widget: str) -> Any:  # noqa: ANN401 - a widget's
        """The value of a filter, or of a field of the form; None where it has none."""
        return st.session_state.get(widget)

    def has(self, widget: str) -> bool:
        """Whether it has a value, which can be None."""
        return widget in st.session_state

    def choose(self, widget: str, value: Any) -> None:  # noqa: ANN401 - a widget's
        """Set the value of a filter, or of a field of the form."""
        st.session_state[widget] = value

    def selection(self, element: str) -> Any:  # noqa: ANN401 - Streamlit's
        """What is selected in a chart or a table. `element`: its key."""
        return st.session_state[element]["selection"]

    def select(self, table: str, cells: list[tuple[int, str]]) -> None:
        """Select cells of a table that is drawn next.

        In the form that the browser answers with: another one would count as a click.
        """
        st.session_state[table] = {"selection": {"rows": [], "columns": [], "cells": cells}}

    def close(self, popover: str) -> None:
        """Close a popover; in a callback."""
        st.session_state[popover] = False


session: Final = Session()
