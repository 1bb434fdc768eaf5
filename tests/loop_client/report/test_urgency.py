"""The rank of a cluster can be computed by hand, and what is urgent comes first."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_client.report import ordered, urgency
from loop_client.report.clusters import Clustered
from loop_client.sandbox.sample import BROKEN
from tests.complaints import FRESH, NOW, Labelled, frame_of, rows_of, sample
from tests.frames import item, items_frame

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

HOURS = st.one_of(st.integers(-3, 60 * 24), st.integers(0, 10 * 24))
KINDS = [("open", "negative"), ("open", "negative"), ("open", None), ("resolved", "negative"), ("open", "positive")]
ROWS = st.lists(st.tuples(HOURS, st.sampled_from(["u_1", "u_2", "u_3"]), st.sampled_from(KINDS), st.integers(-1, 3)))
Rows = list[tuple[int, str, tuple[str, str | None], int]]


def frame_from(rows: Rows) -> pd.DataFrame:
    """The frame of items of so many hours ago, by these people, of these kinds."""
    return items_frame(
        item(number, user_id=user, created_at=NOW - timedelta(hours=hours), status=status, sentiment=sentiment)
        for number, (hours, user, (status, sentiment), _) in enumerate(rows)
    )


def by_hand(group: Rows) -> Mapping[str, float]:
    """The parts of a cluster's rank, from the definition."""
    opened = [row for row in group if row[2] == ("open", "negative")]
    ages = [max(hours, 0) / 24 for hours, *_ in opened]
    began = max(max(hours, 0) / 24 for hours, *_ in group)
    growth = []
    for days in (1, 7):
        within = {user for hours, user, *_ in group if max(hours, 0) / 24 < days}
        before = {(user, max(hours, 0) // 24) for hours, user, *_ in group if days <= max(hours, 0) / 24 < days + 28}
        growth.append((len(within) + 1) / (len(before) * days / 28 + 1))
    return {
        "people": len({user for _, user, *_ in opened}),
        "growth": max(growth),
        "newness": 1 + 2 * 0.5 ** (began / 7),
        "recency": 0.5 ** (min(ages) / 14),
        "waiting": 1 + min(max(ages), 30) / 30,
    }


@given(ROWS)
def test_the_rank_is_what_its_parts_say(rows: Rows) -> None:
    """All open negative items are ranked, the items of a cluster together, the most urgent cluster first."""
    rows.sort(key=lambda row: row[0])
    codes = np.array([code for *_, code in rows], np.int64)
    found = urgency(frame_from(rows), codes, NOW)
    opened = [place for place, row in enumerate(rows) if row[2] == ("open", "negative")]

    assert sorted(found["position"]) == opened
    assert found["rank"].is_monotonic_decreasing
    blocks = found["cluster"].ne(found["cluster"].shift()).cumsum()
    assert blocks.nunique() == found["cluster"].nunique()
    for _, block in found.groupby("cluster"):
        places = block["position"].tolist()
        assert places == sorted(places)
        code = rows[places[0]][3]
        group = [rows[places[0]]] if code < 0 else [row for row in rows if row[3] == code]
        expected = by_hand(group)
        row = block.iloc[0]
        assert {name: row[name] for name in expected} == pytest.approx(expected)
        assert row["compared"] == 28
        assert row["usual"] == pytest.approx(row["before"] * row["days"] / 28)
        people, *others = expected.values()
        assert row["rank"] == pytest.approx(math.sqrt(people) * math.prod(others))
        assert len(places) == sum(one[2] == ("open", "negative") for one in group)


def test_a_view_has_the_ranks_of_the_whole_account() -> None:
    """What it lists without a rank follows, oldest first."""
    rows: Rows = [(n, "u_1", KINDS[kind], -1) for n, kind in enumerate([0, 2, 0, 3, 0, 4])]
    found = urgency(frame_from(rows), np.full(6, -1), NOW)
    positions, ranks = ordered(found, np.array([1, 2, 3, 4]))

    assert ranks["position"].tolist() == [one for one in found["position"] if one in {2, 4}]
    assert positions.tolist() == [*ranks["position"], 3, 1]
    assert ranks["rank"].iloc[0] == found.set_index("position")["rank"][ranks["position"].iloc[0]]


def test_of_a_large_account_only_days_that_are_wholly_clustered_count() -> None:
    """What people say every day does not grow, and is not new, because older items are in no cluster."""
    hours = range(1, 60 * 24, 6)
    rows: Rows = [(n, f"u_{n % 50}", KINDS[0], 0 if n < 20 * 24 else -1) for n in hours]
    since = int((NOW - timedelta(days=20)).timestamp() * 1_000_000)
    frame, codes = frame_from(rows), np.array([code for *_, code in rows])

    wrong, right = (urgency(frame, codes, NOW, edge).set_index("cluster").loc[0].iloc[0] for edge in (None, since))
    assert wrong["newness"] > 1.2
    assert right["newness"] == 1
    assert wrong["growth"] > 1.2 * right["growth"]
    few = urgency(frame, codes, NOW, int((NOW - timedelta(hours=20)).timestamp() * 1_000_000))
    assert few.set_index("cluster").loc[0].iloc[0]["growth"] == 1


def test_a_longer_window_shows_what_began_weeks_ago() -> None:
    """Within 7 days it is by now as usual; within 28 it grew from nothing."""
    rows: Rows = [(n, f"u_{n // 6}", KINDS[0], 0) for n in range(0, 20 * 24, 6)]
    short, long = (urgency(frame_from(rows), np.zeros(len(rows), np.int64), NOW, None, one) for one in ((1, 7), (28,)))

    assert short["growth"].max() < 3
    assert (long["days"].min(), long["within"].min(), long["before"].max()) == (28, 80, 0)
    assert long["growth"].min() == 81


def test_no_items_have_no_ranks() -> None:
    """The columns and their types are there."""
    none = urgency(frame_from([]), np.array([], np.int64), NOW)
    some = urgency(frame_from([(1, "u_1", KINDS[0], -1)]), np.array([-1]), NOW)

    assert none.empty
    assert list(none.dtypes) == list(some.dtypes)
    assert [len(part) for part in ordered(none, np.array([], np.int64))] == [0, 0]


@pytest.mark.parametrize(("count", "seed"), [(2_400, 1), (2_400, 2), (2_400, 3), (6_000, 1)])
def test_the_broken_exports_come_first_in_the_sample(count: int, seed: int) -> None:
    """All of the first rows are about it, and the one loud person comes later."""
    account = sample(count, seed)
    ranked = _ranked(account)
    first = ranked[ranked["cluster"] == ranked["cluster"].iloc[0]]
    complaints = [account.complaints[one] for one in account.frame["id"].iloc[first["position"]]]

    assert np.mean([one == BROKEN for one in complaints]) > 0.98
    assert len(first) > 20
    assert ranked["rank"].iloc[0] > 2 * ranked["rank"].iloc[len(first)]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_one_person_just_said_is_never_among_the_last(seed: int) -> None:
    """In the sample, whatever it is about."""
    ranked = _ranked(sample(2_400, seed)).drop_duplicates("cluster").reset_index(drop=True)
    fresh = ranked[(ranked["people"] == 1) & (ranked["last_said"] > NOW - timedelta(days=2))]

    assert len(fresh) > 1
    assert fresh.index.max() < 0.9 * len(ranked)


@pytest.fixture(scope="module")
def large() -> Labelled:
    """A large account, with its broken exports."""
    return sample(20_000)


@pytest.mark.parametrize("language", ["English", "Chinese", "Russian", "Arabic"])
def test_a_fresh_incident_of_four_people_is_among_the_first(large: Labelled, language: str) -> None:
    """Twelve items of four people within the last hour are in one of the first five rows of 20,000 items."""
    texts = [text.strip() for text in FRESH[language].strip().splitlines()]
    incident = rows_of(texts, people=4, days=0.04)
    account = Labelled([], frame_of([*large.items, *incident]), {})
    ranked = _ranked(account)
    is_own = account.frame["id"].iloc[ranked["position"]].isin(row["id"] for row in incident)
    rows = is_own.groupby(ranked["cluster"].to_numpy(), sort=False).sum()

    assert rows.iloc[:5].max() >= 9


def test_one_loud_person_does_not_lead(large: Labelled) -> None:
    """Sixty items within an hour are one person's."""
    loud = rows_of([f"Why is this so bad, number {n}" for n in range(60)], people=1, days=0.04)
    account = Labelled([], frame_of([*large.items, *loud]), {})
    clusters = _ranked(account).drop_duplicates("cluster").reset_index(drop=True)
    is_own = account.frame["id"].iloc[clusters["position"]].isin(row["id"] for row in loud).to_numpy()

    assert is_own.any()
    assert clusters.index[is_own].min() > 10


def _ranked(account: Labelled) -> pd.DataFrame:
    return urgency(account.frame, Clustered.of(account.frame).codes, NOW)
