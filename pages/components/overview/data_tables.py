"""The charts' data as tables, for who reads better than sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import streamlit as st

from pages.components.overview.vega_specs import SHARE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from loop_client.report import Dimension

DAY: Final[Any] = st.column_config.DateColumn(format="D MMM YYYY")
SHOWN_AS: Final = {"From": DAY, "Week from": DAY, SHARE: st.column_config.NumberColumn(format="percent")}
"""Heading → how its values are written, where that is not as they are."""


def offer(title: str, table: Callable[[], pd.DataFrame]) -> None:
    """Draw what opens a table, which is made and sent when it is open. `title`: its own on the page."""
    opened = st.expander(f"{title} as a table", icon=":material/table:", key=f"table-{title}", on_change="rerun")
    if not opened.open:
        return
    with opened:
        shown = table()
        config = {name: form for name, form in SHOWN_AS.items() if name in shown}
        st.dataframe(shown, hide_index=True, height=min(35 * len(shown) + 38, 320), column_config=config)


def volume(volume: pd.DataFrame, sentiments: Sequence[str]) -> pd.DataFrame:
    """Of the chart over time: its buckets, oldest first, and which of them are not whole, where any is."""
    rows = _in_order(volume, "start", sentiments)
    table = {"From": _days(rows["start"]), "Sentiment": rows["sentiment"], "Items": rows["items"], SHARE: rows["share"]}
    return pd.DataFrame({**table, **_not_whole(rows)})


def _not_whole(rows: pd.DataFrame) -> dict[str, pd.Series]:
    """A column that says of buckets why they are not whole; none where all are."""
    if not (rows["running"].any() or rows["cut"].any()):
        return {}
    cut, running = np.where(rows["cut"], "cut", ""), np.where(rows["running"], "not over", "")
    return {"Not whole": pd.Series([", ".join(filter(None, both)) for both in zip(cut, running, strict=True)])}


def breakdown(
    counts: pd.DataFrame, by: Dimension, sentiments: Sequence[str], people: Mapping[int, int] | None = None
) -> pd.DataFrame:
    """Of the bars by label, worst first. `people`: rank → how many are behind the items of all sentiments."""
    rows = _in_order(counts, "rank", sentiments)
    table = {by.capitalize(): rows["label"], "Sentiment": rows["sentiment"], "Items": rows["items"]}
    if people is not None:
        table[f"People of the {by}"] = rows["rank"].map(people)
    return pd.DataFrame(table)


def heat(counts: pd.DataFrame) -> pd.DataFrame:
    """Of the tags by week."""
    days = _days(counts["start"])
    columns = {"Tag": counts["label"], "Week from": days, "Items": counts["items"], "Negative": counts["negative"]}
    return pd.DataFrame({**columns, **_not_whole(counts)})


def ages(bands: pd.DataFrame) -> pd.DataFrame:
    """Of the ages."""
    return pd.DataFrame({"Age": bands["band"], "Items": bands["items"]})


def _in_order(rows: pd.DataFrame, by: str, sentiments: Sequence[str]) -> pd.DataFrame:
    """The rows by a column, and then by sentiment as the chart stacks them."""
    places = {sentiment: place for place, sentiment in enumerate(sentiments)}
    return rows.assign(place=rows["sentiment"].map(places)).sort_values([by, "place"], ignore_index=True)


def _days(starts: pd.Series) -> pd.Series:
    """Days that are told as their midnight in UTC, as days: a browser has hours of its own for moments."""
    days: pd.Series = starts.dt.tz_localize(None)
    return days
