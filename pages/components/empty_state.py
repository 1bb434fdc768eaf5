"""The empty state of a page: which conditions hide how many items, with a button to remove each."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING, Final

import streamlit as st

from loop_client.query import ALL_ITEMS, OPEN_NEGATIVE, VIEWS, DrillDown, Filters, Question, parse
from pages.session import coverage_line, link, reader_question, runtime

if TYPE_CHECKING:
    from loop_client.mirror import Snapshot

CAUSES: Final = ("view", "period", "filters", "search", "drill-down")
"""The conditions that can hide items."""

RESOLVED: Final = Question(Filters(status=("resolved",)))


def causes_in(question: Question) -> tuple[str, ...]:
    """The conditions of a question that can hide items."""
    asks = {
        "view": question.view != ALL_ITEMS,
        "period": any(question.filters.window),
        "filters": any(question.filters.values.values()),
        "search": bool(parse(question.filters.text).terms),
        "drill-down": question.drill_down != DrillDown(),
    }
    return tuple(cause for cause in CAUSES if asks[cause])


def without(question: Question, *causes: str) -> Question:
    """The question without these conditions."""
    filters = question.filters
    if "period" in causes:
        filters = replace(filters, since=None, until=None)
    if "filters" in causes:
        filters = Filters(since=filters.since, until=filters.until, text=filters.text)
    return replace(
        question,
        filters=replace(filters, text="") if "search" in causes else filters,
        drill_down=DrillDown() if "drill-down" in causes else question.drill_down,
        view=ALL_ITEMS if "view" in causes else question.view,
    )


def alternatives(snapshot: Snapshot, question: Question) -> list[tuple[str, ...]]:
    """The smallest sets of conditions whose removal shows items."""
    for size in range(1, len(causes_in(question)) + 1):
        sets = combinations(causes_in(question), size)
        if found := [removed for removed in sets if without(question, *removed).count(snapshot) != 0]:
            return found
    return []


def nothing(snapshot: Snapshot, question: Question, searched: str = "") -> None:
    """Say why nothing is shown, with a button for each cause. `searched`: how far back the search reached."""
    unsearched = replace(question, drill_down=replace(question.drill_down, word=None))  # for which there is a note
    is_complete = unsearched.completeness(snapshot).is_complete
    with st.container(border=True, horizontal_alignment="center"):
        st.space("small")
        if snapshot.frame.empty:
            _no_items(is_complete=is_complete)
        else:
            st.markdown(headline(snapshot, question), width="content")
            if not is_complete:
                is_slow = runtime.problem() is None
                more = (
                    "Older items are still being loaded."
                    if is_slow
                    else "Older items will be loaded when Loop answers again."
                )
                st.caption(more, width="content")
            if searched:
                st.caption(f"The text was {searched}.", width="content")
            for removed in alternatives(snapshot, question):
                _way(snapshot, question, removed)
            if VIEWS[question.view].only_new:
                coverage_line.announced()
        st.space("small")


def partly_hidden(snapshot: Snapshot, question: Question) -> None:
    """Say how many items the view hides, when there is a search or the filters select values that it excludes."""
    searches = bool(parse(question.filters.text).terms)
    if question.view == ALL_ITEMS or not (searches or VIEWS[question.view].excludes(question.filters)):
        return
    shown, of_all = len(question.rows(snapshot)), without(question, "view")
    items, more = of_all.count(snapshot), of_all.completeness(snapshot).plus
    if not shown or shown == items:
        return
    if items is None:
        hides = sentence(snapshot, question, ("view",))
    else:
        by = "search" if causes_in(of_all) == ("search",) else "filters"
        of = f"{items - shown:,}{more} of the {items:,}{more} items that match the {by}"
        hides = f"The view “{VIEWS[question.view].label}” hides {of}."
    with st.container(horizontal=True, vertical_alignment="center", gap="small", border=True):
        st.text(hides, width="content")
        remove = reader_question.remove
        st.button(label(snapshot, question, ("view",)), on_click=remove, args=("view",), type="tertiary")


def outside_period(snapshot: Snapshot, question: Question) -> None:
    """Say how many items of the view are outside the period."""
    if VIEWS[question.view].only_new or not any(question.filters.window):
        return
    shown, items = question.count(snapshot), without(question, "period").count(snapshot)
    if not shown or not items or shown == items:
        return
    more = without(question, "period").completeness(snapshot).plus
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        verb = "is" if items - shown == 1 and not more else "are"
        st.caption(f"{items - shown:,}{more} more {verb} outside the period.", width="content")
        remove = reader_question.remove
        st.button("Show all time", on_click=remove, args=("period",), type="tertiary", key="all_time")


def headline(snapshot: Snapshot, question: Question) -> str:
    """The headline as Markdown; when only the view hides everything, it is usually good news."""
    view = VIEWS[question.view]
    if causes_in(question) != ("view",):
        hiding = _listed([_name(question, cause) for cause in causes_in(question) if cause != "view"])
        within = "" if question.view == ALL_ITEMS else f" in “{view.label}”"
        return f":material/search_off: **No item{within} matches {hiding}.**"
    resolved, items = RESOLVED.count(snapshot), len(snapshot.frame)
    if VIEWS[question.view].filters == OPEN_NEGATIVE and resolved == items and snapshot.coverage.complete:
        sentence = "The only item is resolved." if items == 1 else f"All {items:,} items are resolved."
        return f":material/task_alt: **{sentence}**"
    return f":material/task_alt: **{view.empty}**"


def sentence(snapshot: Snapshot, question: Question, removed: tuple[str, ...]) -> str:
    """A sentence with the number of items that these conditions hide."""
    hiding = _listed([_name(question, cause) for cause in removed])
    hiding, items = f"{hiding[0].upper()}{hiding[1:]}", _items(snapshot, without(question, *removed))
    if not items:
        return f"{hiding} may hide items, which are counted when they are shown."
    verb = "together hide" if len(removed) > 1 else "hide" if removed == ("filters",) else "hides"
    return f"{hiding} {verb} {items} item{'' if items == '1' else 's'}."


def label(snapshot: Snapshot, question: Question, removed: tuple[str, ...]) -> str:
    """Label of the button that removes these conditions."""
    if removed == ("filters",):
        return "Clear the other filters" if "search" in causes_in(question) else "Clear filters"
    if removed == ("period",):
        return f"Show all time: {_items(snapshot, without(question, 'period'))}"
    if removed == ("search",):
        return "Clear the search"
    if removed == ("drill-down",):
        return "Remove the drill-down"
    return f"Show all {_items(snapshot, without(question, *removed))}".rstrip()


def all_but_drill_down(snapshot: Snapshot, question: Question) -> str:
    """Label of the button that leaves a drill-down."""
    return f"Show all {_items(snapshot, without(question, 'drill-down'))} items".replace("  ", " ")


def _no_items(*, is_complete: bool) -> None:
    """Say that nothing is loaded yet, or that the account is empty."""
    if not is_complete and runtime.problem():
        st.markdown(":material/cloud_off: **There is nothing to show until Loop answers.**", width="content")
    elif not is_complete:
        st.markdown(":material/hourglass_top: **Nothing yet: items are still being loaded.**", width="content")
    else:
        st.markdown(":material/inbox: **There is no feedback yet.**", width="content")
        form = link.query({})
        st.page_link("submit.py", label="Submit the first item", icon=":material/edit_square:", query_params=form)


def _way(snapshot: Snapshot, question: Question, removed: tuple[str, ...]) -> None:
    """Draw a sentence about these conditions and the buttons that remove all of them, or one of several."""
    buttons = [removed] if len(removed) == 1 else [removed, *((cause,) for cause in removed if cause != "view")]
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", width=460):
        st.text(sentence(snapshot, question, removed))
        for causes in buttons:
            st.button(
                label(snapshot, question, causes),
                key="-".join(("without", *removed, "by", *causes)),
                on_click=partial(reader_question.remove, *causes),
                type="secondary" if causes == removed else "tertiary",
            )


def _name(question: Question, cause: str) -> str:
    return f"the view “{VIEWS[question.view].label}”" if cause == "view" else f"the {cause}"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _items(snapshot: Snapshot, question: Question) -> str:
    """The number of items, such as "1,200+"; "" when that is a long search."""
    items = question.count(snapshot)
    return "" if items is None else f"{items:,}{question.completeness(snapshot).plus}"
