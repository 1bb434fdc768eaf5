"""What belongs to a person who is signed in, on pages."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from streamlit.testing.v1 import AppTest

from pages.session import dry_runs, person, runtime
from pages.session.dry_runs import ImportOptions, Opened, Source
from tests.drafts import REFUSED, draft_row, write_import
from tests.pages.components.imports.test_sending import receipt
from tests.pages.conftest import FRAME, texts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from loop_client.service import Outbox

LENA, OMAR = "lena@example.com", "omar@example.com"
UNKNOWN = "There is a sign-in, but it is not known who is signed in."


def visited(name: str, email: str, **query: str) -> AppTest:
    """A page, opened by somebody who is signed in."""
    app = AppTest.from_file(FRAME, default_timeout=30)
    app.query_params.update(query)
    app.user["is_logged_in"], app.user["email"] = True, email
    return app.switch_page(f"{name}.py").run()


@pytest.fixture
def outbox(account: str) -> Outbox:
    """The outbox of the process, with a refused draft of Lena's."""
    shared = runtime.SERVICE.outbox()
    assert shared is not None
    row = draft_row("hers-hers-hers-hers", account, state=REFUSED, message="Hers alone", error="Refused.", owner=LENA)
    shared._drafts.add([row])  # noqa: SLF001 - as another process does
    return shared


@pytest.mark.usefixtures("outbox")
@pytest.mark.parametrize(("email", "is_seen"), [(LENA, True), (OMAR, False)])
@pytest.mark.parametrize(
    ("name", "query"), [("submit", {"submission": "hers-hers-hers-hers"}), ("outbox", {})], ids=["link", "outbox"]
)
def test_a_draft_is_shown_to_its_owner_alone(name: str, query: dict[str, str], email: str, *, is_seen: bool) -> None:
    """Neither a link with its token nor the outbox shows it to anybody else."""
    app = visited(name, email, **query)
    shown = [*texts(app), *(area.value or "" for area in app.text_area)]

    assert any("Hers alone" in text for text in shown) == is_seen


@pytest.mark.parametrize(("email", "count"), [(LENA, "Outbox (1)"), (OMAR, "Outbox")])
@pytest.mark.usefixtures("outbox")
def test_the_number_beside_the_outbox_is_the_readers_own(email: str, count: str) -> None:
    """It counts what the reader can decide about."""
    app = visited("submit", email)

    assert count in [link.proto.label for link in app.get("page_link")]


def test_what_is_submitted_belongs_to_who_is_signed_in(outbox: Outbox) -> None:
    """Under the address by which they signed in."""
    app = visited("submit", OMAR, draft_user_id="u_9", draft_message="His own")
    next(button for button in app.button if button.label == "Submit").click().run()
    written = app.query_params["submission"]

    row = outbox.row(written)
    assert row is not None
    assert (row.owner, row.message) == (OMAR, "His own")


def test_a_colleagues_link_leads_to_an_empty_form(outbox: Outbox) -> None:
    """What is submitted there becomes another draft, and the first stays as it is."""
    app = visited("submit", OMAR, draft="hers-hers-hers-hers", draft_user_id="u_9", draft_message="His own")
    next(button for button in app.button if button.label == "Submit").click().run()
    written = app.query_params["submission"]

    assert written != "hers-hers-hers-hers"
    hers, his = outbox.submission("hers-hers-hers-hers"), outbox.row(written)
    assert hers is not None
    assert his is not None
    assert (hers.draft.message, his.message, his.owner) == ("Hers alone", "His own", OMAR)


@pytest.mark.usefixtures("account")
def test_a_view_can_be_saved_for_the_reader_alone() -> None:
    """It has a lock, and nobody else sees it; others are shared as before."""
    app = visited("inbox", LENA)
    app.text_input(key="view_name").set_value("Hers")
    app.toggle(key="view_is_private").set_value(True)
    app.button(key="save").click().run()

    seen = {email: str([one.proto for one in visited("inbox", email).get("button_group")]) for email in (LENA, OMAR)}
    assert "Hers" in seen[LENA]
    assert ":material/lock:" in seen[LENA]
    assert "Hers" not in seen[OMAR]
    stored = runtime.SERVICE.saved_views()
    assert stored is not None
    assert [(view.name, view.owner, view.is_private) for view in stored.all()] == [("Hers", LENA, True)]


