"""The time that the overview shows: its days, its buckets, and how they are drawn and called."""

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
"""Labels below the chart over time at most; where they have no room, every other one is left out."""

FEWEST_BUCKETS: Final = 7
"""Buckets that the chart over time has room for at least, so that a single day is drawn as a day."""


def whole(snapshot: Snapshot, question: Question) -> Window:
    """The days of the filters' window of which every item is held; all of them, unless items are still to come.

    A day before is not drawn as one without items, and a bucket that reaches back to it is one that is cut.
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
    """The window, up to now, without a first day on which there were no items yet: that day leaves nothing out."""
    coverage, (since, until) = snapshot.coverage, window
    is_first = since and coverage.complete and coverage.since and since <= snapshot.zone.day(coverage.since)
    return (None, until or date.max) if is_first else window


def measured() -> str:
    """Draw the choice between counts and shares, bound to the link; the column that it stands for."""
    kept: dict[str, Any] = {"key": "measure", "bind": "query-params", "label_visibility": "collapsed"}
    return MEASURES[str(st.segmented_control("Measure", list(MEASURES), default="counts", required=True, **kept))]


def asked_bucket(fitting: Bucket) -> Bucket:
    """What `bucketed` is going to return, for what stands above it. The one that fitted before gives way to the new."""
    if session.bucket is not None and session.bucket == session.bucket_fitted:
        session.bucket = fitting
    session.bucket_fitted = fitting
    kept: Any = session.bucket or link.value(Name.BUCKET)
    return kept if kept in BUCKETS else fitting


def bucketed(fitting: Bucket) -> Bucket:
    """Draw the choice of day, week or month, bound to the link; the one that fits is chosen, and in no link."""
    kept: dict[str, Any] = {"key": "bucket", "bind": "query-params", "label_visibility": "collapsed"}
    chosen: Bucket = st.segmented_control("Bucket", BUCKETS, default=fitting, required=True, **kept)
    return chosen


def framed(spec: dict[str, Any], volume: pd.DataFrame, bucket: Bucket, *, has_room: bool) -> dict[str, Any]:
    """The spec of the volume with its time and the labels of its buckets.

    `has_room`: nothing before the first bucket was filtered away, so that a few buckets can be drawn as the last ones
    of seven.
    """
    if volume.empty:
        return spec
    first, start, end = (
        volume[name].iloc[place].timestamp() for name, place in (("start", 0), ("start", -1), ("end", -1))
    )
    begin = min(first, end - FEWEST_BUCKETS * (end - start)) if has_room else first
    told = ticks(volume, bucket)
    encoding, x = spec["encoding"], spec["encoding"]["x"]
    scale = {**x["scale"], "domain": [1000 * begin, 1000 * end]}
    values = {"expr": json.dumps([*told])}  # numbers alone are no times for Vega-Lite, which then draws none of them
    axis = {**x["axis"], "values": values, "labelExpr": f"({json.dumps(told)})[datum.value]"}
    return {**spec, "encoding": {**encoding, "x": {**x, "scale": scale, "axis": axis}}}


def ticks(volume: pd.DataFrame, bucket: Bucket) -> dict[int, str]:
    """The middles of buckets (ms since 1970) → what they are called, evenly spread up to the last one.

    A bucket is called by its first day, a month by its name; the first one with its year, and others where it changes.
    """
    starts, ends = (volume[name].array.unique() for name in ("start", "end"))
    told, year = dict[int, str](), None
    for place in reversed(range(len(starts) - 1, -1, len(starts) // -TICKS)):
        start, end = starts[place], ends[place]
        name = f"{start:%b}" if bucket == "month" else f"{start.day} {start:%b}"
        told[round(500 * (start.timestamp() + end.timestamp()))] = (
            name if start.year == year else f"{name} {start.year}"
        )
        year = start.year
    return told


def width(buckets: int) -> int | Literal["stretch"]:
    """Pixels of a chart over time of a few buckets, whose bars would be as wide as a hand; all of the card for more."""
    return "stretch" if buckets >= FEWEST_BUCKETS else 300 + 90 * buckets
