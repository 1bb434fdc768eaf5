"""How is it going? Counts, volume over time and tags, by sentiment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from loop_client import report
from pages.shared import charts, notices

if TYPE_CHECKING:
    from loop_client.mirror import Snapshot
    from pages.shared.filters import Filters

snapshot: Snapshot = st.session_state["snapshot"]
filters: Filters = st.session_state["filters"]
cells = filters.cells(snapshot)
covered = snapshot.coverage.reaches(filters.window[0], filters.status)


def count(number: int) -> str:
    """A count, marked with "+" while older items are still to come."""
    return f"{number:,}" if covered else f"{number:,}+"


st.title("Overview", anchor=False)

totals = report.totals(cells)
if not totals.items:
    notices.nothing(snapshot, covered=covered)
    st.stop()

with st.grid(5, min_column_width=140):
    st.metric("Items", count(totals.items), border=True, height="stretch")
    st.metric("Open", count(totals.open), border=True, height="stretch")
    st.metric("Open negative", count(totals.open_negative), border=True, height="stretch")
    st.metric(
        "Negative share" if covered else "Negative share so far",
        "-" if totals.negative_share is None else f"{totals.negative_share:.0%}",
        border=True,
        height="stretch",
        help=f"{totals.negative:,} of the {totals.items - totals.not_set:,} items that have a sentiment.",
    )
    st.metric("Sentiment not set", count(totals.not_set), border=True, height="stretch")

sentiments = report.sentiments_in(cells)
with st.container(border=True):
    bucket = report.bucket_for(cells)
    volume = report.volume(cells, bucket)
    st.subheader(f"Items per {bucket}, by sentiment", anchor=False)
    if volume["end"].max() > pd.Timestamp.now("UTC"):
        st.caption(f"Days in UTC. The last {bucket} is not over yet.")
    st.vega_lite_chart(
        volume, charts.volume_spec(sentiments), height=260, key="volume", alt=charts.volume_alt(volume, bucket)
    )
with st.container(border=True):
    tags = report.counts_by(cells, "tag")
    tags["tag"] = report.labels(tags, "tag")
    st.subheader("Tags by sentiment, most negative items first", anchor=False)
    st.vega_lite_chart(tags, charts.tag_spec(sentiments), key="tags", alt=charts.tag_alt(tags))
