"""An import on the page: it is started once, followed, paused, cancelled, and ends with a receipt."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from loop_client.mirror import StoreError
from pages.server import downloads
from pages.session import runtime
from tests.drafts import REFUSED, UNKNOWN, WAITING, draft_row, write_import
from tests.pages.components.imports.conftest import choose, column, said, titled, uploaded, verdicts
from tests.pages.conftest import page, texts
from tests.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

ROWS = "user_id,message,tag,sentiment\nu_1,First row,exports,positive\nu_2,,exports,negative\nu_3,Third row,,\n"


def imports() -> runtime.Imports:
    """Of the process."""
    found = runtime.imports()
    assert found is not None
    return found


def written(app: Any) -> runtime.Import:  # noqa: ANN401 - an AppTest
    """Start the import of the file that is checked."""
    before = {one.token for one in imports().all()}
    app.button(key="import-write").click().run()
    assert not app.exception
    (one,) = (one for one in imports().all() if one.token not in before)
    return one


def done(token: str) -> runtime.Import:
    """The import once all of it was sent."""
    until(lambda: (one := imports().find(token)) is not None and one.is_done)
    found = imports().find(token)
    assert found is not None
    return found


def stored(message: str) -> pd.Series:
    """The only item with this message, once the copy has it."""
    until(lambda: message in set(runtime.snapshot().frame["message"]))
    frame = runtime.snapshot().frame
    (place,) = (frame["message"] == message).to_numpy().nonzero()[0]
    return frame.iloc[place]


def receipt(app: Any, form: str) -> str:  # noqa: ANN401 - an AppTest
    """The receipt that the link in the open menu downloads."""
    app.session_state["receipt"] = True
    app.run()
    assert not app.exception
    (link,) = (button.proto.url for button in app.get("link_button") if button.key == f"receipt-{form}")
    file = downloads.offered.take(link.removeprefix(f"{downloads.PATH}/"))
    assert file is not None
    return b"".join(file.pieces()).decode("utf-8-sig")


@pytest.mark.usefixtures("account")
def test_an_import_is_stored_and_leaves_a_receipt() -> None:
    """Each row once, with its tag and sentiment; the receipt has each row's id or reason, and looks the ids up."""
    app = uploaded(ROWS, "rows.csv")
    one = written(app)
    assert app.query_params["importing"] == one.token
    assert done(one.token).counts[runtime.DraftState.STORED] == 2
    item = stored("First row")
    runtime.check_now()
    until(lambda: len(imports().receipt(one.token).found) == 2)  # the list has them, not only the answers
    app.run()

    assert ":material/task_alt: **The import is done.**" in texts(app)
    assert "Of 3 rows: 2 stored, 1 left out." in said(app)
    rows = json.loads(receipt(app, "json"))
    assert [(row["row"], row["outcome"], row["found"]) for row in rows["rows"]] == [
        (1, "stored", True),
        (2, "skipped", None),
        (3, "stored", True),
    ]
    assert (item["tag"], item["sentiment"], item["user_id"]) == ("exports", "positive", "u_1")
    assert rows["rows"][1]["reason"] == "no text"
    assert "no text" in receipt(app, "csv")


@pytest.mark.usefixtures("account")
def test_what_was_corrected_is_what_is_sent() -> None:
    """The columns, the ratings and the tags that were chosen."""
    app = uploaded("user_id,message,tag,sentiment\nu_1,First row,Export,fine\n")
    choose(app, "Tag of Export", "exports")
    choose(app, "Sentiment of fine", "neutral")
    done(written(app).token)
    item = stored("First row")
    assert (item["tag"], item["sentiment"]) == ("exports", "neutral")


@pytest.mark.usefixtures("account")
def test_rows_of_an_earlier_import_are_left_out_unless_asked_for() -> None:
    """Of the same content, whatever the file is called."""
    app = uploaded(ROWS)
    done(written(app).token)

    app.button(key="import-next").click().run()
    uploaded(ROWS, "again.csv", app)
    assert titled(app)[0] == "All of it was imported before"
    assert verdicts(app) == [
        (1, "Left out: imported before"),
        (2, "Left out: no text"),
        (3, "Left out: imported before"),
    ]
    assert app.button(key="import-write").disabled
    assert [box.key for box in app.checkbox] == ["import_again"], "they need not be left out once more, as repeats"
    choose(app, "Show", "Left out: imported before")
    assert [row for row, _ in verdicts(app)] == [1, 3]

    app.checkbox(key="import_again").check().run()
    assert titled(app)[0] == "2 items to import"
    assert done(written(app).token).counts[runtime.DraftState.STORED] == 2


