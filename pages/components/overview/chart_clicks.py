"""From a mark of a chart to the rows that it counts, as the inbox is narrowed to them.

`mark`: the fields of the one that was clicked, as a browser has them. None where the data has changed since the chart
was drawn, so that the mark is no longer there.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import MAXYEAR, date, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd

from loop_client import report
from loop_client.query import FIRST_DAY, LAST_DAY, OPEN_NEGATIVE, DrillDown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loop_client.mirror.zones import Window
    from loop_client.report import Dimension


def bar(volume: pd.DataFrame, mark: Mapping[str, Any], window: Window) -> DrillDown | None:
    """The rows of a sentiment in a bucket. `volume`: as `report.volume` makes it, of a window."""
    row = _row(volume, start=moment(mark["start"]), sentiment=mark["sentiment"])
    if row is None:
        return None
    since, until = days(row["start"], row["end"], window)
    return DrillDown(sentiment=(row["sentiment"],), since=since, until=until)


def name(counts: pd.DataFrame, mark: Mapping[str, Any], by: Dimension) -> DrillDown | None:
    """The rows of a sentiment and a tag or source, or of all that have no bar of their own.

    `counts`: as `report.counts_by` makes it, with the labels that were drawn.
    """
    row = _row(counts, rank=mark["rank"], label=mark["label"], sentiment=mark["sentiment"])
    return None if row is None else _named(row, counts, by, DrillDown(sentiment=(row["sentiment"],)))


def field(counts: pd.DataFrame, mark: Mapping[str, Any], window: Window) -> DrillDown | None:
    """The rows of a tag in a week. `counts`: as `report.tag_weeks` makes them, of a window, with their labels."""
    row = _row(counts, rank=mark["rank"], label=mark["label"], start=moment(mark["start"]))
    if row is None:
        return None
    since, until = days(row["start"], row["start"] + timedelta(days=7), window)
    return _named(row, counts, "tag", DrillDown(since=since, until=until))


def band(bands: pd.DataFrame, mark: Mapping[str, Any]) -> DrillDown | None:
    """The open negative rows of an age. `bands`: as `report.ages` makes them."""
    row = _row(bands, from_days=mark["from_days"])
    if row is None:
        return None
    after, upto = (None if pd.isna(limit) else limit.to_pydatetime() for limit in row[["after", "upto"]])
    return replace(OPEN_NEGATIVE, after=after, upto=upto)


def _named(row: pd.Series, counts: pd.DataFrame, by: Dimension, only: DrillDown) -> DrillDown:
    """The rows of one name; of those that are added up, by leaving out all that are not, however many they are."""
    names = tuple(report.top_values(counts, by)) if row["is_other"] else (row[by],)
    return replace(only, **{f"not_{by}" if row["is_other"] else by: names})  # type: ignore[arg-type] # both are fields


def _row(counted: pd.DataFrame, **values: Any) -> pd.Series | None:  # noqa: ANN401 - cells
    """The row with these values."""
    for column, value in values.items():
        counted = counted[counted[column] == value]
    return None if counted.empty else counted.iloc[0]


def moment(value: Any) -> pd.Timestamp:  # noqa: ANN401 - ms since 1970, or a text
    """A moment as a browser says it."""
    return pd.Timestamp(value, unit="ms", tz="UTC") if isinstance(value, int | float) else pd.Timestamp(value)


def days(start: pd.Timestamp, end: pd.Timestamp, window: Window) -> tuple[date, date]:
    """The first and the last day of a bucket, as far as it lies in the window."""
    end -= timedelta(days=1)
    first, last = start.date(), end.date() if end.year <= MAXYEAR else date.max  # the week in which the calendar ends
    since, until = window
    return max(first, since or first), min(last, until or last)


def dragged(times: list[pd.Timestamp], shown: tuple[date, date]) -> tuple[date, date]:
    """The first and the last day that two moments of an axis span, among those shown and those a date can be.

    The axis ends with the moment at which its last day ends: that is of this day, not of the next.
    """
    first, last = min(times), max(times)
    last = max(first, last - pd.Timedelta(microseconds=1))
    least, most = (pd.Timestamp(day, tz="UTC") for day in (max(shown[0], FIRST_DAY), min(shown[1], LAST_DAY)))
    return min(max(first, least), most).date(), min(max(last, least), most).date()
