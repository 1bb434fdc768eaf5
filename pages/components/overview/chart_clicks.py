"""The drill-down for a clicked mark of a chart.

`mark`: the fields of the clicked mark, as the browser sends them. All functions return None when the data has changed
and the mark no longer exists.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import MAXYEAR, date, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd

from loop_client import report
from loop_client.mirror.zones import ANY_TIME
from loop_client.query import ABSENT, FIRST_DAY, LAST_DAY, OPEN_NEGATIVE, DrillDown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loop_client.mirror.zones import Window
    from loop_client.report import Dimension


def bar(volume: pd.DataFrame, mark: Mapping[str, Any], window: Window) -> DrillDown | None:
    """The items of a sentiment in a bucket. `volume`: from `report.volume`, for the window."""
    row = _row(volume, start=moment(mark["start"]), sentiment=mark["sentiment"])
    if row is None:
        return None
    since, until = days(row["start"], row["end"], window)
    return DrillDown(sentiment=(row["sentiment"],), since=since, until=until)


def name(counts: pd.DataFrame, mark: Mapping[str, Any], by: Dimension) -> DrillDown | None:
    """The items of a sentiment and a tag or source.

    `counts`: from `report.counts_by`, with the labels that were drawn.
    """
    row = _row(counts, rank=mark["rank"], label=mark["label"], sentiment=mark["sentiment"])
    return None if row is None else _named(row, by, DrillDown(sentiment=(row["sentiment"],)))


def others(counts: pd.DataFrame, by: Dimension) -> DrillDown:
    """The items of all tags or sources that have no bar. `counts`: from `report.counts_by`."""
    return _only(DrillDown(), f"not_{by}", *report.top_values(counts, by), ABSENT[by])


def absent(by: Dimension) -> DrillDown:
    """The items without a tag or source."""
    return _only(DrillDown(), by, ABSENT[by])


def field(counts: pd.DataFrame, mark: Mapping[str, Any], window: Window) -> DrillDown | None:
    """The items of a tag in a week. `counts`: from `report.tag_weeks`, for the window, with their labels."""
    row = _row(counts, rank=mark["rank"], label=mark["label"], start=moment(mark["start"]))
    if row is None:
        return None
    since, until = days(row["start"], row["start"] + timedelta(days=7), window)
    return _named(row, "tag", DrillDown(since=since, until=until))


def band(bands: pd.DataFrame, mark: Mapping[str, Any]) -> DrillDown | None:
    """The open negative items of an age band. `bands`: from `report.ages`."""
    row = _row(bands, from_days=mark["from_days"])
    if row is None:
        return None
    after, upto = (None if pd.isna(limit) else limit.to_pydatetime() for limit in row[["after", "upto"]])
    return replace(OPEN_NEGATIVE, after=after, upto=upto)


def _named(row: pd.Series, by: Dimension, only: DrillDown) -> DrillDown:
    """The drill-down to one name."""
    return _only(only, by, row[by])


def _only(only: DrillDown, field: str, *names: str) -> DrillDown:
    """The drill-down with these names in one of its fields."""
    return replace(only, **{field: names})  # type: ignore[arg-type] # a field of names


def _row(counted: pd.DataFrame, **values: Any) -> pd.Series | None:  # noqa: ANN401 - cells
    """The row with these values."""
    for column, value in values.items():
        counted = counted[counted[column] == value]
    return None if counted.empty else counted.iloc[0]


def moment(value: Any) -> pd.Timestamp:  # noqa: ANN401 - ms since 1970, or a text
    """A time as the browser sends it."""
    return pd.Timestamp(value, unit="ms", tz="UTC") if isinstance(value, int | float) else pd.Timestamp(value)


def days(start: pd.Timestamp, end: pd.Timestamp, window: Window = ANY_TIME) -> tuple[date, date]:
    """The first and the last day of a bucket, limited to the window."""
    end -= timedelta(days=1)
    first, last = start.date(), end.date() if end.year <= MAXYEAR else date.max  # the last week of the calendar
    since, until = window
    return max(first, since or first), min(last, until or last)


def dragged(times: list[pd.Timestamp], shown: tuple[date, date]) -> tuple[date, date]:
    """The first and the last day between two times of an axis, limited to the days shown and to valid dates.

    The end of the axis belongs to its last day, not to the next one.
    """
    first, last = min(times), max(times)
    last = max(first, last - pd.Timedelta(microseconds=1))
    least, most = (pd.Timestamp(day, tz="UTC") for day in (max(shown[0], FIRST_DAY), min(shown[1], LAST_DAY)))
    return min(max(first, least), most).date(), min(max(last, least), most).date()
