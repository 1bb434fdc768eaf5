"""The charts: compiled once, one colour for each sentiment, and a sentence for who does not see them."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from loop_client import report
from loop_client.mirror.columns import microseconds
from loop_client.mirror.cube import cells_of
from pages.shared import alts, charts
from tests.frames import item, items_frame

if TYPE_CHECKING:
    import pandas as pd

CONFIG = tomllib.loads((Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text())
KNOWN = ("negative", "neutral", "positive", report.NOT_SET)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_sentiment_has_one_colour_everywhere(theme: str) -> None:
    """Charts and the theme's badges agree, in both themes."""
    colours = CONFIG["theme"][theme]

    assert colours["redColor"] == charts.OUTLINES["negative"]
    assert colours["blueColor"] == charts.OUTLINES["positive"]
    assert colours["grayColor"] == charts.OUTLINES["neutral"] == charts.OUTLINES[report.NOT_SET]


@pytest.mark.parametrize("spec", [charts.volume_spec, charts.breakdown_spec])
def test_a_chart_is_compiled_once(spec: object) -> None:
    """The same sentiments give the very same spec, which carries no data."""
    assert callable(spec)
    first = spec(KNOWN)

    assert first is spec(KNOWN)
    assert "data" not in first
    assert "datasets" not in first


def test_an_unknown_sentiment_has_a_colour_of_its_own() -> None:
    """A sentiment beyond the documented ones is drawn, and not in the colour of another."""
    scale = charts.volume_spec((*KNOWN[:3], "mixed", report.NOT_SET))["encoding"]["fill"]["scale"]

    assert scale["domain"][3] == "mixed"
    assert scale["range"].count(scale["range"][3]) == 1


def test_a_bar_of_nothing_has_no_outline() -> None:
    """A bucket without items of a sentiment draws no line where its bar would be."""
    for spec in (charts.volume_spec(KNOWN), charts.heat_spec()):
        assert spec["encoding"]["strokeWidth"] == {"condition": [{"test": "datum.items > 0", "value": 1}], "value": 0}


def test_what_is_not_whole_is_pale() -> None:
    """A bar that runs, or is cut, is filled less; its outline is not."""
    encoding = charts.volume_spec(KNOWN)["encoding"]

    assert encoding["fillOpacity"] == {
        "condition": [{"test": "datum.running || datum.cut", "value": charts.PALE}],
        "value": 1,
    }
    assert not {"opacity", "strokeOpacity"} & encoding.keys()


def labelled(cells: pd.DataFrame) -> pd.DataFrame:
    """The tags as they are drawn."""
    counts = report.counts_by(cells, "tag")
    return counts.assign(label=report.labels(counts, "tag"))


FIRST_WEEK = datetime(2026, 6, 1, 12, tzinfo=UTC)
ITEMS = (item(1), item(2), item(3, tag="search", sentiment="positive"), item(4, sentiment=None))
RARE = (item(), *(item(number, sentiment="neutral") for number in range(1, 300)))
PLEASED = (item(1, sentiment="positive"), item(2, sentiment=None, tag="search"))


@pytest.mark.parametrize(
    ("items", "measure", "said"),
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
                "Share of each sentiment per day: 50% of 4 items negative in all, "
                "most in the day from 19 June 2026 with 50%."
            ),
        ),
        (PLEASED, "share", "Share of each sentiment per day: 0% of 2 items negative in all."),
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
                "Share of each sentiment per day: <1% of 300 items negative in all, "
                "most in the day from 19 June 2026 with <1%."
            ),
        ),
        (PLEASED[1:], "items", "Items per day by sentiment: 1 in all; most in the day from 19 June 2026 with 1."),
        ((), "items", "No items."),
    ],
)
def test_the_chart_over_time_says_what_it_shows(items: tuple[Any, ...], measure: str, said: str) -> None:
    """How many, how many of them negative, and when most; by share where shares are drawn."""
    assert alts.volume(report.volume(cells_of(items_frame(items)), "day"), "day", measure) == said


