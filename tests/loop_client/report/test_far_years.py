"""Reports work with items of any year from 1 to 9999, in any zone, at any time of the machine's clock."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import available_timezones

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loop_client import report
from loop_client.mirror import Coverage, Zone
from loop_client.query import Filters, selected
from loop_client.query import window as window_of
from loop_client.report.clusters import Clustered
from tests.frames import item, items_frame, snapshot_of

FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
NEAR = st.timedeltas(timedelta(), timedelta(days=3))
EDGES = NEAR.map(lambda after: FIRST + after) | NEAR.map(lambda before: LAST - before)
MOMENTS = EDGES | st.datetimes(timezones=st.just(UTC)) | st.sampled_from([FIRST, LAST, datetime.fromtimestamp(0, UTC)])
CLOCKS = st.datetimes(datetime(1970, 1, 2), datetime(2262, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis's
DAYS = st.none() | st.sampled_from([date.min, date.max]) | st.dates()
ZONES = st.sampled_from(sorted(available_timezones()))


def far_years(examples: int) -> None:
    """Call every function that takes a time, for this many accounts."""

    @settings(max_examples=examples)
    @given(ZONES, st.lists(MOMENTS, min_size=1, max_size=12), CLOCKS, DAYS, DAYS)
    def check(name: str, moments: list[datetime], now: datetime, since: date | None, until: date | None) -> None:
        zone, today = Zone(name), Zone(name).day(now)
        moments = sorted(moments, reverse=True)
        frame = items_frame(item(number, created_at=moment) for number, moment in enumerate(moments))
        coverage = Coverage(complete=True, since=moments[-1], reconciled_at=moments[0], gaps=((None, moments[0]),))
        snapshot = snapshot_of(frame, coverage, zone=zone)
        cells, created_at = snapshot.cells, frame["created_at"].array.asi8
        window = window_of(since, until)
        for bucket in ("day", "week", "month"):
            for chosen in (window, (None, None)):
                volume = report.volume(cells, bucket, today, chosen)
                shown = report.span(cells, chosen, today)
                assert shown is not None
                assert int(volume["items"].sum()) + sum(report.outside(cells, shown)) == len(moments)
                assert len(report.sparklines(cells, bucket, today, chosen)) <= report.POINTS
        heat = report.tag_weeks(cells, today)
        assert int(heat.counts["items"].sum()) + heat.older + heat.later == len(moments)
        assert int(report.ages(created_at, np.arange(len(frame)), now).bands["items"].sum()) == len(moments)
        ranks = report.urgency(frame, np.full(len(frame), -1), now)["rank"]
        assert np.isfinite(ranks).all()
        filters, clustered = Filters(since=since, until=until), Clustered.of(frame)
        assert len(report.headline(snapshot, filters, clustered, now)) <= 5
        if both := report.compared_periods(window, now, zone):
            for one in both:
                rows = report.rows_in(created_at, one)
                edge = frame.iloc[report.rows_in(created_at, report.partial_last_day(one, zone))]
                assert report.counts_in(one, cells, edge, zone).items == len(rows)
            report.is_baseline(snapshot, both[1])
        passing = selected(frame, {}, zone.bounds(window))
        days = [zone.day(moment) for moment in moments]
        assert list(passing) == [
            place for place, day in enumerate(days) if (window[0] or day) <= day <= (window[1] or day)
        ]
        assert report.coverage_sentence(snapshot, moments[0], now=now)
        export = report.Export(report.Items(frame, np.arange(len(frame)), zone), report.About(time_zone=name))
        exported = json.loads(export.to("json"))["items"]
        assert [pd.Timestamp(row["created_at"]) for row in exported] == moments

    check()


def test_numbers_of_far_years() -> None:
    """With items of any year nothing fails or is lost, and no chart exceeds its rows."""
    far_years(60)


@pytest.mark.long
def test_numbers_of_far_years_at_length() -> None:
    """The same holds for many accounts."""
    far_years(3_000)
