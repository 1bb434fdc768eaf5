"""Markers in the charts over time: a flag and a dashed rule at the start of its day, with its name where that fits.

Layers for compiled specs. The chart without markers stays as it is, and its bars stay where they are.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime, time
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from loop_client.mirror.zones import written
from pages.components.overview import vega_specs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

ITEMS, MARKERS = "items", "markers"
"""Names of the two datasets of the chart over time."""

CHART: Final = "chart"
"""Name of the layer that was the whole chart."""

MOST_NAMES: Final = 5
"""Most names of a day, or of a week, that are listed."""

BESIDE: Final = 9
"""Pixels between a flag and its name, and as many between a name and the next flag."""

SHORTEST: Final = 40
"""Fewest pixels of a name that is cut; where there are fewer, the flag stands alone, with the name in its tooltip."""

LETTER: Final = 6
"""Pixels of a letter, of which few are wider."""

NEAR_THE_END: Final = 60
"""Pixels from the last flag to the end of the chart below which its name stands left of it, if that has room."""

IS_LEFT: Final = (
    f"datum.end * width < {NEAR_THE_END} && datum.gap > datum.end && datum.gap * width >= {SHORTEST + 2 * BESIDE}"
)
"""Whether the last name stands left of its flag."""

ROOM: Final = f"((datum.later < 2 && {IS_LEFT}) ? datum.gap : datum.right) * width - {2 * BESIDE}"
"""Pixels for a name."""

FLAG: Final[dict[str, Any]] = {
    "type": "point",
    "shape": "triangle-down",
    "filled": True,
    "size": 60,
    "color": "currentColor",
    "opacity": 0.8,
}

IS_MARKER: Final = {"calculate": "true", "as": "is_marker"}

PICKABLE: Final = "click[!event.item || !event.item.datum || !event.item.datum.is_marker]"
"""A click anywhere but on a marker; the marks of each have a value `is_marker`."""


def listed(names: Sequence[str]) -> str:
    """Names in one line: the first few, and how many more there are."""
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def sent(days: Mapping[date, Sequence[str]], domain: tuple[float, float]) -> pa.Table:
    """What the browser gets of the markers. `days`: their names by day, oldest first. `domain`: of the axis, in ms.

    | column | type | meaning |
    |---|---|---|
    | day | timestamp[ms, UTC] | the start of the day, as midnight in UTC |
    | names | string | its names |
    | written | string | the day in words |
    | later | int64 | how many flags are right of it |
    | right | double | to the next flag or the end of the chart, as a share of its width |
    | end | double | from the last flag to the end of the chart |
    | gap | double | what the last name has left of its flag: half the way to the flag before, if there is one |
    """
    moments = [datetime.combine(day, time(), UTC) for day in days]
    begin, end = domain
    places = [(1000 * moment.timestamp() - begin) / (end - begin) for moment in moments]
    room = [later - earlier for earlier, later in pairwise([*places, 1.0])]
    count, gap = len(places), room[-2] / 2 if len(places) > 1 else places[0]
    return pa.table(
        {
            "day": pa.array(moments, pa.timestamp("ms", "UTC")),
            "names": [listed(names) for names in days.values()],
            "written": [written(day, "%a %-d %b %Y") for day in days],
            "later": [*reversed(range(count))],
            "right": room,
            "end": [room[-1]] * count,
            "gap": [gap] * count,
        }
    )


def in_buckets(starts: pd.Series, days: Mapping[date, Sequence[str]]) -> pd.Series:
    """The markers of the bucket that begins then as a text, such as "v4.2 (17 Nov)"; "" where there are none.

    `days`: the names of the markers by day; none is before the first bucket or after the last one.
    """
    begun, found = np.unique(starts.dt.date), dict[Any, list[str]]()
    for day, names in days.items():
        start = begun[bisect_right(begun, day) - 1]
        found.setdefault(start, []).extend(f"{name} ({day:%-d %b})" for name in names)
    texts = {start: listed(names) for start, names in found.items()}
    return pd.Series([texts.get(start, "") for start in starts.dt.date], starts.index, "str")


def over_time(spec: dict[str, Any]) -> dict[str, Any]:
    """The spec of the chart over time with the markers of the dataset `MARKERS`; its items are the dataset `ITEMS`."""
    x = {"field": "day", "type": "temporal"}
    tooltip = [
        {"field": "names", "type": "nominal", "title": "Marker"},
        {"field": "written", "type": "nominal", "title": "Day"},
    ]
    is_left = f"datum.later == 0 && {IS_LEFT}"
    above = {"x": x, "y": {"value": -5}, "tooltip": tooltip}
    rule = {
        "transform": [IS_MARKER],
        "mark": {"type": "rule", "strokeDash": [4, 3], "color": "currentColor", "opacity": 0.6, "aria": False},
        "encoding": {"x": x, "y": {"value": 0}, "y2": {"value": "height"}, "tooltip": tooltip},
    }
    flag = {
        "mark": FLAG,
        "transform": [IS_MARKER, {"calculate": "'Marker ' + datum.names + ', ' + datum.written", "as": "mark_text"}],
        "encoding": {**above, "description": {"field": "mark_text", "type": "nominal"}},
    }
    name = {
        "mark": {
            "type": "text",
            "align": {"expr": f"{is_left} ? 'right' : 'left'"},
            "dx": {"expr": f"{is_left} ? -{BESIDE} : {BESIDE}"},
            "limit": {"expr": f"max(1, {ROOM})"},
            "fontSize": 11,
            "color": "currentColor",
            "opacity": 0.9,
            "aria": False,
        },
        "transform": [IS_MARKER, {"filter": f"{ROOM} >= min({SHORTEST}, {LETTER} * length(datum.names))"}],
        "encoding": {**above, "text": {"field": "names", "type": "nominal"}},
    }
    layers = [{**layer, "data": {"name": MARKERS}} for layer in (rule, flag, name)]
    return _layered(spec, layers, data={"name": ITEMS})


def by_week(spec: dict[str, Any]) -> dict[str, Any]:
    """The spec of the heat map with a flag above each week whose column `markers` is not empty."""
    flag = {
        "mark": FLAG,
        "transform": [
            *spec["transform"],
            {"filter": "datum.rank == 0 && datum.markers"},
            IS_MARKER,
            {"calculate": "'Markers ' + datum.markers", "as": "mark_text"},
        ],
        "encoding": {
            "x": spec["encoding"]["x"],
            "y": {"value": -6},
            "tooltip": [
                {"field": "markers", "type": "nominal", "title": "Markers"},
                {"field": "start_text", "type": "nominal", "title": "Week from"},
            ],
            "description": {"field": "mark_text", "type": "nominal"},
        },
    }
    return _layered(spec, [flag])


def _layered(spec: dict[str, Any], layers: list[dict[str, Any]], **more: Any) -> dict[str, Any]:  # noqa: ANN401 - of the chart
    """A chart and layers above it, whose marks cannot be picked."""
    own = {name: spec[name] for name in ("mark", "encoding", "transform")}
    params = [{**param, "views": [CHART]} for param in spec["params"]]
    for param in params:
        if param["name"] == vega_specs.PICKED:
            param["select"] = {**param["select"], "on": PICKABLE}
    rest = {name: value for name, value in spec.items() if name not in own}
    return {**rest, "params": params, "layer": [{"name": CHART, **own, **more}, *layers]}
