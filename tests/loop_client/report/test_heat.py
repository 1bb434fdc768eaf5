"""The heat map equals a plain count of the rows, and its note counts what it leaves out."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from loop_client import report
from loop_client.mirror.cube import cells_of
from loop_client.report import CatchAlls
from tests.frames import counted_frames, item, items_frame, records

if TYPE_CHECKING:
    import pandas as pd


def monday(row: dict[str, Any]) -> date:
    """The first day of the week of a row."""
    day: date = row["created_at"].date()
    return day - timedelta(days=day.weekday())


@given(counted=counted_frames(), top=st.integers(1, 6))
def test_every_row_is_in_its_tag_and_week(counted: tuple[pd.DataFrame, pd.DataFrame], top: int) -> None:
    """Each week of each tag equals a loop over the rows, zeros included, and the catch-alls have all other rows."""
    rows = records(counted[0])
    negative = Counter(row["tag"] for row in rows if row["sentiment"] == "negative")
    of_each = Counter(row["tag"] for row in rows)
    order = sorted(of_each.keys() - {None}, key=lambda tag: (-negative[tag], -of_each[tag], tag))
    weeks = [monday(rows[-1]) + timedelta(weeks=number) for number in range(12)] if rows else []
    weeks = [week for week in weeks if week <= monday(rows[0])]
    expected = []
    for rank, tag in enumerate(order[:top]):
        for week in weeks:
            inside = [row for row in rows if monday(row) == week and row["tag"] == tag]
            bad = sum(row["sentiment"] == "negative" for row in inside)
            expected.append((tag, rank, week, (weeks[-1] - week).days // 7, len(inside), bad))

    heat = report.tag_weeks(counted[1], top=top)

    found = heat.counts.assign(start=[start.date() for start in heat.counts["start"]])
    columns = ["tag", "rank", "start", "ago", "items", "negative"]
    assert list(found[columns].itertuples(index=False, name=None)) == expected
    assert heat.note == (f"The last weeks, as many as fit, at most {len(weeks)}." if len(weeks) > 4 else None)
    assert list(found["shade"]) == [items / found["items"].max() for items in found["items"]]
    others = order[top:]
    assert heat.catch_alls == CatchAlls(len(others), sum(of_each[tag] for tag in others), of_each[None])


def test_what_is_no_tag_does_not_pale_the_tags() -> None:
    """The shade's maximum is of a tag, and items without a tag have no row."""
    items = items_frame(
        [*(item(n, tag=None) for n in range(90)), *(item(100 + n, tag="a") for n in range(4)), item(200, tag="b")]
    )

    counts = report.tag_weeks(cells_of(items)).counts.set_index("tag")

    assert counts["shade"].to_dict() == {"a": 1, "b": 0.25}


def test_partial_weeks_are_marked() -> None:
    """An unfinished week, and one cut by the dates, are marked as partial."""
    days = [date(2026, 6, day) for day in (3, 10, 17)]
    items = items_frame(item(n, created_at=datetime(2026, 6, day.day, 12, tzinfo=UTC)) for n, day in enumerate(days))

    counts = report.tag_weeks(cells_of(items), date(2026, 6, 18), (date(2026, 6, 3), None)).counts

    assert counts["running"].tolist() == [False, False, True]
    assert counts["cut"].tolist() == [True, False, False]


def test_only_the_last_weeks_are_shown() -> None:
    """Only the last 26 weeks and their tags are shown, and the note counts older items."""
    newest = datetime(2026, 6, 21, 23, tzinfo=UTC)  # a Sunday
    weeks_back = [0, 25, 26, 30]
    items = items_frame(
        item(number, tag=f"t{weeks}", created_at=newest - timedelta(weeks=weeks))
        for number, weeks in enumerate(weeks_back)
    )

    heat = report.tag_weeks(cells_of(items))

    assert set(heat.counts["tag"]) == {"t0", "t25"}
    assert heat.catch_alls == CatchAlls(0, 0, 0)
    assert heat.counts["start"].nunique() == heat.weeks == 26
    assert heat.note == "The last weeks, as many as fit, at most 26. 2 items are older than these."


def test_an_item_of_a_wrong_year_to_come_empties_no_map() -> None:
    """The last week is today's, and the note counts later items."""
    today = datetime(2026, 6, 19, tzinfo=UTC)
    moments = [today, today + timedelta(days=2), today - timedelta(weeks=30), today.replace(year=2099)]
    items = [item(number, created_at=moment) for number, moment in enumerate(moments)]

    heat, later, to_come = (
        report.tag_weeks(cells_of(items_frame(some)), today.date()) for some in (items, items[::3], items[3:] * 2)
    )

    assert heat.counts["items"].tolist() == [0] * 25 + [2]
    assert heat.note == (
        "The last weeks, as many as fit, at most 26. 1 item is older than these. 1 item is dated later."
    )
    assert (later.weeks, later.note) == (1, "1 item is dated later.")
    assert to_come.counts.empty
    assert to_come.note == "2 items are dated later."


def test_no_items_are_no_rows() -> None:
    """Without items the frame has no rows, but its columns and dtypes."""
    nothing, some = (report.tag_weeks(cells_of(items_frame(items))).counts for items in ((), [item()]))

    assert nothing.empty
    assert list(nothing.dtypes.items()) == list(some.dtypes.items())
