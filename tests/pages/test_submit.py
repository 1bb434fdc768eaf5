"""The form: what it refuses, what it keeps, and that it sends once."""

from __future__ import annotations

import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared import data
from tests.pages.conftest import FRAME, ROWS, page, texts, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.sandboxes import RunningSandbox


def submitted(app: Any, **fields: str) -> Any:  # noqa: ANN401 - an AppTest
    """The page after the form was filled in and sent, and its answer has come."""
    app.text_input(key="draft_user_id").set_value(fields.get("user_id", ""))
    app.text_area(key="draft_message").set_value(fields.get("message", ""))
    app.button[-1].click().run()
    if token := app.query_params.get("submission"):
        submission = data.submission(token)
        assert submission is not None
        until(submission.done.is_set)
        app.run()
    return app


def test_a_submitted_item_is_shown_and_in_the_inbox(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """After success the stored item stands on the page, and the inbox lists it without another sync."""
    connect(small)

    app = submitted(page("submit"), user_id="u_9", message="Typed by hand")

    assert not app.exception
    newest = data.snapshot().frame.iloc[0]
    assert newest["message"] == "Typed by hand"
    assert newest["id"] in texts(app)
    assert "open" in texts(app)
    assert page("inbox", view="all").dataframe[0].value["message"].iloc[0] == "Typed by hand"


def test_what_is_missing_is_said_at_its_field(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """Nothing is sent, both fields are named, and what was typed stays."""
    connect(small)

    app = submitted(page("submit"), message="   ")

    assert "Enter the id of the person who said it." in texts(app)
    assert "Enter what they said." in texts(app)
    assert app.text_area(key="draft_message").value == "   "
    assert len(data.snapshot().frame) == len(ROWS)


def test_what_the_api_refuses_is_said_at_its_field_and_kept(
    small: RunningSandbox, connect: Callable[..., None]
) -> None:
    """The API's own words stand on the page and the text is still in the form."""
    connect(small)
    long = "x" * 10_001

    app = submitted(page("submit"), user_id="u_9", message=long)

    assert any(text.startswith("Loop refused this: ") for text in texts(app))
    assert app.text_area(key="draft_message").value == long
    assert len(data.snapshot().frame) == len(ROWS)


def test_a_link_fills_the_form_in_and_sends_nothing(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """What it proposes stands in the fields, but for what no field can hold; what was typed stays."""
    connect(small)
    proposed = {"draft_user_id": "u_7", "draft_message": "Said\non the phone", "draft_tag": "search"}
    app = page("submit", **proposed, draft_sentiment="nonsense")

    assert not app.exception
    assert app.text_input(key="draft_user_id").value == "u_7"
    assert app.text_area(key="draft_message").value == "Said\non the phone"
    assert app.session_state["draft_tag"] == "search"
    assert app.session_state["draft_sentiment"] is None
    assert len(data.snapshot().frame) == len(ROWS)

    typed = AppTest.from_file(FRAME, default_timeout=30)
    typed.session_state["draft_message"] = "Typed"
    typed.query_params.update(proposed)
    typed.run().switch_page("submit.py").run()
    assert typed.text_area(key="draft_message").value == "Typed"
    assert typed.text_input(key="draft_user_id").value == "u_7"


def test_what_a_link_proposes_in_vain_is_told(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """A value that there is not, a field that there is not, and a text that is too long."""
    connect(small)

    app = page("submit", draft_sentiment="angry", draft_mesage="x", draft_message="y" * 10_001)

    assert {
        "sentiment “angry” is not known.",
        "“draft_mesage” is not a field.",
        "message is cut after 10,000 characters.",
    } <= {*texts(app)}
    assert app.text_area(key="draft_message").value == "y" * 10_000


def test_a_reload_finds_the_answer_again(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """The link of a submission shows its outcome in a fresh browser, and sends nothing."""
    connect(small)
    token = submitted(page("submit"), user_id="u_9", message="Only once").query_params["submission"]

    again = page("submit", submission=token)

    assert "Only once" in texts(again)
    assert list(data.snapshot().frame["message"]).count("Only once") == 1


def test_a_token_sends_once(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """Two clicks on one draft are one submission and one item."""
    connect(small)
    draft = data.Draft(user_id="u_9", message="Clicked twice")

    first, second = data.submit("token", draft), data.submit("token", draft)

    assert first is second
    until(first.done.is_set)
    assert list(data.snapshot().frame["message"]).count("Clicked twice") == 1


class Forgetful(BaseHTTPRequestHandler):
    """A Loop whose proxy gives up on every create, and whose list stays empty."""

    def do_GET(self) -> None:
        """Answer with an empty page."""
        self._answer(200, b'{"data": [], "nextCursor": null, "hasMore": false}')

    def do_POST(self) -> None:
        """Answer as a proxy that waited in vain."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(504, b"<html>Gateway timeout</html>")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def forgetful() -> Iterator[str]:
    """Where a forgetful Loop listens."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Forgetful) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v2"
        server.shutdown()
        thread.join()


def test_an_unknown_outcome_is_said_as_that(
    forgetful: str, sandbox: RunningSandbox, connect: Callable[..., None]
) -> None:
    """When nobody knows whether the item was stored, the page says so, keeps the text and leads to the inbox."""
    connect(sandbox, LOOP_BASE_URL=forgetful)

    app = submitted(page("submit"), user_id="u_9", message="Perhaps stored")

    assert not app.exception
    assert any("It is not known whether Loop stored this" in text for text in texts(app))
    assert app.text_area(key="draft_message").value == "Perhaps stored"
    assert app.button[-1].label == "Send again, as another item"
    assert not any("<html>" in text for text in texts(app))


def _contains(message: str) -> bool:
    return message in set(data.snapshot().frame["message"])


def test_a_second_item_after_a_stored_one_is_sent_too(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """Going elsewhere and back to the form begins the next item; nothing typed there is taken for the first."""
    connect(small)
    app = page("submit")
    for text in ("First A", "Second B"):
        app.text_input(key="draft_user_id").set_value("u_9")
        app.text_area(key="draft_message").set_value(text)
        app.button[-1].click().run()
        until(partial(_contains, text))
        del app.query_params["submission"]  # as a browser does when it goes to another page
        app.switch_page("inbox.py").run()
        app.switch_page("submit.py").run()

    assert {"First A", "Second B"} <= set(data.snapshot().frame["message"])
