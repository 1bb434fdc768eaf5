"""The charts: each compiled once to a Vega-Lite spec that takes a small frame per rerun.

Each sentiment has one colour, the same as in .streamlit/config.toml, and can be distinguished without colour: by a
fixed order, by fill (solid, or tinted for "No sentiment"), and by name in tooltips and in the first chart's legend.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import altair as alt

from loop_client.query import ABSENT
from loop_client.report import FEWEST_WEEKS

UNRATED = ABSENT["sentiment"]
OUTLINES = {"negative": "#CC3E30", "neutral": "#7D8694", "positive": "#3D94D6", UNRATED: "#7D8694"}
FILLS = {**OUTLINES, UNRATED: "#7D86944D"}
OTHER, ACCENT = "#9040F0", "#4F7DF0"
WORDS: dict[str, Any] = {"labelColor": "currentColor", "labelOpacity": 0.75}
"""The theme's own text: Streamlit's grey is too pale on white."""

SHARE = "Share of items with a sentiment"
"""Label of the share of a sentiment."""


LEGEND = alt.Legend(
    title=None,
    orient="top",
    symbolType="square",
    symbolStrokeWidth=1,
    symbolSize=90,
    labelFontSize=12,
    columnPadding=4,
    columns=4,
)
"""The legend of sentiments, as wide as fits on a phone; only the chart over time has it."""


def _sentiment_colour(sentiments: tuple[str, ...], legend: alt.Legend | None) -> dict[str, Any]:
    """The encodings that every chart of sentiments shares: fill, outline and stacking order."""
    fills = [FILLS.get(sentiment, OTHER) for sentiment in sentiments]
    outlines = [OUTLINES.get(sentiment, OTHER) for sentiment in sentiments]
    return {
        "fill": alt.Fill("sentiment:N", scale=alt.Scale(domain=list(sentiments), range=fills), legend=legend),
        "stroke": alt.Stroke("sentiment:N", scale=alt.Scale(domain=list(sentiments), range=outlines), legend=legend),
        "order": alt.Order("order:Q"),
    }


def _order(sentiments: tuple[str, ...]) -> str:
    """The expression of a sentiment's place in the order."""
    return f"indexof({json.dumps(sentiments)}, datum.sentiment)"


def _mark_text(*parts: str) -> str:
    """The expression of a mark's text for screen readers: these expressions, and the number of items."""
    return " + ', ' + ".join([*parts, "format(datum.items, ',') + (datum.items == 1 ? ' item' : ' items')"])


def _described(chart: alt.Chart, *parts: str) -> alt.Chart:
    """Add the text of a mark for screen readers."""
    return chart.transform_calculate(mark_text=_mark_text(*parts)).encode(description="mark_text:N")


WEEK = (
    "utcFormat(datum.value, datum.index == 0 || (utcmonth(datum.value) == 0 && utcdate(datum.value) < 8)"
    " ? '%-d %b %Y' : '%-d %b')"
)
"""Axis label of a week: its Monday, with the year for the first label and the first week of a year."""

PALE = 0.55
"""Fill opacity of a partial bar; its outline stays visible, and is dashed."""

IS_PARTIAL = "datum.running || datum.cut"

DASHED = alt.when(IS_PARTIAL).then(alt.value([3, 2])).otherwise(alt.value([1, 0]))

SOME = alt.when("datum.items > 0").then(alt.value(1)).otherwise(alt.value(0))
"""Outline of bars with items: it keeps the palest fill visible."""

QUIET, FAINTEST, EMPTY = "#7D8694", 0.1, 0.03
"""The heat map: outline of partial weeks, and fill opacity of cells with few items and with none."""

SHADES = alt.Scale(type="pow", exponent=0.6, domain=[0, 1], range=[FAINTEST, 1])
"""How the shade of a field becomes its opacity. In proportion, all but the fullest fields would look alike on dark."""

