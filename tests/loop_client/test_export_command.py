"""`python -m loop_client export` on a real sandbox exports the items of the pages, and reports what it cannot do."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from loop_client.__main__ import main
from loop_client.cli.export import without_items
from loop_client.query import DIMENSIONS, Filters, Query, shortened
from loop_client.report.export import FORMATS, HIDDEN, SAMPLE
from loop_client.report.masking import E_MAIL
from tests.exported import about_of, rows_of
from tests.frames import item, items_frame, snapshot_of
from tests.sandboxes import row, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from loop_client.report.export import Format
    from tests.sandboxes import RunningSandbox

ROWS = [
    row(4, status="resolved", source="slack", tag="a@b.example"),
    row(3, sentiment="positive"),
    row(2, message="=1+1", user_id="u_canary"),
    row(1, message="Write to anna@example.com", user_id="u_canary"),
]


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningSandbox]:
    """The configured account, with four items."""
    with running_sandbox(tmp_path / "loop", items=ROWS) as sandbox:
        monkeypatch.setenv("LOOP_API_KEY", sandbox.api_key)
        monkeypatch.setenv("LOOP_BASE_URL", sandbox.base_url)
        yield sandbox


def run(tmp_path: Path, *options: str) -> tuple[int, bytes]:
    """The exit code and the exported file."""
    file = tmp_path / "out"
    file.unlink(missing_ok=True)
    code = main(["export", "--data-dir", str(tmp_path / "data"), "--output", str(file), *options])
    return code, file.read_bytes() if file.exists() else b""


@pytest.mark.usefixtures("account")
def test_open_negative_items_come_as_csv(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The README's command exports a CSV without formulas, and prints the coverage."""
    code, file = run(tmp_path, "--status", "open", "--sentiment", "negative", "--format", "csv")

    lines = list(csv.DictReader(io.StringIO(file.decode("utf-8-sig"), newline="")))
    assert code == 0
    assert [(line["id"], line["message"]) for line in lines] == [
        ("fb_1", "Write to anna@example.com"),
        ("fb_2", "'=1+1"),
    ]
    assert "2 of 4 items · complete back to" in capsys.readouterr().err


@pytest.mark.usefixtures("account")
def test_a_shared_export_names_nobody(tmp_path: Path) -> None:
    """A share-safe export has no person, no address, and no filter by person or text."""
    code, file = run(tmp_path, "--user", "u_canary", "--text", "anna", "--share-safe", "--format", "json")

    about = json.loads(file)["about"]
    assert code == 0
    assert about["count"] == 1
    assert about["filters"] == {"user": [json.loads(file)["items"][0]["user_id"]], "text": HIDDEN}
    assert b"canary" not in file
    assert b"anna" not in file


@pytest.mark.usefixtures("account")
def test_filters_are_part_of_an_export(tmp_path: Path) -> None:
    """An export has the filters that were set, under the names of the dashboard's links."""
    day = str(datetime.now(UTC).date() + timedelta(days=1))
    options = ["--status", "open", "--user", "u_canary", "--since", day, "--until", "2020-01-01", "--text", "anna"]

    about = json.loads(run(tmp_path, *options, "--format", "json")[1])["about"]

    assert about["count"] == 1
    assert about["filters"] == {
        "status": ["open"],
        "user": ["u_canary"],
        "since": day,
        "until": "2020-01-01",
        "text": "anna",
    }
    assert {"since", "until", "text", *DIMENSIONS} == {field.name for field in fields(Filters)}


