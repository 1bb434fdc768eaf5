"""An export has the page's filters, link and time, and the count of the screen."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest

from loop_client.query import DrillDown, Filters, Question
from loop_client.report.export import FORMATS, SAMPLE, About
from loop_client.report.masking import E_MAIL
from pages.components.inbox import export_menu
from pages.server import downloads
from tests.exported import about_of, rows_of
from tests.frames import item, items_frame, snapshot_of
from tests.pages.conftest import exported, page, texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from loop_client.report.export import Format
    from tests.sandboxes import RunningSandbox


def shown() -> None:
    """A page that shows only the metadata of its export."""
    import streamlit as st  # noqa: PLC0415 - AppTest takes the source alone

    from pages.components.inbox import export_menu  # noqa: PLC0415
    from tests.frames import item, items_frame, snapshot_of  # noqa: PLC0415

    question = st.session_state["asked"]
    st.session_state["about"] = export_menu.about(snapshot_of(items_frame([item()])), question)


def about(filters: Filters, only: DrillDown, **query: str | list[str]) -> About:
    """The metadata of that page's export, opened by this link."""
    app = AppTest.from_function(shown)
    app.session_state["asked"] = Question(filters, only, "untagged")
    app.session_state["snapshot"] = snapshot_of(items_frame([item()]))
    app.query_params.update(query)
    app.run()
    assert not app.exception
    found = app.session_state["about"]
    assert isinstance(found, About)
    return found


def test_filters_view_and_link_travel_along() -> None:
    """An export has the filters that are set, under the names of links, with view and link."""
    filters = Filters(tag=("exports", "api"), user=("u_1",), since=date(2026, 6, 1), text='"timed out"')

    found = about(filters, DrillDown(source=("email",)), tag=["exports", "api"], sort="most urgent")

    assert found.filters == {
        "tag": ("exports", "api"),
        "user": ("u_1",),
        "since": "2026-06-01",
        "text": '"timed out"',
        "view": "No tag",
        "only": "source email",
    }
    assert parse_qs(found.link.partition("?")[2]) == {"tag": ["exports", "api"], "sort": ["most urgent"]}
    nothing = about(Filters(), DrillDown())
    assert nothing.filters == {"view": "No tag"}
    assert not nothing.link.endswith("?")


def test_a_safe_export_does_not_reveal_the_filtered_person() -> None:
    """A share-safe export does not reveal the person of its filters."""
    found = about(Filters(tag=("exports", "anna@example.com")), DrillDown(), safe="true")

    assert found.filters["tag"] == ("exports", E_MAIL)


def test_an_export_is_as_of_the_click(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """The time of an export is that of the click, not of the page run."""
    connect(small)
    file = exported(page("inbox", view="all"), "json")
    before = datetime.now(UTC).replace(microsecond=0)

    made_at = json.loads(b"".join(file.pieces()))["about"]["made_at"]

    assert before <= datetime.fromisoformat(made_at) <= datetime.now(UTC)


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "markdown"])
def test_the_rank_is_in_a_file_that_is_ordered_by_it(
    form: Format, small: RunningSandbox, connect: Callable[..., None]
) -> None:
    """An export has the rank only if it is ordered by it."""
    connect(small)

    ranked = rows_of(b"".join(exported(page("inbox", view="all", sort="most urgent"), form).pieces()), form)
    oldest = rows_of(b"".join(exported(page("inbox", view="all", sort="oldest first"), form).pieces()), form)

    ranks = [float(row["rank"]) for row in ranked if row["rank"]]
    assert ranks
    assert ranks == sorted(ranks, reverse=True)
    assert len(ranked) == len(oldest) == 5
    assert not any("rank" in row for row in oldest)


@pytest.mark.parametrize("sample", [True, False])
@pytest.mark.parametrize("form", FORMATS)
def test_a_file_of_sample_data_says_so(
    form: Format,
    sample: bool,  # noqa: FBT001 - a parameter of the test
    small: RunningSandbox,
    connect: Callable[..., None],
) -> None:
    """Files and quotes of sample data are marked as such, and those of an account are not."""
    connect(small, **({"LOOP_API_KEY": "", "LOOP_BASE_URL": ""} if sample else {}))

    app = page("inbox")
    file = exported(app, form)
    found = about_of(b"".join(file.pieces()), form)

    assert any("sample data" in code.value for code in app.code) == sample
    name_of = rf"{'sample-' if sample else ''}feedback-open-negative-\d{{4}}-\d\d-\d\d-\d{{4}}\.\w+"
    assert re.fullmatch(name_of, file.name)
    assert (SAMPLE in found or '"sample_data": true' in found) == sample


@pytest.mark.parametrize("safe", ["true", "false"])
@pytest.mark.parametrize("form", FORMATS)
def test_an_export_has_as_many_items_as_the_screen_counts(
    form: Format, safe: str, small: RunningSandbox, connect: Callable[..., None]
) -> None:
    """In every view the export has as many items as the screen and the file say."""
    connect(small)
    for view, count in (("all", 5), ("open-negative", 2), ("untagged", 1)):
        app = page("inbox", view=view, safe=safe)
        file = b"".join(exported(app, form).pieces())

        assert any(re.search(rf"\b{count} items?\b", text) for text in texts(app))
        assert len(rows_of(file, form)) == count
        assert re.search(rf"(?<!\d){count}(?: items?|,|\n)", about_of(file, form))


def test_nothing_is_offered_while_the_menu_is_closed(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """No download link is made while the menu is closed."""
    connect(small)

    assert not [one for one in page("inbox").get("link_button") if str(one.key).startswith("export-")]


def test_a_workbook_of_too_many_items_is_not_offered(
    small: RunningSandbox, connect: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A workbook of too many items is not offered, and the reason is shown; the other formats are."""
    monkeypatch.setattr(export_menu, "MOST_IN_A_WORKBOOK", 4)
    connect(small)

    app = page("inbox", view="all", export="true")
    app.session_state["export"] = True
    app.run()

    assert "export-csv" in [button.key for button in app.get("link_button")]
    assert "export-xlsx" not in [button.key for button in app.get("link_button")]
    assert app.button(key="export-xlsx").disabled
    assert any("up to 4 items" in text for text in texts(app))


def test_a_tab_has_the_links_of_its_last_two_runs_at_most(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """Only the download links of a tab's last two runs are valid, and closing the menu deletes them."""
    connect(small)
    before = len(downloads.offered)
    app = page("inbox", view="all")
    app.session_state["export"] = True
    for _ in range(4):
        app.run()

    assert len(downloads.offered) - before == 2 * len(FORMATS)
    app.session_state["export"] = False
    app.run().run()
    assert len(downloads.offered) - before == len(FORMATS)
