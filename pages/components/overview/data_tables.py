"""The charts' data as tables, for readers who prefer text to charts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import streamlit as st

from pages.components import room
from pages.components.overview.marker_layers import in_buckets
from pages.components.overview.vega_specs import SHARE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from streamlit.elements.lib.mutable_popover_container import PopoverContainer

    Table = PopoverContainer

DAY: Final[Any] = st.column_config.DateColumn(format="D MMM YYYY")
PERCENT: Final[Any] = st.column_config.NumberColumn(format="percent")
CHANGE: Final[Any] = st.column_config.NumberColumn(
    format="percent", help="Of the items. Empty where there are too few to compare, or where chance can explain it."
)
BEFORE: Final[Any] = st.column_config.NumberColumn(help="Items of the previous period of equal length.")
SHOWN_AS: Final = {
    "From": DAY,
    "Week from": DAY,
    SHARE: PERCENT,
    "Negative share": PERCENT,
    "Before": BEFORE,
    "Change": CHANGE,
}
"""Heading → column configuration, for columns with a special format."""


def control(title: str) -> Table:
    """Draw the icon that opens a chart's table; `browser.css` hides its label. `title`: unique on the page."""
    options: dict[str, Any] = {"type": "tertiary", "width": room.ICON, "wrap": False, "on_change": "rerun"}
    return st.popover(f"{title} as a table", icon=":material/table:", key=f"table-{title}", **options)


def fill(opened: Table | None, table: Callable[[], pd.DataFrame], note: str = "") -> None:
    """Draw a table into its popover, if there is one; it is computed only while that is open. `note`: below it."""
    if opened is None or not opened.open:
        return
    with opened:
        shown = table()
        config = {name: form for name, form in SHOWN_AS.items() if name in shown}
        st.dataframe(
            shown, hide_index=True, width="content", height=min(35 * len(shown) + 38, 320), column_config=config
        )
        if note:
            st.caption(note)


def volume(
    volume: pd.DataFrame, sentiments: Sequence[str], marked: Mapping[date, Sequence[str]] | None = None
) -> pd.DataFrame:
    """The table of the chart over time: one row per bucket and sentiment, oldest first; partial buckets are marked.

    `marked`: the names of the markers of its days.
    """
    rows = _in_order(volume, "start", sentiments)
    table = {"From": _days(rows["start"]), "Sentiment": rows["sentiment"], "Items": rows["items"], SHARE: rows["share"]}
    flags = {"Markers": in_buckets(rows["start"], marked)} if marked else {}
    return pd.DataFrame({**table, **_partial(rows), **flags})


def _partial(rows: pd.DataFrame) -> dict[str, pd.Series]:
    """A column with the reasons why buckets are partial; no column if none is."""
    if not (rows["running"].any() or rows["cut"].any()):
        return {}
    cut, running = np.where(rows["cut"], "cut", ""), np.where(rows["running"], "not over", "")
    return {"Partial": pd.Series([", ".join(filter(None, both)) for both in zip(cut, running, strict=True)])}


def sources(counts: pd.DataFrame, sentiments: Sequence[str]) -> pd.DataFrame:
    """The table of the bars by source, most negative items first."""
    rows = _in_order(counts, "rank", sentiments)
    return pd.DataFrame({"Source": rows["label"], "Sentiment": rows["sentiment"], "Items": rows["items"]})


def tags(tags: pd.DataFrame, labels: Sequence[str]) -> pd.DataFrame:
    """The table of all tags, in their order; with the previous period only if there is one, and only clear changes."""
    table = {
        "Tag": labels,
        "Items": tags["items"],
        "Negative": tags["negative"],
        "Negative share": tags["share"],
        "People": tags["people"],
    }
    if tags["before"].notna().any():
        table |= {"Before": tags["before"], "Change": tags["change"].where(tags["is_clear"])}
    return pd.DataFrame(table)


def heat(counts: pd.DataFrame) -> pd.DataFrame:
    """The table of the heat map."""
    days = _days(counts["start"])
    columns = {"Tag": counts["label"], "Week from": days, "Items": counts["items"], "Negative": counts["negative"]}
    flags = {"Markers": counts["markers"]} if counts["markers"].any() else {}
    return pd.DataFrame({**columns, **_partial(counts), **flags})


def ages(bands: pd.DataFrame) -> pd.DataFrame:
    """The table of the chart by age."""
    return pd.DataFrame({"Age": bands["band"], "Items": bands["items"]})


def _in_order(rows: pd.DataFrame, by: str, sentiments: Sequence[str]) -> pd.DataFrame:
    """The rows sorted by a column, then by sentiment in the order of the chart."""
    places = {sentiment: place for place, sentiment in enumerate(sentiments)}
    return rows.assign(place=rows["sentiment"].map(places)).sort_values([by, "place"], ignore_index=True)


def _days(starts: pd.Series) -> pd.Series:
    """Days without a time zone: the browser would shift midnight in UTC to its own zone."""
    days: pd.Series = starts.dt.tz_localize(None)
    return days
