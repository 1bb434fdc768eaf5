"""The inbox's views: a filter and the columns that tell its rows apart, offered with their counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import streamlit as st

from loop_client.mirror.moments import microseconds
from loop_client.report import ABSENT
from pages.shared import data
from pages.shared.filters import CHOICES, Filters
from pages.shared.kept import Kept
from pages.shared.narrowing import OPEN_NEGATIVE

if TYPE_CHECKING:
    from datetime import datetime

    from loop_client.mirror import Snapshot


@dataclass(frozen=True, slots=True)
class View:
    """What a view shows: what passes `filters`; `only_new`: of what came since this tab was opened.

    `empty`: what it means that there is none.
    """

    label: str
    empty: str
    filters: Filters
    columns: tuple[str, ...]
    only_new: bool = False

    def rows(self, snapshot: Snapshot, filters: Filters, only: Filters, newest: int) -> np.ndarray:
        """The positions of its items that pass the shared filters and `only` too; `newest`: how many came since."""
        return filters.rows(snapshot, only, self.filters, newest=newest if self.only_new else None)

    def is_covered(self, snapshot: Snapshot, filters: Filters, only: Filters) -> bool:
        """Whether all its items are held that pass the shared filters and `only` too."""
        since = max(filter(None, (filters.window[0], only.window[0])), default=None)
        asked = (filters.status, only.status, self.filters.status)
        return self.only_new or any(snapshot.reaches(since, statuses) for statuses in asked)

    def leaves_out(self, filters: Filters) -> bool:
        """Whether the filters ask for a value that it never shows."""
        asked = {field: getattr(self.filters, field) for field in CHOICES}
        return any(values and not set(getattr(filters, field)) <= set(values) for field, values in asked.items())


ALL: Final = "all"

VIEWS: Final = {
    "open negative": View(
        "Open negative",
        "Nothing to answer: no negative item is open.",
        OPEN_NEGATIVE,
        ("message", "tag", "person", "age"),
    ),
    "new": View(
        "New since this tab opened",
        "Nothing new since this tab was opened.",
        Filters(),
        ("message", "sentiment", "tag", "person", "age"),
        only_new=True,
    ),
    "untagged": View(
        ABSENT["tag"],
        "Every item has a tag.",
        Filters(tag=(ABSENT["tag"],)),
        ("message", "sentiment", "status", "person", "age"),
    ),
    "no sentiment": View(
        ABSENT["sentiment"],
        "Every item has a sentiment.",
        Filters(sentiment=(ABSENT["sentiment"],)),
        ("message", "tag", "status", "person", "age"),
    ),
    ALL: View("All", "There is no feedback yet.", Filters(), ("message", "sentiment", "tag", "person", "age")),
}
"""Value of a link's `view` → view; the first one is shown where a link has none."""

MOST_SEARCHED: Final = 100_000
"""Items that are searched for the counts of views that are not shown."""

FIRST: Final = next(iter(VIEWS))

FIRST_MOMENT: Final = np.iinfo(np.int64).min
"""Before every item."""

Values: TypeAlias = tuple[tuple[str, ...], ...]
"""The statuses, sentiments and tags of filters."""

_counts: Final = Kept[dict[str, int]](most=16)


def is_long_search(snapshot: Snapshot, filters: Filters, only: Filters) -> bool:
    """Whether a count is a search through a large account: it would cost more than the one view that is shown."""
    return (filters.needs_rows or only.needs_rows) and len(snapshot.frame) > MOST_SEARCHED


def counts(snapshot: Snapshot, filters: Filters, only: Filters, newest: int) -> dict[str, int]:
    """How many items each view has that pass the shared filters and `only`; none at all where that is a long search."""
    if is_long_search(snapshot, filters, only):
        return {}
    return _counts.get(snapshot, (filters, only, newest), lambda: _counted(snapshot, filters, only, newest))


