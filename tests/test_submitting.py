"""The benchmark of submissions: what it counts, and a small run of it, in which the outbox keeps its promises."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.benchmarks.submitting import Plan, Result, bounds, results
from tests.benchmarks.table import MISSED


def test_no_text_is_lost_or_doubled_by_the_outbox() -> None:
    """With a third of the answers lost, and two kills; in the same run, a naive retry doubles texts."""
    found = results(Plan(creates=40, kills=2, lose_answers=0.3, latency_ms=20))

    assert {one.kills for one in found.values()} == {2}
    assert not [row for row in bounds(found["ours"]) if MISSED in row[-1]]
    assert found["naive retry"].doubled
    assert found["never retry"].unknown
    assert not found["never retry"].doubled


@pytest.mark.parametrize(
    ("items", "reported", "cells"),
    [
        (0, "refused", "1 0 0 0 0"),
        (0, "unknown", "1 0 0 0 1"),
        (0, "waiting", "1 0 0 0 0"),
        (0, "stored", "1 0 0 1 0"),
        (0, "sent", "1 0 0 1 1"),
        (0, None, "1 0 0 1 1"),
        (1, "stored", "0 1 0 0 0"),
        (1, "unknown", "0 1 0 0 1"),
        (1, None, "0 1 0 0 1"),
        (3, "stored", "0 0 1 0 0"),
    ],
)
def test_each_text_counts_where_it_belongs(items: int, reported: str | None, cells: str) -> None:
    """By its number of items, and by what was reported of it: none, one, more; lost; unknown for ever."""
    assert Result({"Text 0": items}, {"Text 0": reported}, 0).cells() == [*cells.split(), "0"]


@pytest.mark.parametrize(
    ("items", "reported", "missed"),
    [
        (1, "stored", 0),
        (0, "unknown", 0),
        (2, "stored", 1),
        (0, "refused", 1),
        (0, "waiting", 1),
        (0, "stored", 2),
        (1, "unknown", 1),
        (1, None, 1),
        (0, None, 1),
    ],
)
def test_a_broken_promise_of_the_outbox_is_called_so(items: int, reported: str | None, missed: int) -> None:
    """A second item, a text that is lost or in vain refused, and an unknown one that Loop has."""
    rows = bounds(Result({"Text 0": items}, {"Text 0": reported}, 1))

    assert sum(MISSED in row[-1] for row in rows) == missed


def test_the_readme_shows_the_table_of_the_last_run() -> None:
    """Row by row as in docs/performance.md, which the benchmark writes."""
    root = Path(__file__).parents[1]
    row = re.compile(r"^\| (?:way|naive retry|never retry|ours) +\| .*$", re.MULTILINE)
    section = (root / "README.md").read_text().partition("## Nothing is lost, nothing is sent twice\n")[2]
    performance = (root / "docs" / "performance.md").read_text().partition("## Submissions under faults and kills\n")[2]

    assert len(row.findall(section)) == 4
    assert row.findall(section) == row.findall(performance)
