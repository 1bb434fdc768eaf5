"""What a saved link says, what opening it asks for, and how many items that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlencode

import streamlit as st

from loop_client.mirror.snapshot_cache import SnapshotCache
from loop_client.query import (
    DIMENSIONS,
    FIRST_VIEW,
    PERIODS,
    VIEWS,
    Filters,
    asked_by,
    drill_down_of,
    is_long_search,
    offered,
)
from pages.shared.links import current, unknown_parts
from pages.shared.ranking import SORTS
from pages.shared.reading import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from loop_client.mirror import Snapshot
    from loop_client.query import DrillDown

KEPT_AS_ASKED: Final = ("last", "sort", "columns")
"""Parameters that say how the rows are shown, or since when, as the calendar goes."""

PARTS: Final = (*DIMENSIONS, "since", "until", "text", "view", "only", *KEPT_AS_ASKED)
"""What a saved link says: all of the inbox's link but the open item, the page and the switch."""

_counted: Final = SnapshotCache["int | None"](most=100)


@dataclass(frozen=True, slots=True)
class Asked:
    """What opening a saved link asks for, as a query and as what it comes to.

    `left_out`: why something else that the link says is not asked for, a sentence each.
    """

    query: Mapping[str, list[str]]
    filters: Filters
    only: DrillDown
    view: str
    left_out: tuple[str, ...] = ()

    @property
    def link(self) -> str:
        """The link that says this and no more."""
        return link(self.filters, self.only, self.view, {name: self.query.get(name, []) for name in KEPT_AS_ASKED})

    def is_covered(self, snapshot: Snapshot) -> bool:
        """Whether all its items are held."""
        return VIEWS[self.view].is_covered(snapshot, self.filters, self.only)


def link(filters: Filters, only: DrillDown, view: str, shown: Mapping[str, list[str]]) -> str:
    """The link to save, the same one for the same state. `shown`: values of `KEPT_AS_ASKED`, as far as they are set."""
    dates = {} if shown.get("last") else {"since": filters.since, "until": filters.until}
    said = {name: [str(value)] for name, value in {**dates, "text": filters.text.strip()}.items() if value}
    said |= {field: sorted(values) for field in DIMENSIONS if (values := getattr(filters, field))}
    said |= {"view": [view]} if view != FIRST_VIEW else {}
    said |= {"only": only.parts}
    said |= {name: sorted(values) for name, values in shown.items() if values}
    return urlencode([(name, value) for name in PARTS for value in said.get(name, [])])


def shown_as() -> dict[str, list[str]]:
    """What this reader chose of `KEPT_AS_ASKED`."""
    last, sort, columns = (st.session_state.get(name) for name in KEPT_AS_ASKED)
    return {"last": [last] if last else [], "sort": [sort] if sort in SORTS[1:] else [], "columns": columns or []}


def asked(link: str, snapshot: Snapshot, today: date) -> Asked:
    """What a saved link asks for, as far as it is known now; also what share-safe hides, as the filters do.

    While items are still to come, any status and sentiment may come with them. `today`: the team's, for rolling
    periods.
    """
    query, known = current(parse_qs(link), snapshot), offered(snapshot)
    unjudged = () if snapshot.coverage.complete else ("status", "sentiment")
    left_out = unknown_parts({name: values for name, values in query.items() if name not in unjudged}, snapshot)
    allowed = {**known, **dict.fromkeys(("tag", "source", "user", *unjudged))}  # these take any value
    allowed |= {"view": VIEWS, "last": PERIODS, "sort": SORTS[1:], "columns": COLUMNS}
    kept = {}
    for name in PARTS:
        choices = allowed.get(name)
        values = [value for value in query.get(name, []) if choices is None or value in choices]
        if values:
            kept[name] = list(dict.fromkeys(values))
    only = drill_down_of(kept.get("only", []))[0]
    return Asked(kept, asked_by(kept, today), only, kept.get("view", [FIRST_VIEW])[0], tuple(left_out))


def count(snapshot: Snapshot, asked: Asked) -> int | None:
    """How many items it shows; None where that would be a long search, or is of one tab."""
    view = VIEWS[asked.view]
    if view.only_new or is_long_search(snapshot, asked.filters, asked.only):
        return None

    def counted() -> int:
        return int(asked.filters.cells(snapshot, asked.only, view.filters)["items"].sum())

    return _counted.get(snapshot, (asked.filters, asked.only, asked.view), counted)


def whole_count(snapshot: Snapshot, asked: Asked) -> int | None:
    """The count to compare later ones with; None while items are to come."""
    return count(snapshot, asked) if asked.is_covered(snapshot) else None
