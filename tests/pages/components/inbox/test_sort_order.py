"""The order by urgency is explained, and stable while one reads."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from loop_client import report
from loop_client.mirror.zones import UTC_DAYS
from loop_client.report.clusters import Clustered, Clusters, Covered
from pages.components.inbox import sort_order
from tests.frames import item, items_frame, snapshot_of

NOON = datetime(2026, 6, 20, 12, tzinfo=UTC)
PART = r"([\d.,e-]+) \w+ \(.+\)"
REASON = re.compile(
    rf"([\d.,e-]+) = √([\d,]+) (?:people|person) with open negative items × {PART} × {PART} × {PART} × {PART}"
)


@given(
    st.integers(1, 20_000),
    st.floats(0.01, 5_000),
    st.floats(1, 3),
    st.floats(1e-9, 1),
    st.floats(1, 2),
    st.sampled_from([1, 7]),
)
def test_the_parts_that_are_shown_make_the_rank(  # noqa: PLR0913, PLR0917 - of the five parts
    people: int, growth: float, newness: float, recency: float, waiting: float, days: int
) -> None:
    """The shown factors multiply to the shown rank, to a few hundredths."""
    rank = math.sqrt(people) * growth * newness * recency * waiting
    moment = pd.Timestamp(NOON)
    factors = {
        **dict.fromkeys(["began", "first_said", "last_said"], moment),
        "rank": rank,
        "people": people,
        "growth": growth,
        "days": days,
        "within": people,
        "usual": 0.5,
        "newness": newness,
        "recency": recency,
        "waiting": waiting,
    }

    match = REASON.fullmatch(sort_order.reason(pd.Series(factors), UTC_DAYS) or "")

    assert match
    shown, of, *parts = (float(number.replace(",", "")) for number in match.groups())
    assert shown == pytest.approx(rank, rel=0.006, abs=1e-300)
    assert math.sqrt(of) * math.prod(parts) == pytest.approx(shown, rel=0.03, abs=1e-300)


def listing_of(ranked: int, others: int, clusters: Clusters | None) -> sort_order.Listing:
    """A listing of so many items with and without a rank."""
    listed = np.arange(ranked + others)
    clustered = Clustered(clusters, np.full(len(listed), -1))
    ranks = pd.DataFrame({"rank": [1.0] * ranked})
    return sort_order.Listing(clustered, listed, report.folded(listed, clustered.codes), ranks)


@pytest.mark.parametrize(
    ("ranked", "others", "also"),
    [
        (3, 0, ""),
        (3, 2, " The 3 open negative items are ranked; the others follow, oldest first."),
        (1, 1, " The 1 open negative item is ranked; the others follow, oldest first."),
    ],
)
def test_the_order_is_described_in_plain_words(ranked: int, others: int, also: str) -> None:
    """Unranked and ungrouped items are mentioned only if there are some."""
    order = "Most urgent first: many people, growing, new, said recently, and waiting long."
    clusters = Clustered.of(items_frame([item(1)])).clusters

    assert clusters is not None
    assert sort_order.note(listing_of(ranked, others, clusters)) == order + also
    not_yet = sort_order.note(listing_of(ranked, others, None))
    assert not_yet == f"{order} Items that say the same are not grouped yet.{also}"
    for left_out, which in ((0, "the open ones"), (5, "the open ones but the oldest 5")):
        large = replace(clusters, covered=Covered(60_000, 1_000_000, left_out, 1))
        grouped = f"Grouped are the newest 20,000 items and {which}."
        assert sort_order.note(listing_of(ranked, others, large)) == f"{order} {grouped}{also}"


def test_an_order_without_ranks_is_described_as_such() -> None:
    """A list without any rank, as of resolved items, is described as such; the order by time needs no words."""
    assert sort_order.note(listing_of(0, 2, None)).endswith("there are none here: oldest first.")
    assert not sort_order.note(replace(listing_of(0, 2, None), ranks=None))


def ranked() -> None:
    """A page that only ranks its items, as of the given time."""
    import numpy as np  # noqa: PLC0415 - AppTest takes the source alone
    import streamlit as st  # noqa: PLC0415

    from loop_client.query import SORTS  # noqa: PLC0415
    from pages.components.inbox import sort_order  # noqa: PLC0415

    snapshot = st.session_state["shown"]
    ranks = sort_order.listing(snapshot, np.arange(len(snapshot.frame)), SORTS[2], single=False).ranks
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
