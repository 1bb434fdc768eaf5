"""The overview's totals equal a plain count of the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given

from loop_client import report
from loop_client.mirror.cube import cells_of
from loop_client.query import ABSENT
from tests.frames import counted_frames, item, items_frame, records

if TYPE_CHECKING:
    import pandas as pd


@given(counted_frames())
def test_totals_count_the_rows(counted: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    """Every total equals a loop over the rows."""
    rows = records(counted[0])
    negative = [row for row in rows if row["sentiment"] == "negative"]
    positive = [row for row in rows if row["sentiment"] == "positive"]
    rated = [row for row in rows if row["sentiment"] is not None]

    totals = report.totals(counted[1])

    assert totals.items == len(rows)
    assert totals.open == sum(row["status"] == "open" for row in rows)
    assert totals.open_negative == sum(row["status"] == "open" for row in negative)
    assert totals.negative == len(negative)
    assert totals.positive == len(positive)
    assert totals.not_set == len(rows) - len(rated)
    assert totals.negative_share == (len(negative) / len(rated) if rated else None)
    assert totals.net_sentiment == ((len(positive) - len(negative)) / len(rated) if rated else None)


@given(counted_frames())
def test_the_sentiments_to_show_are_those_of_the_rows(counted: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    """The documented sentiments and "No sentiment" are always shown, others if a row has them."""
    others = {row["sentiment"] for row in records(counted[0])} - {"negative", "neutral", "positive", None}

    assert report.sentiments_in(counted[1]) == ("negative", "neutral", "positive", *sorted(others), ABSENT["sentiment"])


def test_no_items_are_counts_of_zero() -> None:
    """Without items totals are zero, and there is no share."""
    totals = report.totals(cells_of(items_frame(())))

    assert totals.items == 0
    assert totals.negative_share is None
    assert totals.net_sentiment is None


def test_an_unknown_sentiment_is_shown_between_the_known_and_not_set() -> None:
    """An undocumented sentiment is shown between the documented ones and "No sentiment"."""
    items = items_frame([item(1, sentiment="mixed"), item(2, sentiment=None)])

    assert report.sentiments_in(cells_of(items)) == ("negative", "neutral", "positive", "mixed", ABSENT["sentiment"])
