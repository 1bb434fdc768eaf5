"""The overview's numbers equal a plain count of the rows."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given

from loop_client import report
from loop_client.mirror.cube import cells_of
from tests.frames import item, items_frame, items_frames

if TYPE_CHECKING:
    from loop_client.report.overview import Bucket


def records(items: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as dicts, with None for what is absent."""
    return [
        {str(name): None if pd.isna(value) else value for name, value in row.items()}
        for row in items.to_dict("records")
    ]


@given(items_frames())
def test_totals_count_the_rows(items: pd.DataFrame) -> None:
    """Every total is what a loop over the rows counts."""
    rows = records(items)
    negative = [row for row in rows if row["sentiment"] == "negative"]
    rated = [row for row in rows if row["sentiment"] is not None]

    totals = report.totals(cells_of(items))

    assert totals.items == len(rows)
    assert totals.open == sum(row["status"] == "open" for row in rows)
    assert totals.open_negative == sum(row["status"] == "open" for row in negative)
    assert totals.negative == len(negative)
    assert totals.not_set == len(rows) - len(rated)
    assert totals.negative_share == (len(negative) / len(rated) if rated else None)


@given(items_frames())
def test_tag_counts_count_the_rows(items: pd.DataFrame) -> None:
    """Each tag and sentiment has as many items as there are rows, untagged and unrated ones included."""
    counted = report.tag_counts(cells_of(items))

    expected = Counter((row["tag"] or report.NOT_SET, row["sentiment"] or report.NOT_SET) for row in records(items))
    assert {(row.tag, row.sentiment): row.items for row in _rows(counted)} == expected


@given(items_frames())
def test_tags_are_ranked_by_negative_items(items: pd.DataFrame) -> None:
    """A tag with more negative items never stands behind one with fewer."""
    counted = report.tag_counts(cells_of(items))

    negative = [int(group.loc[group["sentiment"] == "negative", "items"].sum()) for _, group in counted.groupby("rank")]
    assert negative == sorted(negative, reverse=True)


def test_tags_beyond_the_first_are_added_up() -> None:
    """The least tags become one last row, so that the chart adds up to all items."""
    tags = ["a"] * 5 + ["b"] * 4 + ["c"] * 3 + ["d"] * 2
    counted = report.tag_counts(cells_of(items_frame(item(n, tag=tag) for n, tag in enumerate(tags))), top=2)

    assert [(row.tag, row.rank, row.items) for row in _rows(counted)] == [
        ("a", 0, 5),
        ("b", 1, 4),
        (report.OTHER_TAGS, 2, 5),
    ]


@pytest.mark.parametrize("bucket", ["day", "week", "month"])
@given(items=items_frames())
def test_volume_counts_the_rows_of_each_bucket(bucket: Bucket, items: pd.DataFrame) -> None:
    """A bucket has as many items of a sentiment as were created from its start up to its end."""
    rows = records(items)
    volume = report.volume(cells_of(items), bucket)

    assert int(volume["items"].sum()) == len(rows)
    for row in _rows(volume):
        assert row.items == sum(
            row.start <= one["created_at"] < row.end and (one["sentiment"] or report.NOT_SET) == row.sentiment
            for one in rows
        )


def test_buckets_start_on_days_mondays_and_firsts() -> None:
    """A bucket begins where a person would say that it begins, in UTC."""
    items = items_frame([item(created_at=datetime(2026, 6, 19, 23, 59, tzinfo=UTC))])

    starts = {bucket: report.volume(cells_of(items), bucket)["start"].iloc[-1] for bucket in ("day", "week", "month")}

    assert starts["day"] == pd.Timestamp("2026-06-19", tz="UTC")
    assert starts["week"] == pd.Timestamp("2026-06-15", tz="UTC")
    assert starts["month"] == pd.Timestamp("2026-06-01", tz="UTC")


def test_a_single_day_is_drawn_among_empty_ones() -> None:
    """Few buckets are preceded by an empty one so far back that fourteen fit."""
    volume = report.volume(cells_of(items_frame([item()])), "day")

    assert list(volume["items"]) == [0, 1]
    assert volume["start"].iloc[1] - volume["start"].iloc[0] == pd.Timedelta(days=13)


@pytest.mark.parametrize(("days", "bucket"), [(0, "day"), (60, "day"), (61, "week"), (400, "week"), (401, "month")])
def test_the_span_chooses_the_bucket(days: int, bucket: str) -> None:
    """Short spans are drawn by day, long ones by week and month."""
    first = datetime(2025, 1, 1, tzinfo=UTC)
    items = items_frame([item(1, created_at=first + timedelta(days=days)), item(2, created_at=first)])

    assert report.bucket_for(cells_of(items)) == bucket


def test_no_items_are_counts_of_zero_and_empty_frames() -> None:
    """Nothing to count is no error: zeros, no share, frames without rows but with their columns."""
    nothing = items_frame(())

    assert report.totals(cells_of(nothing)).items == 0
    assert report.totals(cells_of(nothing)).negative_share is None
    assert list(report.volume(cells_of(nothing), "day").columns) == ["start", "end", "sentiment", "items"]
    assert list(report.tag_counts(cells_of(nothing)).columns) == ["tag", "rank", "sentiment", "items"]
    assert report.volume(cells_of(nothing), "day").empty
    assert report.tag_counts(cells_of(nothing)).empty


def test_an_unknown_sentiment_is_shown_between_the_known_and_not_set() -> None:
    """What the API sends beyond its documentation gets a place of its own."""
    items = items_frame([item(1, sentiment="mixed"), item(2, sentiment=None)])

    assert report.sentiments_in(cells_of(items)) == ("negative", "neutral", "positive", "mixed", report.NOT_SET)


def _rows(frame: pd.DataFrame) -> list[Any]:
    return list(frame.itertuples(index=False))
