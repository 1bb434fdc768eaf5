"""The inbox's first page, the coverage of its search, and the items that are new in a tab."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from loop_client.mirror import Coverage, Snapshot
from loop_client.query import newer_count, newest_time
from pages.session import coverage_line, runtime
from pages.session.link import shortened
from tests.frames import item, items_frame, snapshot_of
from tests.pages.conftest import exported, page, texts
from tests.sandboxes import row, running_sandbox
from tests.waiting import outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.sandboxes import RunningSandbox

KNOWN = datetime(2026, 8, 3, tzinfo=UTC)


@pytest.fixture
def long(tmp_path: Path, connect: Callable[..., None]) -> Iterator[None]:
    """An account of 120 open negative items, on three pages."""
    with running_sandbox(tmp_path / "long", items=[row(number) for number in range(120, 0, -1)]) as sandbox:
        connect(sandbox)
        yield


@pytest.mark.usefixtures("long")
def test_an_items_link_opens_the_page_that_lists_it() -> None:
    """An item's link opens the page that lists it in the link's order, or else the first page."""
    assert "101-120 of 120 items" in captions(item="fb_110")
    assert "1-50 of 120 items" in captions(item="fb_110", sort="oldest first")
    assert "1-50 of 120 items" in captions(item="fb_0")
    assert "51-100 of 120 items" in captions(item="fb_110", page="2")


@pytest.mark.usefixtures("long")
def test_all_pages_of_a_view_are_exported() -> None:
    """An export has all pages, not only the one shown."""
    app = page("inbox", page="3")
    file = exported(app, "jsonl")

    assert "Exports the 120 items listed, with filters, link and coverage." in texts(app)
    assert b"".join(file.pieces()).count(b"\n") == 120


@pytest.mark.usefixtures("long")
def test_another_order_begins_at_the_first_page() -> None:
    """Another order, filter or view starts at the first page."""
    app = page("inbox", page="3")
    assert "101-120 of 120 items" in texts(app)

    app.segmented_control(key="sort").set_value("oldest first").run()
    assert "1-50 of 120 items" in texts(app)


@pytest.mark.usefixtures("long")
def test_a_page_beyond_the_last_is_reported() -> None:
    """A page beyond the last one is reported, and the first one is shown."""
    app = page("inbox", page="9")

    assert [toast.value for toast in app.toast] == ["The link asks for page 9, but there are only 3 pages."]
    assert "1-50 of 120 items" in texts(app)


@pytest.mark.usefixtures("long")
def test_an_item_that_is_not_there_leaves_the_steps() -> None:
    """Beside an unknown item, the next step is the first item of the view."""
    app = page("inbox", item="fb_0")
    assert app.button(key="step-k").disabled

    app.button(key="step-j").click().run()
    assert app.query_params["item"] == "fb_1"


def test_a_search_shows_how_far_it_reached() -> None:
    """A search reports the time back to which it is complete, unless only the open items are loaded."""
    frame = items_frame([item()])

    def caption(coverage: Coverage, first: date | None = None) -> str:
        return coverage_line.searched(snapshot_of(frame, coverage), first)

    assert caption(Coverage(complete=True, since=KNOWN)) == "searched back to 3 Aug 2026"
    assert caption(Coverage(since=KNOWN), date(2026, 8, 9)) == "searched back to 9 Aug 2026"
    assert caption(Coverage(since=KNOWN), date(2026, 7, 9)) == "searched back to 3 Aug 2026"
    assert caption(Coverage()) == caption(Coverage(), date(2026, 8, 9)) == "searched what is loaded so far"


def test_a_search_without_a_match_shows_how_far_it_reached(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """A search without a match reports how far back it looked."""
    connect(small)

    assert any("The text was searched back to" in text for text in texts(page("inbox", text="zebra")))
    assert not any("searched" in text for text in texts(page("inbox", tag="zebra")))


def test_new_is_what_came_since_the_tab_was_opened_on_any_page(
    small: RunningSandbox, connect: Callable[..., None]
) -> None:
    """New are the items since the tab was opened, on whichever page."""
    connect(small)
    app = page("overview")
    submission = runtime.submit("token", runtime.Draft(user_id="u_9", message="Typed just now"))
    outcome(runtime.submission, submission.token)
    app.run()
    app.button(key="show_new").click().run()

    app.query_params["view"] = "new"
    app.switch_page("inbox.py").run()
    assert list(app.dataframe[0].value["message"]) == ["Typed just now"]


@pytest.mark.parametrize(
    ("opened_with", "new"),
    [
        (snapshot_of(items_frame([item(created_at=KNOWN)])), 2),
        (snapshot_of(items_frame([item(created_at=KNOWN + timedelta(days=900))])), 1),
        (Snapshot(coverage=Coverage(complete=True)), 3),
        (snapshot_of(items_frame([item(created_at=KNOWN)]), Coverage()), 1),
    ],
    ids=["whole", "an item of the future", "empty", "still loading"],
)
def test_what_is_new_is_later_than_all_that_was_there(opened_with: Snapshot, new: int) -> None:
    """Older items that a walk brings later are not new; in an empty account every item is."""
    now = KNOWN + timedelta(days=30)
    moments = [now + timedelta(days=1), KNOWN + timedelta(days=1), KNOWN]
    later = snapshot_of(items_frame(item(number, created_at=moment) for number, moment in enumerate(moments)))

    assert newer_count(later, newest_time(opened_with, now)) == new


def test_a_value_that_nobody_knows_is_no_markup_in_its_badge(tmp_path: Path, connect: Callable[..., None]) -> None:
    """Unknown values are escaped in badges, which are Markdown."""
    odd = row(1, sentiment="**mixed** ![x](y)", status=":material/home: $x$")
    with running_sandbox(tmp_path / "odd", items=[odd]) as sandbox:
        connect(sandbox)

        badges = [text for text in texts(page("inbox", view="all")) if "badge" in text]

    assert any("__mixed__ __x__y_" in text for text in badges)
    assert any("_material_home_ _x_" in text for text in badges)


def captions(**query: str) -> list[str]:
    """The captions of the inbox for this link."""
    return texts(page("inbox", **query))


def test_what_stands_beside_a_message_has_room_in_its_row(tmp_path: Path, connect: Callable[..., None]) -> None:
    """A long tag or person is cut after three lines in the list, and complete in the pane."""
    long = "Donaudampfschifffahrtsgesellschaft"
    items = [row(1, tag=f"{long} {long}", user_id=f"{long}@{long}.example", source=f"{long} {long}")]
    with running_sandbox(tmp_path / "loop", items=items) as sandbox:
        connect(sandbox)

        app = page("inbox", view="all")

    beside = app.dataframe[0].value[["tag", "person", "source"]].iloc[0]
    assert all(value.endswith("…") and len(value) <= 40 for value in beside)
    assert f"{long}@{long}.example" in texts(app)


def test_a_very_long_message_is_shown_in_full_on_request(tmp_path: Path, connect: Callable[..., None]) -> None:
    """A very long message is cut, with a button that shows all of it and says how long it is."""
    message = "word " * 5_000 + "the end"
    with running_sandbox(tmp_path / "loop", items=[row(1, message=message)]) as sandbox:
        connect(sandbox)

        app = page("inbox", item="fb_1")
        before = texts(app)
        next(button for button in app.button if button.label == f"Show all {len(message):,} characters").click().run()

    assert message not in before
    assert message in texts(app)
    assert not any(button.label.startswith("Show all") for button in app.button)


def test_a_value_of_a_link_is_repeated_harmlessly() -> None:
    """Long and unprintable values of a link are cut and escaped before they are shown."""
    assert shortened("a\u202eb\n" + "x" * 100) == "a�b�" + "x" * 35 + "…"
