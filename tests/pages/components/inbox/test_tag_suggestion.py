"""The open item without a tag shows a suggestion, why it is made, and how often such a suggestion is right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.pages.conftest import page, texts
from tests.sandboxes import row, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

TEXT = "The export of the quarterly report never ends"
TAG = "**exports** anna@example.com"
ROWS = [
    row(1, message=TEXT, tag=None),
    row(2, message="Where is the dark theme gone", tag=None),
    *(row(number, message=f"{TEXT}!", tag=TAG, user_id=f"u_{number % 4}") for number in range(3, 28)),
    row(28, message=f"{TEXT}!", tag="other"),
    *(row(number, message=f"word{number} other{number}") for number in range(30, 110)),
]


@pytest.fixture
def _alike(tmp_path: Path, connect: Callable[..., None]) -> Iterator[None]:
    """An account with 27 items that say the same: 25 have one tag, one another and one none; and another item."""
    with running_sandbox(tmp_path / "loop", items=ROWS) as sandbox:
        connect(sandbox)
        yield


@pytest.mark.usefixtures("_alike")
def test_a_suggestion_says_why_and_how_often_it_is_right() -> None:
    """It names the tag as plain text, the items and people that have it, the words, and the figure of the test."""
    shown = texts(page("inbox", view="all", item="fb_1"))

    (why,) = (text for text in shown if "tagged items" in text)
    assert TAG in shown
    assert "Likely tag" in shown
    assert why.startswith("25 of the 26 tagged items that say the same have it, from 4 people.")
    assert "leaving out each tagged item in turn: right for 96% of the 26 tagged items that would get it." in why
    assert "the dashboard sets none" in why
    assert any({"quarterly", "report"} & set(text.split(", ")) for text in shown)


@pytest.mark.usefixtures("_alike")
@pytest.mark.parametrize("item", ["fb_2", "fb_3"])
def test_nothing_is_suggested_without_reason(item: str) -> None:
    """An item that nobody else says, and one with a tag, show no suggestion."""
    assert "Likely tag" not in texts(page("inbox", view="all", item=item))


@pytest.mark.usefixtures("_alike")
def test_a_suggestion_is_masked_while_share_safe_is_on() -> None:
    """With share-safe on, a tag that names somebody is masked, and words are not listed."""
    shown = texts(page("inbox", view="all", item="fb_1", safe="true"))

    assert "Likely tag" in shown
    assert not any("example.com" in text for text in shown)
    assert not any(text.startswith("Words that these items share") for text in shown)
