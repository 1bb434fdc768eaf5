"""The charts: compiled once, with one colour per sentiment, and an alternative text."""

from __future__ import annotations

import colorsys
import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_client import report
from loop_client.mirror.cube import cells_of
from loop_client.mirror.moments import microseconds
from loop_client.query import ABSENT
from pages.components.overview import alt_texts, timeline, vega_specs
from tests.frames import item, items_frame

CONFIG = tomllib.loads((Path(__file__).parents[4] / ".streamlit" / "config.toml").read_text())
KNOWN = ("negative", "neutral", "positive", ABSENT["sentiment"])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_sentiment_has_one_colour_everywhere(theme: str) -> None:
    """Charts and the theme's badges use the same colour for a sentiment, in both themes."""
    colours = CONFIG["theme"][theme]

    assert colours["redColor"] == vega_specs.OUTLINES["negative"]
    assert colours["blueColor"] == vega_specs.OUTLINES["positive"]
    assert colours["grayColor"] == vega_specs.OUTLINES["neutral"] == vega_specs.OUTLINES[ABSENT["sentiment"]]


@pytest.mark.parametrize("spec", [vega_specs.volume_spec, vega_specs.breakdown_spec])
def test_a_chart_is_compiled_once(spec: object) -> None:
    """The same sentiments give the same spec object, which has no data."""
    assert callable(spec)
    first = spec(KNOWN)

    assert first is spec(KNOWN)
    assert "data" not in first
    assert "datasets" not in first


def test_an_unknown_sentiment_has_a_colour_of_its_own() -> None:
    """An undocumented sentiment is drawn in its own colour."""
    scale = vega_specs.volume_spec((*KNOWN[:3], "mixed", ABSENT["sentiment"]))["encoding"]["fill"]["scale"]

    assert scale["domain"][3] == "mixed"
    assert scale["range"].count(scale["range"][3]) == 1


def test_values_stand_right_of_the_bars() -> None:
    """The texts of the values are in a layer of their own, which has neither data nor a name for screen readers."""
    spec = vega_specs.breakdown_spec(KNOWN, has_values=True)
    bars, values = spec["layer"]

    assert values["mark"]["aria"] is False
    assert values["encoding"]["x"] == {"value": "width"}
    assert values["encoding"]["y"] == bars["encoding"]["y"]
    assert not {"data", "datasets"} & {*spec, *bars, *values}


def test_sentiments_have_one_legend() -> None:
    """Only the chart over time has a legend."""
    over_time, by_tag = (spec(KNOWN)["encoding"] for spec in (vega_specs.volume_spec, vega_specs.breakdown_spec))

    assert over_time["fill"]["legend"]["orient"] == "top"
    assert by_tag["fill"]["legend"] is by_tag["stroke"]["legend"] is None


def test_a_bar_of_nothing_has_no_outline() -> None:
    """A bar of zero items has no outline."""
    some = {"condition": [{"test": "datum.items > 0", "value": 1}], "value": 0}

    assert vega_specs.volume_spec(KNOWN)["encoding"]["strokeWidth"] == some


def test_partial_buckets_are_pale() -> None:
    """A partial bar has a paler fill and a dashed outline, and a partial field of the heat map an outline."""
    encoding = vega_specs.volume_spec(KNOWN)["encoding"]

    assert encoding["fillOpacity"] == {
        "condition": [{"test": "datum.running || datum.cut", "value": vega_specs.PALE}],
        "value": 1,
    }
    assert encoding["strokeDash"]["condition"][0]["test"] == vega_specs.IS_PARTIAL
    assert not {"opacity", "strokeOpacity"} & encoding.keys()
    outlined = {"condition": [{"test": vega_specs.IS_PARTIAL, "value": 1}], "value": 0}
    assert vega_specs.heat_spec()["encoding"]["strokeWidth"] == outlined


def test_an_outline_is_quieter_than_a_full_field() -> None:
    """The outline of a partial field is grey, so that it stands out less than a full field."""
    mark = vega_specs.heat_spec()["mark"]

    _, outline, _ = colorsys.rgb_to_hsv(*bytes.fromhex(mark["stroke"].removeprefix("#")))
    _, full, _ = colorsys.rgb_to_hsv(*bytes.fromhex(mark["fill"].removeprefix("#")))

    assert outline < full / 4


def test_the_shade_of_the_heat_map_begins_at_nothing() -> None:
    """The shade of the heat map starts at zero, whatever the least count is."""
    fill = vega_specs.heat_spec()["encoding"]["fillOpacity"]

    scale = fill["condition"]["scale"]

    assert (scale["domain"], scale["range"]) == ([0, 1], [vega_specs.FAINTEST, 1])
    assert (scale["type"], scale["exponent"] < 1) == ("pow", True)  # few items are told apart on dark, too
    assert (fill["condition"]["test"], fill["value"]) == ("datum.items > 0", vega_specs.EMPTY)
    assert vega_specs.EMPTY < vega_specs.FAINTEST


