"""Counts over time equal a plain count per bucket, and no bucket is missing."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_client import report
from loop_client.mirror.cube import cells_of
from loop_client.query import ABSENT
from tests.frames import counted_frames, item, items_frame, records

if TYPE_CHECKING:
    from loop_client.report import Bucket

Counted = tuple[pd.DataFrame, pd.DataFrame]
BUCKETS = st.sampled_from(["day", "week", "month"])
DAYS = st.dates(date(2025, 12, 20), date(2026, 3, 5))


def starts_between(first: date, last: date, bucket: Bucket) -> list[date]:
    """The first days of all buckets from that of `first` to that of `last`, computed day by day."""
    days = [first - timedelta(days=31) + timedelta(days=number) for number in range((last - first).days + 32)]
    found = [day for day in days if bucket == "day" or (day.weekday() == 0 if bucket == "week" else day.day == 1)]
    return [day for day, after in zip(found, [*found[1:], date.max], strict=True) if after > first]


@given(bucket=BUCKETS, counted=counted_frames())
def test_volume_counts_the_rows_of_each_bucket(bucket: Bucket, counted: Counted) -> None:
    """A bucket's count and share of a sentiment equal those of its rows."""
    rows = records(counted[0])
    volume = report.volume(counted[1], bucket)

    assert int(volume["items"].sum()) == len(rows)
    for row in _rows(volume):
        inside = [one["sentiment"] or ABSENT["sentiment"] for one in rows if row.start <= one["created_at"] < row.end]
        assert row.items == inside.count(row.sentiment)
        rated = len(inside) - inside.count("No sentiment")
        has_share = rated and row.sentiment != "No sentiment"
        assert row.share == row.items / rated if has_share else pd.isna(row.share)


@given(bucket=BUCKETS, counted=counted_frames(), since=st.none() | DAYS, until=st.none() | DAYS, at=DAYS)
def test_no_bucket_is_missing(
    bucket: Bucket, counted: Counted, since: date | None, until: date | None, at: date
) -> None:
    """Every bucket of the items and of the elapsed period has a row for each sentiment."""
    rows, window = records(counted[0]), (since, until)
    if not rows:
        assert report.volume(counted[1], bucket, at, window).empty
        return
    first, last = rows[-1]["created_at"].date(), rows[0]["created_at"].date()
    first = min(first, since or first)
    last = max(last, min(until or at, at)) if since or until else last
    expected = starts_between(first, last, bucket)
    kinds = {row["sentiment"] or ABSENT["sentiment"] for row in rows}

    volume = _rows(report.volume(counted[1], bucket, at, window))
    found = [(row.start.date(), row.sentiment) for row in volume]

    assert sorted(found) == sorted((start, kind) for start in expected for kind in kinds)
    assert found == sorted(found, key=lambda row: row[0])


@given(bucket=BUCKETS, counted=counted_frames(), since=st.none() | DAYS, until=st.none() | DAYS, at=DAYS)
def test_running_and_cut_buckets_are_marked(
    bucket: Bucket, counted: Counted, since: date | None, until: date | None, at: date
) -> None:
    """A bucket is running if now is in it, and cut if a day of it is outside the period."""
    for row in _rows(report.volume(counted[1], bucket, at, (since, until))):
        days = [day.date() for day in pd.date_range(row.start, row.end, inclusive="left")]
        assert row.running == (at in days)
        assert row.cut == any((since and day < since) or (until and day > until) or False for day in days)


def test_only_the_bucket_of_today_runs() -> None:
    """Only today's bucket is running."""
    cells = cells_of(items_frame([item(1, created_at=datetime(2026, 6, 20, tzinfo=UTC)), item(2)]))

    volume = report.volume(cells, "day", date(2026, 6, 20))

    assert list(volume["running"]) == [False, True]


@pytest.mark.parametrize(("days", "rows"), [(999, 1000), (1000, 2)])
def test_one_wrong_year_does_not_make_a_row_for_every_day_since(days: int, rows: int) -> None:
    """Beyond a thousand buckets only those with items have rows."""
    newest = datetime(2026, 6, 19, tzinfo=UTC)
    moments = [newest, newest - timedelta(days=days)]
    cells = cells_of(items_frame(item(number, created_at=moment) for number, moment in enumerate(moments)))

    volume = report.volume(cells, "day")

    assert len(volume) == rows
    assert list(volume["start"].iloc[[0, -1]]) == moments[::-1]


TODAY = date(2026, 6, 19)
FAR = [datetime(1, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)]


@pytest.mark.parametrize("bucket", ["day", "week", "month"])
def test_a_wrong_year_does_not_widen_the_chart(bucket: Bucket) -> None:
    """The chart shows items around today, and a note counts those decades away."""
    days = [datetime(2026, 6, day, tzinfo=UTC) for day in range(1, 20)]
    cells = cells_of(items_frame(item(number, created_at=moment) for number, moment in enumerate([*days, *FAR])))

    shown = report.span(cells, today=TODAY)
    volume = report.volume(cells, bucket, TODAY)

    assert shown is not None
    assert report.outside(cells, shown) == (2, 1)
    assert report.bucket_for(cells, today=TODAY) == "day"
    assert int(volume["items"].sum()) == len(days)
    assert volume["end"].iloc[-1] - volume["start"].iloc[0] < timedelta(days=32)


