"""The charts: each compiled once to a Vega-Lite spec that takes a small frame per rerun, and its alt text.

Sentiments have one colour each, the same as in .streamlit/config.toml, and are told apart without it: by a fixed
order, by fill (solid, tinted, solid and lighter, empty), and by name in legend and tooltip.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import altair as alt

from loop_client.report import NOT_SET

if TYPE_CHECKING:
    import pandas as pd

OUTLINES = {"negative": "#CC3E30", "neutral": "#7D8694", "positive": "#3D94D6", NOT_SET: "#7D8694"}
FILLS = {**OUTLINES, "neutral": "#7D869466", NOT_SET: "#7D869400"}
OTHER = "#9A6BD1"
LEGEND = alt.Legend(
    title=None, orient="top", symbolType="square", symbolStrokeWidth=1, symbolSize=90, labelFontSize=12, columnPadding=8
)
SIGNS = {"negative": "▼", "neutral": "■", "positive": "▲", NOT_SET: "□"}


def _sentiment_colour(sentiments: tuple[str, ...]) -> dict[str, Any]:
    """The encodings that every chart of sentiments shares: fill, outline and stacking order."""
    fills = [FILLS.get(sentiment, OTHER) for sentiment in sentiments]
    outlines = [OUTLINES.get(sentiment, OTHER) for sentiment in sentiments]
    return {
        "fill": alt.Fill("sentiment:N", scale=alt.Scale(domain=list(sentiments), range=fills), legend=LEGEND),
        "stroke": alt.Stroke("sentiment:N", scale=alt.Scale(domain=list(sentiments), range=outlines)),
        "order": alt.Order("order:Q"),
    }


def _with_order(chart: alt.Chart, sentiments: tuple[str, ...]) -> alt.Chart:
    return chart.transform_calculate(order=f"indexof({json.dumps(sentiments)}, datum.sentiment)")


@lru_cache(maxsize=8)
def volume_spec(sentiments: tuple[str, ...]) -> dict[str, Any]:
    """Stacked bars of items over time, for a frame as `report.volume` makes it."""
    bars = alt.Chart().mark_bar()
    encoded = bars.encode(
        x=alt.X(
            "start:T", bin="binned", title=None, scale=alt.Scale(type="utc"), axis=alt.Axis(grid=False, tickCount=8)
        ),
        x2="end:T",
        y=alt.Y("items:Q", title=None, stack="zero", axis=alt.Axis(tickMinStep=1, tickCount=5)),
        tooltip=[
            alt.Tooltip("sentiment:N", title="Sentiment"),
            alt.Tooltip("start:T", title="From", format="%a %-d %b %Y", timeUnit="utcyearmonthdate"),
            alt.Tooltip("items:Q", title="Items", format=","),
        ],
        strokeWidth=alt.when("datum.items > 0").then(alt.value(1)).otherwise(alt.value(0)),  # nothing has no outline
        **_sentiment_colour(sentiments),
    )
    return _compiled(_with_order(encoded, sentiments))


@lru_cache(maxsize=8)
def tag_spec(sentiments: tuple[str, ...]) -> dict[str, Any]:
    """Stacked horizontal bars of items by tag, worst first, for a frame as `report.counts_by` makes it."""
    bars = alt.Chart().mark_bar(strokeWidth=1)
    encoded = bars.encode(
        y=alt.Y(
            "tag:N",
            title=None,
            sort=alt.EncodingSortField("rank", order="ascending"),
            axis=alt.Axis(labelLimit=150, ticks=False, domain=False),
        ),
        x=alt.X("items:Q", title=None, stack="zero", axis=alt.Axis(tickMinStep=1, tickCount=5)),
        tooltip=[
            alt.Tooltip("tag:N", title="Tag"),
            alt.Tooltip("sentiment:N", title="Sentiment"),
            alt.Tooltip("items:Q", title="Items", format=","),
        ],
        **_sentiment_colour(sentiments),
    ).properties(height=alt.Step(26))
    return _compiled(_with_order(encoded, sentiments))


def _compiled(chart: alt.Chart) -> dict[str, Any]:
    """The spec without data: building and checking a chart costs about 15 ms, so once is enough."""
    spec: dict[str, Any] = chart.to_dict()
    spec.pop("data", None)
    spec.pop("datasets", None)
    return spec


def volume_alt(volume: pd.DataFrame, bucket: str) -> str:
    """What the volume chart shows, in a sentence."""
    if volume.empty:
        return "No items."
    by_start = volume.groupby("start")["items"].sum()
    peak, top = by_start.idxmax(), int(by_start.max())
    return (
        f"Items per {bucket} by sentiment: {int(by_start.sum()):,} in all, "
        f"most in the {bucket} from {peak:%-d %B %Y} with {top:,}."
    )


def tag_alt(tag_counts: pd.DataFrame) -> str:
    """What the tag chart shows, in a sentence."""
    if tag_counts.empty:
        return "No items."
    worst = tag_counts[tag_counts["rank"] == 0]
    negative = int(worst.loc[worst["sentiment"] == "negative", "items"].sum())
    return (
        f"Items by tag and sentiment, most negative items first: {worst['tag'].iloc[0]} leads "
        f"with {negative:,} negative of {int(worst['items'].sum()):,}."
    )
