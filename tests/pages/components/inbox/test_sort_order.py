"""The order by urgency is explained, and stable while one reads."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from loop_client import report
from pages.components.inbox import sort_order
from tests.frames import item, items_frame, snapshot_of

NOON = datetime(2026, 6, 20, 12, tzinfo=UTC)
NUMBER = r"(\d[\d,.]*(?:e-\d+)?)"
RECENCY = rf"{NUMBER} recency \(last said {NUMBER} days ago\)"
REASON = re.compile(rf"{NUMBER} = {NUMBER} (?:people|person) × {RECENCY} × {NUMBER} days waiting")


@given(st.integers(1, 20_000), st.floats(-1, 3_000), st.floats(0, 3_000))
def test_the_parts_that_are_shown_make_the_rank(people: int, quiet: float, longer: float) -> None:
    """The shown factors multiply to the shown rank, to a hundredth."""
    waiting, recency = max(quiet + longer, 0), 0.5 ** (max(quiet, 0) / report.HALF_LIFE)
    rank = people * recency * waiting
    factors = pd.Series(
        {
            "rank": rank,
            "people": people,
            "recency": recency,
            "waiting": waiting,
            "first_said": pd.Timestamp(NOON),
            "last_said": pd.Timestamp(NOON) + pd.Timedelta(days=longer),
        }
    )

    match = REASON.fullmatch(sort_order.reason(factors) or "")

    assert match
    shown, *parts = (float(number.replace(",", "")) for number in match.groups())
    assert shown == pytest.approx(rank, rel=0.006, abs=1e-300)
    assert parts[0] * parts[1] * parts[3] == pytest.approx(shown, rel=0.017, abs=1e-300)
    assert parts[2] == pytest.approx(max(quiet, 0), abs=0.06)


def test_an_item_without_a_rank_gives_no_reason() -> None:
    """An item without a rank, such as a resolved one, shows no factors."""
    ranks = report.queue(items_frame([item(1, status="resolved")]), np.arange(1), NOON)

    assert sort_order.reason(ranks.iloc[0]) is None


@pytest.mark.parametrize(
    ("ranked", "others", "also"),
    [
        (3, 0, ""),
        (3, 2, " The 3 open negative items are ranked; the others follow, oldest first."),
        (2_000, 1, " The oldest 2,000 open negative items are ranked; the others follow, oldest first."),
    ],
)
def test_the_order_is_described_in_plain_words(ranked: int, others: int, also: str) -> None:
    """Unranked items are mentioned only if there are some."""
    ranks = pd.DataFrame({"rank": [1.0] * ranked + [np.nan] * others})

    assert sort_order.note(ranks) == f"Most urgent first: many people, recent, and waiting for long.{also}"


def test_an_order_without_ranks_is_described_as_such() -> None:
    """A list without any rank, as of resolved items, is described as such."""
    assert "oldest first" in sort_order.note(pd.DataFrame({"rank": [np.nan]}))
    assert "Most urgent" not in sort_order.note(pd.DataFrame({"rank": [np.nan]}))


def ranked() -> None:
    """A page that only ranks its items, as of the given time."""
    import numpy as np  # noqa: PLC0415 - AppTest takes the source alone
    import streamlit as st  # noqa: PLC0415

    from loop_client.query import SORTS  # noqa: PLC0415
    from pages.components.inbox import sort_order  # noqa: PLC0415

    snapshot = st.session_state["shown"]
    ranks = sort_order.listing(snapshot, np.arange(len(snapshot.frame)), SORTS[2]).ranks
    st.session_state["ranks"] = [] if ranks is None else list(ranks["rank"])


def test_ranks_are_as_of_the_hour() -> None:
    """Ranks are as of the hour, so that items keep their places while one reads."""
    app = AppTest.from_function(ranked)
    app.session_state["shown"] = snapshot_of(items_frame([item(1), item(2, message="Slow")]))
    ranks = []
    for minutes in (0, 59, 60):
        app.session_state["as_of"] = NOON + timedelta(minutes=minutes)
        assert not app.run().exception
        ranks.append(app.session_state["ranks"])

    assert ranks[0] == ranks[1] != ranks[2]
