"""The menus that save, rename and delete views: those that all users of the dashboard share, and a reader's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from loop_client.mirror.columns import shown_tag
from loop_client.query import complete_count, saved_link
from pages.components.inbox.saved_views import change, distinct
from pages.session import displayed, hidden_filters, runtime, session, sign_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from loop_client.mirror import Snapshot
    from loop_client.query import Question


def popovers(views: tuple[runtime.SavedView, ...], snapshot: Snapshot, question: Question) -> None:
    """Draw the popovers to save the current question as a view, and to edit saved views."""
    current, items = saved_link(question), complete_count(snapshot, question)
    with st.popover(
        "Save view",
        icon=":material/bookmark_add:",
        type="tertiary",
        key="save_view",
        on_change=_begin,
        args=("save_view",),
    ):
        st.text_input("Name", key="view_name", max_chars=runtime.LONGEST_NAME, placeholder="Exports, open over a week")
        _problem("save_view")
        is_private = sign_in.person() is not None and st.toggle("Only for me", key="view_is_private")
        st.button("Save", key="save", icon=":material/bookmark:", on_click=_save, args=(current, items))
        whom = "you alone" if is_private else "everyone who uses this dashboard"
        st.caption(f"Saves the view, the filters, the order, rows and columns, for {whom}.")
        if hidden_filters.applied():
            st.caption("The filters that share-safe hides are saved, too.")
    if views or session.deleted_view is not None:
        with st.popover(
            "Edit views",
            icon=":material/edit:",
            type="tertiary",
            key="edit_views",
            on_change=_begin,
            args=("edit_views",),
        ):
            _edit(views)


def _edit(views: tuple[runtime.SavedView, ...]) -> None:
    """Draw the controls to rename and delete a saved view."""
    by_name = {view.name: view for view in views}
    names = distinct({name: displayed.view_name(name) for name in by_name})
    if views:
        if session.edited_view not in by_name:
            session.edited_view = views[0].name
        name = st.selectbox("Saved view", list(by_name), key="edited_view", format_func=names.__getitem__)
        st.text_input("New name", key="view_new_name", max_chars=runtime.LONGEST_NAME, placeholder=names[name])
        _problem("edit_views")
        with st.container(horizontal=True):
            st.button("Rename", key="rename", icon=":material/edit:", on_click=_rename, args=(name,))
            st.button(
                f"Delete “{names[name]}”",
                key="delete",
                icon=":material/delete:",
                on_click=_delete,
                args=(by_name[name],),
            )
        shown = by_name[name]
        st.caption(
            "Only you see this view." if shown.is_private else "Everyone who uses this dashboard sees the change."
        )
        if shown.owner and not shown.is_private:
            st.text(f"Saved by {displayed.value(shown.owner)}.")
    else:
        _problem("edit_views")
    deleted = session.deleted_view
    if deleted is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(f"Deleted “{displayed.view_name(deleted.name)}”.", width="content")
            st.button(
                "Undo", key="undo_delete", icon=":material/undo:", type="tertiary", on_click=_undo, args=(deleted,)
            )


def _problem(place: str) -> None:
    """Draw the last error of this popover."""
    problem = session.saved_problem or session.saved_unreadable
    if problem and session.saved_place in {None, place}:
        with st.container(horizontal=True, gap="xsmall"):
            st.markdown(":red[:material/error:]", width="content")
            st.text(problem)


def _begin(place: str) -> None:
    """Callback: open the popover without earlier errors and deletions."""
    session.saved_place = place
    del session.saved_problem, session.deleted_view


def _save(current: str, items: int | None) -> None:
    """Callback: save the view under the typed name."""
    name, is_private = shown_tag(session.view_name), bool(session.view_is_private)
    if _changed("save_view", lambda stored: stored.save(name, current, items, is_private=is_private)):
        session.view_name = ""
        _done("save_view", f"Saved “{displayed.view_name(name)}”.", name)


def _rename(name: str) -> None:
    """Callback: rename a view to the typed name."""
    new = shown_tag(session.view_new_name)
    if _changed("edit_views", lambda stored: stored.rename(name, new)):
        message = f"Renamed “{displayed.view_name(name)}” to “{displayed.view_name(new)}”."
        session.view_new_name = ""
        _done("edit_views", message, new)


def _delete(view: runtime.SavedView) -> None:
    """Callback: delete a view, which can be undone while the popover is open."""
    if _changed("edit_views", lambda stored: stored.delete(view)):
        session.deleted_view = view


def _undo(view: runtime.SavedView) -> None:
    """Callback: restore a deleted view."""
    if _changed("edit_views", lambda stored: stored.restore(view)):
        del session.deleted_view
        session.edited_view = view.name


def _changed(place: str, how: Callable[[runtime.OwnViews], None]) -> bool:
    """Change the saved views, and return whether it worked."""
    session.saved_place = place
    return change(how)


def _done(place: str, message: str, name: str) -> None:
    """Close the popover, select the view of that name, and show a toast."""
    session.close(place)
    session.saved_opened = session.edited_view = name
    st.toast(message, icon=":material/bookmark:")
