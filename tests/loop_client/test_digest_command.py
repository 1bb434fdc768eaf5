"""The command `digest`: files, exit codes, saved views, masks and the webhook."""

from __future__ import annotations

import json
import re
import time
from contextlib import contextmanager
from datetime import date, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import httpx
import pytest
import time_machine

from loop_client.__main__ import main
from loop_client.service import Markers, SavedViews
from tests.loop_client.service.test_webhook import OK, answering
from tests.moment import NOW
from tests.raw_server import raw_server
from tests.sandboxes import row, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from tests.sandboxes import RunningSandbox

pytestmark = pytest.mark.usefixtures("still")

ADDRESS = "ana@example.com"


def quiet_rows() -> list[dict[str, str | None]]:
    """Sixty days on which nothing changes: an item every six hours, of as many people."""
    values: dict[str, str | None] = {
        "sentiment": "neutral",
        "status": "resolved",
        "tag": "misc",
        "message": "All is well",
    }
    return [row(6 * number + 3, **{**values, "id": f"fb_{number}", "user_id": f"u_{number}"}) for number in range(240)]


def eventful_rows() -> list[dict[str, str | None]]:
    """The same, with a tag that is the first ever, and an address in its messages."""
    rows = quiet_rows()
    for number in range(20):
        message = f"The badge reader is dead, says {ADDRESS} to p_{number}"
        values: dict[str, str | None] = {
            "id": f"new_{number}",
            "user_id": f"p_{number}",
            "tag": "doors",
            "message": message,
        }
        rows.append(row(7 * number + 1, **{**values, "sentiment": "negative", "status": "open"}))
    return sorted(rows, key=lambda one: str(one["created_at"]))


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningSandbox]:
    """A configured account in which something changed."""
    with running_sandbox(tmp_path / "loop", items=eventful_rows()) as sandbox:
        monkeypatch.setenv("LOOP_API_KEY", sandbox.api_key)
        monkeypatch.setenv("LOOP_BASE_URL", sandbox.base_url)
        yield sandbox


@pytest.fixture
def eventful(account: RunningSandbox) -> None:
    """The same, for tests that use it through the command alone."""


def run(tmp_path: Path, *options: str) -> tuple[int, str]:
    """The exit code, and the file."""
    file = tmp_path / "out"
    file.unlink(missing_ok=True)
    code = main(["digest", "--data-dir", str(tmp_path / "data"), "--output", str(file), *options])
    return code, file.read_text("utf-8") if file.exists() else ""


@pytest.mark.usefixtures("eventful")
def test_a_change_is_told_by_the_exit_code_and_the_file(tmp_path: Path) -> None:
    """Where something changed, the code is 10, and the file says what, as of when and from which items."""
    code, text = run(tmp_path)

    assert code == 10
    assert text.startswith("# What changed: 12 Jun 2026 to 18 Jun 2026\n\nCompared with 5 Jun 2026 to 11 Jun 2026.\n")
    assert "`doors` is there for the first time: 18 items." in text
    assert "whole days up to 18 Jun 2026 · 260 items · complete back to" in text


