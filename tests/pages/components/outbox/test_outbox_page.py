"""The page for the outbox: what it shows of each draft, and what a person can do with one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from streamlit.testing.v1 import AppTest

from loop_client import APIConnectionError, AuthenticationError, QuotaExceededError, RateLimitError
from loop_client.mirror import StoreError
from loop_client.mirror.store import ImportState
from loop_client.service.outcomes import Pause
from pages.components.outbox import draft_list, updates
from pages.session import runtime
from tests.drafts import (
    DISCARDED,
    LOST,
    ODD,
    REFUSAL,
    REFUSED,
    SENDING,
    STORED,
    UNKNOWN,
    WAITING,
    draft_row,
    in_each_state,
    write_down,
    write_import,
)
from tests.pages.conftest import page, texts
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from loop_client.mirror.store import DraftRow
    from loop_client.service import Outbox


def outbox() -> Outbox:
    """Of the process."""
    found = runtime.SERVICE.outbox()
    assert found is not None
    return found


@pytest.fixture
def holding(tmp_path: Path, account: str) -> Callable[[list[DraftRow]], Any]:
    """Writes drafts down as another process does, and opens the page."""

    def shown(rows: list[DraftRow]) -> Any:  # noqa: ANN401 - an AppTest
        write_down(tmp_path, rows)
        app = page("outbox")
        assert not app.exception
        return app

    assert account
    return shown


def navigation(app: Any) -> list[str]:  # noqa: ANN401 - an AppTest
    """The labels of the links at the top."""
    return [link.proto.label for link in app.get("page_link")][:7]


def links(app: Any) -> dict[str, Any]:  # noqa: ANN401 - an AppTest
    """Label → the link with it, of the page itself."""
    return {link.proto.label: link.proto for link in app.get("page_link")[7:]}


def cards(app: Any) -> list[str]:  # noqa: ANN401 - an AppTest
    """The messages that are shown, in order."""
    return [text for text in texts(app) if text.startswith(("Message of ", "**bold**"))]


def test_each_draft_is_shown_with_its_state_and_its_reason(
    holding: Callable[[list[DraftRow]], Any], account: str
) -> None:
    """What needs a decision comes first, then what is sent, then what waits; text from outside stays plain text."""
    app = holding(in_each_state(account))

    odd = ODD.replace("\u202e", "⟦RLO⟧")
    assert cards(app) == [
        "Message of elsewhere",
        "Message of unknown",
        odd,
        "Message of sent",
        "Message of waits",
        "Message of bulk",
    ]
    assert odd in [text.value for text in app.text]
    assert [heading.value for heading in app.subheader] == ["Needs a decision: 3", "Waiting or being sent: 3"]
    said = " ".join(texts(app))
    assert f"Loop says: {REFUSAL}" in said
    assert LOST in said
    assert "looks for it among Loop's items until " in said
    assert "It was written for another account than the one that is connected now." in said
    assert "Its outcome is usually known within 20 seconds." in said
    assert "It will be sent. It was tried 2 times." in said
    assert "It is a bulk row: other drafts go first." in said
    assert "Person: u_8f2c · Sentiment: negative · Tag: No tag · Source: phone" in texts(app)
    assert sum("Written " in text for text in texts(app)) == 6
    assert (
        "1 refused · 1 with an unknown outcome · 1 being sent · 3 waiting. "
        "This covers everybody who uses this dashboard. In the last 60 days, 1 was stored and 1 discarded."
    ) in texts(app)
    badges = [text for text in texts(app) if "-badge[" in text]
    assert sum("For another account" in badge for badge in badges) == 1


def test_the_navigation_counts_what_needs_a_decision(holding: Callable[[list[DraftRow]], Any], account: str) -> None:
    """On every page; it says nothing while nothing does."""
    app = holding([draft_row("waits", account), draft_row("refused", account, state=REFUSED)])
    assert navigation(app) == ["Overview", "Changes", "Inbox", "People", "Submit", "Import", "Outbox (1)"]

    app.button(key="discard-refused").click().run()
    assert navigation(app) == ["Overview", "Changes", "Inbox", "People", "Submit", "Import", "Outbox"]
    assert navigation(page("submit")) == ["Overview", "Changes", "Inbox", "People", "Submit", "Import", "Outbox"]


def test_a_thousand_rows_are_shown_a_page_at_a_time(holding: Callable[[list[DraftRow]], Any], account: str) -> None:
    """The page stays as it is when the list gets shorter, and goes to the last one there is."""
    rows = [draft_row(f"row {number:04}", account, is_bulk=1) for number in range(1000)]
    app = holding(rows)
    assert cards(app) == [f"Message of row {number:04}" for number in range(draft_list.PAGE)]
    assert len(list(app.main)) < 400

    app.session_state["outbox_page"] = 50
    app.run()
    assert cards(app)[-1] == "Message of row 0999"
    for row in rows[:970]:
        outbox().discard(row.token)
    app.run()
    assert app.session_state["outbox_page"] == 2
    assert cards(app) == [f"Message of row {number:04}" for number in range(990, 1000)]


def test_rows_of_an_import_that_wait_are_one_card(
    holding: Callable[[list[DraftRow]], Any], account: str, tmp_path: Path
) -> None:
    """However many they are; what needs a person is listed, and persons' drafts."""
    one = write_import(tmp_path, "import", account, 500, name="Größer **bold**.csv")
    outbox()._drafts.change(  # noqa: SLF001 - as the sender does
        draft_row("import-7", account, state=REFUSED, is_bulk=1, change=one.change), WAITING
    )
    app = holding([draft_row("waits", account)])

    assert cards(app) == ["Message of import-7", "Message of waits"]
    assert [heading.value for heading in app.subheader] == ["Needs a decision: 1", "Waiting or being sent: 1"]
    said = texts(app)
    assert "Import of Größer **bold**.csv" in said
    assert any(text.startswith("499 of 500 rows wait. ") for text in said)
    assert any(text.startswith("1 refused · 500 waiting. ") for text in said)


