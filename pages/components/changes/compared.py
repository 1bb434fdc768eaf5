"""What is compared with what: the period with the one before or with other days, or the days around one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from loop_client import report
from loop_client.mirror.zones import written
from loop_client.query import COMPARISONS, FIRST_DAY, FIRST_PERIOD, LAST_DAY, PARAMETERS, Filters, Name
from loop_client.report.changes import around, period_of, two_periods, with_previous
from pages.components import room
from pages.session import coverage_line, displayed, link, runtime, session, sidebar

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from loop_client.mirror import Snapshot
    from loop_client.report.changes import Both

PREVIOUS, OTHER, AROUND = COMPARISONS

HELP: Final = """
- **Previous period**: the days of the sidebar against as many before them.
- **Other days**: the days of the sidebar against any others.
- **Around a day**: up to 30 days from a day on, such as that of a release, against as many before it.
"""

NO_OTHER: Final = "Choose the first and the last of the other days."
NO_DAY: Final = "Choose a day, such as that of a release."


def chosen(snapshot: Snapshot, filters: Filters, markers: Sequence[runtime.Marker]) -> Both | str:
    """Draw the choice, bound to the link; the two periods, or a sentence why there are none.

    `markers`: offered for the days around one.
    """
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="compared"):
        with st.container(width=345), room.as_high(room.FIELD, "comparison"):
            how = st.segmented_control(
                "Compare with",
                COMPARISONS,
                key="compare",
                bind="query-params",
                default=PREVIOUS,
                required=True,
                help=HELP,
            )
        now, zone = coverage_line.now(snapshot), snapshot.zone
        if how == OTHER:
            since = _day("Other days from", Name.OTHER_SINCE)
            until = _day("to", Name.OTHER_UNTIL)
            other = Filters(since=since, until=until).window  # in order
            if (since and until) or isinstance(period_of(filters.window, now, zone), str):
                return two_periods(filters.window, other, now, zone)
            return NO_OTHER
        if how == AROUND:
            past = [one.day for one in markers if one.day <= zone.day(now)]
            if past and link.value(Name.AROUND) is None and not session.has(Name.AROUND):
                session.choose(Name.AROUND, max(past))
            _offer(markers)
            day = _day("Around", Name.AROUND)
            return around(day, now, zone) if day else NO_DAY
    return with_previous(filters.window, now, zone)


def since(both: Both, snapshot: Snapshot, markers: Sequence[runtime.Marker]) -> str:
    """The names of the markers on which the later period begins, as Markdown; "" without any."""
    first = snapshot.zone.day(both[0].start)
    names = (displayed.marker_name(one.name) for one in markers if one.day == first)
    return ", ".join(map(displayed.heading, names))


def is_previous(both: Both, snapshot: Snapshot, filters: Filters) -> bool:
    """Whether the periods are those of the sidebar and the one before it."""
    return both == report.compared_periods(filters.window, coverage_line.now(snapshot), snapshot.zone)


def missing(reason: str, snapshot: Snapshot, filters: Filters) -> None:
    """Say why nothing is compared; where the sidebar's period is why, with another one."""
    with st.container(border=True, horizontal_alignment="center"):
        st.space("small")
        st.markdown(f":material/date_range: **{reason}**", width="content")
        if reason == period_of(filters.window, coverage_line.now(snapshot), snapshot.zone):
            label = f"Show the last {FIRST_PERIOD}"
            st.button(label, on_click=sidebar.set_period, args=[FIRST_PERIOD], key="first_period")
        st.space("small")


def _day(label: str, key: Name) -> date | None:
    options: dict[str, Any] = {"key": key, "bind": "query-params", "format": "YYYY-MM-DD", "width": 180}
    found: date | None = st.date_input(label, None, FIRST_DAY, LAST_DAY, **options)
    return found


def _offer(markers: Sequence[runtime.Marker]) -> None:
    """Draw the days that have a marker, the latest first, of which a click chooses one."""
    if not markers:
        return
    names: dict[date, str] = {}
    for one in sorted(markers, key=lambda one: one.day, reverse=True):
        name = displayed.marker_name(one.name)
        names[one.day] = f"{names[one.day]}, {name}" if one.day in names else f"{written(one.day)}: {name}"
    linked = PARAMETERS[Name.AROUND].parse(link.value(Name.AROUND) or "")
    chosen = session.chosen(Name.AROUND) if session.has(Name.AROUND) else linked  # as the field below will have it
    session.marker_chosen = chosen if chosen in names else None
    st.selectbox(
        "Marker",
        list(names),
        index=None,
        key="marker_chosen",
        format_func=names.__getitem__,
        placeholder="Choose one",
        on_change=_choose_marker,
        width=260,
    )


def _choose_marker() -> None:
    """Callback: compare the days around the chosen marker."""
    session.choose(Name.AROUND, session.marker_chosen)
