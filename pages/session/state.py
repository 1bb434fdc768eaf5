"""All state of one reader's session. No other file accesses `st.session_state`.

A value lives as long as its tab, unless its line says that it is deleted earlier. Widgets are listed if code reads or
sets their values; Streamlit drops a widget's value once a page is shown without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias, TypeVar

import streamlit as st

from loop_client.query import Filters, Name

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping
    from datetime import date, datetime

    from loop_client.mirror import Snapshot
    from pages.session.dry_runs import ImportOptions
    from pages.session.runtime import Draft, Marker, SavedView

Value = TypeVar("Value")

Parts: TypeAlias = "Mapping[str, list[str]]"
"""The query of a link: parameter → values."""

Values: TypeAlias = tuple[tuple[str, ...], ...]
"""The statuses, sentiments and tags of filters."""


class Entry(Generic[Value]):
    """One key of the session, named like its attribute, with a default value."""

    def __init__(self, default: Value, key: str = "") -> None:
        """`key`: the session's key, if it differs from the attribute's name."""
        self._default, self._key = default, key

    def __set_name__(self, owner: type, name: str) -> None:
        """Take the attribute's name."""
        self._key = self._key or name

    def __get__(self, session: object, owner: type | None = None) -> Value:
        """Return the value."""
        value: Value = st.session_state.get(self._key, self._default)
        return value

    def __set__(self, session: object, value: Value) -> None:
        """Write a value; a widget's only before it is drawn, or in a callback."""
        st.session_state[self._key] = value

    def __delete__(self, session: object) -> None:
        """Reset to the default."""
        st.session_state.pop(self._key, None)


