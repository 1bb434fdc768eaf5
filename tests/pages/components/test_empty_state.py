"""Every empty page says what hides how many items, and each of its buttons shows exactly these."""

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
    """Each button of an empty page shows as many items as it says, by removing no more than it names."""
    snapshot, question = snapshot_of(items), Question(filters, only, view)
    assume(question.count(snapshot) == 0)
    assume(len(items))

    found = alternatives(snapshot, question)

    assert found
    for removed in found:
        less = without(question, *removed)
        shown = len(VIEWS[less.view].rows(snapshot, less.filters, less.drill_down, 0))
        assert shown > 0
        assert f"{shown:,} item" in sentence(snapshot, question, removed)
        assert not set(removed) & set(causes_in(less))
        assert set(causes_in(question)) == {*removed, *causes_in(less)}
        for fewer in ([cause for cause in removed if cause != one] for one in removed):
            assert without(question, *fewer).count(snapshot) == 0


@pytest.fixture
def resolved(tmp_path: Path, connect: Callable[..., None]) -> Iterator[None]:
    """An account of eight resolved items, half of them positive."""
    with running_sandbox(tmp_path / "resolved", items=RESOLVED) as sandbox:
        connect(sandbox)
        yield


def texts_of(app: AppTest) -> str:
    """All texts of the page."""
    assert not app.exception
    return "\n".join(texts(app))


def press(app: AppTest, name: str) -> AppTest:
    """Click the button of the empty page with this label."""
    button = next(one for one in app.button if one.label == name and str(one.key).startswith("without"))
    return button.click().run()


def rows(app: AppTest) -> int:
    """The number of rows in the list."""
    assert not app.exception
    return len(app.dataframe[0].value)


@pytest.mark.usefixtures("resolved")
def test_an_inbox_where_all_is_resolved_is_described_as_such() -> None:
    """If everything is resolved, the inbox says so, blames no filter, and one button shows all items."""
    app = page("inbox")

    assert "All 8 items are resolved." in texts_of(app)
    assert "matches" not in texts_of(app)
    assert "The view “Open negative” hides 8 items." in texts_of(app)
    assert rows(press(app, "Show all 8")) == 8
    assert app.query_params["view"] == "all"


@pytest.mark.usefixtures("resolved")
def test_a_view_that_hides_what_passes_the_filters_is_named() -> None:
    """If the view hides the filtered items, it is named, and the filter stays."""
    app = page("inbox", sentiment="positive")

    assert "No item in “Open negative” matches the filters." in texts_of(app)
    assert "The view “Open negative” hides 4 items." in texts_of(app)
    assert not any(button.label == "Clear filters" for button in app.button if str(button.key).startswith("without"))
    assert rows(press(app, "Show all 4")) == 4
    assert app.query_params["sentiment"] == "positive"


@pytest.mark.usefixtures("resolved")
def test_filters_that_hide_all_rows_are_named() -> None:
    """If the filters hide all rows, they are named, and the view stays."""
    app = page("inbox", view="all", tag="never seen")

    assert "No item matches the filters." in texts_of(app)
    assert "The filters hide 8 items." in texts_of(app)
    assert rows(press(app, "Clear filters")) == 8
    assert app.query_params == {"view": "all"}


@pytest.mark.usefixtures("resolved")
def test_what_only_both_hide_has_a_button_for_both_and_for_each() -> None:
    """If view and filters only together hide all items, there is a button for both and for each."""
    app = page("inbox", tag="never seen")

    assert "The view “Open negative” and the filters together hide 8 items." in texts_of(app)
    assert "All 8 items are resolved." in texts_of(press(app, "Clear filters"))
    again = page("inbox", tag="never seen")
    assert rows(press(again, "Show all 8")) == 8