def labelled(found: report.Breakdown | report.HeatMap) -> pd.DataFrame:
    """The tags as they are drawn."""
    return found.counts.assign(label=report.labels(found.counts, "tag"))


FIRST_WEEK = datetime(2026, 6, 1, 12, tzinfo=UTC)
ITEMS = (item(1), item(2), item(3, tag="search", sentiment="positive"), item(4, sentiment=None))
RARE = (item(), *(item(number, sentiment="neutral") for number in range(1, 300)))
PLEASED = (item(1, sentiment="positive"), item(2, sentiment=None, tag="search"))


@pytest.mark.parametrize(
    ("items", "measure", "text"),
    [
        (
            ITEMS,
            "items",
            (
                "Items per day by sentiment: 4 in all, 67% of those with a sentiment negative; "
                "most in the day from 19 June 2026 with 4."
            ),
        ),
        (
            ITEMS,
            "share",
            (
                "Share of each sentiment per day: 67% of 3 items with a sentiment negative in all, "
                "most in the day from 19 June 2026 with 67%."
            ),
        ),
        (PLEASED, "share", "Share of each sentiment per day: 0% of 1 item with a sentiment negative in all."),
        (
            RARE,
            "items",
            (
                "Items per day by sentiment: 300 in all, <1% of those with a sentiment negative; "
                "most in the day from 19 June 2026 with 300."
            ),
        ),
        (
            RARE,
            "share",
            (
                "Share of each sentiment per day: <1% of 300 items with a sentiment negative in all, "
                "most in the day from 19 June 2026 with <1%."
            ),
        ),
        (PLEASED[1:], "share", "No item has a sentiment."),
        (PLEASED[1:], "items", "Items per day by sentiment: 1 in all; most in the day from 19 June 2026 with 1."),
        ((), "items", "No items."),
    ],
)
def test_the_chart_over_time_has_an_alt_text(items: tuple[Any, ...], measure: str, text: str) -> None:
    """The alternative text has the number of items, the negative ones, and the highest bucket, or shares."""
    assert alt_texts.volume(report.volume(cells_of(items_frame(items)), "day"), "day", measure) == text


def test_the_highest_bucket_is_named() -> None:
    """The alternative text names the bucket with the most items, or with the greatest negative share."""
    days = [item(1, sentiment="positive"), item(2), item(3, created_at=datetime(2026, 6, 18, 12, tzinfo=UTC))]
    volume = report.volume(cells_of(items_frame(days)), "day")

    assert alt_texts.volume(volume, "day").endswith("most in the day from 19 June 2026 with 2.")
    assert alt_texts.volume(volume, "day", "share").endswith("most in the day from 18 June 2026 with 100%.")


@pytest.mark.parametrize(
    ("items", "text"),
    [
        (ITEMS, "Items by tag and sentiment, most negative items first: exports leads with 2 negative of 3."),
        (
            (*ITEMS, item(5, tag=None), *(item(number, tag=f"t{number}", sentiment=None) for number in range(10, 22))),
            (
                "Items by tag and sentiment, most negative items first: exports leads with 2 negative of 3. "
                "Not shown: 2 other tags with 2 items and 1 item without a tag."
            ),
        ),
        ((*ITEMS, item(5, tag=None), item(6, tag=None)), "2 items without a tag."),
        ((*ITEMS, *(item(number, tag=f"t{number:02}") for number in range(11))), "Not shown: 1 other tag with 1 item."),
        (
            PLEASED,
            (
                "Items by tag and sentiment, most negative items first: "
                "exports leads with 1 item, none of them negative."
            ),
        ),
        ((), "No items."),
    ],
)
def test_a_breakdown_has_an_alt_text(items: tuple[Any, ...], text: str) -> None:
    """The alternative text of a breakdown names the worst value, else the largest one, and what has no bar."""
    found = report.counts_by(cells_of(items_frame(items)), "tag")

    assert alt_texts.breakdown(labelled(found), "tag", found.catch_alls, "most negative items first").endswith(text)


@pytest.mark.parametrize(
    ("items", "text"),
    [
        (
            ITEMS,
            (
                "Items by tag and week: the most of one tag in a week are 3 items of exports "
                "in the week from 15 June 2026, 2 of them negative."
            ),
        ),
        (
            (item(1, tag=None), item(2, tag=None), item(3, sentiment="positive")),
            (
                "Items by tag and week: the most of one tag in a week are 1 item of exports "
                "in the week from 15 June 2026, 0 of them negative. Not shown: 2 items without a tag."
            ),
        ),
        ((item(tag=None),), "No items."),
        (
            (*(item(number, tag=f"t{number}", created_at=FIRST_WEEK) for number in range(40)), item(40), item(41)),
            (
                "Items by tag and week: the most of one tag in a week are 2 items of exports "
                "in the week from 15 June 2026, 2 of them negative. Not shown: 29 other tags with 29 items."
            ),
        ),
        (
            (item(1), item(2, sentiment="positive", created_at=datetime(2026, 5, 15, tzinfo=UTC))),
            (
                "Items by tag and week of the 6 weeks from 11 May 2026, of which a narrow screen shows the last: "
                "the most of one tag in a week are 1 item of exports in the week from 11 May 2026, 0 of them negative."
            ),
        ),
        ((), "No items."),
    ],
)
def test_the_heat_map_has_an_alt_text(items: tuple[Any, ...], text: str) -> None:
    """The alternative text of the heat map names the tag, week and count of its maximum, and what has no row."""
    found = report.tag_weeks(cells_of(items_frame(items)))

    assert alt_texts.heat(labelled(found), found.catch_alls) == text