def test_an_import_is_paused_resumed_and_cancelled(
    holding: Callable[[list[DraftRow]], Any], account: str, tmp_path: Path
) -> None:
    """Each for this import alone."""
    write_import(tmp_path, "one", account, 2)
    write_import(tmp_path, "other", account, 2)
    app = holding([])

    app.button(key="pause-one").click().run()
    assert any(text.endswith("It is paused.") for text in texts(app))
    app.button(key="resume-one").click().run()
    assert not any(text.endswith("It is paused.") for text in texts(app))
    app.button(key="cancel-one").click().run()
    assert [text for text in texts(app) if text.startswith("Import of")] == ["Import of rows.csv"]
    until(lambda: (outbox().counts()[DISCARDED], outbox().counts()[WAITING]) == (2, 2))


def test_an_import_that_is_being_written_can_only_be_cancelled(
    holding: Callable[[list[DraftRow]], Any], account: str, tmp_path: Path
) -> None:
    """It says how far it is, and what to do where its writer has died."""
    write_import(tmp_path, "one", account, 2, rows=5, left_out=1, state=ImportState.WRITING)
    app = holding([])

    assert any(text.startswith("2 of 4 rows are written down. None is sent before all are.") for text in texts(app))
    assert [button.key for button in app.button if str(button.key).endswith("-one")] == ["cancel-one"]
    app.button(key="cancel-one").click().run()
    assert not any(text.startswith("Import of") for text in texts(app))
    until(lambda: (outbox().counts()[DISCARDED], outbox().counts()[WAITING]) == (2, 0))


def test_an_import_whose_writing_failed_says_why(
    holding: Callable[[list[DraftRow]], Any], account: str, tmp_path: Path
) -> None:
    """The click that began it was answered before."""
    write_import(tmp_path, "one", account, 2, rows=5, left_out=1, state=ImportState.WRITING)
    imports = runtime.imports()
    assert imports is not None
    imports._problems["one"] = "The disk is full."  # noqa: SLF001 - as a thread that failed leaves it
    app = holding([])

    assert any("Writing stopped, and no row is sent. The disk is full. Import the" in text for text in texts(app))


def test_an_import_for_another_account_needs_a_decision(
    holding: Callable[[list[DraftRow]], Any], account: str, tmp_path: Path
) -> None:
    """As one, however many rows it has; it can be cancelled."""
    assert account
    write_import(tmp_path, "one", "another account", 30)
    app = holding([])
    assert navigation(app)[-1] == "Outbox (1)"
    assert any("than the one that is connected now, and are not sent" in text for text in texts(app))
    assert cards(app) == []

    app.button(key="cancel-one").click().run()
    assert navigation(app)[-1] == "Outbox"


def test_share_safe_does_not_name_an_imports_file(
    holding: Callable[[list[DraftRow]], Any], account: str, tmp_path: Path
) -> None:
    """A file may be named after a person."""
    write_import(tmp_path, "one", account, 2, name="Ada Lovelace.csv")
    app = holding([])
    assert "Ada" in " ".join(texts(app))
    app = page("outbox", masked="true")
    assert "An import" in texts(app)
    assert "Ada" not in " ".join(texts(app))


@pytest.mark.parametrize("state", [WAITING, REFUSED, UNKNOWN])
def test_a_draft_is_discarded(holding: Callable[[list[DraftRow]], Any], account: str, state: str) -> None:
    """It is not listed any more, and counted as discarded."""
    app = holding([draft_row("one", account, state=state)])

    app.button(key="discard-one").click().run()

    assert cards(app) == []
    assert outbox().counts()[DISCARDED] == 1
    assert "0 were stored and 1 discarded." in " ".join(texts(app))