@pytest.mark.usefixtures("account")
def test_rows_that_an_earlier_import_has_not_sent_are_sent_alone() -> None:
    """As after one that was cancelled; the receipt names the others."""
    app = uploaded(ROWS)
    digest = hashlib.sha256(ROWS.encode()).hexdigest()
    imports().write("cut", "rows.csv", digest, {1: runtime.Draft("u_1", "First row")}, {})
    done("cut")
    app.run()
    assert titled(app)[0] == "1 item to import"
    assert "Left out: imported before (1), no text (1)." in said(app)

    one = written(app)
    assert (one.rows, one.left_out) == (3, 2)
    done(one.token)
    reasons = [row["reason"] for row in json.loads(receipt(app, "json"))["rows"]]
    assert reasons == [f"imported before: {stored('First row')['id']}", "no text", None]


def test_an_import_whose_writer_died_is_finished(account: str, tmp_path: Path) -> None:
    """By whoever imports the file again, also where no row is missing; until then nothing of it is sent."""
    digest = hashlib.sha256(ROWS.encode()).hexdigest()
    write_import(tmp_path, "dead", account, 3, digest=digest, state=runtime.ImportState.WRITING)
    app = uploaded(ROWS)
    assert any(text.startswith("An earlier import of the same rows was interrupted") for text in said(app))
    assert app.button(key="import-write").label == "Finish the import"

    app.button(key="import-write").click().run()
    assert app.query_params["importing"] == "dead"
    until(lambda: (one := imports().find("dead")) is not None and one.state == runtime.ImportState.RUNNING)
    assert [one.token for one in imports().all()] == ["dead"]


@pytest.mark.usefixtures("account")
def test_a_reload_after_the_click_shows_the_import() -> None:
    """The link is the same, and no longer leads to the file."""
    app = uploaded(ROWS)
    token = app.query_params["importing"]
    other = page("import", importing=token)
    assert done(written(app).token).token == token
    for tab in (page("import", importing=token), other.run(), app.run()):
        assert any("done" in text for text in texts(tab))


@pytest.mark.usefixtures("account")
def test_a_second_click_finds_the_first_import() -> None:
    """As after a double click: the token was made with the file."""
    app = uploaded(ROWS)
    token = app.session_state["import_token"]
    imports().write(token, "rows.csv", "d", {1: runtime.Draft("u_1", "First row")}, {})

    app.button(key="import-write").click().run()
    assert [one.token for one in imports().all()] == [token]
    assert app.query_params["importing"] == token


@pytest.mark.usefixtures("account")
def test_a_mapping_is_remembered_by_the_header(tmp_path: Path) -> None:
    """Once a file was imported with it, for everybody; what the file says itself is not remembered."""
    header = "Who;What;How;About\n"
    app = uploaded(f"{header}u_1;First row;fine;Export\n")
    for label, name in (("Message", "What"), ("Person", "Who"), ("Rating", "How"), ("Tag", "About")):
        choose(app, label, [name])
    choose(app, "Sentiment of fine", "positive")
    choose(app, "Tag of Export", "exports")
    choose(app, "Person of rows that name nobody", "visitors")
    assert not (tmp_path / "mappings.json").exists()
    written(app)

    again = uploaded(f"{header}u_2;Second row;fine;Export\n;Third;fine;\n")
    assert titled(again)[0] == "1 item to import"
    assert column(again, "Sentiment") == ["positive", ""]
    assert column(again, "Tag") == ["exports", ""]
    assert any("as the last file with the same header was" in text for text in said(again))
    again.button(key="import-undo").click().run()
    assert titled(again)[0] == "Choose the column that holds the message"
    assert not any("the same header" in text for text in said(again))

    assert "visitors" not in (tmp_path / "mappings.json").read_text("utf-8")
    written(uploaded(ROWS))
    assert len(json.loads((tmp_path / "mappings.json").read_text("utf-8"))) == 1


