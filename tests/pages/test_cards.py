"""The overview's cards: what dragging and clicking on them asks for."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from pages.shared import marks

SHOWN = (date(2026, 11, 17), date(2026, 11, 23))


@pytest.mark.parametrize(
    ("first", "last", "since", "until"),
    [
        ("2026-11-17", "2026-11-24", date(2026, 11, 17), date(2026, 11, 23)),  # the whole axis
        ("2026-11-24", "2026-11-17", date(2026, 11, 17), date(2026, 11, 23)),  # the same from right to left
        ("2026-11-18 06:00", "2026-11-19 18:00", date(2026, 11, 18), date(2026, 11, 19)),
        ("2026-11-18", "2026-11-19", date(2026, 11, 18), date(2026, 11, 18)),  # exactly one day
        ("2026-11-18 06:00", "2026-11-18 06:00", date(2026, 11, 18), date(2026, 11, 18)),
        ("2026-11-16", "2026-11-18 06:00", date(2026, 11, 17), date(2026, 11, 18)),  # a week that begins before
        ("2026-11-24", "2026-11-24", date(2026, 11, 23), date(2026, 11, 23)),
    ],
)
def test_dragging_asks_for_the_days_under_it(first: str, last: str, since: date, until: date) -> None:
    """Those alone that are shown; dragging to the edge again and again does not make the window grow."""
    times = [pd.Timestamp(time, tz="UTC") for time in (first, last)]

    assert marks.dragged(times, SHOWN) == (since, until)


def test_dragging_stays_within_what_a_date_can_be() -> None:
    """Items with a wrong year make an axis that is longer than the calendar of the filters."""
    times = [pd.Timestamp(1, 1, 1, tz="UTC"), pd.Timestamp(2400, 1, 1, tz="UTC")]

    assert marks.dragged(times, (date(1, 1, 1), date(2400, 1, 1))) == (date(1970, 1, 1), date(2099, 12, 31))
