"""Invalid parts of a link are reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from loop_client.query import unknown_parts
from tests.frames import item, items_frame, snapshot_of

if TYPE_CHECKING:
    from loop_client.mirror import Snapshot
    from loop_client.models import Feedback


def snapshot(*items: Feedback) -> Snapshot:
    """A complete snapshot of these items."""
    return snapshot_of(items_frame(items))


@pytest.mark.parametrize(
    ("query", "reported"),
    [
        ({"status": ["open", "shut"]}, ["status “shut” is not known."]),
        ({"sentiment": ["angry"]}, ["sentiment “angry” is not known."]),
        ({"since": ["yesterday"]}, ["since “yesterday” is not a date."]),
        ({"sentimnet": ["negative"]}, ["“sentimnet” is not a filter."]),
        ({"status": ["open"], "tag": ["never seen"], "view": ["all"], "until": ["2026-06-19"]}, []),
        ({"sentiment": ["No sentiment", "mixed"], "status": ["No status"]}, []),
        ({"since": ["20260619"]}, ["since “20260619” is not a date."]),
        ({"until": ["1900-01-01"]}, ["until “1900-01-01” is not a date."]),
        ({"since": ["2026-06-19", "2026-06-20"]}, ["since is given twice."]),
        (
            {"view": ["nonsense"], "page": ["abc"]},
            ["view “nonsense” is not known.", "page “abc” is not the number of a page."],
        ),
        ({"draft_message": ["a", "b"], "submission": ["t", "u"]}, ["“draft_message” is not a filter."]),
        ({"text": ["x" * 201]}, ["The text is longer than 200 characters."]),
    ],
)
def test_invalid_parts_of_a_link_are_reported(query: dict[str, list[str]], reported: list[str]) -> None:
    """Unknown parameters, values and dates are reported, and values that occur in the data are known."""
    assert unknown_parts(query, snapshot(item(sentiment="mixed")), str) == reported
