"""Why a page has nothing to show: what hides how many items, with a button for each cause."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING, Final

import streamlit as st

from loop_client.query import ALL_ITEMS, VIEWS, DrillDown, Filters, parse, view_counts
from pages.shared import data, hidden
from pages.shared.filters import clear

if TYPE_CHECKING:
    from loop_client.mirror import Snapshot

CAUSES: Final = ("view", "filters", "search", "drill-down")
"""What can hide items."""

NO_DRILL_DOWN: Final = DrillDown()

RESOLVED: Final = Filters(status=("resolved",))


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page was asked to show. `newest`: how many items came since this tab was opened."""

    filters: Filters
    only: DrillDown = NO_DRILL_DOWN
    view: str = ALL_ITEMS
    newest: int = 0

    @property
    def causes(self) -> tuple[str, ...]:
        """What of it can hide items."""
        asks = {
            "view": self.view != ALL_ITEMS,
            "filters": replace(self.filters, text="") != Filters(),
            "search": bool(parse(self.filters.text).terms),
            "drill-down": self.only != NO_DRILL_DOWN,
        }
        return tuple(cause for cause in CAUSES if asks[cause])

    def without(self, *causes: str) -> Asked:
        """The same without these."""
        filters = replace(Filters(), text=self.filters.text) if "filters" in causes else self.filters
        return Asked(
            replace(filters, text="") if "search" in causes else filters,
            NO_DRILL_DOWN if "drill-down" in causes else self.only,
            ALL_ITEMS if "view" in causes else self.view,
            self.newest,
        )

    def count(self, snapshot: Snapshot) -> int | None:
        """How many items it shows; None where that is a long search."""
        return view_counts(snapshot, self.filters, self.only, self.newest).get(self.view)

    def is_covered(self, snapshot: Snapshot) -> bool:
        """Whether all of its items are loaded."""
        return VIEWS[self.view].is_covered(snapshot, self.filters, self.only)


def ways(snapshot: Snapshot, asked: Asked) -> list[tuple[str, ...]]:
    """The fewest causes without which there are items to show: each alternative, by itself."""
    for size in range(1, len(asked.causes) + 1):
        if found := [gone for gone in combinations(asked.causes, size) if asked.without(*gone).count(snapshot) != 0]:
            return found
    return []


def nothing(snapshot: Snapshot, asked: Asked, searched: str = "") -> None:
    """Say why nothing is shown, with a button for each cause. `searched`: how far back a search went."""
    covered = asked.is_covered(snapshot)
    with st.container(border=True, horizontal_alignment="center"):
        st.space("small")
        if snapshot.frame.empty:
            _no_items(covered=covered)
        else:
            st.markdown(headline(snapshot, asked), width="content")
            if not covered:
                is_slow = data.problem() is None
                more = "Older items are still being loaded." if is_slow else "Older items come when Loop answers again."
                st.caption(more, width="content")
            if searched:
                st.caption(f"The text was {searched}.", width="content")
            for gone in ways(snapshot, asked):
                _way(snapshot, asked, gone)
        st.space("small")


def partly_hidden(snapshot: Snapshot, asked: Asked) -> None:
    """Say how many items the view hides where the filters ask for what it leaves out; nothing where it hides none."""
    shown, items = asked.count(snapshot), asked.without("view").count(snapshot)
    if not shown or not items or not VIEWS[asked.view].leaves_out(asked.filters):
        return
    more = "" if asked.without("view").is_covered(snapshot) else "+"
    with st.container(horizontal=True, vertical_alignment="center", gap="small", border=True):
        of = f"{items - shown:,}{more} of the {items:,}{more} items that match the filters"
        st.text(f"The view “{VIEWS[asked.view].label}” hides {of}.", width="content")
        st.button(label(snapshot, asked, ("view",)), on_click=remove, args=("view",), type="tertiary")


