"""What the overview makes of its items is made once for all viewers with the same filters."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from loop_client.query import Filters, Question
from pages.components.overview import OverviewModel
from pages.session import displayed
from tests.frames import item, items_frame, snapshot_of

if TYPE_CHECKING:
    import pytest

TODAY = date(2026, 6, 20)


def test_what_depends_on_the_filters_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two viewers share what was made; other filters, another day, share-safe, or what it depends on make it anew."""
    masked = False
    monkeypatch.setattr(displayed, "is_masked", lambda: masked)
    snapshot, made = snapshot_of(items_frame([item(1)])), list[int]()

    def once(question: Question = Question(), today: date = TODAY, key: str = "day") -> int:  # noqa: B008 - immutable
        def make() -> int:
            made.append(len(made))
            return made[-1]

        return OverviewModel(snapshot, question, today).once("bars", make, key)

    assert (once(), once()) == (0, 0)
    assert once(Question(Filters(tag=("exports",)))) == 1
    assert once(today=date(2026, 6, 21)) == 2
    assert (once(key="week"), once(key="week"), once()) == (3, 3, 4)
    masked = True
    assert once() == 5


def test_numbers_are_those_of_their_filters() -> None:
    """The totals of two questions about one snapshot differ as their items do."""
    snapshot = snapshot_of(items_frame([item(1, tag="a"), item(2, tag="b"), item(3, tag="b")]))

    def items(*tags: str) -> int:
        return OverviewModel(snapshot, Question(Filters(tag=tags)), TODAY).totals.items

    assert (items("a"), items("b"), items(), items("a")) == (1, 2, 3, 1)
