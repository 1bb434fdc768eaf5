"""The cards of tags and sources: bars by sentiment, and links to what has no bar."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import streamlit as st

from loop_client import report
from loop_client.query import ABSENT, TAG_ORDERS, Name
from loop_client.query.text import item_count, percent
from pages.components.overview import alt_texts, card, chart_clicks, data_tables, kpi_row, tag_names, vega_specs
from pages.session import displayed, drilldown

if TYPE_CHECKING:
    from collections.abc import Hashable

    import pyarrow as pa

    from loop_client.report import Breakdown, Dimension, PeopleCounts
    from pages.components.overview.model import OverviewModel


FIRST: Final = {
    "negative items": "most negative items first",
    "items": "most items first",
    "negative share": "highest negative share first",
    "growth": "fastest growth first",
    "people": "most people first",
}
"""Order of the tags → how the title says it."""

BY_SHARE: Final = "Ordered by the lower end of each share's 95% interval, so that 1 of 1 does not lead."

BY_GROWTH: Final = "Growth of the items against the previous period, ordered by the lower end of its 95% interval."

MOST_ROWS: Final = 1_000
"""Most rows of the table of tags."""


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """Bars by tag or source as they are drawn. `counted`: with labels. `notes`: sentences below them."""

    found: Breakdown
    counted: pd.DataFrame
    sent: pa.Table
    alt: str
    notes: tuple[str, ...] = ()


def tags(model: OverviewModel, people: PeopleCounts) -> None:
    """Draw items by tag, in the chosen order, with a note when one person wrote most of a tag's items."""
    with st.container(border=True):
        with card.title_row() as title:
            by = _order() if len(people.by_tag) > 1 else next(iter(TAG_ORDERS))
            ordered = model.tags(people, TAG_ORDERS[by])
            table = data_tables.control("Tags") if len(ordered) else None
        title.subheader(model.completeness.titled(f"Tags, {FIRST[by]}"), anchor=False, width="content")
        if by in {"negative share", "growth"}:
            st.caption(BY_SHARE if by == "negative share" else _growth(model))
        bars = model.once(f"bars by {by}", lambda: _tag_bars(model, ordered, by), model.compared)
        picked = _draw(model, bars, "tag", has_values=True)
        for note in bars.notes:
            st.text(note)
        rows = ordered.head(MOST_ROWS)
        cut = f"The first {MOST_ROWS:,} of {len(ordered):,} tags." if len(ordered) > MOST_ROWS else ""
        data_tables.fill(table, lambda: data_tables.tags(rows, _labels(rows)), cut)
        tag_names.draw(model.snapshot)
    if picked:
        drilldown.show(chart_clicks.name(bars.counted, picked[0], "tag"))


def _tag_bars(model: OverviewModel, ordered: pd.DataFrame, by: str) -> Bars:
    """The bars of the first tags, each with its value at its end."""
    shown = ordered.head(report.TOP)
    found = report.counts_by(model.cells, "tag", shown["tag"].tolist())
    counted = found.counts.assign(label=displayed.labels(found.counts, "tag"))
    texts = {str(row["tag"]): _value(by, row) for row in shown.to_dict("records")}
    once = counted["tag"].where(~counted["rank"].duplicated())  # a text for each bar, not for each of its parts
    drawn = counted.assign(value=once.map(texts).fillna(""))
    labels, notes = dict(zip(counted["tag"], counted["label"], strict=True)), shown.set_index("tag")["note"].dropna()
    alt = alt_texts.breakdown(counted, "tag", found.catch_alls, FIRST[by])
    return Bars(
        found, counted, card.sent(drawn, "tag"), alt, tuple(f"{labels[tag]}: {notes[tag]}" for tag in notes.index)
    )


def sources(model: OverviewModel) -> None:
    """Draw items by source, most negative items first."""
    bars = model.once("sources", lambda: _source_bars(model))
    name = None if bars.counted.empty else "Sources"
    with card.titled(model.completeness.titled("Sources, most negative items first"), table=name) as table:
        picked = _draw(model, bars, "source", has_values=False)
        data_tables.fill(table, partial(data_tables.sources, bars.counted, model.sentiments))
    if picked:
        drilldown.show(chart_clicks.name(bars.counted, picked[0], "source"))


def _source_bars(model: OverviewModel) -> Bars:
    found = report.counts_by(model.cells, "source")
    counted = found.counts.assign(label=displayed.labels(found.counts, "source"))
    alt = alt_texts.breakdown(counted, "source", found.catch_alls, FIRST["negative items"])
    return Bars(found, counted, card.sent(counted, "source"), alt)


def _order() -> str:
    """Draw the choice of the tags' order, bound to the link, and return it."""
    options: dict[str, Any] = {"key": Name.TAGS_BY, "bind": "query-params", "label_visibility": "collapsed"}
    orders = list(TAG_ORDERS)
    return str(st.segmented_control("Order of the tags", orders, default=orders[0], required=True, **options))


def _growth(model: OverviewModel) -> str:
    """What the order by growth means, or why it has none."""
    return model.compared if isinstance(model.compared, str) else BY_GROWTH


def _value(by: str, tag: dict[Hashable, Any]) -> str:
    """The number that a tag is ordered by, as text. `tag`: a row of `report.tag_table`."""
    if by == "negative share":
        return "-" if pd.isna(tag["share"]) else percent(tag["share"])
    if by == "growth":
        if pd.isna(tag["before"]):
            return "-"
        if pd.isna(tag["change"]):
            return f"from {tag['before']:,}" if tag["is_clear"] else report.TOO_FEW
        return kpi_row.relative(tag["change"]) if tag["is_clear"] else report.NOT_CLEAR
    if by == "people":
        return "1 person" if tag["people"] == 1 else f"{tag['people']:,} people"
    return f"{tag['negative']:,} negative" if by == "negative items" else item_count(tag["items"])


def _labels(rows: pd.DataFrame) -> list[str]:
    return displayed.labels(rows.assign(rank=range(len(rows))), "tag")


def _draw(model: OverviewModel, bars: Bars, by: Dimension, *, has_values: bool) -> list[dict[str, Any]]:
    """Draw the bars, and what has none below them; return the clicked marks."""
    picked = []
    if bars.counted.empty:
        card.empty(f"No item here has a {by}.")
    else:
        spec = vega_specs.breakdown_spec(model.sentiments, has_values=has_values)
        picked = card.chart(bars.sent, spec, f"by-{by}", bars.alt)
    _catch_alls(bars.found, by)
    return picked


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
                query = drilldown.linked(drilldown.query(only))
                st.page_link("inbox.py", label=label, icon=":material/arrow_forward:", query_params=query)
            else:
                st.text(label, width="content")
