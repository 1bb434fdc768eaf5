"""Items of any year from 1 to 9999 break no page, in any zone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

import pandas as pd
import pytest

from pages.components.item_table import age
from tests.pages.conftest import page, texts
from tests.sandboxes import row, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FAR = {
    "fb_first": "0001-01-01T00:00:00.000Z",
    "fb_second": "0001-01-02T03:04:05.678Z",
    "fb_epoch": "1970-01-01T00:00:00.000Z",
    "fb_last": "9999-12-31T23:59:59.999Z",
}
SEVERAL = ["UTC", "America/New_York", "Asia/Tokyo", "Pacific/Kiritimati"]
MORE = [pytest.param(name, marks=pytest.mark.long) for name in sorted(available_timezones() - {*SEVERAL})[::25]]
OVERVIEWS: list[dict[str, str]] = [
    {},
    {"bucket": "day"},
    {"bucket": "week", "measure": "shares"},
    {"bucket": "month"},
    {"last": "30 days"},
]
INBOXES: list[dict[str, Any]] = [
    {"view": "all"},
    {"view": "all", "sort": "oldest first"},
    {"sort": "most urgent"},
    {"view": "all", "only": ["since:0001-01-01", "until:0001-01-01"]},
    {"view": "all", "only": ["since:9999-12-31"]},
    {"view": "all", "only": ["after:0001-01-01T00:00Z", "upto:9999-12-31T23:59Z"]},
    {"view": "all", "columns": ["created", "age"]},
    *({"view": "all", "item": name} for name in FAR),
]


@pytest.mark.parametrize("zone", [*SEVERAL, *MORE])
@pytest.mark.parametrize("count", [0, 3], ids=["alone", "among others"])
def test_far_times_are_shown(zone: str, count: int, tmp_path: Path, connect: Callable[..., None]) -> None:
    """Items of the first and the last years are shown on each page and view, alone and among current items."""
    rows = [row(number, id=name, created_at=moment) for number, (name, moment) in enumerate(FAR.items())]
    with running_sandbox(tmp_path / "loop", items=[*rows, *map(row, range(10, 10 + count))]) as sandbox:
        connect(sandbox, LOOP_TIME_ZONE=zone)
        for query in OVERVIEWS:
            assert not page(**query).exception, query
        for query in INBOXES:
            app = page("inbox", **query)
            assert not app.exception, query
            if "item" in query:
                year = FAR[query["item"]][:4]
                assert any(f" {year}, " in text or " 1969, " in text for text in texts(app)), query
        assert not page("submit").exception


@pytest.mark.parametrize(
    ("days", "text"), [(-2_900_000, "0 min"), (999, "999 d"), (1_000, "2 y"), (1_461, "4 y"), (739_787, "2025 y")]
)
def test_an_age_of_years_is_shown_in_years(days: int, text: str) -> None:
    """A great age is shown in years, and an item dated ahead has no age."""
    assert age(pd.Timedelta(days=days)) == text
