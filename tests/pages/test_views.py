"""The inbox's views: what they hold, what they count, and the way from item to item."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_client.mirror import Coverage
from pages.shared import data, likeness, views
from pages.shared.filters import Filters
from pages.shared.views import FIRST, VIEWS, counts
from tests.frames import item, items_frame, items_frames, snapshot_of
from tests.pages.conftest import page, texts
from tests.sandboxes import row, running_sandbox
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd

    from tests.sandboxes import RunningSandbox

SHARED = st.sampled_from(
    [Filters(), Filters(status=("open",)), Filters(tag=("exports", "(not set)")), Filters(user=("u_1",))]
)


@given(items_frames(), SHARED, SHARED, st.integers(0, 5))
def test_each_view_counts_the_rows_that_it_shows(
    items: pd.DataFrame, shared: Filters, only: Filters, newest: int
) -> None:
    """Whatever the shared filters, also where only rows can tell."""
    snapshot, newest = snapshot_of(items), min(newest, len(items))

    counted = counts(snapshot, shared, only, newest)

    assert counted == {name: len(view.rows(snapshot, shared, only, newest)) for name, view in VIEWS.items()}
    passing = set(shared.rows(snapshot)) & set(only.rows(snapshot))
    assert counted["untagged"] == sum(number in passing for number in np.flatnonzero(items["tag"].isna()))
    assert counted["no sentiment"] == sum(number in passing for number in np.flatnonzero(items["sentiment"].isna()))
    assert counted["new"] == sum(number in passing for number in range(newest))
    assert counted["all"] == len(passing)


def test_a_view_is_whole_as_soon_as_its_own_items_are_held() -> None:
    """Of open items all are there before the rest is; a window needs no more than its days; the newest are always."""
    known = datetime(2026, 8, 3, tzinfo=UTC)
    snapshot = snapshot_of(items_frame([item()]), Coverage(since=known, reconciled_at=known))
    in_august = Filters(since=date(2026, 8, 4))

    whole = [name for name, view in VIEWS.items() if view.is_covered(snapshot, Filters(), Filters())]
    assert whole == ["open negative", "new"]
    assert all(view.is_covered(snapshot, Filters(), Filters(status=("open",))) for view in VIEWS.values())
    assert all(view.is_covered(snapshot, Filters(), in_august) for view in VIEWS.values())
    assert all(view.is_covered(snapshot, in_august, Filters(tag=("api",))) for view in VIEWS.values())


def test_a_search_in_a_large_account_counts_the_view_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a search all views are counted, however large it is: that costs no search."""
    monkeypatch.setattr(views, "MOST_SEARCHED", 1)
    snapshot = snapshot_of(items_frame([item(1), item(2)]))

    assert counts(snapshot, Filters(text="csv"), Filters(), 0) == {}
    assert counts(snapshot, Filters(), Filters(), 0)["all"] == 2


def listed(app: Any) -> list[str]:  # noqa: ANN401 - an AppTest
    """The messages in the list."""
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
    """One that there is not is told, and the first one is shown."""
    connect(small)

    app = page("inbox", view=view)

    assert listed(app) == messages
    assert any("is not known" in text for text in texts(app)) == (view not in VIEWS)


