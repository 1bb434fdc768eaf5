"""The cards of tags and sources: bars by sentiment, and links to what has no bar."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from loop_client import report
from loop_client.query import ABSENT
from loop_client.query.text import item_count
from pages.components.overview import alt_texts, card, chart_clicks, data_tables, vega_specs
from pages.session import displayed, drilldown

if TYPE_CHECKING:
    from loop_client.report import Breakdown, Dimension, PeopleCounts
    from pages.components.overview.model import OverviewModel


def breakdown(model: OverviewModel, by: Dimension, title: str, people_counts: PeopleCounts | None = None) -> None:
    """Draw items by tag or source, worst first; with `people_counts`, also a note when one person wrote most items."""
    found = report.counts_by(model.cells, by)
    counted = found.counts.assign(label=displayed.labels(found.counts, by))
    name = None if counted.empty else f"{by.capitalize()}s"
    with card.titled(model.completeness.titled(title), table=name) as table:
        if counted.empty:
            card.empty(f"No item here has a {by}.")
            _catch_alls(found, by)
            return
        alt = alt_texts.breakdown(counted, by, found.catch_alls)
        picked = card.chart(counted, vega_specs.breakdown_spec(model.sentiments), f"by-{by}", alt, unsent=[by])
        _catch_alls(found, by)
        people = None
        if people_counts is not None:
            by_tag = people_counts.by_tag.set_index("tag")
            for name, label in dict(zip(counted["tag"], counted["label"], strict=True)).items():
                if not pd.isna(note := by_tag["note"].get(name)):
                    st.text(f"{label}: {note}")
            people = dict(zip(people_counts.by_tag["tag"], people_counts.by_tag["people"].tolist(), strict=True))
        data_tables.fill(table, partial(data_tables.breakdown, counted, by, model.sentiments, people))
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
