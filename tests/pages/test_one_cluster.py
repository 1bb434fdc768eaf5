"""Each page counts something else of one cluster, says what, and is right: recounted item by item on the sample."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from loop_client.sandbox.sample import sample_items
from pages.session import runtime
from tests.moment import NOW
from tests.pages.conftest import page, texts
from tests.sandboxes import running_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("still")


def said(app: Any, pattern: str) -> re.Match[str]:  # noqa: ANN401 - an AppTest
    """The first match among the texts, labels and names of the page, without Markdown's escapes."""
    labels = [one.proto.label for kind in ("page_link", "expander") for one in app.get(kind)]
    found = (re.search(pattern, re.sub(r"\\(.)", r"\1", text)) for text in [*texts(app), *labels])
    return next(filter(None, found))


def test_each_number_of_a_cluster_is_what_its_page_says(tmp_path: Path, connect: Callable[..., None]) -> None:
    """Negative ones of 28 days on the overview, all of the period on Changes, open negative ones in the inbox."""
    with running_sandbox(tmp_path / "loop", items=sample_items(now=NOW)) as sandbox:
        connect(sandbox)
        overview, changes = page(last="30 days"), page("changes", last="30 days")
        filtered = page("changes", last="30 days", sentiment="negative")
        listed = page("inbox", sort="most urgent", last="all time").dataframe[0].value.iloc[0]

    snapshot = runtime.snapshot()
    (example,) = snapshot.frame.index[snapshot.frame["message"] == "The CSV export timed out on large datasets."][:1]
    clustered = runtime.clustered(snapshot).codes
    rows = [
        row
        for row, code in zip(snapshot.frame.to_dict("records"), clustered, strict=True)
        if code == clustered[example]
    ]

    def people(begin: date, **values: str) -> tuple[int, int]:
        """How many people wrote items with these values since that day, and how many items."""
        start = begin if isinstance(begin, datetime) else datetime.combine(begin, datetime.min.time(), NOW.tzinfo)
        found = [row for row in rows if row["created_at"] >= start and values.items() <= row.items()]
        return len({row["user_id"] for row in found}), len(found)

    negative = said(overview, r"(\d+) people were negative about it in 28 days")
    every = said(changes, r"is there for the first time: (\d+) people\. (\d+) items")
    assert int(negative[1]) == people(NOW - timedelta(days=28), sentiment="negative")[0]
    assert (int(every[1]), int(every[2])) == people((NOW - timedelta(days=29)).date())
    assert (listed["people"], listed["items"]) == people(date(2020, 1, 1), sentiment="negative", status="open")
    assert any(text.startswith("Items of any sentiment and status that say the same") for text in texts(changes))
    assert any(text.startswith("Items of any status that say the same") for text in texts(filtered))
