"""The order by urgency says what it is by, and keeps still while one reads."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_client import report
from pages.shared import ranking
from tests.frames import item, items_frame
from tests.pages.conftest import page

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandboxes import RunningSandbox

NOON = datetime(2026, 6, 20, 12, tzinfo=UTC)
NUMBER = r"(\d[\d,.]*(?:e-\d+)?)"
RECENCY = rf"{NUMBER} recency \(last said {NUMBER} days ago\)"
REASON = re.compile(rf"{NUMBER} = {NUMBER} (?:people|person) × {RECENCY} × {NUMBER} days waiting")


@given(st.integers(1, 20_000), st.floats(-1, 3_000), st.floats(0, 3_000))
def test_the_parts_that_are_shown_make_the_rank(people: int, quiet: float, longer: float) -> None:
    """Who multiplies what stands there gets what stands there, to a hundredth; nothing is said in days to come."""
    waiting, recency = max(quiet + longer, 0), 0.5 ** (max(quiet, 0) / report.HALF_LIFE)
    rank = people * recency * waiting
    said = pd.Series(
        {
            "rank": rank,
            "people": people,
            "recency": recency,
            "waiting": waiting,
            "first_said": pd.Timestamp(NOON),
            "last_said": pd.Timestamp(NOON) + pd.Timedelta(days=longer),
        }
    )

    match = REASON.fullmatch(ranking.reason(said) or "")

    assert match
    shown, *parts = (float(number.replace(",", "")) for number in match.groups())
    assert shown == pytest.approx(rank, rel=0.006, abs=1e-300)
    assert parts[0] * parts[1] * parts[3] == pytest.approx(shown, rel=0.017, abs=1e-300)
    assert parts[2] == pytest.approx(max(quiet, 0), abs=0.06)


def test_an_item_without_a_rank_gives_no_reason() -> None:
    """As one that is resolved."""
    ranks = report.queue(items_frame([item(1, status="resolved")]), np.arange(1), NOON)

    assert ranking.reason(ranks.iloc[0]) is None


def test_what_is_ranked_is_told() -> None:
    """Open negatives, and of many the oldest."""
    few, many = ranking.note(report.MOST_RANKED), ranking.note(report.MOST_RANKED + 1)

    assert "Ranked are the open negative items; any others follow, oldest first." in few
    assert "Ranked are the open negative items, the oldest 2,000 of them at most; any others follow" in many


def test_ranks_are_as_of_the_hour(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """Items keep their places while one reads, though time goes on."""
    connect(small)
    app = page("inbox", sort="most urgent")
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=2)
    ranks = []
    for minutes in (0, 59, 60):
        app.session_state["as_of"] = hour + timedelta(minutes=minutes)
        app.run()
        ranks.append(list(app.dataframe[0].value["rank"]))

    assert ranks[0] == ranks[1] != ranks[2]
