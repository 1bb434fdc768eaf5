"""The charts: compiled once, one colour for each sentiment, and a sentence for who does not see them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from loop_client import report
from loop_client.mirror.cube import cells_of
from pages.shared import charts
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
    assert charts.volume_spec(KNOWN)["encoding"]["strokeWidth"] == {
        "condition": [{"test": "datum.items > 0", "value": 1}],
        "value": 0,
    }


def labelled(cells: pd.DataFrame) -> pd.DataFrame:
    """The tags as they are drawn."""
    counts = report.counts_by(cells, "tag")
    return counts.assign(label=report.labels(counts, "tag"))


def test_the_charts_say_what_they_show() -> None:
    """The sentences carry the counts of the very frames that are drawn."""
    items = items_frame([item(1), item(2), item(3, tag="search", sentiment="positive")])

    assert charts.volume_alt(report.volume(cells_of(items), "day"), "day") == (
        "Items per day by sentiment: 3 in all, most in the day from 19 June 2026 with 3."
    )
    assert charts.breakdown_alt(labelled(cells_of(items)), "tag") == (
        "Items by tag and sentiment, most negative items first: exports leads with 2 negative of 2."
    )


def test_empty_charts_say_so() -> None:
    """Nothing to draw is said as that."""
    nothing = items_frame(())

    assert charts.volume_alt(report.volume(cells_of(nothing), "day"), "day") == "No items."
    assert charts.breakdown_alt(labelled(cells_of(nothing)), "tag") == "No items."
