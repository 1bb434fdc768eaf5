"""When the browser may store what is typed, and that its link finds the draft in the outbox."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pages.session import runtime
from tests.pages.conftest import page, texts
from tests.waiting import outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandboxes import RunningSandbox

TOKEN = "a-token-of-what-is-typed"  # noqa: S105 - no secret


def kept(app: Any) -> list[str]:  # noqa: ANN401 - an AppTest
    """What the page tells the script: whether texts may be stored."""
    return [found[1] for element in app.get("html") if (found := re.search(r'data-keep="(\w+)"', element.proto.body))]


def sent(app: Any, message: str) -> Any:  # noqa: ANN401 - an AppTest
    """The page after that was submitted, and has an outcome."""
    app.text_input(key="draft_user_id").set_value("u_9")
    app.text_area(key="draft_message").set_value(message)
    app.button(key="send").click().run()
    outcome(runtime.submission, app.query_params["submission"])
    return app.run()


def token(app: Any) -> str:  # noqa: ANN401 - an AppTest
    """The token of what is typed into the form."""
    return str(app.session_state["form_token"])


def test_nothing_may_be_stored_while_share_safe_is_on(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """On the form nor elsewhere; and a page without the form brings no script unless there is something to delete."""
    connect(small)

    assert kept(page("submit")) == ["true"]
    assert kept(page("inbox")) == []
    safe = page("inbox", safe="true")
    assert kept(safe) == ["false"]
    assert kept(safe.switch_page("submit.py").run()) == ["false"]
    assert kept(page("submit", safe="true")) == ["false"]


def test_a_link_goes_on_with_its_draft(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """It is sent by the token of the link, which shows its outcome afterwards."""
    connect(small)

    app = sent(page("submit", draft=TOKEN), "Only once")
    assert dict(app.query_params) == {"submission": TOKEN}

    again = page("submit", draft=TOKEN)
    assert not again.exception
    assert any("Stored by Loop" in text for text in texts(again))
    assert dict(again.query_params) == {"submission": TOKEN}
    assert list(runtime.snapshot().frame["message"]).count("Only once") == 1


def test_a_link_with_nonsense_gets_a_token_of_its_own(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """A token names a file's row and a class of the page, and cannot be guessed."""
    connect(small)

    tokens = {
        token(page("submit", draft=nonsense)) for nonsense in ("", "short", "x" * 65, "with a blank in the middle")
    }

    assert len(tokens) == 4
    assert all(re.fullmatch(r"[\w-]{22}", one) for one in tokens)


def test_a_refused_draft_is_replaced_after_a_reload(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """Edited and sent again, it leaves nothing behind that asks a person."""
    connect(small)
    first = sent(page("submit"), "x" * 10_001).query_params["submission"]

    app = sent(page("submit", submission=first), "Shorter")

    outbox = runtime.SERVICE.outbox()
    assert outbox is not None
    assert any("Stored by Loop" in text for text in texts(app))
    assert [one.token for one in outbox.submissions() if one.needs_a_person] == []


def test_what_is_typed_after_a_draft_was_sent_has_a_token_of_its_own(
    small: RunningSandbox, connect: Callable[..., None]
) -> None:
    """Otherwise its link would lead to the outcome of the first."""
    connect(small)
    app = page("submit", draft=TOKEN)
    app.text_input(key="draft_user_id").set_value("u_9")
    app.text_area(key="draft_message").set_value("The first")
    app.button(key="send").click().run()
    outcome(runtime.submission, TOKEN)
    app.session_state["draft_message"] = "The second"
    app.query_params.clear()
    app.run()

    assert app.text_area(key="draft_message").value == "The second"
    assert token(app) != TOKEN


def test_what_is_cleared_starts_another_draft(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """All fields are empty, and the link names nothing."""
    connect(small)
    app = page("submit", draft=TOKEN)
    app.text_area(key="draft_message").set_value("Not wanted")
    app.segmented_control(key="draft_sentiment").set_value("negative")
    app.run().button(key="clear-draft").click().run()

    assert not app.exception
    assert app.text_area(key="draft_message").value == ""
    assert app.session_state["draft_sentiment"] is None
    assert dict(app.query_params) == {}
    assert token(app) != TOKEN
