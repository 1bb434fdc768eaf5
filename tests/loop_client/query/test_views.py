"""Each view has the rows that it counts, and knows whether all of them are loaded."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_client.mirror import Coverage
from loop_client.query import VIEWS, Filters, view_counts, views
from tests.frames import item, items_frame, items_frames, snapshot_of

SHARED = st.sampled_from(
    [Filters(), Filters(status=("open",)), Filters(tag=("exports", "(not set)")), Filters(user=("u_1",))]
)


@given(items_frames(), SHARED, SHARED, st.integers(0, 5))
def test_each_view_counts_the_rows_that_it_shows(
    items: pd.DataFrame, shared: Filters, only: Filters, newest: int
) -> None:
    """Each view's count equals its rows, with any filters."""
    snapshot, newest = snapshot_of(items), min(newest, len(items))

    counted = view_counts(snapshot, shared, only, newest)

    assert counted == {name: len(view.rows(snapshot, shared, only, newest)) for name, view in VIEWS.items()}
    passing = set(shared.rows(snapshot)) & set(only.rows(snapshot))
    assert counted["untagged"] == sum(number in passing for number in np.flatnonzero(items["tag"].isna()))
    assert counted["no sentiment"] == sum(number in passing for number in np.flatnonzero(items["sentiment"].isna()))
    assert counted["new"] == sum(number in passing for number in range(newest))
    assert counted["all"] == len(passing)


def test_a_search_in_a_large_account_counts_the_view_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a large account a search counts only the open view; without a search all views are counted."""
    monkeypatch.setattr(views, "MOST_SEARCHED", 1)
    snapshot = snapshot_of(items_frame([item(1), item(2)]))

    assert view_counts(snapshot, Filters(text="csv"), Filters(), 0) == {}
    assert view_counts(snapshot, Filters(), Filters(), 0)["all"] == 2


@pytest.mark.parametrize(
    ("view", "filters", "left_out"),
    [
        ("open negative", Filters(status=("open", "resolved")), True),
        ("open negative", Filters(status=("open",), tag=("exports",)), False),
        ("untagged", Filters(tag=("exports",)), True),
        ("no sentiment", Filters(sentiment=("negative",)), True),
        ("new", Filters(status=("resolved",), sentiment=("positive",), tag=("exports",)), False),
        ("all", Filters(status=("resolved",), sentiment=("positive",), tag=("exports",)), False),
    ],
)
def test_a_view_leaves_out_all_values_but_its_own(view: str, filters: Filters, left_out: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """A view excludes other values of its own status, sentiment or tag."""
    assert VIEWS[view].excludes(filters) == left_out


@given(items_frames(), st.integers(0, 60))
def test_what_is_newer_and_to_be_answered_is_counted(items: pd.DataFrame, newer: int) -> None:
    """The count is that of open negative items after all items shown; all of them if none is shown."""
    shown = items.iloc[min(newer, len(items)) :].reset_index(drop=True)
    now = datetime(2026, 2, 1, tzinfo=UTC)  # some items are dated after it
    newest = shown["created_at"].max() if len(shown) else None

    found = views.newer_to_answer(snapshot_of(items), snapshot_of(shown, Coverage(complete=True)), now)

    wanted = items[(items["status"] == "open") & (items["sentiment"] == "negative")]
    since = None if newest is None else min(newest, pd.Timestamp(now))
    assert found == len(wanted if since is None else wanted[wanted["created_at"] > since])