@pytest.mark.parametrize(
    ("sort", "ids"),
    [
        ("newest", ["fb_5", "fb_6", "fb_7", "fb_8", "fb_9"]),
        ("oldest", ["fb_9", "fb_8", "fb_7", "fb_6", "fb_5"]),
        ("urgent", ["fb_5", "fb_7", "fb_8", "fb_9", "fb_6"]),
    ],
)
def test_the_order_can_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sort: str, ids: list[str]) -> None:
    """By urgency, the items of a cluster stand together, with rank, parts and cluster; others follow, oldest first."""
    text = "The export to csv fails with an error"
    rows = [
        row(5, message=text, user_id="u_1"),
        row(6, status="resolved"),
        row(7, message=text, user_id="u_2"),
        row(8, message="Where is the dark theme gone"),
        row(9, message="Search finds nothing in comments"),
    ]
    with running_sandbox(tmp_path / "loop", items=rows) as sandbox:
        monkeypatch.setenv("LOOP_API_KEY", sandbox.api_key)
        monkeypatch.setenv("LOOP_BASE_URL", sandbox.base_url)
        code, file = run(tmp_path, "--sort", sort, "--format", "json")
    items = json.loads(file)["items"]

    assert code == 0
    assert [one["id"] for one in items] == ids
    if sort == "urgent":
        assert [one["cluster"] for one in items] == ["fb_7", "fb_7", "fb_8", "fb_9", None]
        assert [one["rank_parts"] and one["rank_parts"]["people"] for one in items] == [2, 2, 1, 1, None]
        assert items[0]["rank"] == items[1]["rank"] > items[2]["rank"]
    else:
        assert "rank" not in items[0]


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    ("option", "value", "ids"),
    [
        ("--status", "resolved", ["fb_4"]),
        ("--sentiment", "positive", ["fb_3"]),
        ("--source", "slack", ["fb_4"]),
        ("--tag", "a@b.example", ["fb_4"]),
        ("--user", "u_canary", ["fb_1", "fb_2"]),
        ("--text", "write anna", ["fb_1"]),
    ],
)
def test_each_filter_is_obeyed(tmp_path: Path, option: str, value: str, ids: list[str]) -> None:
    """Each filter alone selects the rows of the inbox."""
    items = json.loads(run(tmp_path, option, value, "--format", "json")[1])["items"]

    assert [item["id"] for item in items] == ids


SPELLINGS = [row(3, tag="Cafe\u0301", user_id="Zoe\u0308", source="e\u0301"), row(2, tag="in  app "), row(1, tag="App")]


@pytest.fixture
def spellings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The configured account, with three items whose names have several spellings."""
    with running_sandbox(tmp_path / "loop", items=SPELLINGS) as sandbox:
        monkeypatch.setenv("LOOP_API_KEY", sandbox.api_key)
        monkeypatch.setenv("LOOP_BASE_URL", sandbox.base_url)
        yield


@pytest.mark.usefixtures("spellings")
@pytest.mark.parametrize(
    "case",
    [
        ("--tag", "Cafe\u0301", ["fb_3"]),
        ("--tag", "Café", ["fb_3"]),
        ("--tag", "in  app ", ["fb_2"]),
        ("--tag", "app", []),
        ("--user", "Zo\u00eb", ["fb_3"]),
        ("--source", "é", ["fb_3"]),
        ("--source", "e", []),
        ("--text", 'tag:"in  app" user:u_1', ["fb_2"]),
        ("--text", "user:Zo\u00eb", ["fb_3"]),
        ("--text", "user:zoë", []),
    ],
)
def test_a_name_is_found_in_the_spelling_that_the_api_holds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], case: tuple[str, str, list[str]]
) -> None:
    """A name is found in any Unicode form but otherwise exactly, and an unknown name is reported."""
    option, value, ids = case
    code, file = run(tmp_path, option, value, "--format", "json")

    assert code == 0
    assert [item["id"] for item in json.loads(file)["items"]] == ids
    assert ("No item has the" in capsys.readouterr().err) == (not ids)


@pytest.mark.usefixtures("account")
def test_a_name_that_no_item_has_is_reported_with_similar_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unknown name is reported with similar ones, and the exit code is still 0."""
    code, _ = run(tmp_path, "--tag", "nope", "--source", "SLACK", "--text", "user:U_canary", "--format", "json")

    errors = capsys.readouterr().err
    assert code == 0
    assert "No item has the tag 'nope'.\n" in errors
    assert "No item has the source 'SLACK'. There is 'slack'." in errors
    assert "No item has the person 'U_canary'. There is 'u_canary'." in errors


def test_a_hint_is_what_the_option_takes() -> None:
    """A suggested name is written as the option takes it: quoted, or as a short name."""
    snapshot = snapshot_of(items_frame([item(1, tag="(not set)"), item(2, tag="x" * 300)]))

    hints = without_items(snapshot, {"tag": ["(not set)", "X" * 300], "source": [], "user_id": []}, Query())

    assert hints[0] == "No item has the tag '(not set)'. There is '“(not set)”'."
    assert repr(shortened("x" * 300)) in hints[1]


