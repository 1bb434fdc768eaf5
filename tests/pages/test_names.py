"""A name in a link, a saved view or the form matches the account's name in any Unicode form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from loop_client.query import drill_down_of
from pages.session import runtime
from tests.pages.components.submit.test_form import submitted
from tests.pages.conftest import page
from tests.sandboxes import row, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from loop_client.query import Filters

ROWS = [
    row(3, tag="Cafe\u0301", user_id="Zoe\u0308", source="e\u0301"),
    row(2, tag="in  app ", user_id="Anna"),
    row(1, tag="App", user_id="anna", source="é\u0323"),
]


@pytest.fixture
def account(tmp_path: Path, connect: Callable[..., None]) -> Any:  # noqa: ANN401 - a generator
    """The connected account, with three items."""
    with running_sandbox(tmp_path / "names", items=ROWS) as sandbox:
        connect(sandbox)
        yield sandbox


def ids(app: Any) -> list[str]:  # noqa: ANN401 - an AppTest
    """The ids that the inbox lists."""
    filters: Filters = app.session_state["filters"]
    only_values = app.query_params.get("only", [])
    only = drill_down_of([only_values] if isinstance(only_values, str) else only_values)[0]
    snapshot = runtime.snapshot()
    return sorted(snapshot.rows(filters.rows(snapshot, only))["id"])


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"tag": "Cafe\u0301"}, ["fb_3"]),
        ({"tag": "Café"}, ["fb_3"]),
        ({"tag": "in  app"}, ["fb_2"]),
        ({"tag": "cafe"}, []),
        ({"source": "é"}, ["fb_3"]),
        ({"user": "Zo\u00eb"}, ["fb_3"]),
        ({"user": "anna"}, ["fb_1"]),
        ({"text": "user:anna"}, ["fb_1"]),
        ({"text": "user:Anna tag:'"}, []),
        ({"only": ["tag:Cafe\u0301"]}, ["fb_3"]),
        ({"only": ["not-tag:Cafe\u0301", "not-tag:in  app"]}, ["fb_1"]),
        ({"only": ["user:Zo\u00eb"]}, ["fb_3"]),
        ({"only": ["not-source:é"]}, ["fb_1", "fb_2"]),
    ],
)
def test_a_link_finds_a_name_in_any_normal_form(query: dict[str, Any], found: list[str]) -> None:
    """A link's name matches in any Unicode form, as a filter, a part of `only` and in the search."""
    app = page("inbox", view="all", **query)

    assert not app.exception
    assert ids(app) == found


@pytest.mark.usefixtures("account")
def test_a_link_has_a_tag_as_it_is_shown() -> None:
    """A link has the tag's shown spelling, so that its widget and its saved view recognize it."""
    app = page("inbox", view="all", tag=["Cafe\u0301", "in  app"])

    assert app.multiselect(key="tag").value == ["Café", "in app"]
    app.multiselect(key="tag").set_value(["Café", "Cafe\u0301"]).run()
    assert app.session_state["filters"].tag == ("Café",)


@pytest.mark.usefixtures("account")
def test_a_saved_view_finds_a_name_in_any_normal_form() -> None:
    """A saved view's name matches in any Unicode form."""
    views = runtime.saved_views()
    assert views is not None
    views.save("Cafe\u0301", urlencode({"view": "all", "tag": "Cafe\u0301"}), None)

    app = page("inbox", view="all", tag="Café")

    assert [view.name for view in views.all()] == ["Café"]
    assert app.session_state["saved"] == "Café"


@pytest.mark.usefixtures("account")
def test_the_form_sends_a_tag_as_it_is_shown() -> None:
    """The form sends a proposed tag in its shown spelling, and offers it once."""
    app = page("submit", draft_tag="Cafe\u0301  ")

    assert app.selectbox(key="draft_tag").value == "Café"
    submitted(app, user_id="u_9", message="Typed by hand")
    assert runtime.snapshot().frame["tag_raw"].iloc[0] == "Café"
