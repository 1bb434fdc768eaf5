"""The overview's charts: each in a card, with its data as a table; a click on a mark opens its items."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import pyarrow as pa
import streamlit as st

from loop_client import report
from loop_client.mirror.zones import EPOCH, written
from loop_client.query import ABSENT, FIRST_VIEW, OPEN_NEGATIVE, SORTS, Question, link_parts
from loop_client.query.text import item_count
from pages.components.overview import alt_texts, chart_clicks, data_tables, timeline, vega_specs
from pages.session import coverage_line, displayed, drilldown, session, sidebar

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from loop_client.report import Breakdown, Dimension, PeopleCounts
    from pages.components.overview.model import OverviewModel

OF_RATED: Final = " Shares are of the items that have a sentiment."

BY_STATUS: Final = " Filtered by status: older items had longer to be resolved, so this shows no trend."


@contextmanager
def _card(title: str, caption: str | None = None) -> Iterator[None]:
    with st.container(border=True):
        st.subheader(title, anchor=False)
        if caption:
            st.caption(caption)
        yield


def _chart(  # noqa: PLR0913 - a chart in all its parts
    data: pd.DataFrame,
    spec: dict[str, Any],
    key: str,
    alt: str,
    *,
    unsent: Collection[str] = (),
    shown: tuple[date, date] | None = None,
    **more: Any,  # noqa: ANN401 - the chart's
) -> list[dict[str, Any]]:
    """Draw a chart, and return the fields of the marks that were clicked in this run.

    Streamlit keeps a selection after its click, so the click is noted separately. `unsent`: columns that stay on the
    server. `shown`: the first and last day, if dragging over the chart sets the dates.
    """
    sent = pa.table(
        {name: data[name].array for name in data if name not in unsent}
    )  # a frame takes three times as long
    chosen: Any = st.vega_lite_chart(sent, spec, key=key, alt=alt, on_select=partial(_selected, key, shown), **more)
    if session.clicked != key:
        return []
    del session.clicked
    return list(chosen["selection"].get(vega_specs.PICKED) or [])


def _selected(key: str, shown: tuple[date, date] | None) -> None:
    """Callback: note the click, or set the dates to the days that were dragged over."""
    session.clicked = key
    times = session.selection(key).get(vega_specs.BRUSH, {}).get("start")
    if times and shown:
        sidebar.set_dates(*chart_clicks.dragged([chart_clicks.moment(time) for time in times], shown))


def volume(model: OverviewModel) -> None:
    """Draw items over time, up to today. Dragging over the chart sets the dates."""
    cells, filters, today, window = model.cells, model.filters, model.today, model.window
    with st.container(border=True):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            title = st.container(
                horizontal=True, height=40, width="content", vertical_alignment="center", border=False
            ).empty()
            with st.container(horizontal=True, width="content"):
                bucket, measure = timeline.bucketed(model.fitting), timeline.measured()
        counted = report.volume(cells, bucket, today, window)
        name = model.completeness.titled(f"Items per {bucket}, by sentiment")
        title.subheader(name, anchor=False, width="content")
        pale = f" Pale bars are partial: the {bucket} is not over, or {model.cut_by}."
        partly = counted["running"].any() or counted["cut"].any()
        far = _far(cells, report.span(cells, window, today))
        st.caption(
            f"Days in {model.snapshot.zone.name}. Click a bar for its items, drag to set the dates."
            + ("" if measure == "items" else OF_RATED)
            + (pale if partly else "")
            + (BY_STATUS if filters.status else "")
            + far
        )
        picked = []
        if counted[measure].any():
            has_room = window[0] is None and filters.until is None
            kinds = tuple(one for one in model.sentiments if measure == "items" or one != vega_specs.UNRATED)
            spec = timeline.framed(vega_specs.volume_spec(kinds, measure), counted, bucket, has_room=has_room)
            shown = chart_clicks.days(counted["start"].iloc[0], counted["end"].iloc[-1], filters.window)
            alt = alt_texts.volume(counted, bucket, measure)
            width = timeline.width(counted["start"].nunique()) if not has_room else "stretch"
            drawn = counted[counted[measure].notna()]
            picked = _chart(drawn, spec, f"volume-{measure}", alt, shown=shown, height=260, width=width)
        else:
            _empty("No item here has a sentiment, so there are no shares.")
        data_tables.offer("Items over time", partial(data_tables.volume, counted, model.sentiments))
    if picked:
        drilldown.show(chart_clicks.bar(counted, picked[0], filters.window))


def _empty(sentence: str) -> None:
    """Draw a sentence in place of an empty chart."""
    with st.container(horizontal_alignment="center", height=120, vertical_alignment="center", border=False):
        st.markdown(f":material/check_circle: {sentence}", width="content")


def _far(cells: pd.DataFrame, shown: tuple[int, int] | None) -> str:
    """A sentence about items outside the chart over time; "" if it shows all."""
    if shown is None:
        return ""
    edges = [written(EPOCH + timedelta(days=day)) for day in shown]
    counted = zip(("before", "after"), edges, report.outside(cells, shown), strict=True)
    parts = [f"{item_count(items)} {side} {edge}" for side, edge, items in counted if items]
    return f" Outside the chart: {', '.join(parts)}." if parts else ""


def breakdown(model: OverviewModel, by: Dimension, title: str, people_counts: PeopleCounts | None = None) -> None:
    """Draw items by tag or source, worst first; with `people_counts`, also a note when one person wrote most items."""
    found = report.counts_by(model.cells, by)
    counted = found.counts.assign(label=displayed.labels(found.counts, by))
    with _card(model.completeness.titled(title)):
        if counted.empty:
            _empty(f"No item here has a {by}.")
            _catch_alls(found, by)
            return
        alt = alt_texts.breakdown(counted, by, found.catch_alls)
        picked = _chart(counted, vega_specs.breakdown_spec(model.sentiments), f"by-{by}", alt, unsent=[by])
        _catch_alls(found, by)
        people = None
        if people_counts is not None:
            by_tag = people_counts.by_tag.set_index("tag")
            for name, label in dict(zip(counted["tag"], counted["label"], strict=True)).items():
                if not pd.isna(note := by_tag["note"].get(name)):
                    st.text(f"{label}: {note}")
            people = dict(zip(people_counts.by_tag["tag"], people_counts.by_tag["people"].tolist(), strict=True))
        data_tables.offer(f"{by.capitalize()}s", partial(data_tables.breakdown, counted, by, model.sentiments, people))
    if picked:
        drilldown.show(chart_clicks.name(counted, picked[0], by))


def _catch_alls(found: Breakdown, by: Dimension) -> None:
    """Draw what has no bar: a link to the items of all other tags or sources, and one to those without any."""
    rest = found.catch_alls
    links = []
    if rest.others:
        label = f"{alt_texts.other_values(rest.others, by)}: {item_count(rest.other_items)}"
        links.append((label, chart_clicks.others(found.counts, by)))
    if rest.absent:
        links.append((f"{ABSENT[by]}: {item_count(rest.absent)}", chart_clicks.absent(by)))
    if not links:
        return
    with st.container(horizontal=True, gap="medium"):
        for label, only in links:
            if drilldown.may_be_linked(only):
                query = drilldown.query(only)
                st.page_link("inbox.py", label=label, icon=":material/arrow_forward:", query_params=query)
            else:
                st.text(label, width="content")


def heat(model: OverviewModel) -> None:
    """Draw items by tag and week, up to today."""
    found = report.tag_weeks(model.cells, model.today, model.window)
    counted = found.counts.assign(label=displayed.labels(found.counts, "tag"))
    partly = (
        " Outlined weeks are partial: not over, or cut by the dates."
        if (counted["running"] | counted["cut"]).any()
        else ""
    )
    by_status = BY_STATUS if model.filters.status else ""
    rest = alt_texts.left_out(found.catch_alls, "tag")
    note = f"The stronger the colour, the more items.{partly}{by_status} {found.note or ''}".strip() + rest
    with _card(model.completeness.titled("Tags by week"), note):
        if counted.empty:
            has_items = found.catch_alls.absent
            _empty("No item of these weeks has a tag." if has_items else "No item is from this week or an earlier one.")
            return
        alt = alt_texts.heat(counted, found.catch_alls)
        picked = _chart(counted, vega_specs.heat_spec(), "heat", alt, unsent=["tag"])
        data_tables.offer("Tags by week", partial(data_tables.heat, counted))
    if picked:
        drilldown.show(chart_clicks.field(counted, picked[0], model.filters.window))


def ages(model: OverviewModel) -> None:
    """Draw open negative items by age, as of a full minute, which a drill-down link can express."""
    snapshot, question = model.snapshot, replace(model.question, drill_down=OPEN_NEGATIVE)
    positions, completeness = question.rows(snapshot), question.completeness(snapshot)
    now = coverage_line.now(snapshot).replace(second=0, microsecond=0)
    found = report.ages(snapshot.frame["created_at"].array.asi8, positions, now)
    day = snapshot.zone.formatted(found.oldest, "%-d %b %Y") if found.oldest else None
    alt = alt_texts.ages(found.bands)
    title = completeness.titled("Open negative items by age")
    with _card(title, f"The oldest is from {day}." if day else None):
        if not day:
            _empty("No open negative items." if completeness.is_complete else "No open negative items so far.")
            return
        picked = _chart(found.bands, vega_specs.ages_spec(), "ages", alt, unsent=["after", "upto"])
        data_tables.offer("Ages", partial(data_tables.ages, found.bands))
        oldest = link_parts(Question(view=FIRST_VIEW, sort=SORTS[1]))
        st.page_link("inbox.py", label="Oldest first", icon=":material/arrow_forward:", query_params=oldest)
    if picked:
        drilldown.show(chart_clicks.band(found.bands, picked[0]))
