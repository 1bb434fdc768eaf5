"""The filters that all reading pages share: one value, the sidebar that draws it, the link that carries it.

A filter's field is its widget's key and its query parameter, so a link is the widgets' own state.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import streamlit as st

from loop_client import report
from loop_client.mirror import cube
from loop_client.mirror.zones import EPOCH, day_bounds
from loop_client.report import ABSENT, NOT_SET, SENTIMENTS, STATUSES, search
from pages.shared import data, hidden, safety
from pages.shared.kept import Kept

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from loop_client.mirror import Snapshot, Zone

OFFERED = 100
"""Values that a list offers, most frequent first; any other can be typed."""

CODED = {"status": "status", "sentiment": "sentiment", "tag": "tag", "source": "source"}
CHOICES = {**CODED, "user": "user_id"}
"""Field of `Filters` → column, for the fields that take several values."""

PERIODS = {"7 days": 7, "30 days": 30, "90 days": 90}
"""Value of a link's `last` → days up to today, which go along with the calendar; they take the place of the dates."""

FIRST, LAST = EPOCH, date(2099, 12, 31)
"""Days that a window can begin and end on."""

LONGEST_TEXT = search.LONGEST
SEARCH_HELP = """
Messages that have every word. Also:

- `"two words"` one after the other
- `-word` without it
- `user:u_1`, `tag:billing`, `id:fb_1`
"""
RECENT = 10_000
"""Newest items whose people are offered."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What to show. An empty field asks for everything; the values are called as in `report.named`.

    `since` and `until` are whole days of the team's time zone, both included, in either order. `text` is a query,
    see `loop_client.report.search.parse`.
    """

    status: tuple[str, ...] = ()
    sentiment: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    user: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    text: str = ""

    @property
    def window(self) -> tuple[date | None, date | None]:
        """The first and the last day."""
        return report.window(self.since, self.until)

    @property
    def needs_rows(self) -> bool:
        """Whether counts alone cannot answer: who and which words are in no count."""
        return bool(self.user or self.text.strip())

    def rows(self, snapshot: Snapshot, *also: Filters, newest: int | None = None) -> np.ndarray:
        """The positions of the items that pass every filter, these and `also` those; newest first.

        `newest`: of so many newest items only. Kept as long as the snapshot lives, so a page that is drawn again does
        not search again.
        """

        def found() -> np.ndarray:
            among = None if newest is None else np.arange(min(newest, len(snapshot.frame)))
            return _passing(snapshot, [self, *also], among)

        return _found.get(snapshot, (self, also, newest), found)

    def cells(self, snapshot: Snapshot, *also: Filters) -> pd.DataFrame:
        """The counts of the items that pass, see `loop_client.mirror.cube`; from rows only where rows are needed."""
        if any(one.needs_rows for one in (self, *also)):
            columns = snapshot.frame[[*cube.DIMENSIONS, "created_at"]]
            return cube.cells_of(columns.iloc[self.rows(snapshot, *also)], snapshot.zone)
        masks = [mask for one in (self, *also) if (mask := one.mask(snapshot.cells)) is not None]
        return snapshot.cells[np.logical_and.reduce(masks)] if masks else snapshot.cells

    def passing(self, snapshot: Snapshot, positions: np.ndarray) -> pd.DataFrame:
        """Those of the rows at neighbouring positions that pass; costs as much as there are of them."""
        first, end = (positions[0], positions[-1] + 1) if len(positions) else (0, 0)
        return snapshot.frame.iloc[first:end].iloc[_passing(snapshot, [self], np.arange(first, end)) - first]

    def mask(self, cells: pd.DataFrame) -> np.ndarray | None:
        """Which cells pass; None for all. Who and which words are in no cell."""
        return report.mask(cells, self.values, cells["day"].to_numpy(), day_bounds(self.window))

    def bounds(self, zone: Zone) -> tuple[int | None, int | None]:
        """The first moment that passes, and the first after it that does not."""
        return zone.bounds(self.window)

    @property
    def values(self) -> dict[str, tuple[str, ...]]:
        """Column → the values that pass; none at all for any."""
        return {column: getattr(self, field) for field, column in CHOICES.items()}


def _passing(snapshot: Snapshot, filters: Sequence[Filters], among: np.ndarray | None) -> np.ndarray:
    """The positions of the rows that pass all of these; `among` these positions."""
    found, zone = among, snapshot.zone
    for one in sorted(filters, key=lambda one: one.needs_rows):  # texts are searched last, in what is left
        if one != type(one)():
            found = report.selected(snapshot.frame, one.values, one.bounds(zone), report.parse(one.text), found)
    return (np.arange(len(snapshot.frame)) if found is None else found).astype(np.int32)


_found: Final = Kept[np.ndarray](most=16)
"""The positions that filters let pass."""


_offered: Final = Kept[dict[str, list[str]]](most=1)


