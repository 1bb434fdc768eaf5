"""The benchmarks themselves: the floor is the page without our code, and a missed bound is reported."""

from __future__ import annotations

import random
import re
from collections import Counter
from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.benchmarks import floor, generated, page, rerun
from tests.benchmarks.__main__ import TITLES
from tests.benchmarks.__main__ import page as performance_page
from tests.benchmarks.table import MISSED, Bound, ratio

ROOT = Path(__file__).parents[1]

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest


def _elements(app: AppTest) -> Counter[tuple[str, str]]:
    """Kind and label of every element of a page."""
    return Counter((one.type, str(getattr(one, "label", ""))) for block in (app.main, app.sidebar) for one in block)


def test_the_floor_has_the_elements_of_the_page_and_none_of_its_code() -> None:
    """The floor draws the page's elements from constants, for each choice, without its code."""
    with page.showing(generated.snapshot(300)):
        ours = page.opened()
        floor.record(ours, [("negative",), ()])
    shown = page.opened(floor.SCRIPT)  # without a snapshot, which it does not use
    for choice in (["negative"], []):
        with page.showing(page.HELD):
            page.chosen(ours, sentiment=choice)
        page.chosen(shown, sentiment=choice)
        fragment = Counter({("flex_container", ""): 1})  # which the floor leaves empty, before its elements
        assert _elements(shown) == _elements(ours) + fragment
        assert [chart.proto.spec for chart in shown.get("arrow_vega_lite_chart")] == [
            chart.proto.spec for chart in ours.get("arrow_vega_lite_chart")
        ]
    assert floor.RECORDED[()] != floor.RECORDED["negative",]


def test_changes_has_something_to_compare_in_the_benchmark() -> None:
    """The generated account has an earlier period, so that the page Changes and the digest are measured with one."""
    with page.showing(generated.snapshot(2_000)):
        app = page.opened(page.FRAME, **rerun.OTHERS["changes"]).switch_page("changes.py").run()

    assert rerun.is_compared(app)
    assert rerun.digest_seconds(2_000, generated.USUAL) > 0


@pytest.mark.parametrize(
    ("bound", "value", "is_missed"),
    [
        (Bound(most=2), 2.0, False),
        (Bound(most=2), 2.01, True),
        (Bound(least=0.25), 0.25, False),
        (Bound(least=0.25), 0.24, True),
        (Bound(most=0), 1.0, True),
        (Bound(), 100.0, False),
    ],
)
def test_a_missed_bound_is_reported(bound: Bound, value: float, *, is_missed: bool) -> None:
    """A bound missed even by little is reported, and a figure without a bound misses none."""
    assert (MISSED in bound.judged(value)) == is_missed


def test_the_page_counts_missed_bounds_and_names_the_machine() -> None:
    """The page starts with the missed bounds and the machine, without host name and path."""
    text = performance_page({title: f"\n## {title}\n\n| 3 | at most 2 {MISSED} |\n" for title in TITLES.values()})

    assert f"Of the bounds, {len(TITLES)} are missed" in text
    assert "Of the bounds, none is missed" in performance_page({"Exports": "\n## Exports\n"})
    assert " cores (" in text
    assert "Python 3." in text
    assert "/" not in text.split("floor**")[0].replace("docs/", "")


def test_the_readme_has_only_figures_of_the_performance_page() -> None:
    """Every figure on speed in the README is in docs/performance.md."""
    section = (ROOT / "README.md").read_text().partition("## How fast it is\n")[2].partition("\n## ")[0]
    figures = set(re.findall(r"\d[\d,.]*\d|\d", section))
    shown = set(re.findall(r"\d[\d,.]*\d|\d", (ROOT / "docs" / "performance.md").read_text()))

    assert figures
    assert figures <= shown


def test_a_ratio_has_the_digits_that_count() -> None:
    """A ratio has its significant digits, and none is rounded to zero."""
    assert [ratio(value) for value in (0.0071, 0.123, 1.5, 3.14, 31.4)] == ["0.007", "0.12", "1.50", "3.1", "31"]


def test_sentences_are_filled_templates() -> None:
    """No syntax of a template is left, rules and lists within lists are filled, and no part of a sentence is lost."""
    intents = pytest.importorskip("tests.benchmarks.intents")
    rules, rooms = {"the": "(my|<our>)", "our": "our"}, {"values": [{"in": "hall|attic"}]}
    data = {"expansion_rules": rules, "lists": {"room": rooms}}
    drawn = (random.Random(seed) for seed in range(300))  # noqa: S311 - texts of a benchmark
    found = {intents.filled("(open;<the> {room}) [now]", data, r) for r in drawn}

    places = [f"{whose} {room}" for whose in ("my", "our") for room in ("hall", "attic")]
    orders = [" ".join(parts) for place in places for parts in permutations(("open", place))]
    assert found == {*orders, *(f"{one} now" for one in orders)}