@pytest.mark.usefixtures("account")
def test_filters_in_an_export_are_masked_too(tmp_path: Path) -> None:
    """A share-safe export masks personal values in its filters too."""
    code, address = run(tmp_path, "--tag", "a@b.example", "--share-safe", "--format", "json")
    again, person = run(tmp_path, "--tag", "for u_canary", "--share-safe", "--format", "json")

    assert (code, again) == (0, 0)
    assert json.loads(address)["about"]["filters"] == {"tag": [E_MAIL]}
    assert b"b.example" not in address
    (masked,) = json.loads(person)["about"]["filters"]["tag"]
    assert masked.startswith("for ")
    assert "canary" not in masked


@pytest.mark.usefixtures("account")
def test_an_unknown_status_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An unknown status is reported with the known ones, and nothing is written."""
    code, file = run(tmp_path, "--status", "opne", "--status", "(not set)", "--sentiment", "bad")

    assert (code, file) == (2, b"")
    assert "--status 'opne' is not known: open, resolved, 'No status'." in (errors := capsys.readouterr().err)
    assert "--sentiment 'bad' is not known" in errors
    assert "'(not set)' is not known" not in errors


def test_a_text_longer_than_a_query_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A search text longer than the dashboard's limit is refused."""
    with pytest.raises(SystemExit) as ended:
        run(tmp_path, "--text", "x" * 201)

    assert ended.value.code == 2
    assert "longer than 200 characters" in capsys.readouterr().err


@pytest.mark.parametrize(("option", "written"), [("--since", "2026-13-01"), ("--until", "1 May")])
def test_an_invalid_day_is_reported_with_the_format(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, written: str
) -> None:
    """An invalid day is reported with the expected format, without Python's words."""
    with pytest.raises(SystemExit) as ended:
        run(tmp_path, option, written)

    assert ended.value.code == 2
    assert f"{option}: '{written}' is not a day. Write it as 2026-01-31" in (errors := capsys.readouterr().err)
    assert "isoformat" not in errors