@pytest.mark.parametrize(
    ("days", "text"),
    [
        (
            [0, 0, 5, 31],
            (
                "4 open negative items, 1 of them over 30 days old: "
                "2 of 0–1 days, 0 of 1–3 days, 1 of 3–7 days, 0 of 7–30 days, 1 of over 30 days."  # noqa: RUF001 - ranges are set so
            ),
        ),
        ([], "No open negative items."),
    ],
)
def test_the_ages_say_how_many_wait_and_how_long(days: list[int], text: str) -> None:
    """The alternative text of the ages has the number of open items, and of the oldest ones."""
    now = datetime(2026, 6, 30, tzinfo=UTC)
    created = np.array([microseconds(now - timedelta(days=age)) for age in days], np.int64)

    assert alt_texts.ages(report.ages(created, np.arange(len(days)), now).bands) == text


def test_a_mark_has_a_description() -> None:
    """A mark's description uses the singular for one item."""
    formulas = [step.get("calculate", "") for step in vega_specs.heat_spec()["transform"]]

    assert any("datum.items == 1 ? ' item' : ' items'" in one for one in formulas)


def test_shares_are_drawn_of_shares() -> None:
    """With the share as measure the axis shows shares, and the tooltip names their base."""
    encodings = [vega_specs.volume_spec(KNOWN, measure)["encoding"] for measure in ("items", "share")]

    assert [encoding["y"]["field"] for encoding in encodings] == ["items", "share"]
    for encoding in encodings:
        assert "Share of items with a sentiment" in [one["title"] for one in encoding["tooltip"]]


@pytest.mark.parametrize("spec", [vega_specs.breakdown_spec(KNOWN), vega_specs.heat_spec()])
def test_labels_stand_worst_first(spec: dict[str, Any]) -> None:
    """Labels are in the order of the ranks, worst first, not of the alphabet."""
    assert spec["encoding"]["y"]["sort"] == {"field": "rank", "op": "min"}


@pytest.mark.parametrize(("days", "room"), [([0], 7), ([0, 2], 7), ([0, 6], 7), ([0, 30], 31)])
@pytest.mark.parametrize("has_room", [True, False])
def test_a_single_day_is_drawn_as_one_of_seven(
    days: list[int],
    room: int,
    has_room: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """Without a filter a single day is drawn on an axis of seven, with the same data and spec."""
    last = datetime(2026, 6, 30, 12, tzinfo=UTC)
    items = (item(day, created_at=last - timedelta(days=day)) for day in days)
    volume = report.volume(cells_of(items_frame(items)), "day")

    spec = vega_specs.volume_spec(KNOWN)
    domain = timeline.framed(spec, volume, "day", has_room=has_room)["encoding"]["x"]["scale"]["domain"]

    assert "domain" not in spec["encoding"]["x"]["scale"]
    begin, end = (datetime.fromtimestamp(moment / 1000, UTC) for moment in domain)
    assert end == datetime(2026, 7, 1, tzinfo=UTC)
    assert (end - begin).days == (room if has_room else days[-1] + 1)


DAYS = st.dates(date(2019, 12, 20), date(2026, 3, 5))


@given(st.lists(DAYS, min_size=1, max_size=8), st.sampled_from(["day", "week", "month"]), DAYS)
def test_each_label_stands_under_the_bar_that_it_names(days: list[date], bucket: report.Bucket, today: date) -> None:
    """Each label is centred under its bucket and has the date of its first day."""
    moments = (datetime(day.year, day.month, day.day, 12, tzinfo=UTC) for day in days)
    items = items_frame(item(number, created_at=moment) for number, moment in enumerate(moments))
    volume = report.volume(cells_of(items), bucket, today)
    buckets = list(dict.fromkeys(zip(volume["start"], volume["end"], strict=True)))

    dates = timeline.ticks(volume, bucket)

    assert 1 <= len(dates) <= timeline.TICKS
    year = None
    for middle, label in dates.items():
        moment = pd.Timestamp(middle, unit="ms", tz="UTC")
        (start,) = (start for start, end in buckets if start <= moment < end)
        name = f"{start:%b}" if bucket == "month" else f"{start.day} {start:%b}"
        assert label == name + ("" if start.year == year else f" {start.year}")
        assert abs((moment - start) - (next(e for s, e in buckets if s == start) - moment)) <= pd.Timedelta(1, "ms")
        year = start.year
    assert list(dates.values())[-1].startswith(
        f"{buckets[-1][0].day} " if bucket != "month" else f"{buckets[-1][0]:%b}"
    )
