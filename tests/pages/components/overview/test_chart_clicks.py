"""A click on a mark lists as many rows as it counts, and a drag filters by its days."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_client import report
from loop_client.mirror import Zone
from loop_client.query import OPEN_NEGATIVE, Filters, drill_down_of
from pages.components.overview import chart_clicks
from tests.frames import item, items_frame, items_frames, snapshot_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loop_client.mirror import Snapshot
    from loop_client.query import DrillDown

SHOWN = (date(2026, 11, 17), date(2026, 11, 23))


@pytest.mark.parametrize(
    ("first", "last", "since", "until"),
    [
        ("2026-11-17", "2026-11-24", date(2026, 11, 17), date(2026, 11, 23)),  # the complete axis
        ("2026-11-24", "2026-11-17", date(2026, 11, 17), date(2026, 11, 23)),  # the same from right to left
        ("2026-11-18 06:00", "2026-11-19 18:00", date(2026, 11, 18), date(2026, 11, 19)),
        ("2026-11-18", "2026-11-19", date(2026, 11, 18), date(2026, 11, 18)),  # exactly one day
        ("2026-11-18 06:00", "2026-11-18 06:00", date(2026, 11, 18), date(2026, 11, 18)),
        ("2026-11-16", "2026-11-18 06:00", date(2026, 11, 17), date(2026, 11, 18)),  # a week that begins before
        ("2026-11-24", "2026-11-24", date(2026, 11, 23), date(2026, 11, 23)),
    ],
)
def test_dragging_selects_the_days_under_it(first: str, last: str, since: date, until: date) -> None:
    """Dragging selects only the days shown, even if repeated at the edge."""
    times = [pd.Timestamp(time, tz="UTC") for time in (first, last)]

    assert chart_clicks.dragged(times, SHOWN) == (since, until)


def test_dragging_stays_within_what_a_date_can_be() -> None:
    """Dragging on an axis with wrong years stays within the range of the date filters."""
    times = [pd.Timestamp(1, 1, 1, tz="UTC"), pd.Timestamp(2400, 1, 1, tz="UTC")]

    assert chart_clicks.dragged(times, (date(1, 1, 1), date(2400, 1, 1))) == (date(1970, 1, 1), date(2099, 12, 31))


DAYS = st.none() | st.dates(date(2025, 12, 20), date(2026, 3, 5))
FILTERS = st.builds(
    Filters,
    status=st.sampled_from([(), (), ("open",), ("resolved",)]),
    sentiment=st.sampled_from([(), (), ("negative",), ("(not set)", "positive")]),
    tag=st.sampled_from([(), (), ("exports", "(not set)"), ("(other tags)",)]),
    user=st.sampled_from([(), (), ("u_1",)]),
    since=DAYS,
    until=DAYS,
    text=st.sampled_from(["", "", "x"]),
)
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Auckland"]).map(Zone)
NOW = datetime(2026, 3, 1, 9, 17, tzinfo=UTC)


def drawn(counted: pd.DataFrame) -> list[tuple[dict[str, Any], int]]:
    """Each mark as the browser has it, with its number of items."""
    found = []
    for one in counted.to_dict("records"):
        fields = {str(name): value for name, value in one.items()}
        if "start" in fields:
            fields["start"] = int(fields["start"].timestamp() * 1000)
        found.append((fields, int(fields["items"])))
    return found


def labelled(counts: pd.DataFrame, by: report.Dimension) -> pd.DataFrame:
    """The counts with their drawn labels."""
    return counts.assign(label=report.labels(counts, by))


def all_marks(snapshot: Snapshot, filters: Filters, top: int) -> Iterator[tuple[DrillDown | None, int]]:
    """What each mark of each chart links to, with the number of items that it counts."""
    cells, window = filters.cells(snapshot), filters.window
    buckets: tuple[report.Bucket, ...] = ("day", "week", "month")
    for bucket in buckets:
        volume = report.volume(cells, bucket, snapshot.zone.day(NOW), window)
        yield from (
            (chart_clicks.bar(volume, mark, window), items) for mark, items in drawn(volume) if items or mark["cut"]
        )
    dimensions: tuple[report.Dimension, ...] = ("tag", "source")
    for by in dimensions:
        names = report.top_values(report.counts_by(cells, by).counts, by)[:top]
        found = report.counts_by(cells, by, names)
        counts = labelled(found.counts, by)
        yield from ((chart_clicks.name(counts, mark, by), items) for mark, items in drawn(counts))
        yield chart_clicks.others(counts, by), found.catch_alls.other_items
        yield chart_clicks.absent(by), found.catch_alls.absent
    heat = labelled(report.tag_weeks(cells, top=top).counts, "tag")
    yield from ((chart_clicks.field(heat, mark, window), items) for mark, items in drawn(heat))
    bands = report.ages(snapshot.frame["created_at"].array.asi8, filters.rows(snapshot, OPEN_NEGATIVE), NOW).bands
    yield from ((chart_clicks.band(bands, mark), items) for mark, items in drawn(bands))


@given(items=items_frames(most=30), filters=FILTERS, zone=ZONES, top=st.integers(1, 5))
def test_every_mark_leads_to_as_many_rows_as_it_counts(
    items: pd.DataFrame, filters: Filters, zone: Zone, top: int
) -> None:
    """With any filters, each mark of each chart lists through its link as many rows as it counts."""
    snapshot = snapshot_of(items, zone=zone)

    for only, count in all_marks(snapshot, filters, top):
        assert only is not None
        selection, wrong = drill_down_of(only.parts)
        assert len(filters.rows(snapshot, selection)) == count, only.parts
        assert wrong == []


def test_a_part_of_a_bar_leads_to_its_sentiment_alone() -> None:
    """A segment of a tag's bar lists the items of its sentiment."""
    kinds = [("a", "negative"), ("a", "negative"), ("a", "positive"), ("b", "neutral"), (None, None)]
    items = items_frame(item(number, tag=tag, sentiment=kind) for number, (tag, kind) in enumerate(kinds))
    snapshot = snapshot_of(items)
    counts = labelled(report.counts_by(snapshot.cells, "tag").counts, "tag")

    found = [(chart_clicks.name(counts, mark, "tag"), count) for mark, count in drawn(counts)]

    assert [count for _, count in found] == [2, 1, 1]
    assert [len(only.rows(snapshot)) for only, _ in found if only] == [2, 1, 1]