@pytest.mark.usefixtures("account")
def test_without_a_sign_in_views_are_shared() -> None:
    """There is no choice to make."""
    app = AppTest.from_file(FRAME, default_timeout=30).switch_page("inbox.py").run()

    assert "Only for me" not in [toggle.label for toggle in app.toggle]


@pytest.mark.usefixtures("account")
def test_a_marker_names_who_added_it() -> None:
    """In the menu, for everybody who is signed in."""
    app = visited("overview", LENA, last="all time")
    app.session_state["markers"] = True
    app.run()
    app.text_input(key="marker_name").set_value("v4.2")
    app.button(key="add_marker").click().run()

    stored = runtime.SERVICE.markers()
    assert stored is not None
    assert [(marker.name, marker.author) for marker in stored.all()] == [("v4.2", LENA)]
    assert any(text.endswith(f"v4.2 · {LENA}") for text in texts(app))


def test_before_the_sign_in_nobody_is_not_everybody() -> None:
    """Whatever asks who the reader is gets an error, and so shows nothing of anybody."""

    def script() -> None:
        import streamlit as st  # noqa: PLC0415 - the script of a page

        from pages.session.person import person  # noqa: PLC0415

        try:
            st.text(str(person()))
        except LookupError as error:
            st.text(str(error))

    app = AppTest.from_function(script)
    app.user["is_logged_in"] = False

    assert texts(app.run()) == [UNKNOWN]


def test_a_thread_without_a_reader_is_not_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where people sign in, one that runs no script sees nothing of anybody; without a sign-in it sees all."""
    assert person.person() is None
    monkeypatch.setattr(person, "setup", lambda: "a sign-in")

    with pytest.raises(LookupError, match=UNKNOWN):
        person.person()


def test_a_receipt_is_downloaded_where_nobody_is_known(
    account: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The download runs outside of any script, with the imports of whoever opened the menu."""
    monkeypatch.setattr(person, "setup", lambda: "a sign-in")
    write_import(tmp_path, "hers-hers-hers-hers", account, 1, owner=LENA)
    app = visited("import", LENA, importing="hers-hers-hers-hers")

    assert "rows.csv" in receipt(app, "json")


DRY = "dry-dry-dry-dry-dry"


@pytest.fixture
def _dry_run() -> Iterator[None]:
    """A file of Lena's that is checked, and not yet imported."""
    key = dry_runs.keep(Source("rows.csv", b"user_id,message\nu_1,Hers alone\n", is_pasted=False))
    dry_runs.remember(DRY, Opened(key, ImportOptions(), {}, None, None, recalled=False, owner=LENA))
    yield
    for shared in (dry_runs._sources, dry_runs._checks, dry_runs._opened):  # noqa: SLF001 - of the process
        shared.clear()


@pytest.mark.usefixtures("account", "_dry_run")
@pytest.mark.parametrize(("email", "is_seen"), [(LENA, True), (OMAR, False)])
def test_a_file_that_is_checked_is_shown_to_its_owner_alone(email: str, *, is_seen: bool) -> None:
    """A link with its token shows nobody else its rows."""
    app = visited("import", email, importing=DRY)

    assert not app.exception
    assert bool(app.dataframe) == is_seen


@pytest.mark.usefixtures("_dry_run")
def test_nobody_takes_over_the_file_of_another() -> None:
    """Neither by putting it aside nor with choices under its token."""
    before = dry_runs.opened(DRY, LENA)
    assert before is not None
    dry_runs.forget(DRY, OMAR)
    dry_runs.remember(DRY, replace(before, owner=OMAR))

    assert dry_runs.opened(DRY, LENA) == before
    assert dry_runs.opened(DRY, OMAR) is None
