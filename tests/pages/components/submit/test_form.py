"""The form: what it refuses, what it preserves, and that it sends once."""

from __future__ import annotations

import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.testing.v1 import AppTest

from loop_client.mirror import StoreError, UncertainError
from loop_client.mirror.store import SqliteDrafts
from loop_client.service.sync_thread import OWN_EVERY
from pages.session import runtime
from pages.session.draft import UNCONFIRMED
from tests.pages.conftest import FRAME, ROWS, page, texts
from tests.sandboxes import row, running_sandbox
from tests.waiting import outcome, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from loop_client.mirror.store import DraftRow
    from tests.sandboxes import RunningSandbox


def submitted(app: Any, **fields: str) -> Any:  # noqa: ANN401 - an AppTest
    """The page after the form was filled in and submitted, with the answer."""
    app.text_input(key="draft_user_id").set_value(fields.get("user_id", ""))
    app.text_area(key="draft_message").set_value(fields.get("message", ""))
    app.button(key="send").click().run()
    if token := app.query_params.get("submission"):
        outcome(runtime.submission, token)
        app.run()
    return app


def test_a_submitted_item_is_shown_and_in_the_inbox(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """A submitted item is shown on the page, and in the inbox without another sync."""
    connect(small)

    app = submitted(page("submit"), user_id="u_9", message="Typed by hand")

    assert not app.exception
    newest = runtime.snapshot().frame.iloc[0]
    assert newest["message"] == "Typed by hand"
    assert newest["id"] in texts(app)
    assert "open" in texts(app)
    assert page("inbox", view="all").dataframe[0].value["message"].iloc[0] == "Typed by hand"


def test_a_stored_item_is_not_offered_as_news(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """The page that says that it is in the inbox now does not offer to show one new item above it."""
    connect(small)
    app = page("submit")
    runtime.submit("token", runtime.Draft("u_9", "Typed by hand"))
    outcome(runtime.submission, "token")

    app.query_params["submission"] = "token"
    app.run()

    assert "Stored by Loop, and in the inbox now" in " ".join(texts(app))
    assert [button.key for button in app.button if button.key == "show_new"] == []
    assert any(text.startswith("6 items") for text in texts(app))


def test_the_form_offers_no_short_name(tmp_path: Path, connect: Callable[..., None]) -> None:
    """The form offers no short name of a very long tag or source, because it would be sent instead."""
    with running_sandbox(tmp_path / "loop", items=[row(2, tag="x" * 300, source="y" * 300), row(1)]) as sandbox:
        connect(sandbox)
        app = page("submit")

    assert app.selectbox(key="draft_tag").options == ["exports"]
    assert app.selectbox(key="draft_source").options == ["email"]


def test_no_field_is_of_a_fragment(
    small: RunningSandbox, connect: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No field is inside a fragment, because a busy server can make the browser remove it."""
    connect(small)
    sent: list[Any] = []
    monkeypatch.setattr(ForwardMsgQueue, "_before_enqueue_msg", staticmethod(sent.append))

    page("submit")

    drawn = {message.delta.new_element.WhichOneof("type"): message.delta.fragment_id for message in sent}
    fields = ("text_input", "text_area", "button_group", "selectbox")
    assert {kind: drawn[kind] for kind in fields} == dict.fromkeys(fields, "")


def test_a_submitted_item_brings_a_look_at_once(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """A submission triggers a look within a second, so that counts are marked as partial only until then."""
    connect(small)

    submission = runtime.submit("token", runtime.Draft("u_9", "Typed by hand"))
    outcome(runtime.submission, submission.token)

    assert (runtime.next_sync() or 0.0) <= OWN_EVERY or runtime.snapshot().coverage.complete
    until(lambda: runtime.snapshot().coverage.complete)
    assert len(runtime.snapshot().frame) == len(ROWS) + 1


def test_a_missing_value_is_reported_at_its_field(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """Missing values are reported at their fields, nothing is sent, and typed text stays."""
    connect(small)

    app = submitted(page("submit"), message="   ")

    assert "Enter the id of the person who said it." in texts(app)
    assert "Enter what they said." in texts(app)
    assert app.text_area(key="draft_message").value == "   "
    assert len(runtime.snapshot().frame) == len(ROWS)


def test_a_refusal_is_shown_at_its_field_and_the_draft_stays(
    small: RunningSandbox, connect: Callable[..., None]
) -> None:
    """A refusal is shown with the API's reason, and the text stays in the form."""
    connect(small)
    long = "x" * 10_001

    app = submitted(page("submit"), user_id="u_9", message=long)

    assert any(text.startswith("Loop refused this: ") for text in texts(app))
    assert app.text_area(key="draft_message").value == long
    assert len(runtime.snapshot().frame) == len(ROWS)


def test_a_link_fills_the_form_in_and_sends_nothing(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """A link fills in empty fields with its valid values, and sends nothing."""
    connect(small)
    proposed = {"draft_user_id": "u_7", "draft_message": "Said\non the phone", "draft_tag": "search"}
    app = page("submit", **proposed, draft_sentiment="nonsense")

    assert not app.exception
    assert app.text_input(key="draft_user_id").value == "u_7"
    assert app.text_area(key="draft_message").value == "Said\non the phone"
    assert app.session_state["draft_tag"] == "search"
    assert app.session_state["draft_sentiment"] is None
    assert len(runtime.snapshot().frame) == len(ROWS)

    typed = AppTest.from_file(FRAME, default_timeout=30)
    typed.session_state["draft_message"] = "Typed"
    typed.query_params.update(proposed)
    typed.switch_page("submit.py").run()
    assert typed.text_area(key="draft_message").value == "Typed"
    assert typed.text_input(key="draft_user_id").value == "u_7"


def test_values_of_a_link_that_cannot_be_filled_in_are_reported(
    small: RunningSandbox, connect: Callable[..., None]
) -> None:
    """Unknown values, unknown fields and too long texts of a link are reported."""
    connect(small)

    app = page("submit", draft_sentiment="angry", draft_mesage="x", draft_message="y" * 10_001)

    assert {
        "sentiment “angry” is not known.",
        "“draft_mesage” is not a field.",
        "message is cut after 10,000 characters.",
    } <= {*texts(app)}
    assert app.text_area(key="draft_message").value == "y" * 10_000


def test_a_reload_finds_the_answer_again(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """The link of a submission shows its outcome in a new browser, and sends nothing."""
    connect(small)
    token = submitted(page("submit"), user_id="u_9", message="Only once").query_params["submission"]

    again = page("submit", submission=token)

    assert "Only once" in texts(again)
    assert list(runtime.snapshot().frame["message"]).count("Only once") == 1


def test_a_token_sends_once(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """Two clicks on one draft store one item."""
    connect(small)
    draft = runtime.Draft(user_id="u_9", message="Clicked twice")

    for _ in range(2):
        runtime.submit("token", draft)

    outcome(runtime.submission, "token")
    assert list(runtime.snapshot().frame["message"]).count("Clicked twice") == 1


TYPED = {"user_id": "u_9", "message": "Half a sent", "sentiment": "negative", "tag": "search", "source": "email"}


def typed(app: Any, **fields: str) -> Any:  # noqa: ANN401 - an AppTest
    """The page after these values were typed."""
    for field, value in fields.items():
        key = f"draft_{field}"
        if field == "sentiment":
            app.segmented_control(key=key).set_value(value)
        else:
            {"user_id": app.text_input, "message": app.text_area}.get(field, app.selectbox)(key=key).set_value(value)
    return app.run()


def fields(app: Any) -> dict[str, Any]:  # noqa: ANN401 - an AppTest
    """The values of the form."""
    assert not app.exception
    return {field: app.session_state[f"draft_{field}"] for field in TYPED}


def away(app: Any) -> Any:  # noqa: ANN401 - an AppTest
    """The form after a visit to the inbox by links without the submission."""
    app.query_params.clear()
    return app.switch_page("inbox.py").run().switch_page("submit.py").run()


@pytest.mark.parametrize("field", TYPED)
def test_each_field_outlives_a_page_change(field: str, small: RunningSandbox, connect: Callable[..., None]) -> None:
    """Each field survives a page change alone, and the others stay empty."""
    connect(small)

    app = away(typed(page("submit"), **{field: TYPED[field]}))

    assert {name: value for name, value in fields(app).items() if value} == {field: TYPED[field]}


@pytest.mark.parametrize("field", TYPED)
def test_each_field_keeps_what_is_changed_after_a_refusal(
    field: str, small: RunningSandbox, connect: Callable[..., None]
) -> None:
    """A field changed after a refusal keeps its new value."""
    connect(small)
    app = submitted(page("submit"), user_id="u" * 201, message="Refused")

    app = away(typed(app, **{field: TYPED[field]}))

    expected = {"user_id": "u" * 201, "message": "Refused", "sentiment": None, "tag": None, "source": None}
    assert fields(app) == {**expected, field: TYPED[field]}


def test_nothing_is_missing_before_the_first_click(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """A missing value is reported only after a click, until it is filled in, and not for the next item."""
    connect(small)
    app = typed(page("submit"), user_id="u_9", message="")
    assert not any(text.startswith("Enter ") for text in texts(app))

    app.button(key="send").click().run()
    assert "Enter what they said." in texts(app)
    assert "Enter what they said." not in texts(typed(app, message="Said"))
    assert "Enter what they said." in texts(typed(app, message="  "))

    app = submitted(app, user_id="u_9", message="Said")
    app = away(app)
    assert fields(app)["message"] == ""
    assert not any(text.startswith("Enter ") for text in texts(app))


def test_a_refusal_is_shown_until_its_field_changes(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """A refusal is shown until its field changes, even after a page change."""
    connect(small)
    app = submitted(page("submit"), user_id="u" * 201, message="Refused")

    app = typed(away(app), message="Refused again")
    assert any(text.startswith("Loop refused this: ") for text in texts(app))
    assert not any(text.startswith("Loop refused this: ") for text in texts(typed(app, user_id="u_9")))


def test_what_is_typed_next_outlives_the_item_before(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """Returning to a stored item and clicking "Submit another" there does not clear a half-typed next item."""
    connect(small)
    app = submitted(page("submit"), user_id="u_9", message="The first")
    token = app.query_params["submission"]
    app = typed(away(app), **TYPED)

    app.query_params["submission"] = token
    app.run()
    assert "The first" in texts(app)
    next(button for button in app.button if button.label == "Submit another").click().run()

    assert fields(app) == TYPED
    assert "submission" not in app.query_params


def refused(message: str = "x" * 10_001) -> str:
    """The token of a draft that somebody else's session submitted in vain."""
    runtime.submit(f"token of {message[:9]}", runtime.Draft("u_9", message, tag="exports"))
    return outcome(runtime.submission, f"token of {message[:9]}").token


def pressed(app: Any, label: str) -> Any:  # noqa: ANN401 - an AppTest
    """The page after the button with that label was pressed."""
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception
    return app


def test_a_refused_draft_is_edited_in_another_session(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """As from the outbox's page: the form has its text, and what is submitted takes its place."""
    connect(small)
    token = refused()
    app = page("submit", submission=token)
    assert fields(app) == {
        "user_id": "u_9",
        "message": "x" * 10_001,
        "sentiment": None,
        "tag": "exports",
        "source": None,
    }
    assert any(text.startswith("Loop refused this: ") for text in texts(app))

    app = submitted(app, user_id="u_9", message="Shorter")
    assert "Shorter" in texts(app)
    first, again = runtime.submission(token), runtime.submission(app.query_params["submission"])
    assert first is not None
    assert again is not None
    assert (first.state, again.state, again.repeats) == ("discarded", "stored", token)

    old = page("submit", submission=token)
    assert ":material/delete: **This draft was replaced by another one**" in texts(old)
    assert [button for button in old.button if button.key == "send"] == [], "it could be sent twice"
    (link,) = (link.proto for link in old.get("page_link") if link.proto.label == "Open the other one")
    assert parse_qs(link.query_string) == {"submission": [app.query_params["submission"]]}
    masked = page("submit", submission=token, masked="true")
    assert queries(masked)["Open the other one"] == {"submission": [app.query_params["submission"]], "masked": ["true"]}


def test_a_tab_that_was_not_shown_a_refusal_sends_nothing_again(
    small: RunningSandbox, connect: Callable[..., None]
) -> None:
    """A duplicated tab, or a second click in time, finds the outcome of the first; only then a click sends it again."""
    connect(small)
    token, text = "token-of-both-tabs", "x" * 10_001
    first, second = page("submit", draft=token), page("submit", draft=token)
    assert submitted(first, user_id="u_9", message=text).query_params["submission"] == token

    second = submitted(second, user_id="u_9", message=text)
    assert second.query_params["submission"] == token
    assert any(line.startswith("Loop refused this: ") for line in texts(second))
    assert runtime.repeat_of(token) is None

    again = submitted(second, user_id="u_9", message="Shorter").query_params["submission"]
    repeat = runtime.repeat_of(token)
    assert repeat is not None
    assert again == repeat.token


def test_a_text_outlives_the_discarding_of_its_draft_elsewhere(
    small: RunningSandbox, connect: Callable[..., None]
) -> None:
    """The form has it when it is reached by the navigation."""
    connect(small)
    app = submitted(page("submit"), user_id="u_9", message="x" * 10_001)
    outbox = runtime.SERVICE.outbox()
    assert outbox is not None
    outbox.discard(app.query_params["submission"])

    app = typed(app, message="Shorter")
    app.query_params.clear()  # as a link of the navigation does
    assert [area.value for area in away(app).text_area] == ["Shorter"]


def test_a_draft_that_was_only_discarded_leads_nowhere(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """There is no other draft to open."""
    connect(small)
    token = refused()
    outbox = runtime.SERVICE.outbox()
    assert outbox is not None
    outbox.discard(token)

    app = page("submit", submission=token)
    assert ":material/delete: **This draft was discarded**" in texts(app)
    assert "Open the other one" not in [link.proto.label for link in app.get("page_link")]


def test_what_was_half_typed_comes_back_after_a_draft_of_the_outbox(
    small: RunningSandbox, connect: Callable[..., None]
) -> None:
    """By a button, and by itself for the next item."""
    connect(small)
    token = refused()
    app = typed(page("submit"), **TYPED)
    app.query_params["submission"] = token
    assert fields(app.run())["message"] == "x" * 10_001

    assert fields(pressed(app, "Back to my text")) == TYPED
    assert "submission" not in app.query_params
    assert not any(button.label == "Back to my text" for button in app.button)

    app.query_params["submission"] = token
    app = submitted(app.run(), user_id="u_9", message="Shorter")
    assert fields(pressed(app, "Submit another")) == TYPED
    app = submitted(app, **{name: TYPED[name] for name in ("user_id", "message")})
    assert fields(pressed(app, "Submit another"))["message"] == ""


def test_of_two_who_edit_a_draft_one_is_sent(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """The other one is told, and keeps the text."""
    connect(small)
    one, other = (page("submit", submission=refused()) for _ in range(2))
    submitted(one, user_id="u_9", message="The first")
    other.session_state["draft_problem"] = UNCONFIRMED, "The database cannot be used right now."
    other = submitted(other, user_id="u_9", message="The second")

    assert any(text.startswith("This draft was discarded or sent again in the meantime.") for text in texts(other))
    assert not any("Not confirmed yet" in text for text in texts(other))
    assert fields(other)["message"] == "The second"
    assert "The second" not in set(runtime.snapshot().frame["message"])
    other = submitted(other, user_id="u_9", message="The second")
    until(partial(_contains, "The second"))


def queries(app: Any) -> dict[str, dict[str, list[str]]]:  # noqa: ANN401 - an AppTest
    """Label → the query of the link with it."""
    return {link.proto.label: parse_qs(link.proto.query_string) for link in app.get("page_link")}


PERSONAL = "Write to anna@example.com"


@pytest.mark.parametrize("message", [PERSONAL, PERSONAL + "x" * 10_000])
def test_share_safe_masks_what_became_of_a_draft(
    small: RunningSandbox, connect: Callable[..., None], message: str
) -> None:
    """Stored or refused: the page shows no text of it, and no form is filled in, which could not be masked."""
    connect(small)
    token = refused(message)
    for safe in (False, True):
        app = AppTest.from_file(FRAME, default_timeout=30)
        app.session_state["safe_last"] = safe
        app.query_params["submission"] = token
        app.switch_page("submit.py").run()
        assert not app.exception
        shown = [str(getattr(element, "proto", "")) for element in app.main] + [area.value for area in app.text_area]
        assert ("anna@" in str(shown)) == (not safe)
        assert any(text.startswith("person ") for text in texts(app)) == (safe and message == PERSONAL)
        assert not safe or any("Write to [e-mail]" in text for text in texts(app))
        in_inbox = queries(app).get("Open in the inbox", {})
        assert ("item" in in_inbox, in_inbox.get("safe")) == (
            message == PERSONAL,
            ["true"] if in_inbox and safe else None,
        )


def test_share_safe_masks_a_draft_that_waits(
    forgetful: str, sandbox: RunningSandbox, connect: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also while it is in the outbox."""
    monkeypatch.setattr(Forgetful, "status", 401)
    connect(sandbox, LOOP_BASE_URL=forgetful)
    runtime.submit("token", runtime.Draft("u_9", PERSONAL))
    app = page("submit", submission="token", safe="true")

    assert not app.exception
    assert "Write to [e-mail]" in texts(app)
    until(lambda: "Open the outbox" in [link.proto.label for link in app.run().get("page_link")])
    assert queries(app)["Open the outbox"] == {"masked": ["true"]}
    assert any(text.startswith(("Next attempt: ", "The next attempt is due")) for text in texts(app))


class Forgetful(BaseHTTPRequestHandler):
    """A server that fails each create like a proxy's timeout, and whose list stays empty."""

    status = 504

    def do_GET(self) -> None:
        """Answer with an empty page."""
        self._answer(200, b'{"data": [], "nextCursor": null, "hasMore": false}')

    def do_POST(self) -> None:
        """Answer like a proxy after its timeout."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(self.status, b"<html>Gateway timeout</html>")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def forgetful() -> Iterator[str]:
    """The base URL of such a server."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Forgetful) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v2"
        server.shutdown()
        thread.join()


def test_an_unknown_outcome_is_reported_as_unknown(
    forgetful: str, sandbox: RunningSandbox, connect: Callable[..., None]
) -> None:
    """An unknown outcome is reported as such, the text stays, and the inbox is linked."""
    connect(sandbox, LOOP_BASE_URL=forgetful)

    app = submitted(page("submit"), user_id="u_9", message="Perhaps stored")

    assert not app.exception
    assert any("It is not known whether Loop stored this" in text for text in texts(app))
    assert app.text_area(key="draft_message").value == "Perhaps stored"
    assert app.button(key="send").label == "Send again as a new item"
    assert not any("<html>" in text for text in texts(app))

    app = away(app)
    assert any("It is not known whether Loop stored this" in text for text in texts(app))
    assert app.button(key="send").label == "Send again as a new item"


def test_an_unknown_draft_is_sent_again_in_its_place(
    forgetful: str, sandbox: RunningSandbox, connect: Callable[..., None]
) -> None:
    """Sending an unknown draft again replaces it in the outbox."""
    connect(sandbox, LOOP_BASE_URL=forgetful)
    app = submitted(page("submit"), user_id="u_9", message="Perhaps stored")
    first = app.query_params["submission"]

    app.button(key="send").click().run()
    again = app.query_params["submission"]
    outcome(runtime.submission, again)

    outbox = runtime.SERVICE.outbox()
    assert outbox is not None
    assert again != first
    assert {one.token: one.repeats for one in outbox.submissions()} == {again: first}


def test_a_draft_that_waits_is_left_to_the_outbox(
    forgetful: str, sandbox: RunningSandbox, connect: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """For a waiting draft the page shows the reason and offers the next one."""
    monkeypatch.setattr(Forgetful, "status", 401)
    connect(sandbox, LOOP_BASE_URL=forgetful)
    app = page("submit")
    app.text_input(key="draft_user_id").set_value("u_9")
    app.text_area(key="draft_message").set_value("Waits")
    app.button(key="send").click().run()
    token = app.query_params["submission"]
    until(lambda: (found := runtime.submission(token)) is not None and found.error is not None)

    app.run()
    assert not app.exception
    assert any("In the outbox. It will be sent by itself" in text for text in texts(app))
    assert any("401" in text for text in texts(app))
    next(button for button in app.button if button.label == "Submit another").click().run()
    assert app.text_area(key="draft_message").value == ""
    assert "submission" not in app.query_params


def test_a_draft_that_cannot_be_written_down_stays_in_the_form(
    small: RunningSandbox, connect: Callable[..., None], tmp_path: Path
) -> None:
    """A draft that cannot be stored stays in the form with the reason, and the next click sends it once."""
    connect(small)
    (tmp_path / "outbox.db").mkdir()
    app = submitted(page("submit"), user_id="u_9", message="Not lost")
    assert any("Not written down, and not sent" in text for text in texts(app))
    assert app.text_area(key="draft_message").value == "Not lost"
    assert "submission" not in app.query_params

    (tmp_path / "outbox.db").rmdir()
    app.button(key="send").click().run()
    outcome(runtime.submission, app.query_params["submission"])
    assert not any("Not written down" in text for text in texts(app.run()))
    assert list(runtime.snapshot().frame["message"]).count("Not lost") == 1


@pytest.mark.parametrize("is_stored", [False, True])
def test_a_draft_that_was_not_confirmed_is_sent_once(
    small: RunningSandbox,
    connect: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    is_stored: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """Where nobody knows whether a draft was written down, the form says so, and the next click sends it once."""
    connect(small)
    real = SqliteDrafts.add

    def unconfirmed(self: SqliteDrafts, drafts: Sequence[DraftRow]) -> list[DraftRow]:
        if is_stored:
            real(self, drafts)
        raise UncertainError("The database cannot be used right now: canary.")

    with monkeypatch.context() as patched:
        patched.setattr(SqliteDrafts, "add", unconfirmed)
        app = submitted(page("submit"), user_id="u_9", message="Not doubled")
    if not is_stored:  # else it is found at once
        assert any("Not confirmed yet" in text for text in texts(app))
        assert any("canary" in text for text in texts(app))
        assert app.text_area(key="draft_message").value == "Not doubled"
        app.button(key="send").click().run()
    until(lambda: list(runtime.snapshot().frame["message"]).count("Not doubled") == 1)
    assert not any("Not confirmed" in text for text in texts(app.run()))
    assert list(runtime.snapshot().frame["message"]).count("Not doubled") == 1


@pytest.fixture
def unread() -> Iterator[pytest.MonkeyPatch]:
    """An outbox that takes a draft, and cannot be read from then on until this is undone."""
    add, find, has_taken = SqliteDrafts.add, SqliteDrafts.find, threading.Event()

    def added(self: SqliteDrafts, drafts: Sequence[DraftRow]) -> list[DraftRow]:
        has_taken.set()
        return add(self, drafts)

    def found(self: SqliteDrafts, token: str) -> DraftRow | None:
        if has_taken.is_set():
            raise StoreError("The database cannot be used right now.")
        return find(self, token)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(SqliteDrafts, "add", added)
        patched.setattr(SqliteDrafts, "find", found)
        yield patched


def test_a_draft_whose_outcome_cannot_be_read_is_not_called_unwritten(
    small: RunningSandbox, connect: Callable[..., None], unread: pytest.MonkeyPatch
) -> None:
    """The page says that it is written down, offers no second click, and goes on once the outbox can be read."""
    connect(small)
    app = submitted_unread(page("submit"))

    assert ":material/cloud_off: **The outbox cannot be read right now**" in texts(app)
    assert any("What you submitted is written down" in text for text in texts(app))
    assert not any(button.key == "send" for button in app.button)
    until(partial(_contains, "Not doubled"))
    unread.undo()
    assert "Stored by Loop, and in the inbox now" in " ".join(texts(app.run()))


def test_a_second_click_finds_what_was_stored_meanwhile(
    small: RunningSandbox, connect: Callable[..., None], unread: pytest.MonkeyPatch
) -> None:
    """A form that could not say what became of the first click sends nothing twice."""
    connect(small)
    add = SqliteDrafts.add

    def unconfirmed(self: SqliteDrafts, drafts: Sequence[DraftRow]) -> list[DraftRow]:
        add(self, drafts)
        raise UncertainError("The database cannot be used right now.")

    unread.setattr(SqliteDrafts, "add", unconfirmed)
    app = submitted_unread(page("submit"))
    app.button(key="send").click().run()
    assert any("Not confirmed yet" in text for text in texts(app))
    until(partial(_contains, "Not doubled"))
    unread.undo()
    app.button(key="send").click().run()

    outbox = runtime.SERVICE.outbox()
    assert outbox is not None
    assert "Stored by Loop, and in the inbox now" in " ".join(texts(app))
    assert outbox.counts()[runtime.DraftState.STORED] == 1


def submitted_unread(app: Any) -> Any:  # noqa: ANN401 - an AppTest
    """The page after the form was filled in and submitted, without its outcome."""
    app.text_input(key="draft_user_id").set_value("u_9")
    app.text_area(key="draft_message").set_value("Not doubled")
    return app.button(key="send").click().run()


def test_a_restart_finds_the_outcome_again(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """The link of a submission shows its outcome after a restart."""
    connect(small)
    token = submitted(page("submit"), user_id="u_9", message="Only once").query_params["submission"]
    runtime.stop()
    connect(small)

    again = page("submit", submission=token)

    assert "Stored by Loop, and in the inbox now" in " ".join(texts(again))
    assert "Only once" in texts(again)


def _contains(message: str) -> bool:
    return message in set(runtime.snapshot().frame["message"])


def test_a_second_item_after_a_stored_one_is_sent_too(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """After a stored item, leaving the form and returning starts a new item."""
    connect(small)
    app = page("submit")
    for text in ("First A", "Second B"):
        app.text_input(key="draft_user_id").set_value("u_9")
        app.text_area(key="draft_message").set_value(text)
        app.button(key="send").click().run()
        until(partial(_contains, text))
        del app.query_params["submission"]  # as a browser does on a page change
        app.switch_page("inbox.py").run()
        app.switch_page("submit.py").run()

    assert {"First A", "Second B"} <= set(runtime.snapshot().frame["message"])