def test_nothing_to_report_is_told_by_the_exit_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing changed, the code is 0, and the file is written all the same."""
    with running_sandbox(tmp_path / "loop", items=quiet_rows()) as sandbox:
        monkeypatch.setenv("LOOP_API_KEY", sandbox.api_key)
        monkeypatch.setenv("LOOP_BASE_URL", sandbox.base_url)
        code, text = run(tmp_path)

    assert code == 0
    assert "No tag changed clearly." in text


@pytest.mark.usefixtures("eventful")
@pytest.mark.parametrize("form", ["md", "html", "json"])
@pytest.mark.parametrize("safe", [(), ("--share-safe",)], ids=["open", "safe"])
def test_the_same_snapshot_gives_the_same_file(tmp_path: Path, form: str, safe: tuple[str, ...]) -> None:
    """Two runs on the same items as of the same time write the same bytes, also with aliases."""
    files = [run(tmp_path, "--format", form, *safe) for _ in range(2)]

    assert files[0] == files[1]
    assert len(files[0][1]) > 1000


@pytest.mark.usefixtures("eventful")
def test_the_chart_has_the_markers_of_the_folder(tmp_path: Path) -> None:
    """The chart of the HTML file has the markers of the data folder, in share-safe without the names of people."""
    run(tmp_path)
    for name in ("v4.2", f"as {ADDRESS} asked"):
        Markers(tmp_path / "data").add(date(2026, 6, 15), name)

    assert "15 Jun 2026 <bdi><b>v4.2</b></bdi>" in run(tmp_path, "--format", "html")[1]
    safe = run(tmp_path, "--format", "html", "--share-safe")[1]
    assert "v4.2" in safe
    assert ADDRESS not in safe


@pytest.mark.usefixtures("eventful")
@pytest.mark.parametrize("form", ["md", "html", "json"])
def test_markers_that_cannot_be_read_leave_the_digest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    """Without readable markers the digest is written all the same; it says so, and standard error says why."""
    readable, _ = run(tmp_path, "--format", form)
    (tmp_path / "data" / "markers.db").mkdir()
    capsys.readouterr()

    code, text = run(tmp_path, "--format", form)

    assert code == readable == 10
    assert "markers could not be read" in text
    assert str(tmp_path) not in text
    error = capsys.readouterr().err
    assert f"Markers could not be read, so the digest has none. The markers at {tmp_path}" in error
    assert "it is not a file" in error


@pytest.mark.usefixtures("eventful")
def test_a_repair_of_the_markers_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A digest that repairs damaged markers has them, and says on standard error what it did."""
    run(tmp_path)
    Markers(tmp_path / "data").add(date(2026, 6, 15), "v4.2")
    (tmp_path / "data" / "markers.db").write_bytes(b"no database " * 500)
    capsys.readouterr()

    assert "v4.2" in run(tmp_path, "--format", "html")[1]
    assert "restored from their second copy" in capsys.readouterr().err


@pytest.mark.usefixtures("eventful")
def test_a_share_safe_digest_names_nobody(tmp_path: Path) -> None:
    """With --share-safe no address and no id is in the file, and the file says so."""
    code, text = run(tmp_path, "--share-safe", "--format", "json")

    assert code == 10
    assert json.loads(text)["share_safe"] is True
    assert re.search(r"\[e-mail\] to person [a-z]{8}", text)
    assert not re.search(r"example\.com|\b[up]_\d", text)


@pytest.mark.usefixtures("eventful")
def test_a_saved_view_limits_the_digest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A digest of a saved view has its tag and sentiment, whatever its days and status; an unknown one is refused."""
    (tmp_path / "data").mkdir()
    SavedViews(tmp_path / "data" / "views.db").save("Doors", "tag=doors&since=2020-01-01&until=2020-01-02", None)
    code, text = run(tmp_path, "--saved-view", "Doors", "--format", "json")
    found = json.loads(text)

    assert (code, found["count"]) == (10, 18)
    assert found["filters"] == {"tag": ["doors"], "only": "sentiment negative", "saved_view": "Doors"}
    assert run(tmp_path, "--saved-view", "Windows") == (2, "")
    assert "There is no saved view 'Windows'. There are: 'Doors'." in capsys.readouterr().err


@pytest.mark.usefixtures("eventful")
def test_a_saved_view_of_a_complaint_limits_the_digest(tmp_path: Path) -> None:
    """A digest of a complaint has all items that say the same, although the view's link names one."""
    (tmp_path / "data").mkdir()
    item = next(str(row["id"]) for row in eventful_rows() if row["tag"] == "doors")
    SavedViews(tmp_path / "data" / "views.db").save("Doors", f"view=all&only=cluster:{item}", None)
    _, text = run(tmp_path, "--saved-view", "Doors", "--format", "json")
    found = json.loads(text)

    assert found["count"] == 18
    assert found["filters"] == {"only": f"what says the same as {item}", "saved_view": "Doors"}


@pytest.mark.usefixtures("eventful")
def test_a_saved_view_of_a_word_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A digest searches all days for no word, and says so."""
    (tmp_path / "data").mkdir()
    SavedViews(tmp_path / "data" / "views.db").save("Doors", "view=all&only=word:door", None)

    assert run(tmp_path, "--saved-view", "Doors") == (2, "")
    assert "has the items that use a word, which a digest does not search" in capsys.readouterr().err


@pytest.mark.usefixtures("eventful")
def test_people_of_the_teams_file_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A digest calls people as `people.csv` of the data folder does; a file that cannot be used is told."""
    file = tmp_path / "data" / "people.csv"
    file.parent.mkdir()
    file.write_text("person,name\n" + "".join(f"p_{number},Lena {number}\n" for number in range(20)))
    _, text = run(tmp_path, "--format", "json")
    file.write_text("nobody\n")
    capsys.readouterr()
    _, unnamed = run(tmp_path, "--format", "json")

    (oldest, *_) = json.loads(text)["sections"]["waiting"]["lines"]
    assert oldest["by"] == "Lena 19"
    assert json.loads(unnamed)["sections"]["waiting"]["lines"][0]["by"] is None
    assert "people.csv is not used: The header has no column “person”" in capsys.readouterr().err


