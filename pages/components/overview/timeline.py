"""The time axis of the overview: its days, its buckets, and their labels."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

import streamlit as st

from loop_client.query import BUCKETS, MEASURES, Name
from pages.session import link, session

if TYPE_CHECKING:
    import pandas as pd

    from loop_client.mirror import Snapshot
    from loop_client.mirror.zones import Window
    from loop_client.query import Question
    from loop_client.report import Bucket

TICKS: Final = 12
"""Most labels below the chart over time; if they do not fit, every other one is left out."""

FEWEST_BUCKETS: Final = 7
"""Fewest buckets of the time axis, so that a single day is not drawn across the whole chart."""


def complete_window(snapshot: Snapshot, question: Question) -> Window:
    """The days of the filters' window for which all items are loaded.

    Earlier days are not drawn as days without items, and a bucket that contains one is marked as cut.
    """
    window, loaded = question.filters.window, snapshot.coverage.since
    if question.completeness(snapshot).is_complete:
        return without_effect(snapshot, window)
    if loaded is None:
        return date.max, window[1]
    day = snapshot.zone.day(loaded)
    first = day + timedelta(days=1) if day < date.max else day
    return max(window[0] or first, first), window[1]


def without_effect(snapshot: Snapshot, window: Window) -> Window:
    """The window, up to now, without a first day before the oldest item: such a limit excludes nothing."""
    coverage, (since, until) = snapshot.coverage, window
    is_first = since and coverage.complete and coverage.since and since <= snapshot.zone.day(coverage.since)
    return (None, until or date.max) if is_first else window


def measured() -> str:
    """Draw the choice between counts and shares, bound to the link, and return its column."""
    options: dict[str, Any] = {"key": "measure", "bind": "query-params", "label_visibility": "collapsed"}
    return MEASURES[str(st.segmented_control("Measure", list(MEASURES), default="counts", required=True, **options))]


def next_bucket(fitting: Bucket) -> Bucket:
    """The bucket that `bucketed` will return, for elements above it. A bucket that was only the default is updated."""
    if session.bucket is not None and session.bucket == session.bucket_fitted:
        session.bucket = fitting
    session.bucket_fitted = fitting
    options: Any = session.bucket or link.value(Name.BUCKET)
    return options if options in BUCKETS else fitting


def bucketed(fitting: Bucket) -> Bucket:
    """Draw the choice of day, week or month, bound to the link; the fitting one is the default, and not in the link."""
    options: dict[str, Any] = {"key": "bucket", "bind": "query-params", "label_visibility": "collapsed"}
    chosen: Bucket = st.segmented_control("Bucket", BUCKETS, default=fitting, required=True, **options)
    return chosen


def framed(spec: dict[str, Any], volume: pd.DataFrame, bucket: Bucket, *, has_room: bool) -> dict[str, Any]:
    """The spec of the chart over time, with its time range and the labels of its buckets.

    `has_room`: the dates do not limit the start, so that a few buckets can be drawn as the last ones of seven.
    """
    if volume.empty:
        return spec
    first, start, end = (
        volume[name].iloc[place].timestamp() for name, place in (("start", 0), ("start", -1), ("end", -1))
    )
    begin = min(first, end - FEWEST_BUCKETS * (end - start)) if has_room else first
    labels = ticks(volume, bucket)
    encoding, x = spec["encoding"], spec["encoding"]["x"]
    scale = {**x["scale"], "domain": [1000 * begin, 1000 * end]}
    values = {"expr": json.dumps([*labels])}  # Vega-Lite does not accept plain numbers as times
    axis = {**x["axis"], "values": values, "labelExpr": f"({json.dumps(labels)})[datum.value]"}
    return {**spec, "encoding": {**encoding, "x": {**x, "scale": scale, "axis": axis}}}


def ticks(volume: pd.DataFrame, bucket: Bucket) -> dict[int, str]:
    """Middle of a bucket (ms since 1970) → its label, evenly spaced up to the last bucket.

    The label is the first day, or the name of a month; the first label, and the first of each year, have the year.
    """
    starts, ends = (volume[name].array.unique() for name in ("start", "end"))
    labels, year = dict[int, str](), None
    for place in reversed(range(len(starts) - 1, -1, len(starts) // -TICKS)):
        start, end = starts[place], ends[place]
        name = f"{start:%b}" if bucket == "month" else f"{start.day} {start:%b}"
        labels[round(500 * (start.timestamp() + end.timestamp()))] = (
            name if start.year == year else f"{name} {start.year}"
        )
        year = start.year
    return labels


def width(buckets: int) -> int | Literal["stretch"]:
    """Width of the chart over time: limited for a few buckets, whose bars would be too wide; otherwise "stretch"."""
    return "stretch" if buckets >= FEWEST_BUCKETS else 300 + 90 * buckets
