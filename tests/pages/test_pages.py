"""The three pages on a real sandbox: what they show, what they refuse, what they keep."""

from __future__ import annotations

import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
import streamlit as st
from streamlit.runtime.secrets import Secrets

from loop_client.mirror import Mirror
from pages.shared import data
from tests.pages.conftest import page, texts, until
from tests.sandboxes import row, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.sandboxes import RunningSandbox

ROWS = [
    row(5, status="resolved"),
    row(4, sentiment=None, tag=None),
    row(3, sentiment="positive", tag="search", user_id="u_2"),
    row(2, message="**bold** ![x](http://example.invalid/x.png) $1 and $2"),
    row(1, message="The newest"),
]


@pytest.fixture
def small(tmp_path: Path) -> Iterator[RunningSandbox]:
    """A sandbox with five items."""
    with running_sandbox(tmp_path / "loop", items=ROWS) as sandbox:
        yield sandbox


def metrics(app: Any) -> dict[str, str]:  # noqa: ANN401 - an AppTest
    """Label → value of the overview's counts."""
    return {metric.label: metric.value for metric in app.metric}


def test_the_overview_counts_all_items(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """The counts are those of the five items, and the line says that they are all there are."""
    connect(small)

    app = page()

    assert not app.exception
    assert metrics(app) == {
        "Items": "5",
        "Open": "4",
        "Open negative": "2",
        "Negative share": "75%",
        "Sentiment not set": "1",
    }
    assert any("5 items · complete back to" in text for text in texts(app))


def test_a_link_filters_every_number(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """A fresh browser with a filter in its link counts only what passes."""
    connect(small)

    assert metrics(page(tag=["(not set)", "search"]))["Items"] == "2"
    assert metrics(page(user="u_2"))["Items"] == "1"
    assert metrics(page(text="bold"))["Items"] == "1"


def test_a_bad_value_in_a_link_is_told_and_not_obeyed(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """An unknown status does not empty the page; the page names it."""
    connect(small)

    app = page(status="shut")

    assert metrics(app)["Items"] == "5"
    assert "status “shut” is not known." in texts(app)


def test_the_inbox_opens_on_open_negative_items(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """Newest first, the newest one whole beside the list."""
    connect(small)

    app = page("inbox")

    assert not app.exception
    assert list(app.dataframe[0].value["message"]) == [
        "The newest",
        "**bold** ![x](http://example.invalid/x.png) $1 and $2",
    ]
    assert "The newest" in [element.value for element in app.text]


def test_a_link_opens_an_item(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """The item of the link is shown as plain text, also when the view does not list it."""
    connect(small)

    app = page("inbox", item="fb_5")

    assert "Message 5" in [element.value for element in app.text]
    assert any("outside the current view" in text for text in texts(app))


def test_no_items_are_an_invitation(sandbox: RunningSandbox, connect: Callable[..., None]) -> None:
    """An empty account is no error: the pages say so and lead to the form."""
    connect(sandbox)

    for name in ("overview", "inbox"):
        app = page(name)
        assert not app.exception
        assert any("There is no feedback yet" in text for text in texts(app))


def test_a_wrong_key_is_one_sentence_on_a_working_page(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """The page stands, says what Loop answered and what to check, and does not show the key."""
    connect(small, LOOP_API_KEY="canary-key")

    app = page()

    assert not app.exception
    assert any("401" in text and "LOOP_API_KEY" in text for text in texts(app))
    assert not any("canary" in text for text in texts(app))


def test_an_unusable_key_is_one_sentence_on_a_working_page(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """A key that cannot be sent at all is told before anything is asked."""
    connect(small, LOOP_API_KEY="canary-këy ")

    app = page()

    assert not app.exception
    assert any("LOOP_API_KEY" in text for text in texts(app))
    assert not any("canary" in text for text in texts(app))


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


def test_without_a_connection_the_form_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its button is disabled, and the page goes on working."""
    monkeypatch.setenv("LOOP_API_KEY", "with a space")
    monkeypatch.setenv("LOOP_DATA_DIR", str(tmp_path))
    data.start()
    app = page("submit")

    assert not app.exception
    assert any("nothing to submit to" in text for text in texts(app))
    data.stop()


def test_a_sync_that_fails_for_its_own_reason_is_told(
    small: RunningSandbox, connect: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of ours is not silent: what is shown may be out of date."""

    def broken(_: Mirror, **__: Any) -> None:  # noqa: ANN401 - as the method has it
        raise ValueError("a fault of ours")

    monkeypatch.setattr(Mirror, "sync", broken)
    monkeypatch.setenv("LOOP_API_KEY", small.api_key)
    connect(small)

    assert "for a reason of its own" in str(data.problem())


@pytest.mark.parametrize(("failures", "seconds"), [(0, 10.0), (1, 2.0), (5, 32.0), (6, 60.0), (100_000, 60.0)])
def test_a_failing_api_is_asked_ever_less_often(
    small: RunningSandbox, connect: Callable[..., None], failures: int, seconds: float
) -> None:
    """However long the outage, the next attempt comes within a minute."""
    connect(small)

    assert data._connection._pause(failures) == seconds  # type: ignore[union-attr] # noqa: SLF001 - no wait of a day


@pytest.mark.parametrize("content", ['loop = "x"', "[loop]\napi_key = 123", "[loop"])
def test_secrets_that_cannot_be_read_are_one_sentence(
    content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a crash nor sample data in place of the account that was meant."""
    file = tmp_path / "secrets.toml"
    file.write_text(content)
    monkeypatch.setattr(st, "secrets", Secrets())
    st.config.set_option("secrets.files", [str(file)])
    try:
        data.start()
        assert "secrets.toml" in str(data.problem())
    finally:
        data.stop()
        st.config.set_option("secrets.files", None)
