"""The filters in the sidebar, shared by all reading pages and bound to the link.

The name of a field is also its widget's key and its query parameter, so the link is the state of the widgets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from loop_client.query import (
    ALL_TIME,
    DIMENSIONS,
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
    option_counts,
    period_start,
)
from loop_client.report import aliased_tags
from pages.session import hidden_filters, runtime, share_safe
from pages.session.state import session

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from loop_client.mirror import Snapshot

NUMBERS: Final = "The number beside an option is that of the items that pass the other filters."

SEARCH_HELP: Final = """
Messages that have every word. Also:

- `"two words"` one after the other
- `-word` without it
- `user:u_1`, `tag:billing`, `id:fb_1`
"""


def head() -> None:
    """Draw the head of the sidebar. Before the page, since the page moves aside when the sidebar appears."""
    st.sidebar.subheader("Filters", anchor=False, help=NUMBERS)


def sidebar(snapshot: Snapshot, unfiltered: str | None = None) -> Filters:
    """Draw the filters, bound to the link, and return them. `unfiltered`: the period of the page without filters."""
    options = dict(offered(snapshot))
    for field in DOCUMENTED:  # a requested value may occur in items that are still loading, or be an older word
        requested = [*st.query_params.get_all(field), *(session.chosen(field) or [])]
        also = [value for value in requested if value == NOT_SET or not snapshot.coverage.complete]
        options[field] = list(dict.fromkeys([*options[field], *also]))
    chosen: dict[str, Any] = {}
    widget: dict[str, Any] = {"bind": "query-params", "placeholder": "Any", "on_change": _chosen}
    with st.sidebar:
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
            chosen[field] = tuple(dict.fromkeys(current_name(field, value, snapshot.aliases) for value in typed))
            if field == Name.TAG and snapshot.aliases:
                st.caption(
                    tags_shown(snapshot), help="By the rules in aliases.toml. The overview lists them, below the tags."
                )
        chosen |= _dates(snapshot)
        filters = hidden_filters.added(Filters(**chosen))
        is_clear = filters == Filters()
        st.button(
            "Clear filters", on_click=clear, args=[unfiltered], disabled=is_clear, icon=":material/filter_alt_off:"
        )
        _count_options(snapshot, filters, options)
    hidden_filters.note()
    return filters


def tags_shown(snapshot: Snapshot) -> str:
    """How many tags are shown as how many, in words."""
    found, more = aliased_tags(snapshot), Question().completeness(snapshot).plus
    if found.sent != found.shown:
        return f"{found.sent:,}{more} tags shown as {found.shown:,}{more}"
    few = len(found.rows)
    return f"{few:,}{more} {'tag' if few == 1 else 'tags'} shown under another name"


def _count_options(snapshot: Snapshot, filters: Filters, options: Mapping[str, Sequence[str]]) -> None:
    """Draw the number of items beside each option, by its place in the list.

    A label with a number would be written into the link, and be read back as another value (Streamlit 1.67).
    """
    more = Question(filters).completeness(snapshot).plus
    rules = [
        f'[role=listbox][aria-label={LABELS[field]}] [data-key="{place}"]::after{{content:"{counts[value]:,}{more}"}}'
        for field, counts in option_counts(snapshot, filters).items()
        for place, value in enumerate(options[field])
        if value in counts
    ]
    st.html(f"<style>{''.join(rules)}</style>")


def _dates(snapshot: Snapshot) -> dict[str, date | None]:
    """Draw the period and the dates, of which each replaces the other, and return the first and the last day."""
    days = f"Whole days in {snapshot.zone.name}, today included."
    bound: dict[str, Any] = {"bind": "query-params"}
    last = st.segmented_control(
        "Period", list(PERIODS), key="last", required=True, help=days, on_change=_clear_dates, width="stretch", **bound
    )
    since, until = (
        st.date_input(
            label, None, FIRST_DAY, LAST_DAY, key=field, format="YYYY-MM-DD", on_change=_clear_period, **bound
        )
        for field, label in ((Name.SINCE, "From"), (Name.UNTIL, "To"))
    )
    return {
        Name.SINCE: since if last is None else period_start(last, _today(snapshot)),
        Name.UNTIL: until if last is None else None,
    }


def _today(snapshot: Snapshot) -> date:
    return snapshot.zone.day(runtime.now())


def _clear_dates() -> None:
    """Callback: a period was chosen."""
    session.choose(Name.SINCE, None)
    session.choose(Name.UNTIL, None)


def _clear_period() -> None:
    """Callback: a date was chosen, or removed; without any, the period is all time."""
    session.choose(Name.LAST, None if session.chosen(Name.SINCE) or session.chosen(Name.UNTIL) else ALL_TIME)


def _chosen() -> None:
    """Callback: note that a filter was chosen, which the view may exclude."""
    session.filter_chosen = True
    share_safe.leave_out()


def clear(period: str | None) -> None:
    """Callback: clear all filters. `period`: what is shown then."""
    clear_values()
    hidden_filters.forget(Name.TEXT)
    session.choose(Name.TEXT, "")
    set_period(period)


def clear_values() -> None:
    """Callback: clear the filters by status, sentiment, tag, source and person."""
    hidden_filters.forget(*DIMENSIONS)
    for field in DIMENSIONS:
        session.choose(field, [])


def set_period(period: str | None) -> None:
    """Callback: filter by a period in place of dates."""
    session.choose(Name.LAST, period)
    _clear_dates()


def set_dates(since: date, until: date) -> None:
    """Callback: filter by these days, and clear the period."""
    session.choose(Name.SINCE, since)
    session.choose(Name.UNTIL, until)
    session.choose(Name.LAST, None)
