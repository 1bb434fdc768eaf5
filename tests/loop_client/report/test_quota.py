"""What a monthly quota would mean for new items."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from loop_client.mirror import Coverage
from loop_client.report import quota_sentence
from tests.frames import item, items_frame, snapshot_of

JUNE = datetime(2026, 6, 1, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("coverage", "count"),
    [
        (Coverage(complete=True), "2 items"),
        (Coverage(since=JUNE - MOMENT), "2 items"),
        (Coverage(since=JUNE + MOMENT), "at least 2 items"),
        (Coverage(), "at least 2 items"),
    ],
)
def test_the_items_of_this_month_count(coverage: Coverage, count: str) -> None:
    """From its first moment in UTC on. A copy that does not reach back to it has at least so many."""
    times = (JUNE + timedelta(days=18), JUNE, JUNE - MOMENT)
    shown = snapshot_of(items_frame(item(3 - at, created_at=time) for at, time in enumerate(times)), coverage)
    rest = "If the account's monthly quota is below 7, the rest waits in the outbox until next month."

    for now in (JUNE, JUNE + timedelta(days=29, hours=23)):
        assert quota_sentence(shown, 5, now) == f"Loop has {count} from this month so far. {rest}"
