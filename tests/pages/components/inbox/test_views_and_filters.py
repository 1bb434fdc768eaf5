"""When view and filters conflict, the last choice applies and the page says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from loop_client.query import views
from tests.pages.conftest import page, texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.testing.v1 import AppTest

    from tests.sandboxes import RunningSandbox


@pytest.fixture
def inbox(small: RunningSandbox, connect: Callable[..., None]) -> AppTest:
    """The inbox as it opens, with two open negative items of five."""
    connect(small)
    return page("inbox")


def messages(app: AppTest) -> list[str]:
    """The listed messages."""
    assert not app.exception
    return list(app.dataframe[0].value["message"])


def to_the_overview_and_back(inbox: AppTest) -> None:
    """Follow the navigation to the overview and back, which preserves the widgets' parameters."""
    inbox.switch_page("overview.py").run()
    inbox.query_params.pop("view", None)
    inbox.switch_page("inbox.py").run()


def test_a_filter_that_the_view_leaves_out_shows_all_items(inbox: AppTest) -> None:
    """A filter outside the view switches to all items, with a message."""
    inbox.multiselect(key="status").set_value(["resolved"]).run()

    assert messages(inbox) == ["Message 5"]
    assert inbox.query_params["view"] == "all"
    assert ["“Open negative” leaves out" in toast.value for toast in inbox.toast] == [True]


def test_a_filter_within_the_view_leaves_it(inbox: AppTest) -> None:
    """A filter within the view, or on another field, leaves the view."""
    inbox.multiselect(key="sentiment").set_value(["negative"]).run()
    inbox.multiselect(key="tag").set_value(["exports"]).run()

    assert len(messages(inbox)) == 2
    assert "view" not in inbox.query_params
    assert not inbox.toast


def test_a_view_that_is_chosen_after_a_filter_stays(inbox: AppTest) -> None:
    """A view chosen after a filter stays and shows how many items it hides."""
    inbox.multiselect(key="sentiment").set_value(["positive", "negative"]).run()
    inbox.pills(key="views").set_value("open negative").run()

    assert len(messages(inbox)) == 2
    assert "The view “Open negative” hides 2 of the 4 items that match the filters." in texts(inbox)
    next(button for button in inbox.button if button.label == "Show all 4").click().run()
    assert len(messages(inbox)) == 4
    assert not any("hides" in text for text in texts(inbox))


def test_a_filter_from_the_overview_comes_along(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """The inbox applies a filter chosen on the overview."""
    connect(small)
    app = page("overview")
    app.multiselect(key="status").set_value(["resolved"]).run()
    app.switch_page("inbox.py").run()

    assert messages(app) == ["Message 5"]
    assert app.query_params["view"] == "all"


@pytest.mark.parametrize("view", ["open negative", "all"])
def test_a_filter_survives_a_visit_to_another_page(inbox: AppTest, view: str) -> None:
    """A filter chosen after the view still applies after a visit to another page."""
    inbox.pills(key="views").set_value(view).run()
    inbox.multiselect(key="status").set_value(["resolved"]).run()

    to_the_overview_and_back(inbox)

    assert messages(inbox) == ["Message 5"]


def test_a_view_survives_a_visit_to_another_page(inbox: AppTest) -> None:
    """A view chosen after the filter still applies after a visit to another page."""
    inbox.multiselect(key="sentiment").set_value(["positive", "negative"]).run()
    inbox.pills(key="views").set_value("open negative").run()

    to_the_overview_and_back(inbox)

    assert len(messages(inbox)) == 2
    assert "The view “Open negative” hides 2 of the 4 items that match the filters." in texts(inbox)


def test_a_link_without_a_view_opens_the_first_one(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """A link without a view opens the first one with its filters, and the page shows how many items that hides."""
    connect(small)

    app = page("inbox", sentiment=["positive", "negative"])

    assert len(messages(app)) == 2
    assert "view" not in app.query_params
    assert "The view “Open negative” hides 2 of the 4 items that match the filters." in texts(app)


def test_a_search_says_how_many_of_its_items_the_view_hides(
    small: RunningSandbox, connect: Callable[..., None]
) -> None:
    """A search that finds more than the view shows says so, with a button for all; the search stays."""
    connect(small)
    app = page("inbox", text="-bold")
    assert len(messages(app)) == 1
    assert "The view “Open negative” hides 3 of the 4 items that match the search." in texts(app)

    button = next(button for button in app.button if button.label.startswith("Show all"))
    button.click().run()

    assert len(messages(app)) == 4
    assert app.query_params == {"text": "-bold", "view": "all"}
    assert not any("hides" in text for text in texts(app))


def test_a_long_search_says_that_the_view_may_hide_items(
    small: RunningSandbox, connect: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a search through all items would take long, the view says that it may hide some, without a number."""
    connect(small)
    monkeypatch.setattr(views, "MOST_SEARCHED", 0)

    may_hide = "The view “Open negative” may hide items, which are counted when they are shown."
    for text in ("-bold", "message"):  # the second finds nothing here, which the empty page says
        assert texts(page("inbox", text=text)).count(may_hide) == 1


def test_a_search_whose_items_are_all_shown_hides_nothing(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """Nothing is said about a view that shows all that the search finds."""
    connect(small)

    assert not any("hide" in text for text in texts(page("inbox", text="newest")))
