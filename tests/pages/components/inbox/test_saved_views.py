"""Saved views: a click restores what was saved, and shows what has changed since."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from streamlit.testing.v1 import AppTest

from loop_client.mirror import Coverage
from loop_client.query import Filters, Question, complete_count, views
from pages.components.inbox import saved_views
from pages.session import displayed, runtime
from tests.frames import item, items_frame, snapshot_of
from tests.pages.conftest import page, texts
from tests.sandboxes import row, running_sandbox
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.sandboxes import RunningSandbox


def test_a_count_is_compared_only_where_all_items_were_there() -> None:
    """A count is not compared while items are still loading."""
    question, frame = Question(), items_frame([item()])
    partial = snapshot_of(frame, Coverage(since=datetime(2026, 6, 19, tzinfo=UTC)))

    assert complete_count(snapshot_of(frame), question) == 1
    assert complete_count(partial, question) is None
    assert saved_views.numbers(500, partial, question) == " 1+"
    assert saved_views.numbers(500, snapshot_of(frame), question) == " 1 (-499)"
    assert saved_views.numbers(None, snapshot_of(frame), question) == " 1"


def test_names_that_would_look_alike_are_distinguished() -> None:
    """Each saved view has a distinct label."""
    labels = saved_views.distinct({"a*b": "a-b", "a-b": "a-b", "a-b #2": "a-b #2", "a_b": "a-b", "c": "c"})

    assert list(labels) == ["a*b", "a-b", "a-b #2", "a_b", "c"]
    assert list(labels.values()) == ["a-b", "a-b #2", "a-b #2 #2", "a-b #3", "c"]


@pytest.mark.parametrize(
    "name", ["**bold**", ":red[x]", "$x$", "[a](http://b)", "![x](y)", "`code`", "<b>", "___", "&lt;"]
)
def test_a_name_means_nothing_in_markdown(name: str) -> None:
    """Names are escaped in labels, which are Markdown."""
    assert set(displayed.plain(name)) <= set("abcdehlmnoprtxyUd -,")


def save(app: Any, name: str) -> Any:  # noqa: ANN401 - an AppTest
    """Save the page under this name."""
    app.text_input(key="view_name").set_value(name)
    return next(button for button in app.button if button.label == "Save").click().run()


def label(app: Any) -> str:  # noqa: ANN401 - an AppTest
    """The label of the only saved view."""
    assert not app.exception
    (option,) = app.pills(key="saved").options
    return str(option)


def test_a_saved_complaint_counts_all_who_say_so(tmp_path: Path, connect: Callable[..., None]) -> None:
    """A saved drill-down to a complaint counts what the list shows."""
    rows = [row(number, message="The export never ends" + "!" * number) for number in (3, 2, 1)]
    with running_sandbox(tmp_path / "loop", items=rows) as sandbox:
        connect(sandbox)
        save(page("inbox", only="cluster:fb_2", view="all"), "Exports")

        assert label(page("inbox")) == "Exports 3"
        assert len(page("inbox", only="cluster:fb_2", view="all", single="true").dataframe[0].value) == 3


def test_a_view_is_saved_opened_and_deleted(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """Another reader sees a saved view with its count and change, and can open and delete it."""
    connect(small)
    save(page("inbox", status="open", view="all", sort="oldest first", text="newest"), "Newest, **open**")
    runtime.submit("token", runtime.Draft("u_9", "Even newest"))
    until(lambda: len(runtime.snapshot().frame) == 6 and runtime.snapshot().coverage.complete)

    app = page("inbox")
    assert label(app) == "Newest, --open 2 (+1)"
    app.pills(key="saved").set_value("Newest, **open**").run()
    assert [app.session_state[name] for name in ("status", "text", "sort")] == [["open"], "newest", "oldest first"]
    assert list(app.dataframe[0].value["message"]) == ["The newest", "Even newest"]
    assert app.query_params["view"] == "all"
    assert label(app) == "Newest, --open 2"

    app.button(key="delete").click().run()
    assert not [pills for pills in app.get("button_group") if pills.key == "saved"]


def test_a_link_opens_and_saves_nothing(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """A link alone neither opens nor saves a view."""
    connect(small)
    save(page("inbox", view="all"), "All")
    saved = runtime.saved_views()
    assert saved is not None
    before = saved.all()

    page("inbox", saved="All", view_name="Other", edited_view="All")

    assert saved.all() == before


def test_a_safe_reader_sees_the_rows_of_a_view_and_not_who_they_are_of(
    small: RunningSandbox, connect: Callable[..., None]
) -> None:
    """With share-safe on, a view's personal filters are applied and counted, but masked."""
    connect(small)
    save(page("inbox", user="u_1", text="newest", tag=["exports", "a@b.example"], view="all"), "Anna 0170 1234567")

    app = page("inbox", safe="true", view="all", user="u_2")
    assert "0170" not in label(app)
    assert label(app).endswith(" 1")
    app.pills(key="saved").set_value("Anna 0170 1234567").run()

    assert app.session_state["tag"] == ["exports"]
    assert app.query_params == {"safe": "true", "view": "all", "tag": "exports", "hidden": ["text", "user", "tag"]}
    assert list(app.dataframe[0].value["message"]) == ["The newest"]
    assert label(app).endswith(" 1")
    assert app.pills(key="saved").value == "Anna 0170 1234567"

    app.toggle(key="safe").set_value(False).run()
    assert app.session_state["filters"] == Filters(tag=("exports", "a@b.example"), user=("u_1",), text="newest")