@pytest.mark.usefixtures("resolved")
def test_a_search_and_the_other_filters_are_two_causes() -> None:
    """The search and the other filters each have a button, which leaves the other."""
    app = page("inbox", view="all", text="zebra", sentiment="positive")

    assert "The search hides 4 items." in texts_of(app)
    assert "The text was searched back to" in texts_of(app)
    assert rows(press(app, "Clear the search")) == 4
    assert app.query_params == {"view": "all", "sentiment": "positive"}

    other = page("inbox", view="all", text="message", tag="never seen")
    assert rows(press(other, "Clear the other filters")) == 8
    assert other.query_params == {"view": "all", "text": "message"}


@pytest.mark.usefixtures("resolved")
def test_a_drill_down_that_hides_all_rows_can_be_removed() -> None:
    """A drill-down can be removed, and the filters and the view stay."""
    app = page("inbox", view="all", sentiment="positive", only="tag:never seen")

    assert "The drill-down hides 4 items." in texts_of(app)
    assert rows(press(app, "Remove the drill-down")) == 4
    assert app.query_params == {"view": "all", "sentiment": "positive"}


@pytest.mark.usefixtures("resolved")
def test_the_overview_shows_how_many_items_its_filters_hide() -> None:
    """The empty overview has a button for the filters and one for the search, with counts."""
    app = page(tag="never seen")

    assert "The filters hide 8 items." in texts_of(app)
    press(app, "Clear filters")
    assert "No item matches" not in texts_of(app)
    assert app.query_params == {"last": "all time"}


@pytest.mark.usefixtures("resolved")
def test_a_page_number_in_a_link_is_used_once() -> None:
    """After a button of the empty page the first page is shown, without a message about the link's page."""
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
def test_an_empty_view_is_explained(view: str, title: str) -> None:
    """An empty view without filters explains itself and blames no filter."""
    app = page("inbox", view=view)

    assert title in texts_of(app)
    assert "matches" not in texts_of(app)
    assert rows(press(app, "Show all 8")) == 8


def test_a_view_without_items_beside_others_that_are_open(small: Any, connect: Callable[..., None]) -> None:  # noqa: ANN401 - a sandbox
    """An empty view does not say that everything is resolved while other items are open."""
    connect(small)

    app = page("inbox", tag="search")

    assert "The view “Open negative” hides 1 item." in texts_of(app)
    assert "The filters hide 2 items." in texts_of(app)
    assert "resolved" not in texts_of(app)


def test_no_feedback_at_all_is_no_filters_work(tmp_path: Path, connect: Callable[..., None]) -> None:
    """An empty account is described as such, whatever the filters are."""
    with running_sandbox(tmp_path / "empty", items=[]) as sandbox:
        connect(sandbox)

        assert "There is no feedback yet." in texts_of(page("inbox", tag="never seen"))
        assert "There is no feedback yet." in texts_of(page(tag="never seen"))


def test_counts_have_a_plus_while_items_are_still_to_come() -> None:
    """While older items load, counts on buttons have a plus, and "all resolved" is not shown."""
    known = datetime(2026, 8, 3, tzinfo=UTC)
    partly = snapshot_of(items_frame([item(status="resolved")]), Coverage(since=known, reconciled_at=known))
    question = Question(Filters(), view="open negative")

    assert alternatives(partly, question) == [("view",)]
    assert sentence(partly, question, ("view",)) == "The view “Open negative” hides 1+ items."
    assert label(partly, question, ("view",)) == "Show all 1+"
    assert "Nothing to answer" in headline(partly, question)
    since = Question(Filters(since=date(2026, 8, 4), tag=("never seen",)), view="all")
    assert label(partly, since, ("filters",)) == "Clear filters"


def test_a_long_search_is_not_made_for_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search that would take long is offered without its count."""
    monkeypatch.setattr(views, "MOST_SEARCHED", 0)
    snapshot = snapshot_of(items_frame([item(status="resolved")]))
    question = Question(Filters(text="zebra"), view="open negative")

    assert ("view",) in alternatives(snapshot, question)
    assert "counted when they are shown" in sentence(snapshot, question, ("view",))
    assert label(snapshot, question, ("view",)) == "Show all"
