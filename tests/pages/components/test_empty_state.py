"""Every empty page says what hides how many items, and each of its buttons shows just these."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from loop_client.mirror import Coverage
from loop_client.query import VIEWS, DrillDown, Filters, Question, views
from pages.components.empty_state import alternatives, causes_in, headline, label, sentence, without
from tests.frames import item, items_frame, items_frames, snapshot_of
from tests.pages.conftest import page, texts
from tests.sandboxes import row, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pandas as pd
    from streamlit.testing.v1 import AppTest

SOME_FILTERS = st.builds(
    Filters,
    status=st.sampled_from([(), ("resolved",), ("open",)]),
    tag=st.sampled_from([(), ("never seen",), ("exports",)]),
    text=st.sampled_from(["", '"', "zebra", "message"]),
)
SOME_DRILL_DOWN = st.sampled_from([DrillDown(), DrillDown(sentiment=("negative",)), DrillDown(tag=("(not set)",))])
RESOLVED = [
    row(number, status="resolved", sentiment="positive" if number % 2 else "negative") for number in range(8, 0, -1)
]


@given(items_frames(), SOME_FILTERS, SOME_DRILL_DOWN, st.sampled_from(list(VIEWS)))
def test_each_way_out_of_an_empty_page_shows_items(
    items: pd.DataFrame, filters: Filters, only: DrillDown, view: str
) -> None:
    """As many as it says, by removing what it names and no more than is needed."""
    snapshot, asked = snapshot_of(items), Question(filters, only, view)
    assume(asked.count(snapshot) == 0)
    assume(len(items))

    found = alternatives(snapshot, asked)

    assert found
    for gone in found:
        less = without(asked, *gone)
        shown = len(VIEWS[less.view].rows(snapshot, less.filters, less.drill_down, 0))
        assert shown > 0
        assert f"{shown:,} item" in sentence(snapshot, asked, gone)
        assert not set(gone) & set(causes_in(less))
        assert set(causes_in(asked)) == {*gone, *causes_in(less)}
        for fewer in ([cause for cause in gone if cause != one] for one in gone):
            assert without(asked, *fewer).count(snapshot) == 0


@pytest.fixture
def resolved(tmp_path: Path, connect: Callable[..., None]) -> Iterator[None]:
    """An account of eight items, all of them resolved, half of them positive."""
    with running_sandbox(tmp_path / "resolved", items=RESOLVED) as sandbox:
        connect(sandbox)
        yield


def said(app: AppTest) -> str:
    """All that stands on the page."""
    assert not app.exception
    return "\n".join(texts(app))


def press(app: AppTest, name: str) -> AppTest:
    """Press the button of the empty page with this label."""
    button = next(one for one in app.button if one.label == name and str(one.key).startswith("without"))
    return button.click().run()


def rows(app: AppTest) -> int:
    """How many rows the list has."""
    assert not app.exception
    return len(app.dataframe[0].value)


@pytest.mark.usefixtures("resolved")
def test_an_inbox_where_all_is_resolved_says_so() -> None:
    """The happiest state: it is not called a filter's work, and one button shows everything."""
    app = page("inbox")

    assert "All 8 items are resolved." in said(app)
    assert "matches" not in said(app)
    assert "The view “Open negative” hides 8 items." in said(app)
    assert rows(press(app, "Show all 8")) == 8
    assert app.query_params["view"] == "all"


@pytest.mark.usefixtures("resolved")
def test_a_view_that_hides_what_passes_the_filters_is_named() -> None:
    """The filter that was just set stays."""
    app = page("inbox", sentiment="positive")

    assert "No item in “Open negative” matches the filters." in said(app)
    assert "The view “Open negative” hides 4 items." in said(app)
    assert not any(button.label == "Clear filters" for button in app.button if str(button.key).startswith("without"))
    assert rows(press(app, "Show all 4")) == 4
    assert app.query_params["sentiment"] == "positive"


@pytest.mark.usefixtures("resolved")
def test_filters_that_hide_all_rows_are_named() -> None:
    """With the view that stays as it is."""
    app = page("inbox", view="all", tag="never seen")

    assert "No item matches the filters." in said(app)
    assert "The filters hide 8 items." in said(app)
    assert rows(press(app, "Clear filters")) == 8
    assert app.query_params == {"view": "all"}


@pytest.mark.usefixtures("resolved")
def test_what_only_both_hide_has_a_button_for_both_and_for_each() -> None:
    """Neither the view nor the filters by themselves would show an item; each can be left all the same."""
    app = page("inbox", tag="never seen")

    assert "The view “Open negative” and the filters together hide 8 items." in said(app)
    assert "All 8 items are resolved." in said(press(app, "Clear filters"))
    again = page("inbox", tag="never seen")
    assert rows(press(again, "Show all 8")) == 8