def offered(snapshot: Snapshot) -> dict[str, list[str]]:
    """The values to offer for each field, counted once per snapshot: most frequent first, then the absent one.

    People: of the newest 10,000 items.
    """
    return _offered.get(snapshot, None, lambda: _counted(snapshot))


def _counted(snapshot: Snapshot) -> dict[str, list[str]]:
    options: dict[str, list[str]] = {}
    for field, column in CODED.items():
        counts = (
            snapshot.cells.groupby(column, observed=True)["items"].sum().sort_values(ascending=False, kind="stable")
        )
        options[field] = [report.named(field, value) for value, items in counts.items() if items][:OFFERED]
    people = snapshot.frame["user_id"].iloc[:RECENT].value_counts()
    options["user"] = [report.shortened(value) for value in people.index[:OFFERED]]
    options["status"] = [*STATUSES, *(value for value in options["status"] if value not in STATUSES)]
    options["sentiment"] = [*SENTIMENTS, *(value for value in options["sentiment"] if value not in SENTIMENTS)]
    for field in CODED:
        options[field].append(ABSENT[field])
    return options


def sidebar(snapshot: Snapshot) -> Filters:
    """Draw the filters, bound to the link, and return what they ask for."""
    options = dict(offered(snapshot))
    for field in ("status", "sentiment"):  # a value that is asked for may come with later items, or be an older word
        asked = [*st.query_params.get_all(field), *st.session_state.get(field, [])]
        also = [value for value in asked if value == NOT_SET or not snapshot.coverage.complete]
        options[field] = list(dict.fromkeys([*options[field], *also]))
    chosen: dict[str, Any] = {}
    kept: dict[str, Any] = {"bind": "query-params", "placeholder": "Any", "on_change": _chosen}
    with st.sidebar:
        st.subheader("Filters", anchor=False)
        if safe := hidden.switch({field: options[field] for field in ("status", "sentiment")}):
            options = {
                field: [one for one in values if not safety.is_personal(one)] for field, values in options.items()
            }
        else:
            chosen["text"] = st.text_input(
                "Search",
                key="text",
                bind="query-params",
                max_chars=LONGEST_TEXT,
                type="search",
                placeholder='Words or "a phrase"',
                help=SEARCH_HELP,
            )
        for field, label in (("status", "Status"), ("sentiment", "Sentiment")):
            chosen[field] = tuple(st.multiselect(label, options[field], key=field, **kept))
        for field, label in (("tag", "Tag"), ("source", "Source"), ("user", "Person"))[: 2 if safe else 3]:
            typed = st.multiselect(label, options[field], key=field, accept_new_options=True, **kept)
            chosen[field] = tuple(dict.fromkeys(report.current_name(field, value) for value in typed))
        days = f"Whole days in {snapshot.zone.name}, today included."
        last = st.segmented_control("Last", list(PERIODS), key="last", bind="query-params", help=days)
        for field, label in (("since", "From"), ("until", "To")):
            chosen[field] = st.date_input(
                label, None, FIRST, LAST, key=field, bind="query-params", format="YYYY-MM-DD", disabled=last is not None
            )
        if last is not None:
            chosen |= {"since": begin(last, snapshot.zone.day(data.now())), "until": None}
        filters = hidden.added(Filters(**chosen))
        st.button("Clear filters", on_click=clear, disabled=filters == Filters(), icon=":material/filter_alt_off:")
    hidden.note()
    return filters


def _chosen() -> None:
    """Note that a value was chosen, which a view may leave out; a callback."""
    st.session_state["filter_chosen"] = True
    safety.leave_out()


def begin(last: str, today: date) -> date:
    """The first day of a period."""
    return today - timedelta(days=PERIODS[last] - 1)


def asked_by(query: Mapping[str, list[str]], today: date) -> Filters:
    """What the query of a link asks for; what it asks for in vain is left out."""
    values: dict[str, Any] = {field: tuple(query.get(field, ())) for field in CHOICES}
    values |= {name: day(query.get(name, [""])[0]) for name in ("since", "until")}
    if (last := query.get("last", [""])[0]) in PERIODS:
        values |= {"since": begin(last, today), "until": None}
    return Filters(**values, text=query.get("text", [""])[0][:LONGEST_TEXT])


def day(value: str) -> date | None:
    """The day that a link says; None when it is none, or out of bounds."""
    said = any_day(value)
    return said if said and FIRST <= said <= LAST else None


def any_day(value: str) -> date | None:
    """The same of all days that an item can have, not those alone of the date fields."""
    try:
        said = date.fromisoformat(value)
    except ValueError:
        return None
    return said if said.isoformat() == value else None


def clear(*, search: bool = True) -> None:
    """Ask for everything again, or with `search` off for everything with the text; a callback."""
    st.session_state["last"] = None
    hidden.forget(*(field.name for field in fields(Filters) if field.name != "text" or search))
    for field in fields(Filters):
        if field.name != "text" or search:
            st.session_state[field.name] = [] if field.name in CHOICES else field.default
