"""Why a page has nothing to show: what hides how many items, with a button for each cause."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING, Final

import streamlit as st

from loop_client.query import ALL_ITEMS, OPEN_NEGATIVE, VIEWS, DrillDown, Filters, Question, parse
from pages.session import reader_question, runtime

if TYPE_CHECKING:
    from loop_client.mirror import Snapshot

CAUSES: Final = ("view", "filters", "search", "drill-down")
"""What can hide items."""

RESOLVED: Final = Question(Filters(status=("resolved",)))


def causes_in(asked: Question) -> tuple[str, ...]:
    """What of a question can hide items."""
    asks = {
        "view": asked.view != ALL_ITEMS,
        "filters": replace(asked.filters, text="") != Filters(),
        "search": bool(parse(asked.filters.text).terms),
        "drill-down": asked.drill_down != DrillDown(),
    }
    return tuple(cause for cause in CAUSES if asks[cause])


def without(asked: Question, *causes: str) -> Question:
    """The same without these."""
    filters = Filters(text=asked.filters.text) if "filters" in causes else asked.filters
    return replace(
        asked,
        filters=replace(filters, text="") if "search" in causes else filters,
        drill_down=DrillDown() if "drill-down" in causes else asked.drill_down,
        view=ALL_ITEMS if "view" in causes else asked.view,
    )


def ways(snapshot: Snapshot, asked: Question) -> list[tuple[str, ...]]:
    """The fewest causes without which there are items to show: each alternative, by itself."""
    for size in range(1, len(causes_in(asked)) + 1):
        if found := [
            gone for gone in combinations(causes_in(asked), size) if without(asked, *gone).count(snapshot) != 0
        ]:
            return found
    return []


def nothing(snapshot: Snapshot, asked: Question, searched: str = "") -> None:
    """Say why nothing is shown, with a button for each cause. `searched`: how far back a search went."""
    is_complete = asked.completeness(snapshot).is_complete
    with st.container(border=True, horizontal_alignment="center"):
        st.space("small")
        if snapshot.frame.empty:
            _no_items(is_complete=is_complete)
        else:
            st.markdown(headline(snapshot, asked), width="content")
            if not is_complete:
                is_slow = runtime.problem() is None
                more = "Older items are still being loaded." if is_slow else "Older items come when Loop answers again."
                st.caption(more, width="content")
            if searched:
                st.caption(f"The text was {searched}.", width="content")
            for gone in ways(snapshot, asked):
                _way(snapshot, asked, gone)
        st.space("small")


def partly_hidden(snapshot: Snapshot, asked: Question) -> None:
    """Say how many items the view hides where the filters ask for what it leaves out; nothing where it hides none."""
    shown, items = asked.count(snapshot), without(asked, "view").count(snapshot)
    if not shown or not items or not VIEWS[asked.view].excludes(asked.filters):
        return
    more = without(asked, "view").completeness(snapshot).plus
    with st.container(horizontal=True, vertical_alignment="center", gap="small", border=True):
        of = f"{items - shown:,}{more} of the {items:,}{more} items that match the filters"
        st.text(f"The view “{VIEWS[asked.view].label}” hides {of}.", width="content")
        st.button(label(snapshot, asked, ("view",)), on_click=reader_question.remove, args=("view",), type="tertiary")


def headline(snapshot: Snapshot, asked: Question) -> str:
    """What there is none of, as Markdown; where the view alone hides everything, that is mostly good news."""
    view = VIEWS[asked.view]
    if causes_in(asked) != ("view",):
        hiding = _listed([_name(asked, cause) for cause in causes_in(asked) if cause != "view"])
        within = "" if asked.view == ALL_ITEMS else f" in “{view.label}”"
        return f":material/search_off: **No item{within} matches {hiding}.**"
    resolved, items = RESOLVED.count(snapshot), len(snapshot.frame)
    if VIEWS[asked.view].filters == OPEN_NEGATIVE and resolved == items and snapshot.coverage.complete:
        said = "The only item is resolved." if items == 1 else f"All {items:,} items are resolved."
        return f":material/task_alt: **{said}**"
    return f":material/task_alt: **{view.empty}**"


def sentence(snapshot: Snapshot, asked: Question, gone: tuple[str, ...]) -> str:
    """How many items these causes hide."""
    hiding = _listed([_name(asked, cause) for cause in gone])
    hiding, items = f"{hiding[0].upper()}{hiding[1:]}", _items(snapshot, without(asked, *gone))
    if not items:
        return f"{hiding} may hide items, which are counted when they are shown."
    verb = "together hide" if len(gone) > 1 else "hide" if gone == ("filters",) else "hides"
    return f"{hiding} {verb} {items} item{'' if items == '1' else 's'}."


def label(snapshot: Snapshot, asked: Question, gone: tuple[str, ...]) -> str:
    """What the button says that removes these causes."""
    if gone == ("filters",):
        return "Clear the other filters" if "search" in causes_in(asked) else "Clear filters"
    if gone == ("search",):
        return "Clear the search"
    if gone == ("drill-down",):
        return "Remove the drill-down"
    return f"Show all {_items(snapshot, without(asked, *gone))}".rstrip()


def all_but_drill_down(snapshot: Snapshot, asked: Question) -> str:
    """What the button says that leaves a drill-down which shows items."""
    return f"Show all {_items(snapshot, without(asked, 'drill-down'))} items".replace("  ", " ")


def _no_items(*, is_complete: bool) -> None:
    """Say that nothing is loaded, or that there is nothing."""
    if not is_complete and runtime.problem():
        st.markdown(":material/cloud_off: **There is nothing to show until Loop answers.**", width="content")
    elif not is_complete:
        st.markdown(":material/hourglass_top: **Nothing yet: items are still being loaded.**", width="content")
    else:
        st.markdown(":material/inbox: **There is no feedback yet.**", width="content")
        st.page_link("submit.py", label="Submit the first item", icon=":material/edit_square:")


def _way(snapshot: Snapshot, asked: Question, gone: tuple[str, ...]) -> None:
    """Draw what these causes hide, and the button that removes them; of several, those that remove one as well."""
    buttons = [gone] if len(gone) == 1 else [gone, *((cause,) for cause in gone if cause != "view")]
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", width=460):
        st.text(sentence(snapshot, asked, gone))
        for causes in buttons:
            st.button(
                label(snapshot, asked, causes),
                key="-".join(("without", *gone, "by", *causes)),
                on_click=partial(reader_question.remove, *causes),
                type="secondary" if causes == gone else "tertiary",
            )


def _name(asked: Question, cause: str) -> str:
    return f"the view “{VIEWS[asked.view].label}”" if cause == "view" else f"the {cause}"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _items(snapshot: Snapshot, asked: Question) -> str:
    """How many items it shows, as in "1,200+"; nothing where that is a long search."""
    items = asked.count(snapshot)
    return "" if items is None else f"{items:,}{asked.completeness(snapshot).plus}"
