"""Saved views: names for links to the inbox, shared by all who use the dashboard, with their counts.

A click on one asks for what its link says; nothing in a link saves, deletes or opens one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from loop_client.mirror import StoreError
from loop_client.query import complete_count, count, opened
from pages.session import displayed, link, notices, reader_question, runtime, session

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from loop_client.mirror import Snapshot
    from loop_client.query import Opened, Question


def offer(views: tuple[runtime.SavedView, ...], snapshot: Snapshot, current: str, today: date) -> None:
    """Draw the saved views, each with its count and its change since it was last opened. `current`: this link."""
    if not views:
        return
    links = {view.name: opened(view.link, snapshot, today, link.shortened) for view in views}
    names = distinct({view.name: displayed.view_name(view.name) for view in views})
    counted = {
        view.name: f"{names[view.name]}{numbers(view.items, snapshot, links[view.name].question)}" for view in views
    }
    labels = distinct(counted)  # "A" with its five items, and "A 5", which is not counted
    shown = [name for name, link in links.items() if link.link == current]
    session.saved = session.saved_opened if session.saved_opened in shown else next(iter(shown), None)
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
        title = "Some settings of this view no longer apply and were ignored"
        notices.plain(title, links[name].left_out)


def held_now() -> tuple[runtime.SavedView, ...]:
    """The saved views; none where they cannot be read, which is told where they are saved."""
    held = runtime.saved_views()
    if held is None:
        return ()
    try:
        views = held.all()
    except StoreError as error:
        session.saved_unreadable = str(error)
        return ()
    session.saved_unreadable = None
    if held.news and session.saved_news != held.news:  # once for each reader
        session.saved_news = held.news
        st.toast(held.news, icon=":material/healing:", duration="infinite")
    return views


def numbers(before: int | None, snapshot: Snapshot, question: Question) -> str:
    """The count, and its change from the one `before`, as they stand behind a view's name."""
    items = count(snapshot, question)
    if items is None:
        return ""
    if not question.completeness(snapshot).is_complete:
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


def change(how: Callable[[runtime.SavedViews], None]) -> bool:
    """Change the saved views, and return whether that went well; what goes wrong stands where views are saved."""
    held, problem = runtime.saved_views(), None
    try:
        if held:
            how(held)
        else:
            problem = "Views cannot be saved without a connection."
    except StoreError as error:
        problem = str(error)
    session.saved_problem = problem
    return problem is None


def _open(links: Mapping[str, Opened], snapshot: Snapshot) -> None:
    """Ask for what the chosen view asks for, and note what it showed where that is known; a callback."""
    name = session.saved
    if name is None or name not in links:
        return
    session.saved_opened = session.edited_view = name
    reader_question.ask(links[name].question)
    items = complete_count(snapshot, links[name].question)
    if items is not None:
        change(lambda held: held.opened(name, items))
