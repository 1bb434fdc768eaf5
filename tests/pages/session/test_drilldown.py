"""Drill-downs: a number's link describes its filter, and lists as many rows as the number."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from loop_client import report
from loop_client.mirror import Zone
from loop_client.query import OPEN_NEGATIVE, DrillDown, Filters, drill_down_of
from pages.components.overview import chart_clicks
from pages.session.drilldown import in_words
from tests.frames import item, items_frame, items_frames, snapshot_of
from tests.loop_client.query.test_drilldown import MINUTES
from tests.pages.conftest import page, texts
from tests.sandboxes import row, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd

    from tests.sandboxes import RunningSandbox


@given(items_frames(), MINUTES)
def test_a_band_of_ages_leads_to_as_many_rows(items: pd.DataFrame, now: datetime) -> None:
    """Each band of ages lists as many rows as it counts, the open-ended ones too."""
    snapshot = snapshot_of(items)
    bands = report.ages(items["created_at"].array.asi8, OPEN_NEGATIVE.rows(snapshot), now).bands
    limits = bands[["after", "upto"]].astype(object).where(bands[["after", "upto"]].notna(), None)

    for count, after, upto in zip(bands["items"], limits["after"], limits["upto"], strict=True):
        assert len(OPEN_NEGATIVE.rows(snapshot, DrillDown(after=after, upto=upto))) == count


@pytest.mark.parametrize("bucket", ["day", "week", "month"])
@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kathmandu"])
@pytest.mark.parametrize("moment", ["0001-01-01", "1950-03-01", "2150-01-01T03:00", "9999-12-31T23:59:59"])
def test_an_item_of_any_year_is_found_by_its_bar(moment: str, zone: str, bucket: Any) -> None:  # noqa: ANN401
    """The bar of an item in a year that no date field has still lists it."""
    snapshot = snapshot_of(
        items_frame([item(created_at=datetime.fromisoformat(moment).replace(tzinfo=UTC))]), zone=Zone(zone)
    )
    volume = report.volume(snapshot.cells, bucket)

    only = chart_clicks.bar(volume, {"start": volume["start"].iloc[-1], "sentiment": "negative"}, (None, None))

    assert only is not None
    assert drill_down_of(only.parts) == (only, [])
    assert list(Filters().rows(snapshot, only)) == [0]
    assert int(Filters().cells(snapshot, only)["items"].sum()) == 1
    assert in_words(only, snapshot.zone).startswith("sentiment negative, ")


def test_a_safe_link_does_not_name_who_is_left_out(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """A share-safe link does not name excluded values either, but still excludes them."""
    connect(small)

    app = page("inbox", safe="true", view="all", only=["not-tag:search", "not-source:a@b.example"])

    assert app.query_params == {"safe": "true", "view": "all", "only": "not-tag:search", "hidden": "only"}
    assert "Only tag other than search, source other than [e-mail]" in texts(app)


def test_a_link_with_moments_shows_their_rows(tmp_path: Path, connect: Callable[..., None]) -> None:
    """A link with exact times lists its rows, and an invalid time is reported."""
    rows = [row(number, created_at=f"2026-07-0{number}T12:00:00.000Z") for number in (3, 2, 1)]
    with running_sandbox(tmp_path / "loop", items=rows) as sandbox:
        connect(sandbox)

        app = page("inbox", view="all", only=["after:2026-07-01T12:00Z", "upto:2026-07-02T12:00Z", "after:soon"])

    assert list(app.dataframe[0].value["message"]) == ["Message 2"]
    assert any("only “after:soon” is not known" in text.value for text in app.text)


def test_a_way_out_of_a_drill_down_says_how_many_items_it_shows(
    small: RunningSandbox, connect: Callable[..., None]
) -> None:
    """The button that removes a drill-down shows the number of items without it."""
    connect(small)
    app = page("inbox", view="all", only="tag:search")

    app.button(key="widen").click().run()

    assert len(app.dataframe[0].value) == 5
    again = page("inbox", view="all", only="tag:search", status="open")
    assert again.button(key="widen").label == "Show all 4 items"
