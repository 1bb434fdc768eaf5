"""Ages equal a plain computation for each row, to the microsecond."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_client import report
from loop_client.report.ageing import BANDS
from tests.frames import item, items_frame, items_frames, records

if TYPE_CHECKING:
    import pandas as pd

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


@given(items=items_frames(), now=st.datetimes(datetime(2025, 12, 1), datetime(2026, 5, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - hypothesis adds the zone
def test_every_open_negative_is_in_the_band_of_its_age(items: pd.DataFrame, now: datetime) -> None:
    """Bands and the oldest item equal a loop over the rows."""
    chosen = [n for n, row in enumerate(records(items)) if (row["status"], row["sentiment"]) == ("open", "negative")]
    created = [records(items)[number]["created_at"] for number in chosen]
    limits = [-10_000, 1, 3, 7, 30, 10_000]
    expected = [
        sum(timedelta(days=low) <= now - moment < timedelta(days=high) for moment in created)
        for low, high in pairwise(limits)
    ]

    ages = report.ages(items["created_at"].array.asi8, np.array(chosen, np.int32), now)

    assert list(ages.bands["items"]) == expected
    assert list(ages.bands["band"]) == list(BANDS)
    assert ages.oldest == (min(created) if created else None)


@pytest.mark.parametrize(("edge", "band"), [(1, 1), (3, 2), (7, 3), (30, 4)])
def test_a_band_includes_its_lower_end(edge: int, band: int) -> None:
    """An age of exactly one day is in the second band, and a microsecond less in the first."""
    moments = [NOW - timedelta(days=edge) + timedelta(microseconds=1), NOW - timedelta(days=edge)]
    items = items_frame(item(number, created_at=moment) for number, moment in enumerate(moments))

    ages = report.ages(items["created_at"].array.asi8, np.array([0, 1]), NOW)

    assert list(np.flatnonzero(ages.bands["items"])) == [band - 1, band]


def test_what_comes_from_the_future_is_young() -> None:
    """An item from the future is in the youngest band."""
    items = items_frame([item(created_at=NOW + timedelta(hours=5))])

    assert list(report.ages(items["created_at"].array.asi8, np.array([0]), NOW).bands["items"]) == [1, 0, 0, 0, 0]