@pytest.mark.parametrize("bucket", ["day", "week", "month"])
@pytest.mark.parametrize("years", [[1, 2], [9999], [1, 9999], [1, 5000, 9999]])
def test_items_of_far_years_alone_are_drawn_too(bucket: Bucket, years: list[int]) -> None:
    """Items of far years alone are drawn, the last thirty years of them."""
    cells = cells_of(items_frame(item(year, created_at=datetime(year, 12, 31, tzinfo=UTC)) for year in years))
    within = [year for year in years if max(years) - year < 30]

    volume = report.volume(cells, bucket, TODAY)

    assert volume.loc[volume["items"] > 0, "start"].dt.year.tolist() == within
    assert len(volume) <= 1_000


@given(st.lists(st.datetimes(timezones=st.just(UTC)), min_size=1, max_size=30), BUCKETS, st.dates())
def test_every_item_is_drawn_or_counted_beside_the_chart(moments: list[datetime], bucket: Bucket, today: date) -> None:
    """Each item is drawn or counted in the note, in few rows, whatever the years."""
    cells = cells_of(items_frame(item(number, created_at=moment) for number, moment in enumerate(moments)))
    shown = report.span(cells, today=today)

    volume = report.volume(cells, bucket, today)

    assert shown is not None
    assert int(volume["items"].sum()) + sum(report.outside(cells, shown)) == len(moments)
    assert len(volume) <= 1_000


def test_the_first_year_there_is_has_months() -> None:
    """Months of the year 1 can be computed."""
    cells = cells_of(items_frame([item(created_at=datetime(1, 1, 31, tzinfo=UTC))]))

    assert report.volume(cells, "month")["start"].iloc[-1] == datetime(1, 1, 1, tzinfo=UTC)
    assert report.volume(cells, "week")["start"].iloc[-1] == datetime(1, 1, 29, tzinfo=UTC)


def test_buckets_start_on_days_mondays_and_firsts() -> None:
    """Buckets start on days, Mondays and first days of months, in UTC."""
    items = items_frame([item(created_at=datetime(2026, 6, 19, 23, 59, tzinfo=UTC))])

    starts = {bucket: report.volume(cells_of(items), bucket)["start"].iloc[-1] for bucket in ("day", "week", "month")}

    assert starts["day"] == pd.Timestamp("2026-06-19", tz="UTC")
    assert starts["week"] == pd.Timestamp("2026-06-15", tz="UTC")
    assert starts["month"] == pd.Timestamp("2026-06-01", tz="UTC")


@pytest.mark.parametrize(("days", "bucket"), [(0, "day"), (60, "day"), (61, "week"), (400, "week"), (401, "month")])
def test_the_span_chooses_the_bucket(days: int, bucket: str) -> None:
    """Short spans are drawn by day, longer ones by week and month."""
    first = datetime(2025, 1, 1, tzinfo=UTC)
    items = items_frame([item(1, created_at=first + timedelta(days=days)), item(2, created_at=first)])

    assert report.bucket_for(cells_of(items)) == bucket


@given(counted_frames())
def test_only_days_with_items_choose_the_bucket(counted: Counted) -> None:
    """Deleted items do not affect the choice of the bucket."""
    assert report.bucket_for(counted[1]) == report.bucket_for(cells_of(counted[0]))


@given(bucket=BUCKETS, counted=counted_frames(), since=st.none() | DAYS, at=DAYS)
def test_sparklines_count_the_rows_of_the_last_buckets(
    bucket: Bucket, counted: Counted, since: date | None, at: date
) -> None:
    """A sparkline has at most thirty points, without gaps up to today, each the count of its rows."""
    rows = records(counted[0])
    days = [row["created_at"].date() for row in rows]
    first, last = min([*days, since or at], default=at), max([*days, at], default=at)
    shown = starts_between(first if since else days[-1], last if since else days[0], bucket) if rows else []
    starts = [start for start in shown if start <= at][-30:]

    lines = report.sparklines(counted[1], bucket, at, (since, None))

    assert len(lines) == len(starts)
    for point, start in zip(_rows(lines), starts, strict=True):
        inside = [row for row, day in zip(rows, days, strict=True) if start <= day < _end(start, bucket)]
        negative = [row for row in inside if row["sentiment"] == "negative"]
        rated = sum(row["sentiment"] is not None for row in inside)
        assert point.items == len(inside)
        assert point.negative_share == len(negative) / rated if rated else pd.isna(point.negative_share)
        assert point.running == (start <= at < _end(start, bucket))
        assert point.cut == (since is not None and start < since)


@pytest.mark.parametrize("bucket", ["day", "week", "month"])
def test_an_item_of_a_wrong_year_to_come_empties_no_line(bucket: Bucket) -> None:
    """A sparkline ends today, and items dated later are in none."""
    days = [datetime(2026, 6, 19, tzinfo=UTC), datetime(2026, 6, 18, tzinfo=UTC), datetime(2099, 6, 18, tzinfo=UTC)]
    cells = cells_of(items_frame(item(number, created_at=moment) for number, moment in enumerate(days)))

    lines = report.sparklines(cells, bucket, date(2026, 6, 19))

    assert list(lines["items"]) == ([1, 1] if bucket == "day" else [2])
    assert report.sparklines(cells, bucket, date(2026, 5, 1)).empty


def test_no_items_are_no_rows() -> None:
    """Without items the frames have no rows, but their columns and dtypes."""
    nothing, some = cells_of(items_frame(())), cells_of(items_frame([item()]))

    for frame_of in (report.volume, report.sparklines):
        assert frame_of(nothing, "day").empty
        assert list(frame_of(nothing, "day").dtypes.items()) == list(frame_of(some, "day").dtypes.items())


def _end(start: date, bucket: Bucket) -> date:
    days = {"day": 1, "week": 7, "month": monthrange(start.year, start.month)[1]}
    return start + timedelta(days=days[bucket])


def _rows(frame: pd.DataFrame) -> list[Any]:
    return list(frame.itertuples(index=False))
