"""Near-duplicates: the number of compared items is shown, and the index is computed once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from loop_client.report.similar import MOST_COMPARED
from pages.components.inbox import near_duplicates
from tests.benchmarks.generated import snapshot
from tests.frames import item, items_frame, snapshot_of
from tests.pages.conftest import page, texts
from tests.sandboxes import row, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize(
    ("place", "compared"), [(7, "19,999 of the 20,049"), (MOST_COMPARED + 60, "19,999 of the 20,050")]
)
def test_in_a_large_view_only_the_newest_are_compared(place: int, compared: str) -> None:
    """In a large view the newest 20,000 items are compared, the open one included, and the page says so."""
    shown = snapshot(MOST_COMPARED + 100)
    listed = np.arange(MOST_COMPARED + 50)

    found = near_duplicates.word_index(shown, listed, place).near_duplicates_of(place)

    others = len(listed) - (place in listed)
    assert (
        near_duplicates.compared_with(found, others) == f"Compared with the newest {compared} other items of this view."
    )


def test_the_open_item_is_not_compared_with_itself(tmp_path: Path, connect: Callable[..., None]) -> None:
    """The open item is not counted among the compared ones, inside or outside the view."""
    text = "The export of the quarterly report never ends"
    rows = [row(1, message=text), row(2, message=text), row(3, message="Else"), row(4, message=text, status="resolved")]
    with running_sandbox(tmp_path / "alike", items=rows) as sandbox:
        connect(sandbox)

        assert "Compared with the 2 other items of this view." in texts(page("inbox", item="fb_1"))
        assert "Compared with the 3 other items of this view." in texts(page("inbox", item="fb_4"))


@pytest.mark.parametrize("place", [1, 3])
def test_texts_are_indexed_once(place: int) -> None:
    """A rerun uses the existing index, also for an item outside the view."""
    shown = snapshot_of(items_frame(item(number) for number in range(4)))
    listed = np.arange(3)

    first = near_duplicates.word_index(shown, listed, place)

    assert near_duplicates.word_index(shown, listed, place) is first
    assert first.has(place)
