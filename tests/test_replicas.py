"""What is counted after a fault, and the budget of API calls in docs/scale.md."""

from __future__ import annotations

import math
import re
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from loop_client.mirror.plan import PAGE
from loop_client.mirror.schedule import DEFAULT_SCHEDULE
from loop_client.service.sync_thread import REFRESH_EVERY
from tests.benchmarks.crowd import Crowd
from tests.benchmarks.replica_outcome import Outcome

SCALE: Final = (Path(__file__).parents[1] / "docs" / "scale.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("is_taken", "items", "state", "counted"),
    [
        (True, 1, "stored", (0, 0)),
        (True, 0, "stored", (1, 0)),
        (True, 0, None, (1, 0)),
        (True, 1, None, (1, 0)),
        (True, 0, "unknown", (0, 0)),
        (True, 0, "waiting", (0, 0)),
        (False, 0, None, (0, 0)),
        (True, 2, "stored", (0, 1)),
        (False, 2, None, (0, 1)),
    ],
)
def test_what_is_lost_and_what_is_doubled(
    is_taken: bool,  # noqa: FBT001 - a row of the table
    items: int,
    state: str | None,
    counted: tuple[int, int],
) -> None:
    """Lost: taken, and not in the outbox, or stored there while Loop has no item. Doubled: Loop has two."""
    crowd = Crowd("", 0, taken={"text": is_taken})
    drafts = {} if state is None else {"text": state}
    outcome = Outcome("kill", None, crowd, Counter({"text": items}), drafts, 0)

    assert (len(outcome.lost), len(outcome.doubled)) == counted


def test_an_imported_row_is_counted_like_a_text() -> None:
    """A row that nothing has is lost, and one that Loop has twice is doubled."""
    drafts = {"sent": "stored", "again": "stored"}
    items = Counter({"sent": 1, "again": 2})

    outcome = Outcome("kill", None, Crowd("", 0), items, drafts, 0, ["sent", "again", "never written down"])

    assert (outcome.lost, outcome.doubled) == (["never written down"], ["again"])


def test_all_write_again_once_the_last_person_does() -> None:
    """What counts is each person's first text since the failure, and of these the latest."""
    crowd = Crowd("", 0, submitting=2, written=[(0, 9.0), (1, 9.5), (0, 12.0)])
    assert crowd.writing_again(10.0) is None

    crowd.written += [(0, 13.0), (1, 14.5), (1, 20.0)]

    assert crowd.writing_again(10.0) == 4.5


def numbers(start: str) -> list[list[float]]:
    """The numbers in the rows of the table whose header starts so."""
    table = SCALE.partition(f"| {start}")[2].partition("\n\n")[0].splitlines()[2:]
    return [[float(cell) for cell in re.findall(r"[\d.]+", line.replace(",", ""))] for line in table]


def test_the_hours_of_a_full_scan_are_those_of_the_budget() -> None:
    """Each cell is the pages of the list over the calls that looks at its head leave."""
    heads = 60 / DEFAULT_SCHEDULE.head_every
    sizes = [10_000, 100_000, 1_000_000, 10_000_000]

    rows = numbers("calls a minute")
    assert len(rows) == 5
    for calls, *hours in rows:
        assert hours == [pytest.approx(size / PAGE / (calls - heads) / 60, abs=0.05) for size in sizes]


def test_the_calls_for_new_items_are_those_of_the_looks() -> None:
    """Each cell is the pages of a look, one more than new items fill, times the looks of a minute."""
    rows = numbers("new items a day")

    assert len(rows) == 5
    for a_day, calls in rows:
        pages = math.floor(a_day * REFRESH_EVERY / 86_400 / PAGE) + 1
        assert calls == pages * 60 / REFRESH_EVERY