def test_a_view_that_is_saved_while_something_is_hidden_has_it(
    small: RunningSandbox, connect: Callable[..., None]
) -> None:
    """A view saved while a filter is hidden has that filter."""
    connect(small)
    app = page("inbox", view="all", text="newest")
    app.toggle(key="safe").set_value(True).run()

    save(app, "Newest")

    assert label(page("inbox")) == "Newest 1"
    saved = runtime.saved_views()
    assert saved is not None
    assert [view.link for view in saved.all()] == ["text=newest&view=all"]
    assert "The filters that share-safe hides are saved, too." in texts(app)


def stored() -> list[int | None]:
    """The counts stored with the saved views."""
    saved = runtime.saved_views()
    assert saved is not None
    return [view.items for view in saved.all()]


def test_a_safe_readers_click_counts_as_any_other(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """A click with share-safe on stores the same count as any other."""
    connect(small)
    save(page("inbox", user="u_2", view="all"), "Theirs")
    assert stored() == [1]

    app = page("inbox", safe="true")
    assert label(app) == "Theirs 1"
    app.pills(key="saved").set_value("Theirs").run()

    assert stored() == [1]
    assert len(app.dataframe[0].value) == 1


def test_saving_closes_and_says_so(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """Saving closes the dialog, confirms the escaped name, and marks the saved view."""
    connect(small)

    app = page("inbox", view="all")
    app.session_state["save_view"] = True
    save(app, " My  **view** ")

    assert [toast.value for toast in app.toast] == ["Saved “My --view”."]
    assert app.session_state["save_view"] is False
    assert app.pills(key="saved").value == "My **view**"
    assert app.text_input(key="view_name").value == ""


def test_a_view_is_renamed(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """A renamed view keeps its place, link and count, and a taken or empty name is refused."""
    connect(small)
    save(page("inbox", view="all"), "One")
    app = save(page("inbox", view="untagged"), "Two")
    assert app.selectbox(key="edited_view").value == "Two"
    app.selectbox(key="edited_view").set_value("One").run()

    for new, problem in (("Two", "There is a view of that name already"), ("  ", "A view needs a name.")):
        app.text_input(key="view_new_name").set_value(new)
        app.button(key="rename").click().run()
        assert any(problem in text for text in texts(app))
    app.text_input(key="view_new_name").set_value("First")
    app.button(key="rename").click().run()

    assert app.pills(key="saved").options == ["First 5", "Two 1"]
    assert [toast.value for toast in app.toast] == ["Renamed “One” to “First”."]
    assert not any("A view needs a name." in text for text in texts(app))


def test_a_view_that_somebody_else_deleted_is_not_renamed(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """Renaming a view that somebody else deleted is reported."""
    connect(small)
    save(page("inbox", view="all"), "One")
    app = page("inbox", view="all")
    saved = runtime.saved_views()
    assert saved is not None
    saved.delete(saved.all()[0])
    saved.save("Other", "view=all", None)

    app.text_input(key="view_new_name").set_value("First")
    app.button(key="rename").click().run()

    assert len([text for text in texts(app) if "There is no view of that name any more." in text]) == 1


def test_deleting_names_the_view_and_can_be_undone(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """The delete button names the view, and undo restores it."""
    connect(small)
    app = save(page("inbox", view="all"), "One")
    assert app.button(key="delete").label == "Delete “One”"

    app.button(key="delete").click().run()
    assert "Deleted “One”." in texts(app)
    assert not [pills for pills in app.get("button_group") if pills.key == "saved"]
    app.button(key="undo_delete").click().run()

    assert label(app) == "One 5"
    assert stored() == [5]
    assert "Deleted “One”." not in texts(app)


def test_a_view_that_is_not_counted_keeps_its_count(
    small: RunningSandbox, connect: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opening a view whose search is not counted keeps its stored count."""
    connect(small)
    save(page("inbox", text="newest", view="all"), "Newest")
    monkeypatch.setattr(views, "MOST_SEARCHED", 1)

    app = page("inbox")
    assert label(app) == "Newest"
    app.pills(key="saved").set_value("Newest").run()

    assert app.session_state["text"] == "newest"
    assert stored() == [1]


def loading() -> None:
    """A page that shows a saved view while items are still loading."""
    from datetime import UTC, date, datetime  # noqa: PLC0415 - AppTest takes the source alone

    import streamlit as st  # noqa: PLC0415

    from loop_client.mirror import Coverage  # noqa: PLC0415
    from loop_client.service import SavedView  # noqa: PLC0415
    from pages.components.inbox import saved_views  # noqa: PLC0415
    from pages.session import sidebar  # noqa: PLC0415
    from tests.frames import item, items_frame, snapshot_of  # noqa: PLC0415

    snapshot = snapshot_of(items_frame([item()]), Coverage(since=datetime(2026, 6, 19, tzinfo=UTC)))
    st.session_state["snapshot"] = snapshot
    st.session_state["filters"] = sidebar.sidebar(snapshot)
    saved_views.offer((SavedView("Old", "status=archived&view=all", 3),), snapshot, "", date(2026, 6, 20))


def test_a_saved_status_that_is_not_loaded_yet_stays_in_the_filter() -> None:
    """A saved status that no loaded item has yet stays in the filter."""
    app = AppTest.from_function(loading).run()

    app.pills(key="saved").set_value("Old").run()

    assert not app.exception
    assert app.session_state["filters"] == Filters(status=("archived",))


def test_a_view_shows_as_many_items_as_its_label_counts(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """An opened view has as many items as its label, and unknown saved values are reported and left out."""
    connect(small)
    saved = runtime.saved_views()
    assert saved is not None
    saved.save("Old", "status=archived&view=nope&only=bogus&only=tag%3Asearch&sort=nope", 7)

    app = page("inbox", item="fb_1", status="resolved")
    assert label(app) == "Old 0 (-7)"
    app.pills(key="saved").set_value("Old").run()
    assert label(app) == "Old 0"
    assert app.query_params == {"only": "tag:search"}
    assert app.pills(key="saved").value == "Old"
    shown = texts(app)
    assert all(f"{part} is not known." in shown for part in ("status “archived”", "view “nope”", "only “bogus”"))
    (old,) = (view for view in saved.all() if view.name == "Old")
    saved.delete(old)
    saved.save("All", "status=archived&view=all", None)

    app.run()
    assert label(app) == "All 5"
    app.pills(key="saved").set_value("All").run()
    assert len(app.dataframe[0].value) == 5


def test_the_view_that_was_opened_is_marked(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """The opened view is marked, not another one with the same link or a similar name."""
    connect(small)
    save(page("inbox", view="all"), "a*b")
    app = save(page("inbox", view="all"), "a_b")
    assert app.pills(key="saved").options == ["a-b 5", "a-b #2 5"]

    for name in ("a_b", "a*b"):
        app.pills(key="saved").set_value(name).run()
        assert app.pills(key="saved").value == name


def test_a_name_that_looks_like_another_with_its_count_is_numbered(
    small: RunningSandbox, connect: Callable[..., None]
) -> None:
    """A name that looks like another view's label gets a number."""
    connect(small)
    save(page("inbox", view="all"), "A")
    app = save(page("inbox", view="new"), "A 5")
    assert app.pills(key="saved").options == ["A 5", "A 5 #2"]

    app.pills(key="saved").set_value("A").run()

    assert app.query_params["view"] == "all"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ex\u200bports", "Exports"),
        ("\u202eabc", "abc"),
        ("Ex\u00adports", "Exports"),
        ("क्\u200dष", "क्\u200dष"),
        ("\u200d", "Unnamed"),
    ],
)
def test_what_is_invisible_in_a_name_is_no_hyphen(name: str, shown: str) -> None:
    """A zero-width joiner in a name is preserved, because some scripts need it."""
    assert displayed.plain(name) == shown


def test_a_name_of_somebody_else_stays_theirs(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """Saving under a taken name is refused, and the typed name stays editable."""
    connect(small)
    save(page("inbox", view="all"), "Mine")

    app = save(page("inbox", view="untagged"), "Mine")

    assert any("There is a view of that name already" in text for text in texts(app))
    assert app.text_input(key="view_name").value == "Mine"
    assert label(app) == "Mine 5"


def test_a_path_that_cannot_be_read_is_reported(
    small: RunningSandbox, connect: Callable[..., None], tmp_path: Path
) -> None:
    """Unreadable saved views are reported, and the inbox works."""
    (tmp_path / "views.db").mkdir()
    connect(small)

    app = page("inbox")

    assert any("The saved views at" in text.value for text in app.text)
    assert len(app.dataframe) > 0


def test_damaged_views_are_restored_and_reported_once(
    small: RunningSandbox, connect: Callable[..., None], tmp_path: Path
) -> None:
    """Restored views are reported once to each reader, and saving works."""
    connect(small)
    save(page("inbox", view="all"), "Mine")
    (tmp_path / "views.db").write_bytes(b"no database " * 500)

    app = page("inbox", view="all")
    assert label(app) == "Mine 5"
    assert ["restored from their second copy" in toast.value for toast in app.toast] == [True]
    app.run()
    assert [toast.value for toast in app.toast] == []
    save(app, "Another")
    assert app.pills(key="saved").options == ["Mine 5", "Another 5"]