WEEK_WIDTH = 24
"""Fewest pixels of a week in the heat map; narrower, the outlines of partial weeks would be all that is seen."""

GAPS = alt.Scale(paddingInner=0.06)
"""Between the fields of the heat map, which would be one field where neighbours are full."""

ROOM = 20
"""Pixels right of the last bar, for the half of its label that is wider."""

ABOVE = 14
"""Pixels above the heat map, for the flags of its weeks."""

WHY = "(datum.running ? ', not over' : '') + (datum.cut ? ', cut' : '')"
"""Why a bucket is partial."""

FROM = f"utcFormat(datum.start, 'from %-d %b %Y') + {WHY}"

PICKED = "picked"
"""Name of the selection that a click on a mark makes."""

BRUSH = "brush"
"""Name of the selection that dragging over time makes."""


def _dated(chart: alt.Chart) -> alt.Chart:
    """Add the first day of a bucket, and why it is partial, as a text."""
    return chart.transform_calculate(start_text=f"utcFormat(datum.start, '%a %-d %b %Y') + {WHY}")


def _picking(*fields: str) -> alt.Parameter:
    return alt.selection_point(name=PICKED, fields=list(fields))


@lru_cache(maxsize=8)
def volume_spec(sentiments: tuple[str, ...], measure: str = "items") -> dict[str, Any]:
    """Stacked bars over time, for a frame from `report.volume`. `measure`: its column "items" or "share"."""
    axis = alt.Axis(tickMinStep=1, tickCount=5) if measure == "items" else alt.Axis(format="%", tickCount=5)
    encoded = (
        alt.Chart()
        .mark_bar(cursor="pointer")
        .encode(
            x=alt.X(
                "start:T",
                bin="binned",
                title=None,
                scale=alt.Scale(type="utc", nice=False),
                axis=alt.Axis(grid=False, ticks=False, labelOverlap=True),
            ),
            x2="end:T",
            y=alt.Y(f"{measure}:Q", title=None, stack="zero", axis=axis),
            tooltip=[
                alt.Tooltip("sentiment:N", title="Sentiment"),
                alt.Tooltip("start_text:N", title="From"),
                alt.Tooltip("items:Q", title="Items", format=","),
                alt.Tooltip("share:Q", title=SHARE, format=".0%"),
            ],
            strokeWidth=SOME,
            strokeDash=DASHED,
            fillOpacity=alt.when(IS_PARTIAL).then(alt.value(PALE)).otherwise(alt.value(1)),
            **_sentiment_colour(sentiments, LEGEND),
        )
        .add_params(_picking("start", "sentiment"), alt.selection_interval(name=BRUSH, encodings=["x"]))
    )
    spec = _compiled(_described(_dated(encoded).transform_calculate(order=_order(sentiments)), "datum.sentiment", FROM))
    return {**spec, "padding": {"left": 5, "top": 5, "right": ROOM, "bottom": 5}}


@lru_cache(maxsize=16)
def breakdown_spec(sentiments: tuple[str, ...], *, has_values: bool = False) -> dict[str, Any]:
    """Stacked horizontal bars by label, first rank first, for a frame from `report.counts_by`, with its labels.

    `has_values`: whether the frame has a column `value`, whose texts are drawn in a column at the right.
    """
    texts = {"order": _order(sentiments), "mark_text": _mark_text("datum.label", "datum.sentiment")}
    bars = (
        alt.Chart()
        .mark_bar(strokeWidth=1, cursor="pointer")
        .encode(
            y=_labels(),
            description="mark_text:N",
            x=alt.X("items:Q", title=None, stack="zero", axis=alt.Axis(tickMinStep=1, tickCount=5)),
            tooltip=[
                alt.Tooltip("label:N", title="Name"),
                alt.Tooltip("sentiment:N", title="Sentiment"),
                alt.Tooltip("items:Q", title="Items", format=","),
            ],
            **_sentiment_colour(sentiments, None),
        )
        .add_params(_picking("rank", "label", "sentiment"))
    )
    if not has_values:
        return _compiled(bars.properties(height=alt.Step(26)).transform_calculate(**texts))
    values = alt.Chart().mark_text(align="left", dx=6, fontSize=12, aria=False, fill="currentColor", fillOpacity=0.75)
    layers = alt.LayerChart(layer=[bars, values.encode(y=_labels(), x=alt.value("width"), text="value:N")])
    return _compiled(layers.properties(height=alt.Step(26)).transform_calculate(**texts))