class Session:
    """The session of the current script run."""

    pinned: Entry[Snapshot | None] = Entry(None, "snapshot")
    """The snapshot that the tab shows. Written by `coverage_line` when the reader requests a newer one."""
    as_of: Entry[datetime | None] = Entry(None)
    """The time up to which all items are in the snapshot shown. Written by `coverage_line`."""
    moved_on = Entry(default=False)
    """Whether the tab moved to the newest snapshot by itself. Written by `coverage_line`."""
    newest_at_first: Entry[int | None] = Entry(None)
    """The time (µs) after which items are new. Written once by `coverage_line`, when the tab is opened."""
    filters = Entry(Filters())
    """The filters of the sidebar and the hidden ones. Written by the frame in each run of a reading page."""

    page_path: Entry[str | None] = Entry(None)
    """The path of the reading page of the last run. Written by `link`."""
    next_period: Entry[str | None] = Entry(None)
    """The period of the page that a click opens. Written by `drilldown`; deleted by `link` when the page is opened."""
    link: Entry[Parts | None] = Entry(None)
    """The link that opened the tab. Written once by `link`; its page number is deleted once it was shown."""
    judged_link: Entry[Parts | None] = Entry(None)
    """The same, once all items are loaded to validate it. Written by `link`; emptied when the notice is dismissed."""
    hidden_parts: Entry[Parts | None] = Entry(None)
    """The filters that share-safe hides. Written by `hidden_filters`; deleted when the switch is turned off."""
    safe: Entry[bool | None] = Entry(None, Name.SAFE)
    """The share-safe switch; a widget."""
    safe_last: Entry[bool | None] = Entry(None)
    """The last state of the switch, for pages without it. Written by `hidden_filters`."""

    views: Entry[str | None] = Entry(None)
    """The selected view; a widget, set from the link in each run."""
    filter_chosen = Entry(default=False)
    """Whether a filter was changed in this run. Written by `sidebar`; deleted when the inbox has read it."""
    views_chosen_after: Entry[Mapping[Values, frozenset[str]]] = Entry({})
    """Values selected in the sidebar → the views selected after them. Written by `views`."""
    last_selection: Entry[Hashable] = Entry(None)
    """The selection that the list last showed. Written by the inbox: another selection starts at page 1."""
    page: Entry[int | None] = Entry(None, Name.PAGE)
    """The page of the list; a widget."""
    unfolded: Entry[frozenset[str]] = Entry(frozenset())
    """Ids, or tokens, of the long messages that are shown in full. Written by the item's detail and the outbox."""
    export_links: Entry[tuple[list[str], ...]] = Entry(())
    """The download links of the last two menus drawn. Written by `download_menu`, which revokes older ones."""
    marker_chosen: Entry[date | None] = Entry(None)
    """The day of the chosen marker on the page Changes; a widget."""

    saved: Entry[str | None] = Entry(None)
    """The saved view that is shown; a widget."""
    saved_opened: Entry[str | None] = Entry(None)
    """The saved view that was opened or saved last. Written by the saved views and their menu."""
    saved_news: Entry[str | None] = Entry(None)
    """The last notice about a repair of the saved views. Written by the saved views."""
    saved_unreadable: Entry[str | None] = Entry(None)
    """Why the saved views cannot be read; deleted once they can. Written by the saved views."""
    saved_problem: Entry[str | None] = Entry(None)
    """Why the last change failed; deleted with the next change. Written by the saved views and their menu."""
    saved_place: Entry[str | None] = Entry(None)
    """The popover of the last change. Written by the menu."""
    edited_view: Entry[str | None] = Entry(None)
    """The saved view that is edited; a widget."""
    view_name = Entry("")
    """The name to save under; a widget."""
    view_is_private: Entry[bool | None] = Entry(None)
    """Whether the view is saved for the reader alone; a widget, drawn for people who are signed in."""
    view_new_name = Entry("")
    """The name to rename to; a widget."""
    deleted_view: Entry[SavedView | None] = Entry(None)
    """The view that "Undo" restores; deleted when the menu is opened again. Written by the menu."""

    markers_news: Entry[str | None] = Entry(None)
    """The last notice about a repair of the markers. Written by the markers of the overview."""
    markers_unreadable: Entry[str | None] = Entry(None)
    """Why the markers cannot be read; deleted once they can. Written by the markers of the overview."""
    marker_day: Entry[date | None] = Entry(None)
    """The day of the marker to add; a widget."""
    marker_name = Entry("")
    """The name of the marker to add; a widget."""
    marker_problem: Entry[str | None] = Entry(None)
    """Why the last change of the markers failed; deleted with the next one. Written by their menu."""
    removed_marker: Entry[Marker | None] = Entry(None)
    """The marker that "Undo" adds again; deleted when the menu is opened again. Written by the menu."""

    clicked: Entry[str | None] = Entry(None)
    """The chart that was clicked in this run. Written by its card; deleted once the chart is drawn again."""
    bucket: Entry[str | None] = Entry(None, Name.BUCKET)
    """Day, week or month; a widget."""
    bucket_fitted: Entry[str | None] = Entry(None)
    """The fitting bucket when it was last drawn. Written by the overview's timeline."""

    people_page: Entry[int | None] = Entry(None, Name.PEOPLE_PAGE)
    """The page of the table of people; a widget."""
    people_shown: Entry[Hashable] = Entry(None)
    """The selection that the table last showed. Written by its page: another selection starts at page 1."""

    people_group: Entry[tuple[str, str | None] | None] = Entry(None)
    """Column and value of the selected group of people. Written by the table of people."""

    prefilled = Entry(default=False)
    """Whether the form has been prefilled from the link. Written once by `draft`."""
    draft_token: Entry[str | None] = Entry(None)
    """The token of the draft in the outbox. Written by `draft`; deleted when another draft is started."""
    form_token: Entry[str | None] = Entry(None)
    """The token that the draft in the form will have there. Written by `draft`; deleted when another one is started."""
    draft_problem: Entry[tuple[str, str] | None] = Entry(None)
    """Why the draft could not be written down. Written by `draft`; deleted with the next attempt, or with the token."""
    draft_checked = Entry(default=False)
    """Whether sending was tried, so that missing fields are reported. Written by `draft`; deleted with the token."""

    drafts_aside: Entry[tuple[tuple[Draft, str | None, str | None], ...]] = Entry(())
    """Texts that were typed when another draft was opened, with their tokens, the last one last. Written by `draft`;
    each is deleted once it is in the form again."""

    outbox_page: Entry[int | None] = Entry(None)
    """The page of the outbox's list; a widget."""
    outbox_problem: Entry[str | None] = Entry(None)
    """Why the last decision failed; deleted with the next one. Written by the outbox."""
    outbox_news: Entry[str | None] = Entry(None)
    """The last notice about a repair of the outbox that was dismissed. Written by the outbox."""

    import_source: Entry[str | None] = Entry(None)
    """The key of the file whose rows are checked. Written by `imported`; deleted when it is imported or put aside."""
    import_choices: Entry[ImportOptions | None] = Entry(None)
    """What was chosen about that file. Written by `imported`; reset with the file."""
    import_tags: Entry[Mapping[str, str]] = Entry({})
    """Tag of the file → the known tag that was chosen in its place. Written by `imported`; reset with the file."""
    import_recalled = Entry(default=False)
    """Whether the choices began as those for an earlier file with this header. Written by `imported`."""
    import_version = Entry(0)
    """Differs in the keys of the widgets that show choices, so that they begin anew. Written by `imported`."""
    import_token: Entry[str | None] = Entry(None)
    """The token that the import of the file will have: a second click finds the first. Written by `imported`."""
    import_pasted = Entry("")
    """Rows pasted from a spreadsheet; a widget, emptied once they are read."""
    import_problem: Entry[str | None] = Entry(None)
    """Why the rows could not be written down; reset with the file. Written by `imported`."""
    import_again: Entry[bool | None] = Entry(None)
    """Whether rows of an earlier import are sent again; a widget."""
    import_once: Entry[bool | None] = Entry(None)
    """Whether rows that repeat an item or an earlier row are left out; a widget."""
    import_page: Entry[int | None] = Entry(None)
    """The page of the rows' verdicts; a widget."""
    receipt_links: Entry[tuple[list[str], ...]] = Entry(())
    """The download links of the last two receipts drawn. Written by the page, which revokes older ones."""

    @property
    def snapshot(self) -> Snapshot:
        """The snapshot that this run shows.

        Raises:
            LookupError: The page was run without `pages/frame.py`.
        """
        if self.pinned is None:
            raise LookupError("No snapshot: pages/frame.py pins one before it runs a page.")
        return self.pinned

    def chosen(self, widget: str) -> Any:  # noqa: ANN401 - a widget's
        """The value of a filter, or of a field of the form; None if it has none."""
        return st.session_state.get(widget)

    def has(self, widget: str) -> bool:
        """Whether a widget has a value, which can be None."""
        return widget in st.session_state

    def choose(self, widget: str, value: Any) -> None:  # noqa: ANN401 - a widget's
        """Set the value of a filter, or of a field of the form."""
        st.session_state[widget] = value

    def selection(self, element: str) -> Any:  # noqa: ANN401 - Streamlit's
        """The selection in a chart or a table. `element`: its key."""
        return st.session_state[element]["selection"]

    def select(self, table: str, cells: list[tuple[int, str]]) -> None:
        """Select cells of a table that is drawn next.

        The value has the browser's own form: any other form would count as a click.
        """
        st.session_state[table] = {"selection": {"rows": [], "columns": [], "cells": cells}}

    def close(self, popover: str) -> None:
        """Close a popover; in a callback."""
        st.session_state[popover] = False


session: Final = Session()