def test_an_unknown_draft_is_sent_again_by_a_person(holding: Callable[[list[DraftRow]], Any], account: str) -> None:
    """Who is told what it risks; however often it is clicked, it is sent once."""
    app = holding([draft_row("one", account, state=UNKNOWN, error=LOST)])
    assert any("there will be two items" in text for text in texts(app))

    app.button(key="send-one").click()
    app.run()
    outbox().send_again("one")
    until(lambda: "Message of one" in set(runtime.snapshot().frame["message"]))

    assert (outbox().counts()[STORED], outbox().counts()[DISCARDED]) == (1, 1)
    assert cards(app.run()) == []


def test_a_draft_for_another_account_goes_where_a_person_says(
    holding: Callable[[list[DraftRow]], Any], account: str
) -> None:
    """It is not sent by itself, and whoever sends it is told where it goes."""
    assert account
    app = holding([draft_row("one", "another account", not_before=0)])
    assert any("in the account that is connected now" in text for text in texts(app))

    app.button(key="send-one").click().run()
    until(lambda: "Message of one" in set(runtime.snapshot().frame["message"]))


@pytest.mark.parametrize(("state", "is_said"), [(WAITING, False), (UNKNOWN, True)])
def test_a_draft_of_another_account_says_where_it_would_go(
    holding: Callable[[list[DraftRow]], Any], state: runtime.DraftState, *, is_said: bool
) -> None:
    """This inbox does not have its item; if it may be stored in the other account, that is said as well."""
    shown = texts(holding([draft_row("elsewhere", "another account", state=state)]))

    (risk,) = (text for text in shown if text.startswith("It was written for another account. It would"))
    assert risk.endswith("The other account may have it already.") == is_said
    assert not any("Look for it in the inbox" in text for text in shown)


def test_what_has_changed_meanwhile_is_not_decided(holding: Callable[[list[DraftRow]], Any], account: str) -> None:
    """As when somebody else was faster: the page says so, until the next decision."""
    app = holding([draft_row(token, account, state=UNKNOWN) for token in ("one", "two")])
    outbox().discard("one")

    app.button(key="send-one").click().run()
    assert "This draft has another state by now. Look at it again." in texts(app)
    assert outbox().counts()[DISCARDED] == 1
    app.button(key="discard-two").click().run()
    assert not any("another state" in text for text in texts(app))


def test_a_long_message_is_cut_until_all_of_it_is_asked_for(
    holding: Callable[[list[DraftRow]], Any], account: str
) -> None:
    """A list stays a list; nothing is out of reach."""
    app = holding([draft_row("one", account, state=REFUSED, message="Message of " + "x" * 9_000)])
    assert [len(text) for text in cards(app)] == [draft_list.SHOWN + 1]

    app.button(key="whole-one").click().run()
    assert [len(text) for text in cards(app)] == [9_011]


def test_an_empty_outbox_leads_to_the_form(account: str) -> None:
    """One sentence, and the way to the form."""
    assert account
    app = page("outbox")

    assert not app.exception
    assert ":material/task_alt: **Nothing is waiting, and nothing needs a decision.**" in texts(app)
    assert links(app).keys() == {"Submit feedback"}
    assert not app.subheader


PERSONAL = "Write to anna@example.com or u_secret, +49 170 1234567"


def test_share_safe_masks_what_the_page_shows(holding: Callable[[list[DraftRow]], Any], account: str) -> None:
    """Each text of a draft, and what Loop says of it; the link to the form is off, because a form cannot be masked."""
    said = {"said": PERSONAL, "error": f"Loop refused it. Loop says: {PERSONAL}"}
    fields = {"message": PERSONAL, "user_id": "u_secret", "tag": PERSONAL, "source": "anna@example.com", **said}
    app = holding([draft_row("one", account, state=REFUSED, **fields), draft_row("two", account, **fields)])
    shown = [str(getattr(element, "proto", "")) for element in app.main]
    assert "anna@example.com" in str(shown)
    assert not links(app)["Edit and send again"].disabled

    app.session_state["safe_last"] = True
    app.run()
    shown = [str(getattr(element, "proto", "")) for element in app.main]
    for text in ("anna@example.com", "u_secret", "1234567"):
        assert text not in str(shown)
    assert any(text.startswith("Write to [e-mail] or person ") for text in texts(app))
    assert links(app)["Edit and send again"].disabled


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("name", ["outbox", "submit"])
def test_share_safe_stays_on_after_a_reload(name: str) -> None:
    """The page has no switch, so its link says that it is on, and so do the pages that it leads to."""
    before = page("inbox", safe="true").switch_page(f"{name}.py").run()
    assert before.query_params["masked"] == "true"

    assert name == "submit" or links(before)["Submit feedback"].query_string == "masked=true"

    after = page(name, masked="true").switch_page("inbox.py").run()
    assert after.toggle(key="safe").value
    off = after.toggle(key="safe").set_value(False).run().switch_page(f"{name}.py").run()
    assert "masked" not in off.query_params


