"""The table of people equals a plain loop over their items."""

from __future__ import annotations

import math
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_client import report
from loop_client.query import PEOPLE_ORDERS
from loop_client.report.comparison import wilson_ends
from tests.frames import item, items_frame, items_frames, records

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)


def table_of(
    items: pd.DataFrame, positions: np.ndarray | None = None, clusters: np.ndarray | None = None
) -> tuple[report.PeopleTable, list[str]]:
    """The table of people who wrote the items at these positions, and their ids. `clusters`: of all items."""
    persons = report.Persons.of(items)
    every = np.arange(len(items), dtype=np.int32) if positions is None else positions
    complaints = persons.complaints(np.full(len(items), -1) if clusters is None else clusters)
    table = report.people_table(items, every, persons.numbers, complaints, NOW)
    return table, [persons.ids[int(group)].as_py() for group in table.rows["group"]]


def days(since: datetime) -> float:
    """Days until now, none of them negative."""
    return max((NOW - since).total_seconds(), 0) / 86_400


def recounted(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """What the table says of a person with these items, newest first, each with its cluster, or its own id."""
    rated = [row for row in rows if row["sentiment"] is not None]
    negative = [row for row in rows if row["sentiment"] == "negative"]
    waiting = [row["created_at"] for row in negative if row["status"] == "open"]
    complaints = len({row["cluster"] for row in negative if row["status"] == "open"})
    recency = 0.5 ** (days(max(waiting)) / 14) if waiting else math.nan
    wait = 1 + min(days(min(waiting)), 30) / 30 if waiting else math.nan
    return {
        "items": len(rows),
        "rated": len(rated),
        "negative": len(negative),
        "share": len(negative) / len(rated) if rated else math.nan,
        "share_low": float(wilson_ends(np.array([len(negative)]), np.array([len(rated)]))[0][0]) if rated else math.nan,
        "open": sum(row["status"] == "open" for row in rows),
        "open_negative": len(waiting),
        "complaints": complaints,
        "first_said": rows[-1]["created_at"],
        "last_said": rows[0]["created_at"],
        "recency": recency,
        "waiting": wait,
        "open_since": min(waiting) if waiting else pd.NaT,
        "weight": math.sqrt(complaints) * recency * wait if waiting else 0.0,
    }


@given(items=items_frames(), every=st.integers(1, 3), seed=st.integers(0, 9))
def test_a_person_has_the_numbers_of_a_plain_count(items: pd.DataFrame, every: int, seed: int) -> None:
    """Each row equals a loop over the items of one person that pass the filters."""
    positions = np.arange(0, len(items), every, dtype=np.int32)
    clusters = np.random.default_rng(seed).integers(-1, 3, len(items))
    all_rows = [
        {**row, "cluster": cluster if cluster >= 0 else row["id"]}
        for row, cluster in zip(records(items), clusters.tolist(), strict=True)
    ]
    passing = all_rows[::every]

    table, ids = table_of(items, positions, clusters)

    assert sorted(ids) == sorted({row["user_id"] for row in passing})
    for user_id, found in zip(ids, table.rows.drop(columns="group").to_dict("records"), strict=True):
        expected = recounted([row for row in passing if row["user_id"] == user_id])
        assert list(found) == list(expected)
        assert all(is_same(found[name], value) for name, value in expected.items())


def is_same(found: Any, expected: Any) -> bool:  # noqa: ANN401 - cells
    """Whether two cells are equal, or both missing."""
    if pd.isna(expected) or pd.isna(found):
        return bool(pd.isna(expected) and pd.isna(found))
    return bool(found == (pytest.approx(expected) if isinstance(expected, float) else expected))


@given(items=items_frames(), name=st.sampled_from([*PEOPLE_ORDERS]))
def test_an_order_puts_the_greatest_first_and_missing_last(items: pd.DataFrame, name: str) -> None:
    """People are ordered by a column, then by items; those without a value come last."""
    column = PEOPLE_ORDERS[name]
    rows = table_of(items)[0].rows

    order = report.ordered_people(rows, column, ascending=column == "first_said")

    def key(row: int) -> tuple[Any, ...]:
        value = rows[column].iloc[row]
        number = value.timestamp() if isinstance(value, pd.Timestamp) else value
        is_missing = pd.isna(value)
        return is_missing, 0 if is_missing else number if column == "first_said" else -number, -rows["items"].iloc[row]

    assert order.tolist() == sorted(range(len(rows)), key=lambda row: (*key(row), row))


@given(items=items_frames())
def test_a_page_has_each_persons_weeks_and_main_tags(items: pd.DataFrame) -> None:
    """The trend counts the last 12 weeks, and the main tags are the three with most items, by name where equal."""
    table, ids = table_of(items)
    rows = np.arange(len(ids))[::-1]

    facts = table.facts(items, rows, NOW)

    for row, (trend, tags) in zip(rows, zip(facts["trend"], facts["tags"], strict=True), strict=True):
        theirs = [one for one in records(items) if one["user_id"] == ids[row]]
        ages = [int(days(one["created_at"]) // 7) for one in theirs]
        counted = Counter(one["tag"] for one in theirs if one["tag"] is not None)
        assert trend == [ages.count(week) for week in range(11, -1, -1)]
        assert tags == sorted(counted, key=lambda tag: (-counted[tag], tag))[:3]


@given(items=items_frames(), every=st.integers(1, 3))
def test_items_to_answer_come_first(items: pd.DataFrame, every: int) -> None:
    """Open negative items are before all others, and both keep their order."""
    positions = np.arange(0, len(items), every)

    ordered = report.to_answer_first(items, positions)

    rows = records(items)
    assert ordered.tolist() == sorted(
        positions.tolist(), key=lambda at: (rows[at]["status"], rows[at]["sentiment"]) != ("open", "negative")
    )


def test_a_group_has_the_items_of_all_its_people() -> None:
    """People of one group are one row, and those of no group are in none."""
    items = items_frame(
        item(number, user_id=person, created_at=NOW - timedelta(days=number))
        for number, person in enumerate(["u_1", "u_2", "u_3", "u_1"])
    )
    persons = report.Persons.of(items)
    group_of = {"u_1": 0, "u_2": 0, "u_3": -1}
    groups = np.array([group_of[one.as_py()] for one in persons.ids])

    complaints = persons.complaints(np.zeros(4, np.int64))
    table = report.people_table(items, np.arange(4), groups[persons.numbers], complaints, NOW)

    assert table.rows[["group", "items", "open_negative", "complaints"]].to_numpy().tolist() == [[0, 3, 3, 2]]
    assert table.positions.tolist() == [0, 1, 3]


def test_without_items_there_are_no_rows_with_the_same_columns() -> None:
    """Nobody is in the table of no items, which has the columns and types of any other."""
    some, none = (table_of(items_frame(items))[0] for items in ([item()], []))

    assert len(none.rows) == 0
    assert none.rows.dtypes.to_dict() == some.rows.dtypes.to_dict()
    assert list(none.facts(items_frame([]), np.array([], np.int64), NOW).columns) == ["trend", "tags"]


def test_whoever_repeats_one_wish_does_not_outweigh_five_different_ones() -> None:
    """Five items that say the same weigh as one that waits as long, and less than five different complaints."""
    when = [NOW - timedelta(days=number) for number in range(5)]
    both = [(moment, name) for moment in when for name in ("many", "repeats")]
    items = items_frame(item(number, user_id=name, created_at=moment) for number, (moment, name) in enumerate(both))
    clusters = np.array([7 if name == "repeats" else -1 for _, name in both])

    table, ids = table_of(items, clusters=clusters)

    assert dict(zip(ids, table.rows["complaints"], strict=True)) == {"many": 5, "repeats": 1}
    weights = dict(zip(ids, table.rows["weight"], strict=True))
    assert weights["many"] == pytest.approx(math.sqrt(5) * weights["repeats"])


@pytest.mark.parametrize(
    ("later", "earlier"),
    [
        ({"created_at": NOW - timedelta(days=1)}, {"created_at": NOW - timedelta(days=15)}),
        ({"status": "open"}, {"status": "resolved"}),
    ],
)
def test_whoever_complained_last_is_to_be_called_first(later: dict[str, Any], earlier: dict[str, Any]) -> None:
    """Of two people with one complaint, the recent and the open one has more weight."""
    when = NOW - timedelta(days=1)
    items = items_frame(
        sorted(
            (
                item(number, user_id=name, **{"created_at": when, **values})
                for number, (name, values) in enumerate({"early": earlier, "late": later}.items())
            ),
            key=lambda one: one.created_at,
            reverse=True,
        )
    )

    table, ids = table_of(items)

    assert ids[report.ordered_people(table.rows, "weight")[0]] == "late"
