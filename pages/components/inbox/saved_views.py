"""Saved views: named links to the inbox with their counts, shared by all users of the dashboard, or a reader's own.

A click applies a view's link. No link can save, delete or open a view.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from loop_client.mirror import StoreError
from loop_client.query import complete_count, count, opened
from pages.session import displayed, drilldown, link, notices, reader_question, runtime, session

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from loop_client.mirror import Snapshot
    from loop_client.query import Opened, Question


def offer(views: tuple[runtime.SavedView, ...], snapshot: Snapshot, current: str, today: date) -> None:
    """Draw the saved views, each with its count and the change since it was last opened. `current`: the page's link."""
    if not views:
        return
    links = {view.name: _read(view.link, snapshot, today) for view in views}
    names = distinct({view.name: label(view) for view in views})
    counted = {
        view.name: f"{names[view.name]}{numbers(view.items, snapshot, links[view.name].question)}" for view in views
    }
    labels = distinct(counted)  # "A" with five items looks like a view "A 5" without a count
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
        help="Saved views, shared by all users of this dashboard, except those with a lock. In brackets: the change "
        "since it was last opened.",
    )
    if name and links[name].left_out:
        title = "Some settings of this view no longer apply and were ignored"
        notices.plain(title, links[name].left_out)


def _read(saved: str, snapshot: Snapshot, today: date) -> Opened:
    """A saved link, with the items of its cluster and its word as they are known now."""
    found = opened(saved, snapshot, today, link.shortened)
    only = drilldown.with_items(found.question.drill_down, found.question.filters)
    return replace(found, question=replace(found.question, drill_down=only))


def label(view: runtime.SavedView) -> str:
    """A view's name for a label; with a lock if only the reader sees the view."""
    name = displayed.view_name(view.name)
    return f":material/lock: {name}" if view.is_private else name


def all_views() -> tuple[runtime.SavedView, ...]:
    """The saved views; empty when they cannot be read, which the menu reports."""
    stored = runtime.saved_views()
    if stored is None:
        return ()
    try:
        views = stored.all()
    except StoreError as error:
        session.saved_unreadable = str(error)
        return ()
    session.saved_unreadable = None
    if stored.news and session.saved_news != stored.news:  # once for each reader
        session.saved_news = stored.news
        st.toast(stored.news, icon=":material/healing:", duration="infinite")
    return views


def numbers(before: int | None, snapshot: Snapshot, question: Question) -> str:
    """The suffix of a view's name: its count, and the change from the count `before`."""
    items = count(snapshot, question)
    if items is None:
        return ""
    if not question.completeness(snapshot).is_complete:
        return f" {items:,}+"
    change = 0 if before is None else items - before
    return f" {items:,}" + (f" ({change:+,})" if change else "")


def distinct(labels: Mapping[str, str]) -> dict[str, str]:
    """The labels, made unique by a number after repeated ones."""
    unique: dict[str, str] = {}
    for name, label in labels.items():
        taken, number = set(unique.values()), 2
        unique[name] = label
        while unique[name] in taken:
            unique[name], number = f"{label} #{number}", number + 1
    return unique


def change(how: Callable[[runtime.OwnViews], None]) -> bool:
    """Change the saved views, and return whether it worked; the menu reports a failure."""
    stored, problem = runtime.saved_views(), None
    try:
        if stored:
            how(stored)
        else:
            problem = "Views cannot be saved without a connection."
    except StoreError as error:
        problem = str(error)
    session.saved_problem = problem
    return problem is None


def _open(links: Mapping[str, Opened], snapshot: Snapshot) -> None:
    """Callback: apply the chosen view, and store its count if it is complete."""
    name = session.saved
    if name is None or name not in links:
        return
    session.saved_opened = session.edited_view = name
    reader_question.ask(links[name].question)
    items = complete_count(snapshot, links[name].question)
    if items is not None:
        change(lambda stored: stored.opened(name, items))