@pytest.mark.usefixtures("resolved")
def test_a_search_and_the_other_filters_are_two_causes() -> None:
    """The button of one leaves the other."""
    app = page("inbox", view="all", text="zebra", sentiment="positive")

    assert "The search hides 4 items." in said(app)
    assert "The text was searched back to" in said(app)
    assert rows(press(app, "Clear the search")) == 4
    assert app.query_params == {"view": "all", "sentiment": "positive"}

    other = page("inbox", view="all", text="message", tag="never seen")
    assert rows(press(other, "Clear the other filters")) == 8
    assert other.query_params == {"view": "all", "text": "message"}


@pytest.mark.usefixtures("resolved")
def test_a_drill_down_that_hides_all_rows_can_be_removed() -> None:
    """The filters and the view stay."""
    app = page("inbox", view="all", sentiment="positive", only="tag:never seen")

    assert "The drill-down hides 4 items." in said(app)
    assert rows(press(app, "Remove the drill-down")) == 4
    assert app.query_params == {"view": "all", "sentiment": "positive"}


@pytest.mark.usefixtures("resolved")
def test_the_overview_says_how_many_items_its_filters_hide() -> None:
    """With a button for the filters and one for the search."""
    app = page(tag="never seen")

    assert "The filters hide 8 items." in said(app)
    press(app, "Clear filters")
    assert "No item matches" not in said(app)
    assert app.query_params == {}


@pytest.mark.usefixtures("resolved")
def test_a_page_number_in_a_link_is_used_once() -> None:
    """After a button was pressed, the first page is shown without a word about the one that was."""
    app = press(page("inbox", tag="never seen", view="all", page="7"), "Clear filters")

    assert rows(app) == 8
    assert not app.toast


@pytest.mark.parametrize(
    ("view", "title"),
    [
        ("new", "Nothing new since this tab was opened."),
        ("untagged", "Every item has a tag."),
        ("no sentiment", "Every item has a sentiment."),
    ],
)
@pytest.mark.usefixtures("resolved")
def test_an_empty_view_says_what_that_means(view: str, title: str) -> None:
    """There is nothing to blame a filter for."""
    app = page("inbox", view=view)

    assert title in said(app)
    assert "matches" not in said(app)
    assert rows(press(app, "Show all 8")) == 8


def test_a_view_without_items_beside_others_that_are_open(small: Any, connect: Callable[..., None]) -> None:  # noqa: ANN401 - a sandbox
    """Not all is resolved, so that is not said."""
    connect(small)

    app = page("inbox", tag="search")

    assert "The view “Open negative” hides 1 item." in said(app)
    assert "The filters hide 2 items." in said(app)
    assert "resolved" not in said(app)


def test_no_feedback_at_all_is_no_filters_work(tmp_path: Path, connect: Callable[..., None]) -> None:
    """Whatever is asked for."""
    with running_sandbox(tmp_path / "empty", items=[]) as sandbox:
        connect(sandbox)

        assert "There is no feedback yet." in said(page("inbox", tag="never seen"))
        assert "There is no feedback yet." in said(page(tag="never seen"))


def test_counts_have_a_plus_while_items_are_still_to_come() -> None:
    """The button says so, too; nobody is told that everything is resolved."""
    known = datetime(2026, 8, 3, tzinfo=UTC)
    partly = snapshot_of(items_frame([item(status="resolved")]), Coverage(since=known, reconciled_at=known))
    asked = Question(Filters(), view="open negative")

    assert alternatives(partly, asked) == [("view",)]
    assert sentence(partly, asked, ("view",)) == "The view “Open negative” hides 1+ items."
    assert label(partly, asked, ("view",)) == "Show all 1+"
    assert "Nothing to answer" in headline(partly, asked)
    since = Question(Filters(since=date(2026, 8, 4), tag=("never seen",)), view="all")
    assert label(partly, since, ("filters",)) == "Clear filters"


def test_a_long_search_is_not_made_for_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is offered without one."""
    monkeypatch.setattr(views, "MOST_SEARCHED", 0)
    snapshot = snapshot_of(items_frame([item(status="resolved")]))
    asked = Question(Filters(text="zebra"), view="open negative")

    assert ("view",) in alternatives(snapshot, asked)
    assert "counted when they are shown" in sentence(snapshot, asked, ("view",))
    assert label(snapshot, asked, ("view",)) == "Show all"
