"""The filters in the sidebar, shared by all reading pages and bound to the link.

The name of a field is also its widget's key and its query parameter, so the link is the state of the widgets.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from loop_client.query import (
    DOCUMENTED,
    FIRST_DAY,
    LABELS,
    LAST_DAY,
    LONGEST_TEXT,
    NOT_SET,
    PERIODS,
    Filters,
    Name,
    Question,
    current_name,
    offered,
    period_start,
    widget_values,
)
from pages.session import hidden_filters, runtime, share_safe
from pages.session.state import session

if TYPE_CHECKING:
    from datetime import date

    from loop_client.mirror import Snapshot

SEARCH_HELP: Final = """
Messages that have every word. Also:

- `"two words"` one after the other
- `-word` without it
- `user:u_1`, `tag:billing`, `id:fb_1`
"""


def sidebar(snapshot: Snapshot) -> Filters:
    """Draw the filters, bound to the link, and return them."""
    options = dict(offered(snapshot))
    for field in DOCUMENTED:  # a requested value may occur in items that are still loading, or be an older word
        requested = [*st.query_params.get_all(field), *(session.chosen(field) or [])]
        also = [value for value in requested if value == NOT_SET or not snapshot.coverage.complete]
        options[field] = list(dict.fromkeys([*options[field], *also]))
    chosen: dict[str, Any] = {}
    widget: dict[str, Any] = {"bind": "query-params", "placeholder": "Any", "on_change": _chosen}
    with st.sidebar:
        st.subheader("Filters", anchor=False)
        if safe := hidden_filters.switch({field: options[field] for field in DOCUMENTED}):
            options = {
                field: [one for one in values if not share_safe.is_personal(one)] for field, values in options.items()
            }
        else:
            chosen[Name.TEXT] = st.text_input(
                "Search",
                key="text",
                bind="query-params",
                max_chars=LONGEST_TEXT,
                type="search",
                placeholder='Words or "a phrase"',
                help=SEARCH_HELP,
            )
        for field in DOCUMENTED:
            chosen[field] = tuple(st.multiselect(LABELS[field], options[field], key=field, **widget))
        for field in (Name.TAG, Name.SOURCE) if safe else (Name.TAG, Name.SOURCE, Name.USER):
            typed = st.multiselect(LABELS[field], options[field], key=field, accept_new_options=True, **widget)
            chosen[field] = tuple(dict.fromkeys(current_name(field, value) for value in typed))
        days = f"Whole days in {snapshot.zone.name}, today included."
        last = st.segmented_control("Last", list(PERIODS), key="last", bind="query-params", help=days)
        for field, label in ((Name.SINCE, "From"), (Name.UNTIL, "To")):
            chosen[field] = st.date_input(
                label,
                None,
                FIRST_DAY,
                LAST_DAY,
                key=field,
                bind="query-params",
                format="YYYY-MM-DD",
                disabled=last is not None,
            )
        if last is not None:
            chosen |= {Name.SINCE: period_start(last, snapshot.zone.day(runtime.now())), Name.UNTIL: None}
        filters = hidden_filters.added(Filters(**chosen))
        st.button("Clear filters", on_click=clear, disabled=filters == Filters(), icon=":material/filter_alt_off:")
    hidden_filters.note()
    return filters


def _chosen() -> None:
    """Callback: note that a filter was chosen, which the view may exclude."""
    session.filter_chosen = True
    share_safe.leave_out()


def clear(*, search: bool = True) -> None:
    """Callback: clear all filters; with `search` off, all except the search."""
    session.choose(Name.LAST, None)
    hidden_filters.forget(*(field.name for field in fields(Filters) if field.name != Name.TEXT or search))
    cleared = widget_values(Question())
    for field in fields(Filters):
        if field.name != Name.TEXT or search:
            session.choose(field.name, cleared[field.name])


def set_dates(since: date, until: date) -> None:
    """Callback: filter by these days, and clear the period."""
    session.choose(Name.SINCE, since)
    session.choose(Name.UNTIL, until)
    session.choose(Name.LAST, None)
