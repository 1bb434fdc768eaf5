"""A link restores a drill-down exactly, and rows and counts agree on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_client.mirror import Coverage, Zone
from loop_client.mirror.columns import shown_tag
from loop_client.query import (
    ABSENT,
    ClusterOf,
    DrillDown,
    Filters,
    Question,
    UsesOf,
    described,
    drill_down_of,
    merged,
    named,
)
from tests.frames import TAGS, counted_frames, items_frame, items_frames, records, snapshot_of

if TYPE_CHECKING:
    import pandas as pd

WORDS = st.lists(st.text(min_size=1, max_size=8), unique=True, max_size=3).map(tuple)
TAG_WORDS = st.lists(st.text(min_size=1, max_size=8).map(shown_tag).filter(bool), unique=True, max_size=3).map(tuple)
MINUTES = st.datetimes(datetime(2025, 12, 20), datetime(2026, 3, 5)).map(  # noqa: DTZ001 - gets its zone next
    lambda moment: moment.replace(second=0, microsecond=0, tzinfo=UTC)
)
DAYS = st.dates()
TERMS = st.text(min_size=1, max_size=8).filter(lambda text: text.split() == [text])
NARROWED = st.builds(
    DrillDown,
    status=WORDS,
    sentiment=WORDS,
    tag=TAG_WORDS,
    source=WORDS,
    user=WORDS,
    since=st.none() | DAYS,
    until=st.none() | DAYS,
    after=st.none() | MINUTES,
    upto=st.none() | MINUTES,
    not_tag=TAG_WORDS,
    not_source=WORDS,
    cluster=st.none() | st.builds(ClusterOf, st.text(min_size=1, max_size=8)),
    word=st.none() | st.builds(UsesOf, st.lists(TERMS, min_size=1, max_size=2).map(" ".join)),
)


@given(NARROWED)
def test_a_link_restores_its_drill_down(only: DrillDown) -> None:
    """A link restores a drill-down with any names, and no part of it is unknown."""
    assert drill_down_of(str(part) for part in only.parts) == (only, [])


SOME = st.lists(st.sampled_from([*filter(None, TAGS), ABSENT["tag"]]), unique=True, max_size=4).map(tuple)
FEW = st.builds(
    DrillDown,
    tag=SOME,
    not_tag=SOME,
    sentiment=st.sampled_from([(), ("negative",), ("negative", "neutral")]),
    since=st.none() | st.dates(datetime(2025, 12, 20).date(), datetime(2026, 3, 5).date()),  # noqa: DTZ001
    upto=st.none() | MINUTES,
)


@given(items_frames(), FEW, FEW)
def test_a_merged_drill_down_selects_what_passes_both(items: pd.DataFrame, one: DrillDown, other: DrillDown) -> None:
    """One drill-down takes the place of two; where there is none, nothing passes both."""
    snapshot, both = snapshot_of(items), merged([one, other])
    expected = list(Filters().rows(snapshot, one, other))

    assert ([] if both is None else list(Filters().rows(snapshot, both))) == expected


def test_no_drill_down_has_a_search() -> None:
    """Filters with a text are not merged: a drill-down has none in a link."""
    assert merged([DrillDown(), Filters(text="badge")]) is None


@given(items_frames(), st.none() | MINUTES, st.none() | MINUTES, st.sampled_from([Filters(), Filters(tag=("a",))]))
def test_moments_are_exact(
    items: pd.DataFrame, after: datetime | None, upto: datetime | None, filters: Filters
) -> None:
    """A drill-down by time excludes its start, includes its end, and gives equal rows and counts."""
    snapshot, only = snapshot_of(items), DrillDown(after=after, upto=upto)
    expected = [
        number
        for number, item in enumerate(records(items))
        if (not after or item["created_at"] > after) and (not upto or item["created_at"] <= upto)
        if not filters.tag or item["tag"] in filters.tag
    ]

    assert list(filters.rows(snapshot, only)) == expected
    assert int(filters.cells(snapshot, only)["items"].sum()) == len(expected)


@given(counted_frames(), st.sets(st.sampled_from([named("tag", tag) for tag in TAGS])).map(tuple))
def test_what_is_left_out_is_all_but_the_names(
    counted: tuple[pd.DataFrame, pd.DataFrame], left_out: tuple[str, ...]
) -> None:
    """Excluded names leave all other rows and cells, and an absent one is "No tag"."""
    snapshot, only = snapshot_of(counted[0]), DrillDown(not_tag=left_out)
    expected = [
        number for number, row in enumerate(records(counted[0])) if (row["tag"] or ABSENT["tag"]) not in left_out
    ]

    assert list(Filters().rows(snapshot, only)) == expected
    assert int(Filters().cells(snapshot, only)["items"].sum()) == len(expected)


@given(items_frames(most=12), st.sets(st.integers(0, 14)).map(lambda some: frozenset(f"fb_{one}" for one in some)), FEW)
def test_a_cluster_is_its_items(items: pd.DataFrame, ids: frozenset[str], other: DrillDown) -> None:
    """The items of a cluster pass, and the one that it is named by, in rows and counts, with other conditions too."""
    snapshot, only = snapshot_of(items), DrillDown(cluster=ClusterOf("fb_2", ids))
    expected = [number for number, row in enumerate(records(items)) if row["id"] in {"fb_2", *ids}]
    both = merged([other, only])

    assert list(Filters().rows(snapshot, only)) == expected
    assert int(Filters().cells(snapshot, only)["items"].sum()) == len(expected)
    assert both is None or [*Filters().rows(snapshot, both)] == [*Filters().rows(snapshot, other, only)]


def test_two_clusters_are_not_merged() -> None:
    """An item is in one cluster only, and a drill-down has one."""
    one, other = (DrillDown(cluster=ClusterOf(item)) for item in ("fb_1", "fb_2"))

    assert merged([one, one]) == one
    assert merged([one, other]) is None


@given(items_frames(most=12), st.sets(st.integers(0, 14)).map(lambda some: frozenset(f"fb_{one}" for one in some)), FEW)
def test_a_word_is_the_items_that_use_it(items: pd.DataFrame, ids: frozenset[str], other: DrillDown) -> None:
    """The items that use a word pass, also where none does, in rows and counts, and with a cluster only those in it."""
    snapshot, only = snapshot_of(items), DrillDown(word=UsesOf("fail", ids))
    expected = [number for number, row in enumerate(records(items)) if row["id"] in ids]
    in_both = replace(only, cluster=ClusterOf("fb_2", frozenset({"fb_1"})))
    both = merged([other, only])

    assert list(Filters().rows(snapshot, only)) == expected
    assert int(Filters().cells(snapshot, only)["items"].sum()) == len(expected)
    assert {*items["id"].iloc[Filters().rows(snapshot, in_both)]} == {*items["id"]} & ids & {"fb_1", "fb_2"}
    assert both is None or [*Filters().rows(snapshot, both)] == [*Filters().rows(snapshot, other, only)]


def test_two_words_are_not_merged() -> None:
    """A drill-down has one word or phrase."""
    one, other = (DrillDown(word=UsesOf(terms)) for terms in ("fail", "fail often"))

    assert merged([one, one]) == one
    assert merged([one, other]) is None


@pytest.mark.parametrize("part", ["word:", "word: ", "word:one two three", f"word:{'x' * 201}"])
def test_what_is_no_word_is_no_part(part: str) -> None:
    """A part of a link with no word, or with more than a phrase of two, or a very long one, is invalid."""
    assert drill_down_of([part]) == (DrillDown(), [part])


def test_a_word_is_described_by_its_spellings() -> None:
    """A word is called as its items spell it, by its terms where none does, and not at all where it must be hidden."""
    known, unknown = (DrillDown(word=one) for one in (UsesOf("timeout", spelt="time-out"), UsesOf("timeout")))

    assert described(known, Zone(), lambda _, value: value) == "items that use “time-out”"
    assert described(unknown, Zone(), lambda _, value: value) == "items that use “timeout”"
    assert described(known, Zone(), lambda *_: "") == "items that use a word, which is hidden"


def test_where_older_items_were_not_read_for_a_word_the_answer_is_incomplete() -> None:
    """A count of a word is complete only if all items were read for it."""
    snapshot = snapshot_of(items_frame([]), Coverage(complete=True))
    part, whole = (Question(drill_down=DrillDown(word=UsesOf("fail", read=read, of=9))) for read in (8, 9))

    assert not part.completeness(snapshot).is_complete
    assert whole.completeness(snapshot).is_complete


def test_excluded_values_are_described() -> None:
    """Excluded values are described as other than these names."""
    assert (
        described(DrillDown(not_tag=("a", "b", "c", "d")), Zone(), lambda _, value: value)
        == "tag other than a or b or c or 1 more"
    )


def test_a_drill_down_is_described_in_the_time_zone_of_the_team() -> None:
    """A drill-down is described by its first names, with times in the configured zone."""
    only = DrillDown(tag=("a", "b", "c", "d"), after=datetime(2026, 7, 1, 22, 30, tzinfo=UTC))

    text = described(only, Zone("Europe/Berlin"), lambda _, value: value)

    assert text == "tag a or b or c or 1 more, created after 2 Jul 2026, 00:30 CEST"