def test_the_other_tags_lead_to_all_of_their_rows() -> None:
    """The link of the other tags lists all their rows, and names the tags with a bar."""
    snapshot = snapshot_of(items_frame(item(number, tag=f"t{number:03}") for number in range(200)))
    found = report.counts_by(snapshot.cells, "tag")

    only = chart_clicks.others(found.counts, "tag")

    assert only.not_tag == (*(f"t{number:03}" for number in range(report.TOP)), "No tag")
    assert len(Filters().rows(snapshot, only)) == found.catch_alls.other_items == 200 - report.TOP


def test_a_mark_that_no_longer_exists_leads_nowhere() -> None:
    """A click on a mark that the data no longer has does nothing."""
    cells = snapshot_of(items_frame([item(tag="b")])).cells
    counts = labelled(report.counts_by(cells, "tag").counts, "tag")

    assert chart_clicks.name(counts, {"rank": 0, "label": "b", "sentiment": "positive"}, "tag") is None
    assert chart_clicks.name(counts, {"rank": 7, "label": "b", "sentiment": "negative"}, "tag") is None
    assert chart_clicks.name(counts, {"rank": 0, "label": "a", "sentiment": "negative"}, "tag") is None  # worst before
    assert chart_clicks.bar(report.volume(cells, "day"), {"start": 0, "sentiment": "negative"}, (None, None)) is None


def test_the_bar_of_a_cut_bucket_selects_its_days_within_the_window() -> None:
    """The bar of a partial bucket lists and names only its days within the period."""
    cells = snapshot_of(items_frame([item()])).cells  # of Friday, 19 June 2026
    window = (date(2026, 6, 18), date(2026, 6, 20))
    volume = report.volume(cells, "week", date(2026, 6, 30), window)

    only = chart_clicks.bar(volume, {"start": volume["start"].iloc[0], "sentiment": "negative"}, window)

    assert only is not None
    assert only.window == window