@pytest.mark.usefixtures("account")
def test_a_failure_to_write_keeps_the_file_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next attempt can be made at once."""
    app = uploaded(ROWS)

    def refuse(*_: object) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(imports(), "start_new", refuse)
    app.button(key="import-write").click().run()
    assert "The disk is full." in said(app)
    assert titled(app)[0] == "2 items to import"

    monkeypatch.undo()
    one = written(app)
    assert one.rows == 3
    assert "The disk is full." not in said(app)


def test_an_import_is_paused_resumed_and_cancelled(account: str, tmp_path: Path) -> None:
    """From its page; the receipt says what was not sent."""
    write_import(tmp_path, "running", account, 20, name="Größer **bold**.csv")
    app = page("import", importing="running")
    assert "Import of Größer **bold**.csv" in said(app)
    assert "Of 20 rows: 20 waiting." in said(app)

    app.button(key="pause-running").click().run()
    assert any(text.endswith("It is paused.") for text in said(app))
    app.button(key="resume-running").click().run()
    app.button(key="cancel-running").click().run()
    assert ":material/cancel: **The import is cancelled.**" in texts(app)
    assert "Of 20 rows: 20 cancelled." in said(app)
    assert json.loads(receipt(app, "json"))["rows"][0]["outcome"] == "discarded"


def test_refused_and_unknown_rows_lead_to_the_outbox(account: str, tmp_path: Path) -> None:
    """Where they are edited, or sent again."""
    one = write_import(tmp_path, "one", account, 2)
    outbox = runtime.SERVICE.outbox()
    assert outbox is not None
    for number, state in ((1, REFUSED), (2, UNKNOWN)):
        row = draft_row(f"one-{number}", account, state=state, is_bulk=1, change=one.change - 2 + number)
        outbox._drafts.change(row, WAITING)  # noqa: SLF001 - as the sender does
    app = page("import", importing="one")

    assert "Of 2 rows: 1 refused, 1 with an unknown outcome." in said(app)
    labels = [link.proto.label for link in app.get("page_link")]
    assert "Decide about refused and unknown rows in the outbox" in labels


def test_imports_so_far_are_listed_and_found_again(account: str, tmp_path: Path) -> None:
    """The newest first, five of them; each leads to its page."""
    for number in range(7):
        write_import(tmp_path, f"import-{number}", account, number + 1, name=f"file {number}.csv")
    app = page("import")
    assert [text for text in said(app) if text.startswith("file")] == [
        f"file {number}.csv" for number in (6, 5, 4, 3, 2)
    ]

    app.button(key="show-import-4").click().run()
    assert app.query_params["importing"] == "import-4"
    assert "Import of file 4.csv" in said(app)
    app.button(key="import-next").click().run()
    assert "importing" not in app.query_params
    assert len(app.file_uploader) == 1


@pytest.mark.usefixtures("account")
def test_a_link_to_an_import_that_is_gone_says_so() -> None:
    """And leads to the next file."""
    app = page("import", importing="none")
    assert ":material/info: **There is no such import**" in texts(app)
    app.button(key="import-next").click().run()
    assert len(app.file_uploader) == 1


def test_share_safe_names_no_file_and_quotes_no_reason(account: str, tmp_path: Path) -> None:
    """On the page and in the receipt."""
    one = write_import(tmp_path, "one", account, 1, name="Ada Lovelace.csv")
    outbox = runtime.SERVICE.outbox()
    assert outbox is not None
    said_by_loop = {"error": "Loop says: anna@example.com", "said": "anna@example.com"}
    row = draft_row("one-1", account, state=REFUSED, is_bulk=1, change=one.change - 1, **said_by_loop)
    outbox._drafts.change(row, WAITING)  # noqa: SLF001 - as the sender does
    open_app, safe = page("import", importing="one"), page("import", importing="one", masked="true")

    assert "anna@example.com" in receipt(open_app, "json")
    for form in ("json", "csv"):
        assert "anna" not in receipt(safe, form)
        assert "Ada" not in receipt(safe, form)
    assert "Ada" not in " ".join(texts(safe))
    assert "Ada" not in " ".join(texts(page("import", masked="true")))


def test_without_a_connection_the_page_says_so() -> None:
    """The line above it says why."""
    app = page("import")
    assert not app.exception
    assert "Files can be imported once there is a connection. The reason is shown above." in said(app)


def test_an_outbox_that_cannot_be_read_is_told(tmp_path: Path, account: str) -> None:
    """The page says so, with the reason."""
    assert account
    (tmp_path / "outbox.db").mkdir()
    app = page("import")
    assert not app.exception
    assert ":material/cloud_off: **The outbox cannot be read right now**" in texts(app)


@pytest.mark.usefixtures("account")
def test_how_long_it_takes_is_said_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the pace of the budget."""
    app = uploaded(ROWS)
    for seconds, words in ((60, "about a minute at most"), (1_200, "about 20 minutes"), (10_800, "about 3 hours")):
        monkeypatch.setattr(imports(), "seconds_for", lambda _, seconds=seconds: seconds)
        assert any(words in text.value for text in app.run().caption)


@pytest.mark.usefixtures("account", "still")
def test_what_a_quota_would_mean_is_said_before() -> None:
    """With the items of this month, which count as well: all five."""
    words = "If the account's monthly quota is below 7, the rest waits in the outbox until next month."
    assert f"Loop has 5 items from this month so far. {words}" in [text.value for text in uploaded(ROWS).caption]
