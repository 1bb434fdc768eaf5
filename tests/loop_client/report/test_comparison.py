"""Changes are computed against a previous period of equal length, or a reason says why not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from loop_client import report
from loop_client.mirror import Coverage, Snapshot, Zone
from loop_client.mirror.cube import cells_of
from loop_client.report import Change, Counts, Period
from loop_client.report.comparison import NOT_CLEAR, TOO_FEW, Z, quantile, ratio_of_counts, wilson
from tests.frames import item, items_frame, items_frames, records

if TYPE_CHECKING:
    import pandas as pd

DAYS = st.dates(date(2025, 12, 20), date(2026, 3, 5))
MOMENTS = st.datetimes(datetime(2025, 12, 20), datetime(2026, 3, 5), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
SIDES = st.integers(0, 400)


def at(day: int, hour: int = 0) -> datetime:
    """A moment of June 2026."""
    return datetime(2026, 6, day, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("since", "until", "now", "later", "earlier"),
    [
        (8, 14, at(20, 15), (at(8), at(15)), (at(1), at(8))),
        (8, None, at(14, 15), (at(8), at(14, 15)), (at(1), at(7, 15))),
        (8, 30, at(14, 15), (at(8), at(14, 15)), (at(1), at(7, 15))),
        (8, 14, at(15), (at(8), at(15)), (at(1), at(8))),
        (14, 14, at(14, 1), (at(14), at(14, 1)), (at(13), at(13, 1))),
    ],
)
def test_the_previous_period_has_the_same_length_and_ends_at_the_same_time(
    since: int, until: int | None, now: datetime, later: tuple[datetime, datetime], earlier: tuple[datetime, datetime]
) -> None:
    """A finished period is compared with as many days before, and a running one up to the same time of day."""
    both = report.compared_periods((date(2026, 6, since), date(2026, 6, until) if until else None), now)

    assert both == (Period(*later), Period(*earlier))


@given(since=DAYS, until=st.none() | DAYS, now=MOMENTS, name=st.sampled_from(["Europe/Berlin", "America/Havana"]))
def test_in_a_zone_periods_are_full_days_apart(since: date, until: date | None, now: datetime, name: str) -> None:
    """Periods start with local days, and differ in length only by a change of clocks."""
    zone = Zone(name)
    both = report.compared_periods((since, until), now, zone)
    assume(both is not None)
    assert both is not None
    later, earlier = both
    days = zone.day(later.start) - zone.day(earlier.start)

    assert later.start == zone.start(since)
    assert earlier.start == zone.start(since - days)
    assert zone.day(later.end) - zone.day(earlier.end) == days
    assert abs((later.end - later.start) - (earlier.end - earlier.start)) <= timedelta(hours=1)
    assert earlier.end <= later.start


def test_a_day_shortened_by_a_clock_change_is_compared_with_a_full_one() -> None:
    """The 23-hour 29 March 2026 in Berlin is compared with all 24 hours of the day before."""
    zone, day = Zone("Europe/Berlin"), date(2026, 3, 29)
    both = report.compared_periods((day, day), at(1), zone)

    assert both is not None
    assert both[0].end - both[0].start == timedelta(hours=23)
    assert both[1] == Period(zone.start(date(2026, 3, 28)), zone.start(day))


def test_a_late_evening_is_compared_with_no_more_than_the_day_before_has() -> None:
    """After 23.5 hours of 30 March 2026 in Berlin, the 23-hour day before counts completely, and nothing after it."""
    zone, day = Zone("Europe/Berlin"), date(2026, 3, 30)
    now = zone.start(day) + timedelta(hours=23, minutes=30)

    both = report.compared_periods((day, None), now, zone)

    assert both == (Period(zone.start(day), now), Period(zone.start(date(2026, 3, 29)), zone.start(day)))


@given(since=DAYS, until=st.none() | DAYS, now=MOMENTS)
def test_periods_are_equal_and_apart(since: date, until: date | None, now: datetime) -> None:
    """Both periods have equal length and do not overlap, and neither reaches into the future."""
    both = report.compared_periods((since, until), now)
    assume(both is not None)
    assert both is not None
    later, earlier = both
    apart = later.start - earlier.start

    assert later.end - later.start == earlier.end - earlier.start <= apart < later.end - later.start + timedelta(days=1)
    assert apart % timedelta(days=1) == timedelta(0)
    assert later.start == datetime(since.year, since.month, since.day, tzinfo=UTC)
    assert later.end <= now


@pytest.mark.parametrize(
    ("since", "until"),
    [
        (None, None),
        (None, date(2026, 6, 1)),
        (date(2026, 6, 20), None),
        (date(2026, 6, 9), date(2026, 6, 8)),
        (date(1, 1, 1), None),
    ],
)
def test_some_windows_have_no_previous_period(since: date | None, until: date | None) -> None:
    """A period without a first day, in the future, or at the beginning of time has no previous one."""
    assert report.compared_periods((since, until), at(14, 15)) is None


@given(
    items=items_frames(),
    start=DAYS,
    end=MOMENTS,
    choice=st.sampled_from(["all", "positions", "mask"]),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kathmandu"]).map(Zone),
)
def test_a_period_counts_its_rows(items: pd.DataFrame, start: date, end: datetime, choice: str, zone: Zone) -> None:
    """Complete days from cells and the edge from rows add up to a loop over the rows."""
    cells = cells_of(items, zone)
    period = Period(zone.start(start), end)
    assume(period.start < period.end)
    passes = np.array([choice == "all" or row["source"] == "email" for row in records(items)], bool)
    inside = [
        row["sentiment"]
        for row, passing in zip(records(items), passes, strict=True)
        if passing and period.start <= row["created_at"] < period.end
    ]
    passing = {"all": None, "positions": np.flatnonzero(passes).astype(np.int32), "mask": passes}[choice]
    chosen = cells if choice == "all" else cells[cells["source"] == "email"]

    edge = report.rows_in(items["created_at"].array.asi8, report.partial_last_day(period, zone), passing)
    counts = report.counts_in(period, chosen, items.iloc[edge], zone)

    rated = [sentiment for sentiment in inside if sentiment]
    assert counts == Counts(len(inside), len(rated), rated.count("negative"), rated.count("positive"))


def test_an_edge_is_exact() -> None:
    """A period includes midnight and excludes its end, to the microsecond."""
    moments = [at(14, 15), at(14, 15) - timedelta(microseconds=1), at(14), at(13, 23)]
    items = items_frame(item(number, created_at=moment) for number, moment in enumerate(moments))

    created_at, edge = items["created_at"].array.asi8, report.partial_last_day(Period(at(13), at(14, 15)))

    assert list(report.rows_in(created_at, edge)) == [1, 2]
    assert list(report.rows_in(created_at, edge, np.array([0, 2, 3]))) == [2]
    assert list(report.rows_in(created_at, edge, np.array([True, False, True, True]))) == [2]


@pytest.mark.parametrize(
    ("coverage", "covered"),
    [
        (Coverage(complete=True, since=at(1, 9)), True),
        (Coverage(complete=True, since=at(2, 1)), False),
        (Coverage(complete=True), False),
        (Coverage(complete=False, since=at(1) - timedelta(microseconds=1)), True),
        (Coverage(complete=False, since=at(1)), False),
        (Coverage(), False),
    ],
)
def test_a_baseline_is_covered_or_not(coverage: Coverage, covered: bool) -> None:  # noqa: FBT001 - a case's outcome
    """A baseline needs all items from its first midnight, and an account in use on its first day."""
    assert report.is_baseline(Snapshot(coverage=coverage), Period(at(1), at(8))) is covered


@pytest.mark.parametrize(
    ("now", "before", "reason"), [(7, 100, TOO_FEW), (100, 7, TOO_FEW), (8, 8, NOT_CLEAR), (80, 40, None)]
)
def test_a_reason_stands_where_no_change_does(now: int, before: int, reason: str | None) -> None:
    """Instead of a change there is a reason, first "too few", for counts and shares alike."""
    assert report.count_change(now, before).reason == reason
    assert report.share_change((now // 8, now), (before, before)).reason == (reason if reason != NOT_CLEAR else None)


@pytest.mark.parametrize("more", ["better", "worse", "neither"])
def test_more_means_what_the_number_means(more: report.comparison.Meaning) -> None:
    """More of a bad number is worse and less is better; more items alone are neither."""
    less = {"better": "worse", "worse": "better", "neither": "neither"}[more]

    assert report.count_change(200, 100, more=more).meaning == more
    assert report.count_change(100, 200, more=more).meaning == less
    assert report.share_change((80, 100), (40, 100), more=more).meaning == more
    assert report.share_change((40, 100), (80, 100), more=more).meaning == less
    assert report.share_change((50, 100), (50, 100), more=more).meaning == "neither"


def test_newcombe_s_own_example() -> None:
    """56 of 70 against 48 of 80 differ by 0.2, from 0.0524 to 0.3339 (Newcombe 1998, table II, method 10)."""
    change = report.share_change((56, 70), (48, 80))

    assert change.difference == pytest.approx(0.2)
    assert change.low == pytest.approx(0.0524, abs=5e-5)
    assert change.high == pytest.approx(0.3339, abs=5e-5)


@given(part=st.integers(0, 60), more=st.integers(0, 60), z=st.sampled_from([1.959964, 3.66]))
def test_wilson_s_limits_are_the_shares_that_are_just_not_rejected(part: int, more: int, z: float) -> None:
    """At a Wilson limit the observed share is `z` standard errors of that limit away, 1.96 by default."""
    total = part + more
    assume(total)
    for limits in (wilson(part, total, z), wilson(part, total) if z < 2 else ()):
        for limit in limits:
            away = abs(part / total - limit)
            assert away == pytest.approx(z * (limit * (1 - limit) / total) ** 0.5, rel=1e-5, abs=1e-7)


@given(now=SIDES, before=SIDES)
def test_the_interval_of_a_ratio_is_that_of_a_change(now: int, before: int) -> None:
    """It is wider with a correction, and needs no items before."""
    assume(now + before)
    low, high = ratio_of_counts(now, before)
    wider = ratio_of_counts(now, before, quantile(200))

    assert 0 <= wider[0] <= low <= now / max(before, 1e-9)
    assert (high == np.inf) == (before == 0)
    assert wider[1] >= high
    if min(now, before) >= 8:
        change = report.count_change(now, before)
        assert (change.low, change.high) == (low, high)


def test_a_correction_is_bonferroni_s() -> None:
    """For one comparison it is none; 200 normal numbers stay within it in 95 of 100 draws."""
    assert quantile(0) == quantile(1) == pytest.approx(Z)
    assert quantile(200) == pytest.approx(3.6623, abs=5e-5)
    most = np.abs(np.random.default_rng(1).standard_normal((4000, 200))).max(axis=1)
    assert 0.94 < np.mean(most < quantile(200)) < 0.96


@given(now=SIDES, before=SIDES)
def test_a_count_and_its_reverse_tell_the_same(now: int, before: int) -> None:
    """Swapping the sides reverses a change of counts, and a clear change has the sign of the difference."""
    change, back = (report.count_change(*pair, more="worse") for pair in ((now, before), (before, now)))

    assert change.reason == back.reason
    if change.low is None or change.high is None or back.high is None:
        assert change == Change(reason=TOO_FEW)
        return
    assert change.difference == now - before
    assert change.relative == pytest.approx(now / before - 1)
    assert change.low <= now / before <= change.high
    assert change.low == pytest.approx(1 / back.high)
    assert (change.meaning == "worse") == (change.reason is None and now > before)


@given(now=st.tuples(SIDES, SIDES), before=st.tuples(SIDES, SIDES))
def test_a_share_and_its_reverse_tell_the_same(now: tuple[int, int], before: tuple[int, int]) -> None:
    """Swapping the sides reverses a change of shares and its interval."""
    one, other = ((part, part + remaining) for part, remaining in (now, before))

    change, back = report.share_change(one, other), report.share_change(other, one)

    assert change.reason == back.reason
    assert change.relative is None
    if change.difference is None or change.low is None or change.high is None or back.high is None:
        assert min(one[1], other[1]) < 8
        return
    assert -1 <= change.low <= change.difference <= change.high <= 1
    assert change.low == pytest.approx(-back.high)
    assert (change.reason is None) == (not change.low <= 0 <= change.high)


@pytest.mark.parametrize(("now", "before"), [(40, 40), (200, 100), (30, 90)])
def test_the_interval_contains_the_true_ratio_as_often_as_it_says(now: int, before: int) -> None:
    """In many draws with known rates, 95 of 100 intervals contain the true ratio."""
    random = np.random.default_rng(1)
    contained = []
    for one, other in zip(random.poisson(now, 2000), random.poisson(before, 2000), strict=True):
        change = report.count_change(int(one), int(other))
        assert change.low is not None
        assert change.high is not None
        contained.append(change.low <= now / before <= change.high)

    assert 0.935 < np.mean(contained) < 0.965
