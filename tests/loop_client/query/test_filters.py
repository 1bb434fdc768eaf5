"""The filters select what they say, and offer the values that occur."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from loop_client import report
from loop_client.query import ABSENT, NOT_SET, Filters, known_tags, offered
from loop_client.query import shortened as short_name
from tests.frames import TAGS, item, items_frame, items_frames, snapshot_of

if TYPE_CHECKING:
    from collections.abc import Hashable

    from loop_client.mirror import Snapshot
    from loop_client.models import Feedback


def choices(*values: str) -> st.SearchStrategy[tuple[str, ...]]:
    """Any selection of these values and of absent ones."""
    return st.lists(st.sampled_from([*values, NOT_SET]), unique=True, max_size=3).map(tuple)


FILTERS = st.builds(
    Filters,
    status=choices("open", "resolved"),
    sentiment=choices("negative", "mixed"),
    tag=choices(*(tag for tag in TAGS if tag)),
    source=choices("email"),
    user=choices("u_1", "u_2"),
    since=st.none() | st.dates(date(2025, 12, 20), date(2026, 3, 5)),
    until=st.none() | st.dates(date(2025, 12, 20), date(2026, 3, 5)),
    text=st.text("bX1 $.(日", max_size=3),
)


def snapshot(*items: Feedback) -> Snapshot:
    """A complete snapshot of these items."""
    return snapshot_of(items_frame(items))


@given(items_frames(), FILTERS)
def test_an_item_passes_when_it_passes_every_filter(items: pd.DataFrame, filters: Filters) -> None:
    """The selected rows are those of a plain evaluation of the filters, in their order."""

    def passes(row: dict[Hashable, Any]) -> bool:
        for field, column in (
            ("status", "status"),
            ("sentiment", "sentiment"),
            ("tag", "tag"),
            ("source", "source"),
            ("user", "user_id"),
        ):
            values = getattr(filters, field)
            absent = {NOT_SET, ABSENT[column]} if column in ABSENT else set()
            names = absent if pd.isna(row[column]) else ({row[column]} - absent) | {f"“{row[column]}”"}
            if values and names.isdisjoint(values):
                return False
        created = pd.Timestamp(str(row["created_at"])).date()
        first, last = sorted([filters.since or date.min, filters.until or date.max])
        words = filters.text.lower().split()
        return first <= created <= last and all(word in str(row["message"]).lower() for word in words)

    shown = snapshot_of(items)
    passing = shown.rows(filters.rows(shown))

    assert report.totals(filters.cells(shown)).items == len(passing)
    assert list(passing["id"]) == [row["id"] for row in items.to_dict("records") if passes(row)]


def test_no_filter_counts_the_very_cells() -> None:
    """Without a filter the shared cells are returned as they are, and a search is cached."""
    shown, text = snapshot(item()), Filters(text="CSV")

    assert Filters().cells(shown) is shown.cells
    assert text.rows(shown) is text.rows(shown)


def test_text_is_taken_literally() -> None:
    """A search text is found literally, not as a pattern."""
    shown = snapshot_of(items_frame([item(1, message="costs $5 (net)"), item(2, message="costs 55 net")]))

    assert list(shown.rows(Filters(text="$5 (NET)").rows(shown))["id"]) == ["fb_1"]


def test_both_days_of_a_window_are_included() -> None:
    """A period of one day has that day's first and last moment."""
    moments = [
        datetime(2026, 6, 20, tzinfo=UTC),
        datetime(2026, 6, 19, 23, 59, 59, 999999, tzinfo=UTC),
        datetime(2026, 6, 19, tzinfo=UTC),
        datetime(2026, 6, 18, 23, 59, 59, tzinfo=UTC),
    ]
    shown = snapshot(*(item(number, created_at=moment) for number, moment in enumerate(moments)))
    day = date(2026, 6, 19)

    assert list(shown.rows(Filters(since=day, until=day).rows(shown))["id"]) == ["fb_1", "fb_2"]


def test_values_are_offered_most_frequent_first() -> None:
    """Documented values are always offered, tags by frequency, absent ones last."""
    options = offered(snapshot(item(1, tag="a"), item(2, tag="b"), item(3, tag="b"), item(4, tag=None)))

    assert options["status"] == ["open", "resolved", "No status"]
    assert options["sentiment"] == ["negative", "neutral", "positive", "No sentiment"]
    assert options["tag"] == ["b", "a", "No tag"]


def test_a_tag_of_another_spelling_is_found() -> None:
    """A new tag leads to the most frequent one that is spelt nearly so; a tag that there is, to none."""
    there = ["Data-Export", *["data export"] * 2, "Größe", "C++", "c"]
    shown = snapshot(*(item(number, tag=tag) for number, tag in enumerate(there)), item(9, tag=None))

    assert known_tags(shown, ["dataExports", "grosse", "GROSSE", "new", "C", "?", "No tag"]) == {
        "dataExports": "data export",
        "grosse": "Größe",
        "GROSSE": "Größe",
        "new": None,
        "C": "c",
        "?": None,
        "No tag": None,
    }
    assert known_tags(shown, [*there, " data  export"]) == {}


def test_a_tag_that_reads_like_none_is_offered_as_a_tag() -> None:
    """A tag that reads like an absent one is offered in quotes, and each selects its own items."""
    shown = snapshot(item(1, tag=NOT_SET), item(2, tag=NOT_SET), item(3, tag=None), item(4, tag="No tag"))

    assert offered(shown)["tag"] == ["“(not set)”", "“No tag”", "No tag"]
    found = [list(shown.rows(Filters(tag=(name,)).rows(shown))["id"]) for name in (*offered(shown)["tag"], "(not set)")]
    assert found == [["fb_1", "fb_2"], ["fb_4"], ["fb_3"], ["fb_3"]]


def test_no_list_offers_a_very_long_name() -> None:
    """Very long tags, sources and people are offered by their short names."""
    long = "x" * 1_000
    options = offered(snapshot(item(1, tag=long, source=long, sentiment=long, status=long, user_id=long)))

    assert max(len(name) for names in options.values() for name in names) <= 200
    assert short_name(long) in options["user"]
