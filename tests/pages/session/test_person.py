"""What belongs to a person who is signed in, on pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from streamlit.testing.v1 import AppTest

from pages.session import runtime
from tests.drafts import REFUSED, draft_row
from tests.pages.conftest import FRAME, texts

if TYPE_CHECKING:
    from loop_client.service import Outbox

LENA, OMAR = "lena@example.com", "omar@example.com"


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
