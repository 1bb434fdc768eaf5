"""The table of all tags equals a plain count of the rows, and its orders do not let chance lead."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from loop_client import report
from loop_client.mirror import Zone
from loop_client.mirror.cube import cells_of
from loop_client.query import TAG_ORDERS
from loop_client.report.comparison import ratio_of_counts, wilson, wilson_ends
from tests.frames import item, items_frame, items_frames, records

if TYPE_CHECKING:
    from collections.abc import Iterable


def table_of(items: pd.DataFrame, both: tuple[report.Period, report.Period] | None = None, zone: Any = None) -> Any:  # noqa: ANN401 - a zone; a frame
    """The table of all tags of these items."""
    zone = zone or Zone("UTC")
    cells, times = cells_of(items, zone), items["created_at"].array.asi8
    people = report.people_counts(items, np.arange(len(items))).by_tag
    compared = None
    if both:
        edges = (items.iloc[report.rows_in(times, report.partial_last_day(one, zone))] for one in both)
        now, before = (report.tags_in(one, cells, edge, zone) for one, edge in zip(both, edges, strict=True))
        compared = now, before
    return report.tag_table(cells, people, compared)


@given(
    items=items_frames(),
    since=st.dates(date(2025, 12, 20), date(2026, 3, 5)),
    now=st.datetimes(datetime(2025, 12, 21), datetime(2026, 3, 6), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
    zone=st.sampled_from(["UTC", "Asia/Kathmandu"]).map(Zone),
)
def test_every_tag_is_counted(items: pd.DataFrame, since: date, now: datetime, zone: Zone) -> None:
    """Items, negatives, share, people, and the items of the previous period of each tag equal a loop over the rows."""
    both = report.compared_periods((since, None), now, zone)
    assume(both is not None)
    assert both is not None
    expected = []
    for tag in sorted({row["tag"] for row in records(items)} - {None}):
        rows = [row for row in records(items) if row["tag"] == tag]
        rated = [row for row in rows if row["sentiment"]]
        negative = sum(row["sentiment"] == "negative" for row in rows)
        share = negative / len(rated) if rated else None
        later, before = (sum(one.start <= row["created_at"] < one.end for row in rows) for one in both)
        change = report.count_change(later, before)
        people = len({row["user_id"] for row in rows})
        low = ratio_of_counts(later, before)[0] if later + before >= 8 else None
        expected.append((tag, len(rows), negative, share, people, before, change.relative, low))

    table = table_of(items, both, zone)

    columns = ["tag", "items", "negative", "share", "people", "before", "change", "change_low"]
    found = [tuple(None if pd.isna(one) else one for one in row) for row in table[columns].itertuples(index=False)]
    assert [row[:6] for row in found] == [row[:6] for row in expected]
    for row, right in zip(found, expected, strict=True):
        assert row[6:] == tuple(None if one is None else pytest.approx(one) for one in right[6:])


@given(st.dictionaries(st.sampled_from("abcdef"), st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1))
def test_the_change_of_each_tag_is_that_of_its_counts(counts: dict[str, tuple[int, int]]) -> None:
    """The changes of all tags at once equal the change of each tag's two counts, with its interval and its clarity."""
    items = items_frame(item(number, tag=tag) for number, tag in enumerate(counts))
    people = report.people_counts(items, np.arange(len(items))).by_tag
    now, before = (pd.Series({tag: both[place] for tag, both in counts.items()}) for place in (0, 1))

    table = report.tag_table(cells_of(items), people, (now, before)).set_index("tag")

    for tag, both in counts.items():
        change, row = report.count_change(*both), table.loc[tag]
        assert row["before"] == both[1]
        found = [None if pd.isna(row[name]) else row[name] for name in ("change", "change_low")]
        assert found[0] == (None if change.relative is None else pytest.approx(change.relative))
        low, high = ratio_of_counts(*both) if sum(both) >= 8 else (None, None)
        assert found[1] == (None if low is None else pytest.approx(low))
        assert row["is_clear"] == (low is not None and high is not None and not low <= 1 <= high)


@given(st.lists(st.tuples(st.integers(0, 90), st.integers(1, 60)), min_size=1))
def test_many_intervals_are_those_of_each(shares: list[tuple[int, int]]) -> None:
    """Wilson's intervals computed at once equal the formula for each, and contain the share."""
    parts, totals = np.array([min(one) for one in shares]), np.array([total for _, total in shares])

    low, high = wilson_ends(parts, totals)

    assert [*zip(low.tolist(), high.tolist(), strict=True)] == [
        wilson(*one) for one in zip(parts.tolist(), totals.tolist(), strict=True)
    ]
    assert ((low <= parts / totals + 1e-12) & (parts / totals <= high + 1e-12)).all()


def several(**counts: tuple[int, int]) -> Iterable[Any]:
    """Items of these tags: so many, and so many of them negative, all of different people."""
    for tag, (many, negative) in counts.items():
        for number in range(many):
            kind = "negative" if number < negative else "positive"
            yield item(0, id=f"{tag}{number}", tag=tag, sentiment=kind, user_id=f"{tag}{number % 9}")


@pytest.mark.parametrize(
    ("by", "order"),
    [
        ("negative items", ["big", "bad", "lucky", "none"]),
        ("items", ["big", "bad", "none", "lucky"]),
        ("negative share", ["bad", "lucky", "big", "none"]),
        ("people", ["big", "bad", "none", "lucky"]),
        ("growth", ["big", "bad", "lucky", "none"]),
    ],
)
def test_tags_are_ordered(by: str, order: list[str]) -> None:
    """Each order has the greatest first, and 1 of 1 does not lead by share; without a comparison, as by default."""
    items = items_frame(several(lucky=(1, 1), bad=(40, 30), big=(300, 31), none=(5, 0)))

    assert list(report.ordered_tags(table_of(items), TAG_ORDERS[by])["tag"]) == order


def test_the_surest_growth_leads() -> None:
    """By growth, a rise that many items show leads a greater one of few, also from 0; too few to compare come last."""
    today, before = (datetime(2026, 6, day, 12, tzinfo=UTC) for day in (19, 18))
    counts = {"many": (300, 100), "few": (32, 8), "same": (50, 50), "new": (90, 0), "rare": (6, 1)}
    items = items_frame(
        item(0, id=f"{tag}{day}{number}", tag=tag, created_at=day)
        for day, place in ((today, 0), (before, 1))
        for tag, both in counts.items()
        for number in range(both[place])
    )
    both = report.compared_periods((date(2026, 6, 19), None), datetime(2026, 6, 19, 13, tzinfo=UTC))

    table = report.ordered_tags(table_of(items, both), TAG_ORDERS["growth"])

    assert list(table["tag"]) == ["new", "many", "few", "same", "rare"]
    assert table["change"].round(2).tolist()[1:4] == [2.0, 3.0, 0.0]
    assert table["change"].isna().tolist() == [True, False, False, False, True]
    assert table["is_clear"].tolist() == [True, True, True, False, False]
    assert table["before"].tolist() == [0, 100, 8, 50, 1]


def test_no_items_are_no_rows() -> None:
    """Without items the table has no rows, but its columns and dtypes."""
    nothing, some = (table_of(items_frame(items)) for items in ((), [item()]))

    assert nothing.empty
    assert list(nothing.dtypes.items()) == list(some.dtypes.items())
