"""Pages that run while an hour, a day or another calendar unit ends, in the configured zone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from tests.pages.conftest import number, page
from tests.sandboxes import row, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ENDS = [
    ("UTC", "2026-06-19T14:00:00Z"),
    ("UTC", "2026-06-20T00:00:00Z"),
    ("UTC", "2026-07-01T00:00:00Z"),
    ("UTC", "2027-01-01T00:00:00Z"),
    ("UTC", "2028-02-29T00:00:00Z"),
    ("UTC", "2028-03-01T00:00:00Z"),
    ("Europe/Berlin", "2026-03-29T01:00:00Z"),
    ("Europe/Berlin", "2026-10-25T01:00:00Z"),
    ("America/Havana", "2026-11-01T04:00:00Z"),  # midnight, which happens twice
    ("Asia/Beirut", "2026-03-28T22:00:00Z"),  # midnight, which is skipped there
]
JUST_BEFORE = timedelta(milliseconds=300)


@pytest.mark.parametrize(("zone", "end"), ENDS)
def test_a_page_is_drawn_while_a_day_ends(zone: str, end: str, tmp_path: Path, connect: Callable[..., None]) -> None:
    """A page that runs while a day ends does not fail and counts each item, before and after."""
    moment = datetime.fromisoformat(end)
    dated = [moment + timedelta(hours=hours, microseconds=-1) for hours in range(-48, 1)]
    rows = [row(number, created_at=f"{at:%Y-%m-%dT%H:%M:%S.%fZ}") for number, at in enumerate(dated)]
    with running_sandbox(tmp_path / "loop", items=rows) as sandbox, time_machine.travel(moment - JUST_BEFORE):
        connect(sandbox, LOOP_TIME_ZONE=zone)
        for query in ({}, {"last": "7 days"}, {"last": "7 days", "bucket": "day"}):
            with time_machine.travel(moment - JUST_BEFORE):
                app = page(**query)
            assert not app.exception
            assert number(app, "Items") == "49"
        for sort in ("newest first", "most urgent"):
            with time_machine.travel(moment - JUST_BEFORE):
                assert not page("inbox", sort=sort, last="30 days").exception