def _counted(snapshot: Snapshot, filters: Filters, only: Filters, newest: int) -> dict[str, int]:
    cells = filters.cells(snapshot, only)
    items = cells["items"].to_numpy()
    counted = {}
    for name, view in VIEWS.items():
        mask = view.filters.mask(cells)
        counted[name] = int(items.sum() if mask is None else items[mask].sum())
    counted["new"] = len(VIEWS["new"].rows(snapshot, filters, only, newest)) if newest else 0
    return counted


def remember_opening(snapshot: Snapshot) -> None:
    """Note, once a tab, what was there when it was opened."""
    if "newest_at_first" not in st.session_state:
        st.session_state["newest_at_first"] = newest_known(snapshot, data.now())


def newest_known(snapshot: Snapshot, now: datetime) -> int:
    """The moment (µs) after which an item is new to who sees this snapshot.

    That is the newest item's, by the clock of the API; where not all is held yet, or an item is dated into the future,
    it is now, by ours.
    """
    times = snapshot.frame["created_at"].array.asi8
    newest = int(times[0]) if len(times) else FIRST_MOMENT
    return min(newest, microseconds(now)) if snapshot.coverage.complete else microseconds(now)


def newer(snapshot: Snapshot, moment: int) -> int:
    """How many items are newer."""
    times = snapshot.frame["created_at"].array.asi8
    return len(times) - int(np.searchsorted(times[::-1], moment, side="right"))


def chosen(snapshot: Snapshot, filters: Filters, only: Filters, newest: int) -> str:
    """Draw the views with their counts, and return the one that the link asks for.

    Not bound to the link by Streamlit, which would put the labels, counts and all, into it.
    """
    _give_way(filters)
    asked = st.query_params.get("view", FIRST)
    st.session_state["views"] = asked if asked in VIEWS else FIRST
    counted = counts(snapshot, filters, only, newest)

    def label(name: str) -> str:
        view, more = VIEWS[name], "" if VIEWS[name].is_covered(snapshot, filters, only) else "+"
        is_known = counted and not (snapshot.frame.empty and more)
        return f"{view.label} {counted[name]:,}{more}" if is_known else view.label

    with st.container(horizontal=True, vertical_alignment="center", gap=None):
        view = st.pills(
            "View",
            list(VIEWS),
            required=True,
            key="views",
            on_change=_follow,
            format_func=label,
            label_visibility="collapsed",
            width="stretch",
        )
        st.container(width=1, height=40, border=False).empty()  # as high as the place that is kept for them
    return str(view)


def _give_way(filters: Filters) -> None:
    """Show all items where a filter was chosen that the view leaves out, unless the view was chosen after it.

    That holds on the way to another page and back, too. A filter that only a link asks for was not chosen.
    """
    asked = st.query_params.get("view", FIRST)
    name = asked if asked in VIEWS else FIRST
    if st.session_state.pop("filter_chosen", False):
        _chosen_after()[_values(filters)] = set()
    chosen_after = _chosen_after().get(_values(filters))
    if chosen_after is not None and name not in chosen_after and VIEWS[name].leaves_out(filters):
        st.query_params["view"] = ALL
        label = VIEWS[name].label
        st.toast(f"All items are shown: the view “{label}” leaves out what you chose.", icon=":material/info:")


def note_choice(view: str, filters: Filters) -> None:
    """Note that a view was chosen after these filters, so that it holds with them; a callback too."""
    if (chosen_after := _chosen_after().get(_values(filters))) is not None:
        chosen_after.add(view)


def _chosen_after() -> dict[Values, set[str]]:
    """Values that were chosen in the sidebar → the views that were chosen after them."""
    held: dict[Values, set[str]] = st.session_state.setdefault("views_chosen_after", {})
    return held


def _values(filters: Filters) -> Values:
    """What of the filters a view can leave out."""
    return filters.status, filters.sentiment, filters.tag


def _follow() -> None:
    """Put the chosen view into the link; a callback."""
    view = st.session_state["views"]
    note_choice(view, st.session_state["filters"])
    if view == FIRST:
        st.query_params.pop("view", None)
    else:
        st.query_params["view"] = view
