"""From a number to its rows: what a link narrows to is what it says, and has as many rows as the number told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_client import report
from loop_client.mirror import Zone
from loop_client.mirror.columns import shown_tag
from pages.shared import marks
from pages.shared.filters import Filters
from pages.shared.narrowing import OPEN_NEGATIVE, Only, described, narrowed, parts
from tests.frames import TAGS, counted_frames, item, items_frame, items_frames, records, snapshot_of
from tests.pages.conftest import page, texts
from tests.sandboxes import row, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd

    from tests.sandboxes import RunningSandbox

WORDS = st.lists(st.text(min_size=1, max_size=8), unique=True, max_size=3).map(tuple)
TAG_WORDS = st.lists(st.text(min_size=1, max_size=8).map(shown_tag).filter(bool), unique=True, max_size=3).map(tuple)
MINUTES = st.datetimes(datetime(2025, 12, 20), datetime(2026, 3, 5)).map(  # noqa: DTZ001 - gets its zone next
    lambda moment: moment.replace(second=0, microsecond=0, tzinfo=UTC)
)
DAYS = st.dates()
NARROWED = st.builds(
    Only,
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
)


@given(NARROWED)
def test_a_link_says_what_it_narrows_to(only: Only) -> None:
    """Whatever the names are; nothing of it is unknown."""
    assert narrowed(str(part) for part in parts(only)) == (only, [])


@given(items_frames(), st.none() | MINUTES, st.none() | MINUTES, st.sampled_from([Filters(), Filters(tag=("a",))]))
def test_moments_are_exact(
    items: pd.DataFrame, after: datetime | None, upto: datetime | None, filters: Filters
) -> None:
    """Later than the one, and at the other at the latest; counts say the same as rows."""
    snapshot, only = snapshot_of(items), Only(after=after, upto=upto)
    expected = [
        number
        for number, item in enumerate(records(items))
        if (not after or item["created_at"] > after) and (not upto or item["created_at"] <= upto)
        if not filters.tag or item["tag"] in filters.tag
    ]

    assert list(filters.rows(snapshot, only)) == expected
    assert int(filters.cells(snapshot, only)["items"].sum()) == len(expected)


@given(items_frames(), MINUTES)
def test_a_band_of_ages_leads_to_as_many_rows(items: pd.DataFrame, now: datetime) -> None:
    """The youngest has no end and the oldest no beginning."""
    snapshot = snapshot_of(items)
    bands = report.ages(items["created_at"].array.asi8, OPEN_NEGATIVE.rows(snapshot), now).bands
    limits = bands[["after", "upto"]].astype(object).where(bands[["after", "upto"]].notna(), None)

    for count, after, upto in zip(bands["items"], limits["after"], limits["upto"], strict=True):
        assert len(OPEN_NEGATIVE.rows(snapshot, Only(after=after, upto=upto))) == count


@pytest.mark.parametrize("bucket", ["day", "week", "month"])
@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kathmandu"])
@pytest.mark.parametrize("moment", ["0001-01-01", "1950-03-01", "2150-01-01T03:00", "9999-12-31T23:59:59"])
def test_an_item_of_any_year_is_found_by_its_bar(moment: str, zone: str, bucket: Any) -> None:  # noqa: ANN401
    """Also where no date field reaches: the link is obeyed, and lists that item."""
    snapshot = snapshot_of(
        items_frame([item(created_at=datetime.fromisoformat(moment).replace(tzinfo=UTC))]), zone=Zone(zone)
    )
    volume = report.volume(snapshot.cells, bucket)

    only = marks.bar(volume, {"start": volume["start"].iloc[-1], "sentiment": "negative"}, (None, None))

    assert only is not None
    assert narrowed(parts(only)) == (only, [])
    assert list(Filters().rows(snapshot, only)) == [0]
    assert int(Filters().cells(snapshot, only)["items"].sum()) == 1
    assert described(only, snapshot.zone).startswith("sentiment negative, ")


@given(counted_frames(), st.sets(st.sampled_from([report.named("tag", tag) for tag in TAGS])).map(tuple))
def test_what_is_left_out_is_all_but_the_names(
    counted: tuple[pd.DataFrame, pd.DataFrame], left_out: tuple[str, ...]
) -> None:
    """Rows and cells that have one of the tags do not pass, and all others do; an absent one is "No tag"."""
    snapshot, only = snapshot_of(counted[0]), Only(not_tag=left_out)
    expected = [
        number for number, row in enumerate(records(counted[0])) if (row["tag"] or report.ABSENT["tag"]) not in left_out
    ]

    assert list(Filters().rows(snapshot, only)) == expected
    assert int(Filters().cells(snapshot, only)["items"].sum()) == len(expected)


def test_what_is_left_out_is_told_in_words() -> None:
    """As names that none of the rows has."""
    assert described(Only(not_tag=("a", "b", "c", "d")), Zone()) == "tag other than a or b or c or 1 more"


def test_a_safe_link_does_not_name_who_is_left_out(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """A name that is masked is not in the link either when it says what does not pass; it is still what is shown."""
    connect(small)

    app = page("inbox", safe="true", view="all", only=["not-tag:search", "not-source:a@b.example"])

    assert app.query_params == {"safe": "true", "view": "all", "only": "not-tag:search", "hidden": "only"}
    assert "Only tag other than search, source other than [e-mail]" in texts(app)


def test_a_narrowing_is_told_in_words_of_the_team() -> None:
    """Many names are told as the first ones, and moments by the team's clocks."""
    only = Only(tag=("a", "b", "c", "d"), after=datetime(2026, 7, 1, 22, 30, tzinfo=UTC))

    assert described(only, Zone("Europe/Berlin")) == "tag a or b or c or 1 more, created after 2 Jul 2026, 00:30 CEST"


def test_a_link_with_moments_shows_their_rows(tmp_path: Path, connect: Callable[..., None]) -> None:
    """And a moment that is none is told."""
    rows = [row(number, created_at=f"2026-07-0{number}T12:00:00.000Z") for number in (3, 2, 1)]
    with running_sandbox(tmp_path / "loop", items=rows) as sandbox:
        connect(sandbox)

        app = page("inbox", view="all", only=["after:2026-07-01T12:00Z", "upto:2026-07-02T12:00Z", "after:soon"])

    assert list(app.dataframe[0].value["message"]) == ["Message 2"]
    assert any("only “after:soon” is not known" in text.value for text in app.text)


def test_a_way_out_of_a_drill_down_says_how_many_items_it_shows(
    small: RunningSandbox, connect: Callable[..., None]
) -> None:
    """All that pass the filters, in this view."""
    connect(small)
    app = page("inbox", view="all", only="tag:search")

    app.button(key="widen").click().run()

    assert len(app.dataframe[0].value) == 5
    again = page("inbox", view="all", only="tag:search", status="open")
    assert again.button(key="widen").label == "Show all 4 items"
