"""The rank of an item can be computed by hand, and it sets the order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_client import report
from loop_client.report.similar import WordIndex
from tests.frames import item, items_frame

if TYPE_CHECKING:
    from loop_client.models import Feedback

NOW = datetime(2026, 6, 20, 12, tzinfo=UTC)
TEXTS = ["The export to csv fails with an error", "the export to CSV fails, with an error!", "Search is slow", "", "?"]
KINDS = [("open", "negative"), ("open", "negative"), ("open", None), ("resolved", "negative"), ("open", "positive")]
COMPLAINTS = st.tuples(
    st.sampled_from(TEXTS), st.sampled_from(["u_1", "u_2", "u_3"]), st.integers(-3, 90 * 24), st.sampled_from(KINDS)
)


def complaint(
    number: int, message: str, user_id: str, hours: int, kind: tuple[str, str | None] = ("open", "negative")
) -> Feedback:
    """An item of this many hours ago."""
    status, sentiment = kind
    at = NOW - timedelta(hours=hours)
    return item(number, message=message, user_id=user_id, created_at=at, status=status, sentiment=sentiment)


@given(st.lists(COMPLAINTS, max_size=25), st.integers(1, 30))
def test_the_rank_is_what_its_parts_say(rows: list[tuple[str, str, int, tuple[str, str | None]]], most: int) -> None:
    """Only the oldest open negative items have a rank, from their near-duplicates; the others follow, oldest first."""
    rows.sort(key=lambda row: row[2])
    frame = items_frame(complaint(number, *row) for number, row in enumerate(rows))
    oldest = np.array([n for n, row in enumerate(rows) if row[3] == ("open", "negative")], int)[-most:]
    found = report.queue(frame, np.arange(len(rows), dtype=np.int32), NOW, most)
    expected = {}
    for position in oldest.tolist():
        group = [position, *(one.position for one in WordIndex(frame, oldest).near_duplicates_of(position).items)]
        hours = [max(rows[place][2], 0) for place in group]
        people = len({rows[place][1] for place in group})
        expected[position] = people * 0.5 ** (min(hours) / 24 / 14) * max(hours) / 24

    ranks = dict(zip(found["position"].tolist(), found["rank"].tolist(), strict=True))
    assert sorted(ranks) == list(range(len(rows)))
    assert {position: ranks[position] for position in expected} == pytest.approx(expected)
    assert all(np.isnan(rank) for position, rank in ranks.items() if position not in expected)
    in_order = [(-rank, -position) for position, rank in ranks.items() if position in expected]
    assert in_order == sorted(in_order)
    assert found["position"].tolist()[len(expected) :] == [n for n in range(len(rows))[::-1] if n not in expected]


def test_a_complaint_of_many_precedes_an_old_one_of_a_single_person() -> None:
    """A complaint of many precedes an old one of a single person, until that is old enough."""
    rows = [
        *(complaint(number, TEXTS[0], f"u_{number}", 24 * number + 24) for number in range(4)),
        complaint(8, "A question of one about invoices", "u_8", 24 * 20),
        complaint(9, "Another of one about the colours", "u_9", 24 * 80),
    ]

    found = report.queue(items_frame(rows), np.arange(6), NOW)

    assert found["position"].tolist() == [3, 2, 1, 0, 4, 5]
    assert found["people"].tolist() == [4, 4, 4, 4, 1, 1]


def test_no_items_are_no_rows() -> None:
    """Without items the frame has no rows, but its columns and dtypes."""
    none, some = (report.queue(items_frame(rows), np.arange(len(rows)), NOW) for rows in ([], [item()]))

    assert none.empty
    assert list(none.dtypes) == list(some.dtypes)
    assert isinstance(none, pd.DataFrame)