ERRORS = {
    "Nothing is sent until 1 Jul 2026, 00:00 UTC": QuotaExceededError("The quota is used up.", 429, None, None, 1.0),
    "Nothing is sent until 14:40:00 UTC": RateLimitError("Loop is limiting requests.", 429, None, None, 600.0),
    "Nothing is sent while Loop rejects the API key": AuthenticationError("Loop rejected it.", 401, None, None),
    "Nothing is sent while Loop cannot be reached": APIConnectionError("Loop cannot be reached."),
}


@pytest.mark.usefixtures("still")
@pytest.mark.parametrize("title", ERRORS)
def test_a_pause_is_told_with_its_reason_and_its_end(
    holding: Callable[[list[DraftRow]], Any], account: str, title: str
) -> None:
    """At the top, once, and not again at each draft; quiet where nothing is paused."""
    error = ERRORS[title]
    until = datetime(2026, 7, 1, tzinfo=UTC) if "quota" in str(error) else datetime(2026, 6, 19, 14, 40, tzinfo=UTC)
    app = holding([draft_row("one", account)])
    assert not any("Nothing is sent" in text for text in texts(app))

    outbox().pause = lambda: Pause(error, 600.0, until)
    outbox().problem = lambda: StoreError("The disk is full.")
    app.run()
    said = texts(app)
    assert f":material/cloud_off: **{title}**" in said
    assert [str(error) in text for text in said].count(True) == 1
    assert "The disk is full." in said
    next_step = "It is tried once an hour until then" if "quota" in str(error) else "Next attempt: 14:40:00 UTC."
    assert any(text.startswith(next_step) for text in said)


def test_a_repair_is_told_until_it_is_dismissed(holding: Callable[[list[DraftRow]], Any], account: str) -> None:
    """Once per tab."""
    app = holding([draft_row("one", account)])
    outbox()._drafts._pair.news = "The outbox was damaged."  # type: ignore[attr-defined] # noqa: SLF001 - as it tells it
    assert "The outbox was damaged." in texts(app.run())

    app.button(key="dismiss_outbox_news").click().run()
    assert "The outbox was damaged." not in texts(app)


def test_an_outbox_that_cannot_be_read_is_told(tmp_path: Path, account: str) -> None:
    """The navigation stays, and the page says why."""
    assert account
    (tmp_path / "outbox.db").mkdir()
    app = page("outbox")

    assert not app.exception
    assert navigation(app)[-1] == "Outbox"
    assert ":material/cloud_off: **The outbox cannot be read right now**" in texts(app)


def test_without_a_connection_the_page_says_so() -> None:
    """The line above it says why."""
    app = page("outbox")

    assert not app.exception
    assert "The outbox is shown once there is a connection. The reason is shown above." in texts(app)


def test_the_page_looks_seldom_unless_something_is_sent(
    holding: Callable[[list[DraftRow]], Any], account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every two seconds while something is sent, else every ten: other people may decide."""
    holding([draft_row("refused", account, state=REFUSED)])

    def every() -> float:
        return updates.interval(draft_list.read(runtime.OwnOutbox(outbox(), None)))

    drafts = outbox()._drafts  # noqa: SLF001 - as the sender changes them
    assert every() == 10.0
    drafts.add([draft_row("waits", account)])
    assert every() == 2.0
    monkeypatch.setattr(outbox(), "pause", lambda: Pause(APIConnectionError("No."), 1.0, datetime.now(UTC)))
    assert every() == 10.0
    drafts.add([draft_row("sent", account, state=SENDING)])
    assert every() == 2.0


def test_the_page_is_drawn_again_after_a_change_alone(account: str) -> None:
    """A look reads no draft, and one at once after the page was drawn does nothing."""
    assert account

    def script() -> None:
        from datetime import timedelta  # noqa: PLC0415 - a script of its own

        import streamlit as st  # noqa: PLC0415

        from pages.components.outbox import updates  # noqa: PLC0415
        from pages.session import runtime, sending  # noqa: PLC0415

        session = st.session_state
        session["runs"] = session.get("runs", 0) + 1
        drawn = session.get("drawn") or sending.version()
        updates._look(drawn, runtime.now() - timedelta(seconds=session.pop("age", 0)))  # noqa: SLF001

    app = AppTest.from_function(script)
    for age, drawn, runs in ((5, None, 1), (0, "older", 2), (5, "older", 4)):
        app.session_state["age"], app.session_state["drawn"] = age, drawn
        app.run()
        assert not app.exception
        assert app.session_state["runs"] == runs