def test_a_chosen_view_is_in_the_link(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """And the first one leaves it again; the number of items is not part of it."""
    connect(small)
    app = page("inbox")

    app.pills(key="views").set_value("all").run()
    assert app.query_params["view"] == "all"
    assert len(listed(app)) == 5

    app.pills(key="views").set_value(FIRST).run()
    assert "view" not in app.query_params
    assert len(listed(app)) == 2


def test_the_oldest_can_come_first(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """In the list and for the steps from item to item."""
    connect(small)

    app = page("inbox", view="all", sort="oldest first")

    assert listed(app)[0] == "Message 5"
    app.button(key="step-j").click().run()
    assert app.query_params["item"] == "fb_4"
    app.button(key="step-k").click().run()
    assert app.query_params["item"] == "fb_5"
    assert app.button(key="step-k").disabled


def test_what_comes_while_the_tab_is_open_is_new_here(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """A submitted item too; before it, there is nothing new."""
    connect(small)
    app = page("inbox", view="new")
    assert any("Nothing new since this tab was opened." in text for text in texts(app))

    submission = data.submit("token", data.Draft(user_id="u_9", message="Typed just now"))
    until(submission.done.is_set)
    app.run()
    app.button(key="show_new").click().run()

    assert listed(app) == ["Typed just now"]


def test_a_search_is_told_how_far_it_went(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """Words, in any order; the rows show the message from where they stand."""
    connect(small)

    app = page("inbox", view="all", text="bold -newest user:u_1")

    assert listed(app) == ["**bold** ![x](http://example.invalid/x.png) $1 and $2"]
    assert any("1 item, searched back to" in text for text in texts(app))


def test_a_text_that_asks_for_nothing_is_no_search(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """As a quote that was just begun."""
    connect(small)

    app = page("inbox", view="all", text='"')

    assert "5 items" in texts(app)


def test_a_row_shows_a_message_from_where_it_has_what_was_searched(
    tmp_path: Path, connect: Callable[..., None]
) -> None:
    """However far behind its beginning that is."""
    rows = [row(1, message=f"{'long ' * 200}needle, and more")]
    with running_sandbox(tmp_path / "long", items=rows) as sandbox:
        connect(sandbox)

        (message,) = listed(page("inbox", text="needle"))

    assert message.startswith("…")
    assert message.endswith("long needle, and more")


def test_who_says_nearly_the_same_is_told_with_the_words(tmp_path: Path, connect: Callable[..., None]) -> None:
    """Among the rows of the view, the item's own person counted."""
    said = "The export of the quarterly report never ends"
    rows = [row(1, message=said), row(2, message=f"{said}!", user_id="u_2"), row(3, message="Something else entirely")]
    with running_sandbox(tmp_path / "alike", items=rows) as sandbox:
        connect(sandbox)
        app = page("inbox", item="fb_1")

        assert app.expander[0].label == "2 people say nearly this"
        assert list(app.expander[0].dataframe[0].value["message"]) == [f"{said}!"]
        assert any("quarterly" in element.value for element in app.expander[0].text)
        assert not any("nearly" in expander.label for expander in page("inbox", item="fb_3").expander)


def test_in_a_large_view_who_says_the_same_is_found_when_asked(
    tmp_path: Path, connect: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is compared before; then it is the same as in a small one."""
    monkeypatch.setattr(likeness, "AT_ONCE", 1)
    said = "The export of the quarterly report never ends"
    rows = [row(1, message=said), row(2, message=f"{said}!", user_id="u_2"), row(3, message="Something else entirely")]
    with running_sandbox(tmp_path / "alike", items=rows) as sandbox:
        connect(sandbox)
        app = page("inbox", item="fb_1")
        asked = next(expander for expander in app.expander if expander.label == "Who else says nearly this?")
        assert not asked.dataframe

        app.session_state[f"who-{data.snapshot().version}-fb_1"] = True
        app.run()
        asked = next(expander for expander in app.expander if expander.label == "Who else says nearly this?")
        assert list(asked.dataframe[0].value["message"]) == [f"{said}!"]
        assert any("2 people" in caption.value for caption in asked.caption)


def test_the_other_items_of_the_person_are_beside_the_open_one(
    small: RunningSandbox, connect: Callable[..., None]
) -> None:
    """Counted, newest first, without the open one; nothing where there is none."""
    connect(small)

    app = page("inbox", item="fb_1")
    assert app.expander[0].label == "3 other items by this person"
    assert list(app.expander[0].dataframe[0].value["message"])[-1] == "Message 5"

    alone = page("inbox", item="fb_3", view="all")
    assert not any("other item" in expander.label for expander in alone.expander)


@pytest.mark.usefixtures("still")
def test_the_most_urgent_can_come_first_and_says_why(tmp_path: Path, connect: Callable[..., None]) -> None:
    """What two people say comes before an older complaint of one, with the parts of its rank."""
    said = "The export to csv fails with an error"
    rows = [row(24, message=said, user_id="u_1"), row(48, message=said, user_id="u_2"), row(60, message="Slow search")]
    with running_sandbox(tmp_path / "loop", items=rows) as sandbox:
        connect(sandbox)

        app = page("inbox", sort="most urgent")

        assert listed(app) == [said, said, "Slow search"]
        assert list(app.dataframe[0].value["rank"]) == sorted(app.dataframe[0].value["rank"], reverse=True)
        assert any(
            re.fullmatch(r"3\.\d+ = 2 people × 0\.9\d+ recency .* × (2|1\.9\d*) days waiting", text)
            for text in texts(app)
        )


def test_columns_can_be_chosen_by_a_link(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """Without a choice they are those of the view; one that there is not is told."""
    connect(small)

    assert columns(page("inbox")) == ["message", "tag", "person", "age"]
    app = page("inbox", columns=["source", "created", "nonsense"])
    assert columns(app) == ["message", "source", "created"]
    assert "columns “nonsense” is not known." in texts(app)


def columns(app: Any) -> list[str]:  # noqa: ANN401 - an AppTest
    """The columns that the list shows."""
    assert not app.exception
    return list(app.dataframe[0].proto.column_order)