@contextmanager
def at(account: RunningSandbox, moment: datetime) -> Iterator[None]:
    """Another time, by the clock here and by that of the account, whose server looks at its own once a second."""
    with time_machine.travel(moment, tick=False):
        while parsedate_to_datetime(httpx.get(account.base_url).headers["Date"]) != moment:
            time.sleep(0.02)
        yield


def resolved_lines(text: str) -> list[str]:
    """The sentences of a digest in JSON about what was resolved."""
    return [line["sentence"] for line in json.loads(text)["sections"]["resolved"]["lines"]]


def test_a_resolution_that_its_own_sync_finds_is_reported(account: RunningSandbox, tmp_path: Path) -> None:
    """Of two runs, the later one says what was resolved in between, and the next one counts it in its period."""
    run(tmp_path)
    account.store.resolve(["new_3"])
    with at(account, NOW + timedelta(days=1)):
        _, found = run(tmp_path, "--format", "json")
    with at(account, NOW + timedelta(days=2)):
        _, counted = run(tmp_path, "--format", "json")

    assert resolved_lines(found) == [
        "1 item may have been resolved in this period: last seen open before it ended, first seen resolved after it."
    ]
    assert resolved_lines(counted)[0] == (
        "1 item first seen resolved in this period, 1 of them surely resolved within it."
    )


@pytest.mark.usefixtures("eventful")
def test_a_view_of_what_is_new_in_a_tab_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is new depends on when a tab was opened: a digest of such a view would report everything."""
    (tmp_path / "data").mkdir()
    SavedViews(tmp_path / "data" / "views.db").save("News", "view=new&tag=doors", None)

    assert run(tmp_path, "--saved-view", "News") == (2, "")
    assert "The saved view 'News' has what is new in a tab" in capsys.readouterr().err


@pytest.mark.usefixtures("eventful")
@pytest.mark.parametrize("name", ["View of p_3", "No such view of p_4"])
def test_a_share_safe_command_prints_no_name(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    """With --share-safe, sentences about saved views and about what they leave out name nobody, as the file does."""
    (tmp_path / "data").mkdir()
    SavedViews(tmp_path / "data" / "views.db").save("View of p_3", "tag=doors&status=p_5&user=p_3", None)
    code, text = run(tmp_path, "--share-safe", "--saved-view", name)
    printed = capsys.readouterr().err

    assert code != 1
    assert "[person" in printed or "person " in printed
    assert not re.search(r"\bp_\d", printed + text)


@pytest.mark.usefixtures("eventful")
def test_a_digest_links_to_the_dashboard_that_it_is_told(tmp_path: Path) -> None:
    """With --url a line's rows are one click away, in the days of the digest."""
    _, text = run(tmp_path, "--url", "https://dashboard.example")

    assert (
        "[Rows](https://dashboard.example/inbox?view=all&only=tag%3Adoors&only=since%3A2026-06-12&only=until%3A2026-06-18)"
        in text
    )


def days_in(text: str) -> list[str]:
    """The days of the bars of a digest in JSON, of the later period."""
    return [bar["first_day"] for bar in json.loads(text)["volume"] if bar["period"] == "now"]


def test_weekly_digests_have_each_day_once(account: RunningSandbox, tmp_path: Path) -> None:
    """Two digests a week apart, at any hour, have fourteen days in a row, and all items of these."""
    _, first = run(tmp_path, "--format", "json")
    with at(account, NOW + timedelta(days=7, hours=5)):
        _, second = run(tmp_path, "--format", "json")

    assert days_in(first) + days_in(second) == [f"2026-06-{day}" for day in range(12, 26)]