def test_the_most_is_told_of_the_bucket_that_has_it() -> None:
    """Most items, and the greatest share of negative ones, are of different days."""
    days = [item(1, sentiment="positive"), item(2), item(3, created_at=datetime(2026, 6, 18, 12, tzinfo=UTC))]
    volume = report.volume(cells_of(items_frame(days)), "day")

    assert alts.volume(volume, "day").endswith("most in the day from 19 June 2026 with 2.")
    assert alts.volume(volume, "day", "share").endswith("most in the day from 18 June 2026 with 100%.")


@pytest.mark.parametrize(
    ("items", "said"),
    [
        (ITEMS, "Items by tag and sentiment, most negative items first: exports leads with 2 negative of 3."),
        (PLEASED, "Items by tag and sentiment: none is negative; exports leads with 1 item."),
        ((), "No items."),
    ],
)
def test_a_breakdown_says_what_it_shows(items: tuple[Any, ...], said: str) -> None:
    """Which is worst; where none is negative, that, and which has most."""
    assert alts.breakdown(labelled(cells_of(items_frame(items))), "tag") == said


@pytest.mark.parametrize(
    ("items", "said"),
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
                "in the week from 15 June 2026, 0 of them negative."
            ),
        ),
        (
            (item(tag=None),),
            (
                "Items by tag and week: the most in a week are 1 item of (not set) "
                "in the week from 15 June 2026, 1 of them negative."
            ),
        ),
        (
            (*(item(number, tag=f"t{number}", created_at=FIRST_WEEK) for number in range(40)), item(40), item(41)),
            (
                "Items by tag and week: the most of one tag in a week are 2 items of exports "
                "in the week from 15 June 2026, 2 of them negative."
            ),
        ),
        ((), "No items."),
    ],
)
def test_the_heat_map_says_where_most_are(items: tuple[Any, ...], said: str) -> None:
    """The tag, the week, and how many; what adds up tags or has none is no tag."""
    counts = report.tag_weeks(cells_of(items_frame(items))).counts

    assert alts.heat(counts.assign(label=report.labels(counts, "tag"))) == said


@pytest.mark.parametrize(
    ("days", "said"),
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
def test_the_ages_say_how_many_wait_and_how_long(days: list[int], said: str) -> None:
    """All of them, and those that have waited longest."""
    now = datetime(2026, 6, 30, tzinfo=UTC)
    created = np.array([microseconds(now - timedelta(days=age)) for age in days], np.int64)

    assert alts.ages(report.ages(created, np.arange(len(days)), now).bands) == said


def test_a_mark_says_its_items_in_words() -> None:
    """One item is not "1 items"."""
    said = [step["calculate"] for step in charts.heat_spec()["transform"]]

    assert any("datum.items == 1 ? ' item' : ' items'" in one for one in said)


def test_shares_are_drawn_of_shares() -> None:
    """The axis is of what was asked for."""
    fields = [charts.volume_spec(KNOWN, measure)["encoding"]["y"]["field"] for measure in ("items", "share")]

    assert fields == ["items", "share"]


@pytest.mark.parametrize("spec", [charts.breakdown_spec(KNOWN), charts.heat_spec()])
def test_labels_stand_worst_first(spec: dict[str, Any]) -> None:
    """In the order of the ranks, not of the alphabet."""
    assert spec["encoding"]["y"]["sort"] == {"field": "rank", "op": "min"}


@pytest.mark.parametrize(("days", "room"), [([0], 7), ([0, 2], 7), ([0, 6], None), ([0, 30], None)])
def test_a_single_day_is_drawn_as_one_of_seven(days: list[int], room: int | None) -> None:
    """The axis begins earlier, and the data stays as it is; seven days or more need no room."""
    last = datetime(2026, 6, 30, 12, tzinfo=UTC)
    items = (item(day, created_at=last - timedelta(days=day)) for day in days)
    volume = report.volume(cells_of(items_frame(items)), "day")

    spec = charts.volume_spec(KNOWN)
    domain = charts.spaced(spec, volume)["encoding"]["x"]["scale"].get("domain")

    assert "domain" not in spec["encoding"]["x"]["scale"]
    end = datetime(2026, 7, 1, tzinfo=UTC)
    assert domain == (room and [1000 * (end - timedelta(days=room)).timestamp(), 1000 * end.timestamp()])