def headline(snapshot: Snapshot, asked: Asked) -> str:
    """What there is none of, as Markdown; where the view alone hides everything, that is mostly good news."""
    view = VIEWS[asked.view]
    if asked.causes != ("view",):
        hiding = _listed([_name(asked, cause) for cause in asked.causes if cause != "view"])
        within = "" if asked.view == ALL_ITEMS else f" in “{view.label}”"
        return f":material/search_off: **No item{within} matches {hiding}.**"
    resolved, items = view_counts(snapshot, RESOLVED, NO_DRILL_DOWN, 0), len(snapshot.frame)
    if asked.view == "open negative" and resolved[ALL_ITEMS] == items and snapshot.coverage.complete:
        said = "The only item is resolved." if items == 1 else f"All {items:,} items are resolved."
        return f":material/task_alt: **{said}**"
    return f":material/task_alt: **{view.empty}**"


def sentence(snapshot: Snapshot, asked: Asked, gone: tuple[str, ...]) -> str:
    """How many items these causes hide."""
    hiding = _listed([_name(asked, cause) for cause in gone])
    hiding, items = f"{hiding[0].upper()}{hiding[1:]}", _items(snapshot, asked.without(*gone))
    if not items:
        return f"{hiding} may hide items, which are counted when they are shown."
    verb = "together hide" if len(gone) > 1 else "hide" if gone == ("filters",) else "hides"
    return f"{hiding} {verb} {items} item{'' if items == '1' else 's'}."


def label(snapshot: Snapshot, asked: Asked, gone: tuple[str, ...]) -> str:
    """What the button says that removes these causes."""
    if gone == ("filters",):
        return "Clear the other filters" if "search" in asked.causes else "Clear filters"
    if gone == ("search",):
        return "Clear the search"
    if gone == ("drill-down",):
        return "Remove the drill-down"
    return f"Show all {_items(snapshot, asked.without(*gone))}".rstrip()


def all_but_drill_down(snapshot: Snapshot, asked: Asked) -> str:
    """What the button says that leaves a drill-down which shows items."""
    return f"Show all {_items(snapshot, asked.without('drill-down'))} items".replace("  ", " ")


def remove(*causes: str) -> None:
    """Ask for the same without these; a callback."""
    if "view" in causes:
        st.query_params["view"] = ALL_ITEMS
    if "drill-down" in causes:
        st.query_params.pop("only", None)
        hidden.forget("only")
    if "filters" in causes:
        clear(search=False)
    if "search" in causes:
        st.session_state["text"] = ""
        hidden.forget("text")
    st.session_state["link"]["page"] = []  # what the link asked for was a page of something else


def _no_items(*, covered: bool) -> None:
    """Say that nothing is loaded, or that there is nothing."""
    if not covered and data.problem():
        st.markdown(":material/cloud_off: **There is nothing to show until Loop answers.**", width="content")
    elif not covered:
        st.markdown(":material/hourglass_top: **Nothing yet: items are still being loaded.**", width="content")
    else:
        st.markdown(":material/inbox: **There is no feedback yet.**", width="content")
        st.page_link("submit.py", label="Submit the first item", icon=":material/edit_square:")


def _way(snapshot: Snapshot, asked: Asked, gone: tuple[str, ...]) -> None:
    """Draw what these causes hide, and the button that removes them; of several, those that remove one as well."""
    buttons = [gone] if len(gone) == 1 else [gone, *((cause,) for cause in gone if cause != "view")]
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", width=460):
        st.text(sentence(snapshot, asked, gone))
        for causes in buttons:
            st.button(
                label(snapshot, asked, causes),
                key="-".join(("without", *gone, "by", *causes)),
                on_click=partial(remove, *causes),
                type="secondary" if causes == gone else "tertiary",
            )


def _name(asked: Asked, cause: str) -> str:
    return f"the view “{VIEWS[asked.view].label}”" if cause == "view" else f"the {cause}"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _items(snapshot: Snapshot, asked: Asked) -> str:
    """How many items it shows, as in "1,200+"; nothing where that is a long search."""
    items = asked.count(snapshot)
    return "" if items is None else f"{items:,}{'' if asked.is_covered(snapshot) else '+'}"
