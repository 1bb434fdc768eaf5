"""The dashboard that one writes first: a cached frame, filters, group-bys, Altair charts, all rows sent at once."""

from __future__ import annotations

import altair as alt
import pandas as pd  # noqa: TC002 - st.cache_data reads the annotation
import streamlit as st

from tests.benchmarks import page


@st.cache_data
def load(size: int) -> pd.DataFrame:
    """The items."""
    frame = page.HELD.frame.iloc[:size].copy()
    for name in ("sentiment", "tag", "tag_raw", "status", "source"):
        frame[name] = frame[name].astype("str")
    return frame


items = load(len(page.HELD.frame))
with st.sidebar:
    for name in ("status", "sentiment", "tag", "source"):
        if chosen := st.multiselect(name, sorted(items[name].dropna().unique()), key=name):
            items = items[items[name].isin(chosen)]
st.title("Overview")
left, middle, right = st.columns(3)
left.metric("Items", len(items))
middle.metric("Open", int((items["status"] == "open").sum()))
right.metric("Negative", int((items["sentiment"] == "negative").sum()))
days = items.groupby([items["created_at"].dt.floor("D"), "sentiment"]).size().rename("items").reset_index()
st.altair_chart(alt.Chart(days).mark_bar().encode(x="created_at:T", y="items:Q", color="sentiment:N"))
tags = items.groupby(["tag", "sentiment"]).size().rename("items").reset_index()
st.altair_chart(alt.Chart(tags).mark_bar().encode(y="tag:N", x="items:Q", color="sentiment:N"))
st.dataframe(items)
