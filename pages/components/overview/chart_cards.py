"""The overview's charts: each in a card, with its data as a table; a click on a mark opens its items."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from loop_client import report
from loop_client.mirror.zones import EPOCH, written
from loop_client.query import FIRST_VIEW, OPEN_NEGATIVE, SORTS, Question, link_parts, merged
from loop_client.query.text import item_count
from pages.components.overview import (
    alt_texts,
    card,
    chart_clicks,
    data_tables,
    marker_layers,
    markers,
    timeline,
    vega_specs,
)
from pages.session import coverage_line, displayed, drilldown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import pandas as pd
    import pyarrow as pa

    from loop_client.report import Bucket, HeatMap
    from pages.components.overview.model import OverviewModel

OF_RATED: Final = " Shares are of the items that have a sentiment."

BY_STATUS: Final = " Filtered by status: older items had longer to be resolved, so this shows no trend."


def volume(model: OverviewModel) -> None:
    """Draw items over time, up to today. Dragging over the chart sets the dates."""
    filters, window = model.filters, model.window
    with st.container(border=True):
        with card.title_row() as title:
            bucket, measure = timeline.bucketed(model.fitting), timeline.measured()
            markers.menu(model.markers, model.today)
            table = data_tables.control("Items over time")
        counted, far = model.once(f"volume by {bucket}", lambda: _volume(model, bucket), window)
        name = model.completeness.titled(f"Items per {bucket}, by sentiment")
        title.subheader(name, anchor=False, width="content")
        pale = f" Pale bars are partial: the {bucket} is not over, or {model.cut_by}."
        partly = counted["running"].any() or counted["cut"].any()
        st.caption(
            f"Days in {model.snapshot.zone.name}. Click a bar for its items, drag to set the dates."
            + ("" if measure == "items" else OF_RATED)
            + (pale if partly else "")
            + (BY_STATUS if filters.status else "")
            + far
        )
        markers.problem()
        picked, marked = [], _marked(model, counted)
        if counted[measure].any():
            spec, drawn, alt = model.once(
                f"volume by {bucket}, {measure}",
                lambda: _drawn(model, counted, bucket, measure),
                (window, model.markers),
            )
            shown = chart_clicks.days(counted["start"].iloc[0], counted["end"].iloc[-1], filters.window)
            width = "stretch" if _has_room(model) else timeline.width(counted["start"].nunique())
            picked = card.chart(drawn, spec, f"volume-{measure}", alt, shown=shown, height=260, width=width)
        else:
            card.empty("No item here has a sentiment, so there are no shares.")
        data_tables.fill(table, partial(data_tables.volume, counted, model.sentiments, marked))
    if picked:
        only = chart_clicks.bar(counted, picked[0], filters.window)
        drilldown.show(only and merged([model.question.drill_down, only]))


def _has_room(model: OverviewModel) -> bool:
    """Whether the dates do not limit the start of the chart over time, see `timeline.framed`."""
    return model.window[0] is None and model.filters.until is None


def _marked(model: OverviewModel, counted: pd.DataFrame) -> Mapping[date, list[str]]:
    """The markers of the days of some buckets: their names by day."""
    if counted.empty or not model.markers:
        return {}
    return markers.by_day(model.markers, *chart_clicks.days(counted["start"].iloc[0], counted["end"].iloc[-1]))


def _drawn(
    model: OverviewModel, counted: pd.DataFrame, bucket: Bucket, measure: str
) -> tuple[dict[str, Any], pa.Table | dict[str, pa.Table], str]:
    """The spec of the chart over time, what is sent of its items and its markers, and its alternative text."""
    kinds = tuple(one for one in model.sentiments if measure == "items" or one != vega_specs.UNRATED)
    spec = timeline.framed(vega_specs.volume_spec(kinds, measure), counted, bucket, has_room=_has_room(model))
    drawn, alt = card.sent(counted[counted[measure].notna()]), alt_texts.volume(counted, bucket, measure)
    marked = _marked(model, counted)
    if not marked:
        return spec, drawn, alt
    flags = marker_layers.sent(marked, spec["encoding"]["x"]["scale"]["domain"])
    data = {marker_layers.ITEMS: drawn, marker_layers.MARKERS: flags}
    return marker_layers.over_time(spec), data, alt + alt_texts.marked(marked)


def _volume(model: OverviewModel, bucket: Bucket) -> tuple[pd.DataFrame, str]:
    """The items over time, and a sentence about those outside the chart."""
    cells, today, window = model.cells, model.today, model.window
    return report.volume(cells, bucket, today, window), _far(cells, report.span(cells, window, today))


def _far(cells: pd.DataFrame, shown: tuple[int, int] | None) -> str:
    """A sentence about items outside the chart over time; "" if it shows all."""
    if shown is None:
        return ""
    edges = [written(EPOCH + timedelta(days=day)) for day in shown]
    counted = zip(("before", "after"), edges, report.outside(cells, shown), strict=True)
    parts = [f"{item_count(items)} {side} {edge}" for side, edge, items in counted if items]
    return f" Outside the chart: {', '.join(parts)}." if parts else ""


def heat(model: OverviewModel) -> None:
    """Draw items by tag and week, up to today."""
    found, counted, note, alt, drawn = model.once("heat", lambda: _heat(model), (model.window, model.markers))
    name = None if counted.empty else "Tags by week"
    with card.titled(model.completeness.titled("Tags by week"), note, table=name) as table:
        if counted.empty:
            untagged, later = "No item of these weeks has a tag.", "No item is from this week or an earlier one."
            card.empty(untagged if found.catch_alls.absent else later)
            return
        spec = vega_specs.heat_spec()
        picked = card.chart(drawn, marker_layers.by_week(spec) if counted["markers"].any() else spec, "heat", alt)
        data_tables.fill(table, partial(data_tables.heat, counted))
    if picked:
        drilldown.show(chart_clicks.field(counted, picked[0], model.filters.window))


def _heat(model: OverviewModel) -> tuple[HeatMap, pd.DataFrame, str, str, pa.Table]:
    """The heat map, its fields with labels, its caption, its alternative text, and what is sent of it."""
    found = report.tag_weeks(model.cells, model.today, model.window)
    marked = _marked(model, found.counts.assign(end=found.counts["start"] + timedelta(days=7)))
    flags = marker_layers.in_buckets(found.counts["start"], marked)
    counted = found.counts.assign(label=displayed.labels(found.counts, "tag"), markers=flags)
    is_partial = (counted["running"] | counted["cut"]).any()
    partly = " Outlined weeks are partial: not over, or cut by the dates." if is_partial else ""
    by_status = BY_STATUS if model.filters.status else ""
    rest = alt_texts.left_out(found.catch_alls, "tag")
    note = f"The stronger the colour, the more items.{partly}{by_status} {found.note or ''}".strip() + rest
    alt = alt_texts.heat(counted, found.catch_alls) + alt_texts.marked(marked)
    return found, counted, note, alt, card.sent(counted, "tag")


def ages(model: OverviewModel) -> None:
    """Draw open negative items by age, as of a full minute, which a drill-down link can express.

    The days of the filters do not count: they would hide what has waited longest.
    """
    snapshot, of_all_time = model.snapshot, replace(model.filters, since=None, until=None)
    question = replace(model.question, filters=of_all_time, drill_down=OPEN_NEGATIVE)
    completeness, now = question.completeness(snapshot), coverage_line.now(snapshot).replace(second=0, microsecond=0)
    times = snapshot.frame["created_at"].array
    found = model.once("ages", lambda: report.ages(times.asi8, question.rows(snapshot), now), now)
    day = snapshot.zone.formatted(found.oldest, "%-d %b %Y") if found.oldest else None
    title = completeness.titled("Open negative items by age")
    name = "Ages" if day else None
    whole = "All time, whatever the period. " if any(model.filters.window) else ""
    with card.titled(title, f"{whole}The oldest is from {day}." if day else None, table=name) as table:
        if not day:
            card.empty("No open negative items." if completeness.is_complete else "No open negative items so far.")
            return
        drawn, alt = card.sent(found.bands, "after", "upto"), alt_texts.ages(found.bands)
        picked = card.chart(drawn, vega_specs.ages_spec(), "ages", alt)
        data_tables.fill(table, partial(data_tables.ages, found.bands))
        oldest = drilldown.linked(link_parts(Question(view=FIRST_VIEW, sort=SORTS[1])), is_of_all_time=True)
        st.page_link("inbox.py", label="Oldest first", icon=":material/arrow_forward:", query_params=oldest)
    if picked:
        drilldown.show(chart_clicks.band(found.bands, picked[0]), is_of_all_time=True)
