"""Days of a time zone: each moment belongs to the day that clocks there show, through all clock changes."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_client.mirror import Zone, cube
from loop_client.mirror.moments import microseconds, moment_of
from loop_client.mirror.zones import EPOCH
from loop_client.query import Filters
from tests.frames import items_frames, records, snapshot_of

NAMES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kathmandu",  # an offset of a quarter of an hour
    "Australia/Lord_Howe",  # a summer time of half an hour
    "America/Sao_Paulo",  # no midnight when summer time began
    "Asia/Beirut",
    "America/Havana",  # two midnights when it ended
    "Pacific/Apia",  # no 30 December 2011
    "Pacific/Kiritimati",
]
MOMENTS = st.datetimes(datetime(1975, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
ZONES = st.sampled_from(NAMES).map(Zone)


def numbers(*moments: datetime) -> np.ndarray:
    """Moments as µs since 1970."""
    return np.array([microseconds(moment) for moment in moments], np.int64)


@given(ZONES, st.lists(MOMENTS))
def test_a_moment_is_of_the_day_that_clocks_show(zone: Zone, moments: list[datetime]) -> None:
    """Days of many moments at once, in any order, are those of the standard library."""
    days = zone.days(numbers(*moments))

    assert [EPOCH + timedelta(days=int(day)) for day in days] == [
        moment.astimezone(ZoneInfo(zone.name)).date() for moment in moments
    ]


@given(ZONES, st.dates(date(1975, 1, 1), date(2037, 1, 1)))
def test_a_day_begins_with_its_first_moment(zone: Zone, day: date) -> None:
    """A day starts at its first moment, and a skipped day starts where the next one does."""
    start = zone.start(day)

    assert zone.day(start) >= day > zone.day(start - timedelta(microseconds=1))
    assert (zone.day(start) == day) != (start == zone.start(day + timedelta(days=1)))


def test_a_day_that_a_zone_left_out_has_no_moments() -> None:
    """A day that a zone skipped, as Samoa did 30 December 2011, has no moments."""
    zone = Zone("Pacific/Apia")

    assert zone.start(date(2011, 12, 30)) == zone.start(date(2011, 12, 31)) == datetime(2011, 12, 30, 10, tzinfo=UTC)


def test_clocks_that_skip_midnight_in_the_middle_do_no_harm() -> None:
    """Where clocks skip midnight, as in Toronto on 30 March 1919, the day starts after the change."""
    assert Zone("America/Toronto").start(date(1919, 3, 31)) == datetime(1919, 3, 31, 4, 30, tzinfo=UTC)


EARLIEST, LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
HOURS = [timedelta(hours=hours, seconds=seconds) for hours in range(60) for seconds in (0, 1)]
EDGES = [*(EARLIEST + hours for hours in HOURS), *(LATEST - hours for hours in HOURS)]


@pytest.mark.parametrize("letter", sorted({name[0] for name in available_timezones()}))
def test_the_first_and_the_last_moments_there_are_have_a_date_in_every_zone(letter: str) -> None:
    """At the edges of the years 1 to 9999 a moment has a date in every zone, if need be the UTC one."""
    for zone in map(Zone, sorted(name for name in available_timezones() if name[0] == letter)):
        days = zone.days(numbers(*EDGES))
        for moment, day in zip(EDGES, days.tolist(), strict=True):
            local = zone.local(moment)
            assert local == moment
            assert local.date() == EPOCH + timedelta(days=day), zone
            assert zone.formatted(moment, "%Y-%m-%d") == local.date().isoformat()
        for edge in (date.min, date.max):
            first, end = zone.bounds((edge, edge))
            assert [m for m, d in zip(EDGES, days, strict=True) if EPOCH + timedelta(days=int(d)) == edge] == [
                moment
                for moment in EDGES
                if first <= microseconds(moment) < end  # type: ignore[operator] # both are given
            ]


@pytest.mark.parametrize("name", ["America/New_York", "Asia/Tokyo"])
def test_a_pandas_timestamp_is_formatted_like_a_datetime(name: str) -> None:
    """A pandas timestamp at the edges of time is formatted like a datetime."""
    for moment in (EARLIEST, LATEST, datetime(2026, 8, 3, 12, 2, tzinfo=UTC)):
        assert Zone(name).formatted(pd.Timestamp(moment)) == Zone(name).formatted(moment)


@given(st.sampled_from(sorted(available_timezones())).map(Zone), st.datetimes(timezones=st.just(UTC)))
def test_any_moment_has_a_day_in_any_zone(zone: Zone, moment: datetime) -> None:
    """Each moment belongs to the local date, or the day after where clocks were set back over midnight."""
    day = zone.day(moment)

    assert 0 <= (day - zone.local(moment).date()).days <= 1
    assert zone.start(day) <= moment


@pytest.mark.parametrize("microseconds", [-(2**63), 2**63 - 1])
def test_a_damaged_time_is_the_first_or_the_last_there_is(microseconds: int) -> None:
    """A number out of range becomes the earliest or the latest time."""
    assert moment_of(microseconds) in {EARLIEST, LATEST}


@given(ZONES, items_frames(), st.dates(date(2025, 12, 20), date(2026, 3, 5)), st.none() | st.integers(0, 60))
def test_cells_and_rows_of_a_date_filter_agree(zone: Zone, items, since: date, days: int | None) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - a frame
    """The rows of a date filter are those of its local days, and its cells count them."""
    until = None if days is None else since + timedelta(days=days)
    filters = Filters(since=since, until=until)
    snapshot = snapshot_of(items, zone=zone)
    info = ZoneInfo(zone.name)

    rows = [
        number
        for number, row in enumerate(records(items))
        if since <= row["created_at"].astimezone(info).date() <= (until or date.max)
    ]

    assert list(filters.rows(snapshot)) == rows
    assert int(filters.cells(snapshot)["items"].sum()) == len(rows)


@given(ZONES, items_frames(), items_frames(most=8))
def test_patched_cells_are_those_of_the_zone(zone: Zone, items, others) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - frames
    """Items that arrive later are counted by the days of the zone."""
    joined = cube.patched(cube.cells_of(items, zone), items.iloc[:0], others, zone)
    days = [row["created_at"].astimezone(ZoneInfo(zone.name)).date() for row in (*records(items), *records(others))]

    counted: Counter[date] = Counter()
    for day, count in zip(joined["day"].tolist(), joined["items"].tolist(), strict=True):
        counted[EPOCH + timedelta(days=day)] += count

    assert counted == Counter(days)
