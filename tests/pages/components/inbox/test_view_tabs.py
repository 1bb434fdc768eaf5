"""The inbox's views: their items, their counts, and the steps from item to item."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from loop_client.query import FIRST_VIEW, VIEWS
from pages.session import runtime
from tests.pages.conftest import page, texts
from tests.sandboxes import row, running_sandbox
from tests.waiting import outcome

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.sandboxes import RunningSandbox


def listed(app: Any) -> list[str]:  # noqa: ANN401 - an AppTest
    """The messages of the list."""
    assert not app.exception
    return list(app.dataframe[0].value["message"])


@pytest.mark.parametrize(
    ("view", "messages"),
    [
        ("untagged", ["Message 4"]),
        ("no sentiment", ["Message 4"]),
        ("nonsense", ["The newest", "**bold** ![x](http://example.invalid/x.png) $1 and $2"]),
    ],
)
def test_a_link_opens_a_view(
    small: RunningSandbox, connect: Callable[..., None], view: str, messages: list[str]
) -> None:
    """A link opens its view; an unknown view is reported, and the first one is shown."""
    connect(small)

    app = page("inbox", view=view)

    assert listed(app) == messages
    assert any("is not known" in text for text in texts(app)) == (view not in VIEWS)


def test_a_chosen_view_is_in_the_link(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """The link has the chosen view unless it is the first one, and never the count."""
    connect(small)
    app = page("inbox")

    app.pills(key="views").set_value("all").run()
    assert app.query_params["view"] == "all"
    assert len(listed(app)) == 5

    app.pills(key="views").set_value(FIRST_VIEW).run()
    assert "view" not in app.query_params
    assert len(listed(app)) == 2


def test_the_oldest_can_come_first(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """With the oldest first, the list and the steps use that order."""
    connect(small)

    app = page("inbox", view="all", sort="oldest first")

    assert listed(app)[0] == "Message 5"
    app.button(key="step-j").click().run()
    assert app.query_params["item"] == "fb_4"
    app.button(key="step-k").click().run()
    assert app.query_params["item"] == "fb_5"
    assert app.button(key="step-k").disabled


def test_a_list_of_one_has_no_steps(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """A list of one item has no steps, but an open item outside the list has one."""
    connect(small)

    assert {"step-j", "step-k"}.isdisjoint({button.key for button in page("inbox", view="all", text="4").button})
    assert "step-j" in {button.key for button in page("inbox", view="all", text="4", item="fb_1").button}


def test_what_comes_while_the_tab_is_open_is_new_here(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """Items that arrive while the tab is open are new, a submitted one too."""
    connect(small)
    app = page("inbox", view="new")
    assert any("Nothing new since this tab was opened." in text for text in texts(app))

    submission = runtime.submit("token", runtime.Draft(user_id="u_9", message="Typed just now"))
    outcome(runtime.submission, submission.token)
    app.run()
    app.button(key="show_new").click().run()

    assert listed(app) == ["Typed just now"]


def test_a_search_reports_how_far_it_reached(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """A search finds words in any order, reports its coverage, and shows excerpts around the words."""
    connect(small)

    app = page("inbox", view="all", text="bold -newest user:u_1")

    assert listed(app) == ["**bold** ![x](http://example.invalid/x.png) $1 and $2"]
    assert any("1 item, searched back to" in text for text in texts(app))


def test_a_text_without_a_term_is_no_search(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """A text without a term, such as a single quote, is no search."""
    connect(small)

    app = page("inbox", view="all", text='"')

    assert "5 items" in texts(app)


def test_a_row_shows_a_message_from_where_it_has_what_was_searched(
    tmp_path: Path, connect: Callable[..., None]
) -> None:
    """A row shows its message around the found word, however late that is."""
    rows = [row(1, message=f"{'long ' * 200}needle, and more")]
    with running_sandbox(tmp_path / "long", items=rows) as sandbox:
        connect(sandbox)

        (message,) = listed(page("inbox", text="needle"))

    assert message.startswith("…")
    assert message.endswith("long needle, and more")


def test_the_other_items_of_the_person_are_beside_the_open_one(
    small: RunningSandbox, connect: Callable[..., None]
) -> None:
    """The person's other items are counted and listed, newest first, beside the open one."""
    connect(small)

    app = page("inbox", item="fb_1")
    assert app.expander[0].label == "3 other items by this person"
    assert not app.expander[0].dataframe  # drawn once it is opened
    app.session_state["others"] = True
    app.run()
    assert list(app.expander[0].dataframe[0].value["message"])[-1] == "Message 5"

    alone = page("inbox", item="fb_3", view="all")
    assert not any("other item" in expander.label for expander in alone.expander)


@pytest.mark.usefixtures("still")
def test_the_most_urgent_can_come_first_and_says_why(tmp_path: Path, connect: Callable[..., None]) -> None:
    """By urgency, a complaint of two people precedes an older one of one person, and its factors are shown."""
    text = "The export to csv fails with an error"
    rows = [row(24, message=text, user_id="u_1"), row(48, message=text, user_id="u_2"), row(60, message="Slow search")]
    with running_sandbox(tmp_path / "loop", items=rows) as sandbox:
        connect(sandbox)

        app = page("inbox", sort="most urgent", single="true")

        assert listed(app) == [text, text, "Slow search"]
        assert listed(page("inbox", sort="most urgent")) == [text, "Slow search"]
        assert list(app.dataframe[0].value["rank"]) == sorted(app.dataframe[0].value["rank"], reverse=True)
        factors = (
            r"3 growth \(2 people with any in 7 days, usually 0\) × 2\.\d+ newness .* × 0\.9\d+ recency .* × "
            r"1\.0\d waiting .*"
        )
        reason = rf"\d+\.\d+ = √2 people with open negative items × {factors}"
        assert any(re.fullmatch(reason, text) for text in texts(app))


def test_columns_can_be_chosen_by_a_link(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """A link chooses the columns, else the view does; an unknown column is reported."""
    connect(small)

    assert columns(page("inbox")) == ["message", "tag", "person", "age"]
    app = page("inbox", columns=["source", "created", "nonsense"])
    assert columns(app) == ["message", "source", "created"]
    assert "columns “nonsense” is not known." in texts(app)


def columns(app: Any) -> list[str]:  # noqa: ANN401 - an AppTest
    """The columns of the list."""
    assert not app.exception
    return list(app.dataframe[0].proto.column_order)