@lru_cache(maxsize=1)
def heat_spec() -> dict[str, Any]:
    """A heat map with a cell for each tag and week, for a frame from `report.tag_weeks`: the last weeks that fit."""
    weeks = alt.X(
        "utcyearmonthdate(start):O",
        title=None,
        scale=GAPS,
        axis=alt.Axis(labelExpr=WEEK, labelAngle=0, labelFlush=False, labelOverlap=True, ticks=False, domain=False),
    )
    encoded = (
        alt.Chart()
        .mark_rect(cursor="pointer", fill=ACCENT, stroke=QUIET)
        .encode(
            y=_labels(scale=GAPS),
            x=weeks,
            fillOpacity=alt.condition(
                "datum.items > 0", alt.FillOpacity("shade:Q", scale=SHADES, legend=None), alt.value(EMPTY)
            ),
            strokeWidth=alt.when(IS_PARTIAL).then(alt.value(1)).otherwise(alt.value(0)),
            tooltip=[
                alt.Tooltip("label:N", title="Tag"),
                alt.Tooltip("start_text:N", title="Week from"),
                alt.Tooltip("items:Q", title="Items", format=","),
                alt.Tooltip("negative:Q", title="Negative", format=","),
            ],
        )
        .add_params(_picking("rank", "label", "start"))
        .properties(height=alt.Step(24))
    )
    fitting = encoded.transform_filter(f"datum.ago < max({FEWEST_WEEKS}, floor(width / {WEEK_WIDTH}))")
    spec = _compiled(_described(_dated(fitting), "datum.label", FROM))
    return {**spec, "config": {**spec["config"], "padding": {"left": 5, "top": ABOVE, "right": 5, "bottom": 5}}}


@lru_cache(maxsize=1)
def ages_spec() -> dict[str, Any]:
    """A bar for each age band, for a frame from `report.ages`."""
    encoded = (
        alt.Chart()
        .mark_bar(color=OUTLINES["negative"], cursor="pointer")
        .encode(
            y=alt.Y(
                "band:N",
                title=None,
                sort=alt.EncodingSortField("from_days", op="min"),
                axis=alt.Axis(labelLimit=150, ticks=False, domain=False),
            ),
            x=alt.X("items:Q", title=None, axis=alt.Axis(tickMinStep=1, tickCount=5)),
            tooltip=[alt.Tooltip("band:N", title="Age"), alt.Tooltip("items:Q", title="Items", format=",")],
        )
        .add_params(_picking("from_days"))
        .properties(height=alt.Step(26))
    )
    return _compiled(_described(encoded, "datum.band"))


def _labels(**more: Any) -> alt.Y:  # noqa: ANN401 - of the axis
    return alt.Y(
        "label:N",
        **more,
        title=None,
        sort=alt.EncodingSortField("rank", op="min"),
        axis=alt.Axis(labelLimit=150, labelFlush=False, ticks=False, domain=False),
    )


def _compiled(chart: alt.Chart | alt.LayerChart) -> dict[str, Any]:
    """The spec without data. Building and validating a chart takes about 15 ms, so specs are cached."""
    spec: dict[str, Any] = chart.configure_axis(**WORDS).configure_legend(**WORDS).to_dict()
    for part in (spec, *spec.get("layer", [])):
        part.pop("data", None)
        part.pop("datasets", None)
    return spec