def test_the_key_of_the_dashboard_is_the_shells_too(
    account: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the environment the key comes from secrets.toml, and an unreadable file is reported."""
    monkeypatch.delenv("LOOP_API_KEY")
    monkeypatch.delenv("LOOP_BASE_URL")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    secrets = tmp_path / ".streamlit" / "secrets.toml"
    secrets.parent.mkdir()
    secrets.write_text(f'[loop]\napi_key = "{account.api_key}"\nbase_url = "{account.base_url}"\n')

    assert run(tmp_path)[1].count(b"fb_") == 4
    secrets.write_text("[loop\n")
    assert run(tmp_path)[0] == 1
    assert "secrets.toml cannot be read" in capsys.readouterr().err
    secrets.write_text("[loop]\napi_key = 5\n")
    assert run(tmp_path)[0] == 1
    assert capsys.readouterr().err == "[loop] in secrets.toml must hold api_key and base_url as text in quotes.\n"


@pytest.mark.usefixtures("account")
def test_days_are_those_of_the_zone(tmp_path: Path) -> None:
    """Days and local times of an export are those of the time zone."""
    zone = "Pacific/Kiritimati"
    code, file = run(tmp_path, "--time-zone", zone, "--format", "json")
    items = json.loads(file)["items"]
    times = [datetime.fromisoformat(item["created_local"]) for item in items]
    day = times[0].date()
    _, of_day = run(tmp_path, "--time-zone", zone, "--since", str(day), "--until", str(day), "--format", "json")

    exact = [datetime.fromisoformat(item["created_at"]).replace(tzinfo=None, microsecond=0) for item in items]
    assert code == 0
    assert {time - one for time, one in zip(times, exact, strict=True)} == {timedelta(hours=14)}
    assert json.loads(of_day)["about"]["count"] == sum(time.date() == day for time in times)


@pytest.mark.parametrize("form", FORMATS)
def test_without_a_key_nothing_is_exported(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a key the export fails instead of exporting sample data."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert run(tmp_path, "--format", form) == (2, b"")
    assert "There is no API key. Set LOOP_API_KEY" in (errors := capsys.readouterr().err)
    assert "--sandbox" in errors
    assert not (tmp_path / "data").exists()


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("form", FORMATS)
def test_sample_data_is_exported_on_request(form: Format, tmp_path: Path) -> None:
    """With --sandbox sample data is exported and marked as such, even if there is a key."""
    code, sample = run(tmp_path, "--sandbox", "--format", form)
    own_code, own = run(tmp_path, "--format", form)

    assert (code, own_code) == (0, 0)
    expected = '"sample_data": true' if form == "json" else SAMPLE
    assert expected in about_of(sample, form)
    assert expected not in about_of(own, form)
    addressed = ["anna@example.com" in str(rows_of(file, form)) for file in (sample, own)]
    assert addressed == [False, True]


def test_a_wrong_key_is_one_sentence(
    account: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A rejected key is reported on standard error with exit code 1, and nothing is written."""
    monkeypatch.setenv("LOOP_API_KEY", f"not {account.api_key}".replace(" ", "-"))
    code, file = run(tmp_path)

    assert (code, file) == (1, b"")
    assert "Loop rejected the API key" in capsys.readouterr().err


@pytest.mark.usefixtures("account")
def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A path that cannot be written is reported with exit code 1."""
    code = main(["export", "--data-dir", str(tmp_path / "data"), "--output", str(tmp_path / "no" / "file")])

    assert code == 1
    assert "The export cannot be written" in capsys.readouterr().err


@pytest.mark.usefixtures("account")
def test_a_file_keeps_its_mode_and_appears_complete(tmp_path: Path) -> None:
    """An existing file keeps its mode, a folder gets a named file, and no temporary file is left."""
    private, folder = tmp_path / "private.csv", tmp_path / "folder"
    private.write_text("old")
    private.chmod(0o600)
    neighbour = tmp_path / "private.csv.part"
    neighbour.write_text("mine")
    folder.mkdir()

    codes = [
        main(["export", "--data-dir", str(tmp_path / "data"), "--output", str(path), *options])
        for path, options in ((private, ()), (folder, ("--status", "open", "--share-safe")))
    ]

    assert codes == [0, 0]
    assert private.stat().st_mode & 0o777 == 0o600
    assert private.read_bytes().count(b"fb_") == 4
    assert neighbour.read_text() == "mine"
    (named,) = folder.iterdir()
    assert re.fullmatch(r"feedback-open-share-safe-\d{4}-\d\d-\d\d-\d{4}\.csv", named.name)
    assert not list(tmp_path.glob(".loop-export-*"))


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("form", FORMATS)
def test_an_argument_that_is_no_text_is_no_traceback(form: str, tmp_path: Path) -> None:
    """An argument with invalid UTF-8 causes no traceback."""
    assert run(tmp_path, "--tag", "\udcff", "--format", form)[0] == 0


@pytest.mark.usefixtures("account")
def test_the_zone_of_the_dashboard_applies_without_the_option(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the option the export uses the dashboard's time zone."""
    monkeypatch.setenv("LOOP_TIME_ZONE", "Pacific/Kiritimati")
    _, file = run(tmp_path, "--format", "json")

    assert json.loads(file)["about"]["time_zone"] == "Pacific/Kiritimati"


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that LOOP_ALIASES names, which a test may write."""
    file = tmp_path / "aliases.toml"
    monkeypatch.setenv("LOOP_ALIASES", str(file))
    return file


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("form", ["csv", "json", "jsonl"])
def test_a_tag_is_exported_as_shown_and_as_sent(tmp_path: Path, rules: Path, form: Format) -> None:
    """An alias selects the items of its target, which have the tag as shown and the tag as sent."""
    rules.write_text('[tags]\nexports = "Export"\n')

    code, file = run(tmp_path, "--tag", "exports", "--format", form)

    assert code == 0
    assert {(item["tag"], item["tag_raw"]) for item in rows_of(file, form)} == {("Export", "exports")}
    assert "Export" in str(about_of(file, form))


@pytest.mark.usefixtures("account")
def test_a_list_for_pasting_says_what_was_sent(tmp_path: Path, rules: Path) -> None:
    """Markdown names the tag as sent where another one is shown."""
    rules.write_text('[tags]\nexports = "Export"\n')

    _, file = run(tmp_path, "--format", "markdown")

    assert file.count(b"`Export` \xc2\xb7 `open` \xc2\xb7 tag as sent: `exports`") == 3
    assert file.count(b"tag as sent") == 3


@pytest.mark.usefixtures("account")
def test_an_export_with_wrong_rules_is_refused(tmp_path: Path, rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file of other numbers than the dashboard's would go unnoticed, so that none is written."""
    rules.write_text('[tags]\nexports = ""\n')

    code, file = run(tmp_path)

    assert (code, file) == (1, b"")
    assert f"{rules}, line 2: a tag cannot be empty." in capsys.readouterr().err
