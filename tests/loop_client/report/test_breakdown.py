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
from loop_client.report import CatchAlls
from tests.frames import counted_frames, item, items_frame, records

if TYPE_CHECKING:
    from collections.abc import Iterable

    from loop_client.report import Dimension

Counted = tuple[pd.DataFrame, pd.DataFrame]


def rows_of(counts: pd.DataFrame, dimension: Dimension) -> list[tuple[str, int, str, int]]:
    """The rows as (name, rank, sentiment, items)."""
    return list(counts[[dimension, "rank", "sentiment", "items"]].itertuples(index=False, name=None))


def tagged(tags: Iterable[str | None]) -> pd.DataFrame:
    """Cells of one negative item for each of these tags."""
    return cells_of(items_frame(item(number, tag=tag) for number, tag in enumerate(tags)))


@given(dimension=st.sampled_from(["tag", "source"]), counted=counted_frames(), data=st.data())
def test_every_row_is_counted_once(dimension: Dimension, counted: Counted, data: st.DataObject) -> None:
    """The rows of the chosen or the worst values equal a loop over the rows, and the catch-alls have all others."""
    absent, unrated = ABSENT[dimension], ABSENT["sentiment"]
    rows = [(row[dimension] or absent, row["sentiment"] or unrated) for row in records(counted[0])]
    of_each, negative = Counter(name for name, _ in rows), Counter(name for name, kind in rows if kind == "negative")
    order = sorted(of_each.keys() - {absent}, key=lambda name: (-negative[name], -of_each[name], name))
    chosen = data.draw(st.none() | st.lists(st.sampled_from([*order, "never seen"]), unique=True))
    shown = order[: report.TOP] if chosen is None else [name for name in chosen if name in of_each]
    expected = Counter((name, shown.index(name), kind) for name, kind in rows if name in shown)
    others = {name: count for name, count in of_each.items() if name not in {absent, *shown}}

    found = report.counts_by(counted[1], dimension, chosen)
    counts = rows_of(found.counts, dimension)

    assert report.top_values(found.counts, dimension) == shown
    assert {row[:3]: row[3] for row in counts} == expected
    assert counts == sorted(counts, key=lambda row: (row[1], row[2]))
    assert len(counts) == len(expected)
    assert found.catch_alls == CatchAlls(len(others), sum(others.values()), of_each[absent])


def test_tags_beyond_the_first_are_counted_apart() -> None:
    """Tags without a row are counted, with their items, and so are items without a tag, also negative ones."""
    tags = [f"t{number:02}" for number in range(report.TOP + 2)]
    found = report.counts_by(tagged([*tags, *tags, "t00", None, None, None]), "tag")

    assert report.top_values(found.counts, "tag") == tags[: report.TOP]
    assert list(found.counts["items"]) == [3, *[2] * (report.TOP - 1)]
    assert found.catch_alls == CatchAlls(2, 4, 3)


LIKE_OURS = ["(not set)", "No tag", "no tag", "“No tag”", "“(not set)”"]
"""Tags that read like our names for absent values."""


def test_a_tag_that_reads_like_none_is_a_tag() -> None:
    """A tag that reads like an absent one has its own row and label."""
    found = report.counts_by(tagged([*LIKE_OURS, None, None]), "tag")
    labels = report.labels(found.counts, "tag")

    assert list(found.counts["items"]) == [1] * len(LIKE_OURS)
    assert found.catch_alls == CatchAlls(0, 0, 2)
    assert not {"(not set)", "No tag"} & {*found.counts["tag"], *labels}
    assert len({*labels}) == len(found.counts)


@given(st.lists(st.sampled_from([None, "a", "x" * 80, "x" * 81, "x" * 82, "a (2)", *LIKE_OURS]), unique=True))
def test_no_two_ranks_have_one_label(tags: list[str | None]) -> None:
    """Labels are unique, for long names that start alike and for names like our own."""
    counts = report.counts_by(tagged(tags), "tag").counts

    assert len(set(report.labels(counts, "tag"))) == counts["rank"].nunique()


def test_no_items_are_no_rows() -> None:
    """Without items the frame has no rows, but its columns and dtypes."""
    counts, some = (report.counts_by(tagged(tags), "source").counts for tags in ([], ["a"]))

    assert counts.empty
    assert list(counts.dtypes.items()) == list(some.dtypes.items())
    assert report.labels(counts, "source") == []
