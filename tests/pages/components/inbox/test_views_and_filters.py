"""Views and filters never contradict each other without a word: what was chosen last holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

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
    """What is listed."""
    assert not app.exception
    return list(app.dataframe[0].value["message"])


def to_the_overview_and_back(inbox: AppTest) -> None:
    """Follow the links of the navigation, which keep of a page's link what is a widget's."""
    inbox.switch_page("overview.py").run()
    inbox.query_params.pop("view", None)
    inbox.switch_page("inbox.py").run()


def test_a_filter_that_the_view_leaves_out_shows_all_items(inbox: AppTest) -> None:
    """The rows that were asked for, and a word about the view."""
    inbox.multiselect(key="status").set_value(["resolved"]).run()

    assert messages(inbox) == ["Message 5"]
    assert inbox.query_params["view"] == "all"
    assert ["“Open negative” leaves out" in toast.value for toast in inbox.toast] == [True]


def test_a_filter_within_the_view_leaves_it(inbox: AppTest) -> None:
    """As does one of something that the view does not speak of."""
    inbox.multiselect(key="sentiment").set_value(["negative"]).run()
    inbox.multiselect(key="tag").set_value(["exports"]).run()

    assert len(messages(inbox)) == 2
    assert "view" not in inbox.query_params
    assert not inbox.toast


def test_a_view_that_is_chosen_after_a_filter_holds_and_says_what_it_hides(inbox: AppTest) -> None:
    """It does not give way a second time."""
    inbox.multiselect(key="sentiment").set_value(["positive", "negative"]).run()
    inbox.pills(key="views").set_value("open negative").run()

    assert len(messages(inbox)) == 2
    assert "The view “Open negative” hides 2 of the 4 items that match the filters." in texts(inbox)
    next(button for button in inbox.button if button.label == "Show all 4").click().run()
    assert len(messages(inbox)) == 4
    assert not any("hides" in text for text in texts(inbox))


def test_a_filter_from_the_overview_comes_along(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """What was chosen there is what the inbox shows."""
    connect(small)
    app = page("overview")
    app.multiselect(key="status").set_value(["resolved"]).run()
    app.switch_page("inbox.py").run()

    assert messages(app) == ["Message 5"]
    assert app.query_params["view"] == "all"


@pytest.mark.parametrize("view", ["open negative", "all"])
def test_a_filter_holds_on_the_way_to_another_page_and_back(inbox: AppTest, view: str) -> None:
    """The link of the navigation asks for no view, and the filter was chosen after the one that it leads to."""
    inbox.pills(key="views").set_value(view).run()
    inbox.multiselect(key="status").set_value(["resolved"]).run()

    to_the_overview_and_back(inbox)

    assert messages(inbox) == ["Message 5"]


def test_a_view_holds_on_the_way_to_another_page_and_back(inbox: AppTest) -> None:
    """It was chosen after the filter."""
    inbox.multiselect(key="sentiment").set_value(["positive", "negative"]).run()
    inbox.pills(key="views").set_value("open negative").run()

    to_the_overview_and_back(inbox)

    assert len(messages(inbox)) == 2
    assert "The view “Open negative” hides 2 of the 4 items that match the filters." in texts(inbox)


def test_a_link_means_what_it_says(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """Without a view it asks for the first one, whatever its filters; the page says what that hides."""
    connect(small)

    app = page("inbox", sentiment=["positive", "negative"])

    assert len(messages(app)) == 2
    assert "view" not in app.query_params
    assert "The view “Open negative” hides 2 of the 4 items that match the filters." in texts(app)
