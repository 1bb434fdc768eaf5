"""Counts by tag and source equal a plain count of the rows, and names are not confused."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from loop_client import report
from loop_client.mirror.cube import cells_of
from loop_client.query import ABSENT
from tests.frames import counted_frames, item, items_frame, records

if TYPE_CHECKING:
    from collections.abc import Iterable

    from loop_client.report import Dimension

Counted = tuple[pd.DataFrame, pd.DataFrame]


def named(counts: pd.DataFrame, dimension: Dimension) -> list[tuple[str | None, int, str, int]]:
    """The rows as (name, rank, sentiment, items), with None for the other values."""
    return [
        (None if is_other else str(name), int(rank), str(sentiment), int(count))
        for name, rank, is_other, sentiment, count in counts[
            [dimension, "rank", "is_other", "sentiment", "items"]
        ].itertuples(index=False)
    ]


def tagged(tags: Iterable[str | None]) -> pd.DataFrame:
    """Cells of one negative item for each of these tags."""
    return cells_of(items_frame(item(number, tag=tag) for number, tag in enumerate(tags)))


@given(dimension=st.sampled_from(["tag", "source"]), counted=counted_frames(), top=st.integers(1, 9))
def test_every_row_is_counted_once(dimension: Dimension, counted: Counted, top: int) -> None:
    """The worst values equal a loop over the rows, and the last row has all others."""
    absent, unrated = ABSENT[dimension], ABSENT["sentiment"]
    rows = [(row[dimension] or absent, row["sentiment"] or unrated) for row in records(counted[0])]
    of_each, negative = Counter(name for name, _ in rows), Counter(name for name, kind in rows if kind == "negative")
    order = sorted(of_each.keys() - {absent}, key=lambda name: (-negative[name], -of_each[name], name))
    own = [*order[:top], *([absent] if absent in of_each else [])]
    place: dict[str, tuple[str | None, int]] = {name: (name, rank) for rank, name in enumerate(order[:top])}
    place[absent] = (absent, min(len(order), top + 1))
    expected = Counter((*place.get(name, (None, top)), kind) for name, kind in rows)

    found = report.counts_by(counted[1], dimension, top)
    counts = named(found, dimension)

    assert report.top_values(found, dimension) == own
    assert {row[:3]: row[3] for row in counts} == expected
    assert counts == sorted(counts, key=lambda row: (row[1], row[2]))
    assert len(counts) == len(expected)


def test_tags_beyond_the_first_are_added_up() -> None:
    """The remaining tags are one last row, so that the chart adds up to all items."""
    counts = report.counts_by(tagged(["a"] * 5 + ["b"] * 4 + ["c"] * 3 + ["d"] * 2), "tag", top=2)

    assert list(counts["tag"]) == ["a", "b", report.OTHERS["tag"]]
    assert list(counts["items"]) == [5, 4, 5]
    assert list(counts["is_other"]) == [False, False, True]


def test_a_tag_named_like_the_other_tags_is_not_merged_with_them() -> None:
    """A tag named like the row of other tags has its own row and label."""
    counts = report.counts_by(tagged(["(other tags)", "(other tags)", "a"]), "tag", top=1)

    assert list(counts["tag"]) == ["(other tags)", "(other tags)"]
    assert list(counts["is_other"]) == [False, True]
    assert report.labels(counts, "tag") == ["“(other tags)”", "(other tags)"]


LIKE_OURS = ["(not set)", "No tag", "no tag", "“No tag”", "“(not set)”"]
"""Tags that read like our names for absent values."""


def test_a_tag_that_reads_like_none_is_a_tag() -> None:
    """A tag that reads like an absent one has its own row and label."""
    counts = report.counts_by(tagged([*LIKE_OURS, None, None]), "tag")

    assert sorted(counts["items"]) == [*[1] * len(LIKE_OURS), 2]
    assert (counts["tag"].iloc[-1], counts["items"].iloc[-1]) == ("No tag", 2)
    assert "(not set)" not in set(counts["tag"])
    assert len(set(report.labels(counts, "tag"))) == len(counts)


def test_what_has_no_tag_does_not_lead_the_tags() -> None:
    """Items without a tag come last, however many are negative."""
    counts = report.counts_by(tagged([None, None, None, "a", "a", "b"]), "tag", top=1)

    assert list(counts["tag"]) == ["a", report.OTHERS["tag"], ABSENT["tag"]]
    assert list(counts["rank"]) == [0, 1, 2]


@given(
    st.lists(
        st.sampled_from([None, "a", "x" * 80, "x" * 81, "(other tags)", "“(other tags)”", "a (2)", *LIKE_OURS]),
        unique=True,
    )
)
def test_no_two_ranks_have_one_label(tags: list[str | None]) -> None:
    """Labels are unique, for long names that start alike and for names like our own."""
    counts = report.counts_by(tagged(tags), "tag", top=4)

    assert len(set(report.labels(counts, "tag"))) == counts["rank"].nunique()


def test_no_items_are_no_rows() -> None:
    """Without items the frame has no rows, but its columns and dtypes."""
    counts, some = report.counts_by(tagged([]), "source"), report.counts_by(tagged(["a"]), "source")

    assert counts.empty
    assert list(counts.dtypes.items()) == list(some.dtypes.items())
    assert report.labels(counts, "source") == []
