"""The number of people equals a plain count of those who wrote the rows."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_client import report
from loop_client.mirror import Zone
from loop_client.mirror.zones import EPOCH
from tests.frames import item, items_frame, items_frames, records

if TYPE_CHECKING:
    import pandas as pd


@given(items=items_frames(), every=st.integers(1, 3))
def test_people_are_counted_once(items: pd.DataFrame, every: int) -> None:
    """In total and for every tag, people are counted like a set of their ids."""
    positions = np.arange(0, len(items), every, dtype=np.int32)
    rows = records(items)[::every]
    expected = []
    for tag in sorted({row["tag"] for row in rows} - {None}):
        people = Counter(row["user_id"] for row in rows if row["tag"] == tag)
        theirs = people.most_common(1)[0][1]
        is_most = theirs > people.total() / 2 and theirs >= 5
        note = f"1 person wrote {theirs} of these {people.total()}." if is_most else None
        expected.append((tag, len(people), people.total(), theirs if is_most else 0, note))

    counts = report.people_counts(items, positions)

    found = counts.by_tag.astype({"note": object})
    found["note"] = found["note"].where(found["note"].notna(), None)
    assert list(found.itertuples(index=False, name=None)) == expected
    assert counts.people == len({row["user_id"] for row in rows})


@pytest.mark.parametrize(
    ("theirs", "others", "note"),
    [
        (5, 4, "1 person wrote 5 of these 9."),
        (5, 5, None),
        (4, 0, None),
        (1200, 0, "1 person wrote 1,200 of these 1,200."),
    ],
)
def test_one_person_who_makes_most_of_a_tag_is_noted(theirs: int, others: int, note: str | None) -> None:
    """A person with more than half and at least five of a tag's items is noted, without a name."""
    people = ["u_loud"] * theirs + [f"u_{number}" for number in range(others)]
    items = items_frame(item(number, user_id=person) for number, person in enumerate(people))

    by_tag = report.people_counts(items, np.arange(len(items))).by_tag

    assert list(by_tag["note"].dropna()) == ([note] if note else [])


@given(
    items=items_frames(),
    zone=st.sampled_from(["UTC", "Asia/Kathmandu"]).map(Zone),
    numbers=st.tuples(st.integers(20_440, 20_520), st.integers(0, 30)).map(lambda ends: np.arange(ends[0], sum(ends))),
)
def test_the_trend_counts_the_people_of_each_day(items: pd.DataFrame, zone: Zone, numbers: np.ndarray) -> None:
    """The trend counts each person once per shown day, on days without items too."""
    days = [zone.day(row["created_at"]) for row in records(items)]
    shown = [EPOCH + timedelta(days=int(number)) for number in numbers]
    buckets = zone.days(items["created_at"].array.asi8)

    trend = report.people_counts(items, np.arange(len(items)), buckets=buckets, shown=numbers).trend

    expected = [
        len({row["user_id"] for row, of in zip(records(items), days, strict=True) if of == day}) for day in shown
    ]
    assert trend.tolist() == expected


def test_no_items_are_nobody() -> None:
    """Without items the frame has no rows, but its columns and dtypes."""
    items = items_frame([item()])
    nobody, somebody = (report.people_counts(items, np.arange(size)) for size in (0, 1))

    assert nobody.people == 0
    assert nobody.by_tag.empty
    assert list(nobody.by_tag.dtypes.items()) == list(somebody.by_tag.dtypes.items())
