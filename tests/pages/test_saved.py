"""Saved views: a click asks for what was saved, and says what has changed since."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.shared import data, saved
from pages.shared.filters import Filters
from pages.shared.narrowing import Only
from pages.shared.views import VIEWS
from tests.pages.conftest import page, until
from tests.pages.test_narrowing import NARROWED

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.sandboxes import RunningSandbox

TODAY = date(2026, 6, 20)
WORDS = st.lists(st.text(min_size=1, max_size=8), unique=True, max_size=3).map(lambda words: tuple(sorted(words)))
DAYS = st.none() | st.dates(date(1970, 1, 1), date(2099, 12, 31))
FILTERS = st.builds(
    Filters,
    status=WORDS,
    sentiment=WORDS,
    tag=WORDS,
    source=WORDS,
    user=WORDS,
    since=DAYS,
    until=DAYS,
    text=st.text(max_size=8).map(str.strip),
)


@given(FILTERS, NARROWED, st.sampled_from(list(VIEWS)))
def test_a_saved_link_says_what_was_shown(filters: Filters, only: Only, view: str) -> None:
    """Whatever was asked for, and in one way only."""
    link = saved.link(filters, only, view, {})

    assert saved.read(link, TODAY) == saved.Saved(filters, only, view)
    assert saved.link(filters, only, view, {"last": [], "sort": [], "columns": []}) == link


def test_a_period_goes_along_with_the_calendar() -> None:
    """It is saved as such, not as the dates that it meant."""
    link = saved.link(Filters(since=date(2026, 6, 14)), Only(), "all", {"last": ["7 days"]})

    assert link == "view=all&last=7+days"
    assert saved.read(link, date(2026, 7, 7)).filters == Filters(since=date(2026, 7, 1))


@pytest.mark.parametrize(
    "name", ["**bold**", ":red[x]", "$x$", "[a](http://b)", "![x](y)", "`code`", "<b>", "___", "&lt;"]
)
def test_a_name_means_nothing_in_markdown(name: str) -> None:
    """A label is read as Markdown, and people type names."""
    assert set(saved.plain(name)) <= set("abcdehlmnoprtxyUd -,")


def save(app: Any, name: str) -> Any:  # noqa: ANN401 - an AppTest
    """Save what is shown under this name."""
    app.text_input(key="view_name").set_value(name)
    return next(button for button in app.button if button.label == "Save").click().run()


def label(app: Any) -> str:  # noqa: ANN401 - an AppTest
    """What the one saved view is called."""
    assert not app.exception
    (option,) = app.pills(key="saved").options
    return str(option)


def test_a_view_is_saved_opened_and_deleted(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """Another reader sees it with its count and its change; opening it sets filters, view and order, and its change."""
    connect(small)
    save(page("inbox", status="open", view="all", sort="oldest first", text="newest"), "Newest, **open**")
    data.submit("token", data.Draft("u_9", "Even newest"))
    until(lambda: len(data.snapshot().frame) == 6)

    app = page("inbox")
    assert label(app) == "Newest, --open 2 (+1)"
    app.pills(key="saved").set_value("Newest, **open**").run()
    assert [app.session_state[name] for name in ("status", "text", "sort")] == [["open"], "newest", "oldest first"]
    assert list(app.dataframe[0].value["message"]) == ["The newest", "Even newest"]
    assert app.query_params["view"] == "all"
    assert label(app) == "Newest, --open 2"

    app.selectbox(key="view_to_delete").set_value("Newest, **open**")
    next(button for button in app.button if button.label == "Delete").click().run()
    assert not [pills for pills in app.get("button_group") if pills.key == "saved"]


def test_a_link_opens_and_saves_nothing(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """Only a click writes."""
    connect(small)
    save(page("inbox", view="all"), "All")
    held = data.saved_views()
    assert held is not None
    before = held.all()

    page("inbox", saved="All", view_name="Other", view_to_delete="All")

    assert held.all() == before


def test_a_safe_reader_is_not_led_to_a_person(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """What a view says of people and words is left out, and its name is masked."""
    connect(small)
    save(page("inbox", user="u_2", text="newest", tag=["search", "a@b.example"], view="all"), "Anna 0170 1234567")

    app = page("inbox", safe="true")
    assert "0170" not in label(app)
    app.pills(key="saved").set_value("Anna 0170 1234567").run()

    assert app.session_state["tag"] == ["search"]
    assert not {"user", "text"} & set(app.query_params)
    assert app.session_state["filters"] == Filters(tag=("search",))


def test_a_place_that_cannot_be_read_is_told(
    small: RunningSandbox, connect: Callable[..., None], tmp_path: Path
) -> None:
    """The inbox goes on working."""
    (tmp_path / "views.db").write_bytes(b"no database " * 500)
    connect(small)

    app = page("inbox")

    assert any("The saved views at" in text.value for text in app.text)
    assert len(app.dataframe) > 0
