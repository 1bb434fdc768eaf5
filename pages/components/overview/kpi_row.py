"""The KPI cards: value, sparkline, change from the previous period with its value, and a link to the items."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import streamlit as st

from loop_client import report
from loop_client.mirror.snapshot_cache import SnapshotCache
from loop_client.query import ABSENT, OPEN_NEGATIVE, DrillDown
from loop_client.query.text import item_count, percent
from pages.components import room
from pages.session import coverage_line, drilldown

if TYPE_CHECKING:
    from loop_client.mirror import Snapshot
    from loop_client.query import Filters
    from loop_client.report import Bucket, Change, PeopleCounts, Totals
    from pages.components.overview.model import OverviewModel

COLOURS: Final = {"better": "green", "worse": "red", "neither": "off"}

BY_STATUS: Final = report.Change(reason="not compared")
"""The change of numbers that depend on status, and of all numbers while a status is filtered."""

NO_TREND: Final = "No trend by status: older items had longer to be resolved, so it would always rise or fall."
"""Help text of numbers that depend on status."""

HEIGHT: Final = {False: 206, True: 256}
"""Pixels of a card with a sparkline, without and with a change. Fixed, so that there is no layout shift."""

LEAD: Final = 228
"""Pixels of the card that leads the page, for the same reason."""

LEADING: Final = 81
"""Pixels of its number."""

_people_counts: Final = SnapshotCache["PeopleCounts"]()
_people: Final = SnapshotCache[tuple[int, ...]]()


@dataclass(frozen=True, slots=True)
class Compared:
    """A change, and the number of the previous period as it is shown; "" if there is none."""

    change: Change
    before: str = ""


def lead(model: OverviewModel) -> None:
    """Draw the number that leads the page: what is to be answered, in the period and at all times."""
    snapshot, filters, totals = model.snapshot, model.filters, model.totals
    more = replace(model.question, drill_down=OPEN_NEGATIVE).completeness(snapshot).plus
    with st.container(border=True, height=LEAD, gap="xxsmall", key="lead-number"):
        with room.as_high(LEADING, "lead"):
            st.metric("Open negative", f"{totals.open_negative:,}{more}", help=NO_TREND)
        if totals.open_negative:
            _link("To answer", OPEN_NEGATIVE)
        if not any(filters.window):
            return
        always = replace(model.question, filters=replace(filters, since=None, until=None), drill_down=OPEN_NEGATIVE)
        items = always.count(snapshot)
        if items is not None and items > totals.open_negative:
            _link(f"All time: {items:,}{always.completeness(snapshot).plus}", OPEN_NEGATIVE, is_of_all_time=True)


def row(model: OverviewModel, bucket: Bucket, people: PeopleCounts) -> None:
    """Draw the other cards. `bucket`: of their sparklines. `people`: with the trend of that bucket."""
    snapshot, filters, totals = model.snapshot, model.filters, model.totals
    make = partial(report.sparklines, bucket=bucket, today=model.today, window=model.window)
    lines = model.once("sparklines", lambda: make(model.cells), (bucket, model.window))
    per = NO_TREND if filters.status else _per(bucket, len(lines), model.cut_by)
    complete = np.zeros(len(lines), bool) if filters.status else ~(lines["running"] | lines["cut"]).to_numpy()
    lines = lines[complete]
    items, share, people_change = changes(snapshot, filters)
    rated = totals.items - totals.not_set
    is_open = DrillDown(status=("open",))
    more = model.completeness.plus
    more_open = replace(model.question, drill_down=is_open).completeness(snapshot).plus
    number = partial(_number, HEIGHT[items is not None])
    have = "has" if rated == 1 else "have"
    of_rated = f"{totals.negative:,} of the {item_count(rated)} that {have} a sentiment."
    with st.grid(4, min_column_width=160):
        number(
            "Negative share" if model.completeness.is_complete else "Negative so far",  # a card is narrow
            "-" if totals.negative_share is None else percent(totals.negative_share),
            lines["negative_share"],
            ("Negative", DrillDown(sentiment=("negative",)), totals.negative),
            f"{of_rated} {_net(totals)} {per}",
            share,
        )
        all_items = ("All items", DrillDown(), totals.items)
        number("Items", f"{totals.items:,}{more}", lines["items"], all_items, per, items)
        trend, about = pd.Series(people.trend[complete]), f"Distinct people behind these items. {per}"
        number("People", f"{people.people:,}{more}", trend, ("Who they are", None, people.people), about, people_change)
        with st.container(border=True, gap="xxsmall", height="stretch", key="minor"):
            st.metric("Open", f"{totals.open:,}{more_open}", help=NO_TREND)
            if totals.open:
                _link("Open items", is_open)
            st.metric(ABSENT["sentiment"], f"{totals.not_set:,}{more}", help="Not counted in the shares of sentiments.")
            if totals.not_set:
                _link("These items", DrillDown(sentiment=(ABSENT["sentiment"],)))
    if rated:
        st.caption(f"Negative share: {of_rated}")


def _link(label: str, only: DrillDown, *, is_of_all_time: bool = False) -> None:
    """Draw a link to items."""
    query = drilldown.linked(drilldown.query(only), is_of_all_time=is_of_all_time)
    st.page_link("inbox.py", label=label, icon=":material/arrow_forward:", query_params=query)


def _per(bucket: Bucket, points: int, cut_by: str) -> str:
    """Help text of a sparkline."""
    last = f", last {points} {bucket}s" if points == report.POINTS else ""
    return f"Trend per {bucket}, by creation date{last}. A {bucket} that is not over, or {cut_by}, is left out."


def _number(  # noqa: PLR0913, PLR0917 - a card in all its parts
    height: int,
    label: str,
    value: str,
    trend: pd.Series,
    rows: tuple[str, DrillDown | None, int],
    about: str,
    compared: Compared | None = None,
) -> None:
    delta = _delta(compared.change if compared else None)
    about += f" {_compared(compared.change)}" if compared else ""
    drawn: dict[str, Any] = {}
    if trend.count() > 1:  # missing shares are gaps, so that the time axis stays regular
        drawn = {"chart_data": trend.tolist(), "chart_type": "area"}
    name, only, count = rows
    with st.container(
        border=True, gap="xxsmall", height=height if drawn else "stretch", vertical_alignment="distribute"
    ):
        earlier = f"{compared.before} before" if compared and compared.before else None
        st.metric(label, value, **delta, **drawn, help=about, delta_description=earlier)
        if count and only is None:
            st.page_link("people.py", label=name, icon=":material/arrow_forward:", query_params=drilldown.linked({}))
        elif count and only is not None:
            _link(name, only)


def _delta(change: Change | None) -> dict[str, Any]:
    """The arguments of `st.metric` for a change: red is worse, green is better; without a change, the reason."""
    if change is None:
        return {}
    if change.reason is not None:
        return {"delta": change.reason, "delta_color": "off", "delta_arrow": "off"}
    difference = change.difference or 0.0
    text = f"{difference * 100:+.1f} points" if change.relative is None else relative(change.relative)
    arrow = "up" if difference > 0 else "down"
    return {"delta": text, "delta_color": COLOURS[change.meaning], "delta_arrow": arrow}


def relative(change: float) -> str:
    """A change of a count as a percentage, with a decimal when it would round to zero."""
    return f"{change:+.1%}" if abs(change) < 0.01 else f"{change:+.0%}"


def _compared(change: Change) -> str:
    """Help text of a change: what it is compared with, or why it is not."""
    if change == BY_STATUS:
        return "Not compared by status: older items had longer to be resolved."
    before = "the previous period of equal length"
    if change.reason == report.NOT_CLEAR:
        return f"The change from {before} is within random variation."
    return f"Not compared with {before}: {change.reason}." if change.reason else f"The change is against {before}."


def _net(totals: Totals) -> str:
    net = totals.net_sentiment
    return "" if net is None else f"Net sentiment (share positive less share negative): {percent(net, '+')}."


def changes(snapshot: Snapshot, filters: Filters) -> tuple[Compared | None, Compared | None, Compared | None]:
    """Changes of items, negative share and people against the previous period.

    None when no period is set. With a filter by status, `BY_STATUS`: then all numbers depend on status.
    """
    zone = snapshot.zone
    both = report.compared_periods(filters.window, coverage_line.now(snapshot), zone)
    if both is None:
        return None, None, None
    if filters.status:
        return (Compared(BY_STATUS),) * 3
    if not report.is_baseline(snapshot, both[1]):
        return (Compared(report.NO_BASELINE),) * 3
    of_all_times = replace(filters, since=None, until=None)
    cells, times = of_all_times.cells(snapshot), snapshot.frame["created_at"].array.asi8
    edges = (of_all_times.passing(snapshot, report.rows_in(times, report.partial_last_day(one, zone))) for one in both)
    later, earlier = (report.counts_in(*pair, zone) for pair in zip(both, [cells, cells], edges, strict=True))
    items = report.count_change(later.items, earlier.items)
    parts = ((one.negative, one.rated) for one in (later, earlier))
    share = report.share_change(*parts, more="worse")

    def people() -> tuple[int, ...]:
        rows = of_all_times.rows(snapshot)
        return tuple(report.people_count(snapshot.frame, report.rows_in(times, one, rows)) for one in both)

    now, before = _people.get(snapshot, (of_all_times, both), people)
    return (
        Compared(items, f"{earlier.items:,}"),
        Compared(share, percent(earlier.negative / earlier.rated) if earlier.rated else ""),
        Compared(report.count_change(now, before), f"{before:,}"),
    )


def people_counts(model: OverviewModel, bucket: Bucket) -> PeopleCounts:
    """The people who wrote the items that pass, with a trend per bucket; cached with the snapshot."""
    snapshot = model.snapshot

    def found() -> PeopleCounts:
        rows = model.filters.rows(snapshot)
        days = snapshot.zone.days(snapshot.frame["created_at"].array.asi8[rows])  # newest first
        ends = (int(days[-1]), int(days[0])) if len(days) else None
        shown = report.recent_buckets(ends, bucket, model.today, model.window)
        return report.people_counts(snapshot.frame, rows, buckets=report.bucket_numbers(days, bucket), shown=shown)

    return _people_counts.get(snapshot, (model.filters, bucket, model.today), found)