@pytest.mark.parametrize("form", ["md", "html", "json"])
def test_a_digest_is_the_same_all_day(
    account: RunningSandbox, tmp_path: Path, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Hours later, when all statuses and items were read again and are the same, so is a digest of whole days."""
    _, first = run(tmp_path, "--format", form)
    with at(account, NOW + timedelta(hours=8)):
        _, second = run(tmp_path, "--format", form)

    assert first == second
    assert "statuses as of 19 Jun 2026, 22:30 UTC" in capsys.readouterr().err


@pytest.mark.usefixtures("eventful")
def test_the_summary_is_posted(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """With --post the webhook gets the summary, and standard output nothing."""
    seen: list[bytes] = []
    with raw_server(answering(OK, seen)) as url:
        code = main(["digest", "--data-dir", str(tmp_path / "data"), "--post", url])
    text = json.loads(seen[0].partition(b"\r\n\r\n")[2])["text"]

    assert code == 10
    assert text.startswith("*What changed: 12 Jun 2026 to 18 Jun 2026*")
    assert "`doors` is there for the first time: 18 items." in text
    assert capfd.readouterr().out == ""


def posted(tmp_path: Path, *options: str) -> str:
    """The text that the webhook gets."""
    seen: list[bytes] = []
    with raw_server(answering(OK, seen)) as url:
        main(["digest", "--data-dir", str(tmp_path / "data"), "--post", url, *options])
    return str(json.loads(seen[0].partition(b"\r\n\r\n")[2])["text"])


@pytest.mark.usefixtures("eventful")
def test_a_posted_summary_says_what_it_is_limited_to(tmp_path: Path) -> None:
    """A reader of the chat sees the filters and the name of the saved view, in share-safe without a person's name."""
    (tmp_path / "data").mkdir()
    SavedViews(tmp_path / "data" / "views.db").save(f"Doors of {ADDRESS}", "tag=doors", None)
    options = ("--saved-view", f"Doors of {ADDRESS}")

    limits = "filters: tag `doors`, only `sentiment negative`, saved_view `Doors of %s`"
    assert (limits % ADDRESS) in posted(tmp_path, *options).splitlines()
    assert (limits % "[e-mail]") in posted(tmp_path, *options, "--share-safe").splitlines()
    assert "filters" not in posted(tmp_path)


def test_a_posted_summary_of_sample_data_says_so(tmp_path: Path) -> None:
    """Numbers of the sandbox are no account's, also in a chat."""
    assert posted(tmp_path, "--sandbox").splitlines()[2] == "sample data, from nobody's account"


@pytest.mark.usefixtures("eventful")
def test_a_post_that_fails_is_told_after_the_file_is_written(tmp_path: Path) -> None:
    """A webhook that refuses makes the code 1; the file is there."""
    refusal = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
    with raw_server(answering(refusal)) as url:
        code, text = run(tmp_path, "--post", url)

    assert code == 1
    assert text.startswith("# What changed")


@pytest.mark.usefixtures("eventful")
def test_standard_output_gets_the_file_without_an_option(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Without --output and --post the file goes to standard output, and notes to standard error."""
    main(["digest", "--data-dir", str(tmp_path / "data"), "--format", "json"])

    assert json.loads(capfdbinary.readouterr().out)["is_news"] is True


@pytest.mark.parametrize(
    "options",
    [
        ("--period", "7"),
        ("--period", "0d"),
        ("--period", "400d"),
        ("--post", "http://example.com/hook"),
        ("--format", "pdf"),
        ("--url", "dashboard.example"),
    ],
)
def test_wrong_options_are_refused(tmp_path: Path, options: tuple[str, ...]) -> None:
    """A period without its unit, an address without https and an unknown format exit with 2."""
    with pytest.raises(SystemExit) as exited:
        run(tmp_path, *options)

    assert exited.value.code == 2


def test_without_a_key_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A cron job that lost its environment exits with 2, and says what this command could do without a key."""
    monkeypatch.delenv("LOOP_API_KEY", raising=False)
    monkeypatch.chdir(tmp_path)

    assert run(tmp_path) == (2, "")
    assert capsys.readouterr().err == (
        "There is no API key. Set LOOP_API_KEY, or report on the sandbox's sample data with --sandbox.\n"
    )


def test_a_server_that_is_not_there_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a copy and without an answer of Loop the command exits with 1."""
    monkeypatch.setenv("LOOP_API_KEY", "key")
    monkeypatch.setenv("LOOP_BASE_URL", "http://127.0.0.1:9/v2")

    assert run(tmp_path) == (1, "")
