"""The command `import --dry-run`: its output, its choices and its exit codes."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any, Final

import pytest

from loop_client.__main__ import main

SAMPLES: Final = Path(__file__).parent / "service" / "formats" / "samples"


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """What the command prints as JSON; it must end with 0."""
    assert main(["import", *arguments, "--dry-run", "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_json_is_one_object_with_every_item(capsys: pytest.CaptureFixture[str]) -> None:
    """Other programs get format, items, skipped rows and notes, and nothing else."""
    found = shown(capsys, str(SAMPLES / "csat-report-31-10-2026.csv"))

    assert list(found) == ["format", "items", "skipped", "notes"]
    assert found["items"][1] == {
        "row": 2,
        "user_id": "+12025550102",
        "message": "Nobody answered,\nfor two days",
        "sentiment": "negative",
        "source": "chatwoot",
        "tag": None,
        "other_tags": [],
    }
    assert found["skipped"][-1] == {"row": 6, "reason": "footer, not a response"}


def test_a_closed_pipe_is_not_blamed_on_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the program that reads the output has ended, the file is not said to be unreadable."""
    out, closed = io.StringIO(), io.TextIOWrapper(io.FileIO(os.open(os.devnull, os.O_RDONLY)), write_through=True)
    monkeypatch.setattr("sys.stdout", closed)
    monkeypatch.setattr("sys.stderr", out)

    assert main(["import", str(SAMPLES / "csat-report-31-10-2026.csv"), "--dry-run"]) == 2
    assert "The dry run cannot be written" in out.getvalue()
    assert "cannot be read" not in out.getvalue()
    closed.detach().close()


def test_choices_are_handed_on(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Columns, ratings, source and stand-in of the command line hold; a column name may contain an equals sign."""
    path = tmp_path / "table.csv"
    path.write_text("Who,a=b,Note,Score\nx,t1,Hello,A=1\n,t2,Bye,zz\n", "utf-8")

    chosen = ["user_id=who", "tag=a=b", "message=Note", "sentiment= SCORE"]
    arguments = [*(part for one in chosen for part in ("--map", one)), "--rating", "A=1=positive"]
    found = shown(capsys, str(path), *arguments, "--source", "crm", "--user-id", "nobody")

    items = [(one["user_id"], one["message"], one["sentiment"], one["tag"], one["source"]) for one in found["items"]]
    assert items == [("x", "Hello", "positive", "t1", "crm"), ("nobody", "Bye", None, "t2", "crm")]
    assert any("zz" in note or "not certain" in note for note in found["notes"])


def test_the_folder_names_the_person_of_an_archive(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A Discourse archive names nobody but in its folder."""
    folder = tmp_path / "user_archive-kim-lee-261001-091500"
    folder.mkdir()
    (folder / "user_archive.csv").write_bytes((SAMPLES / "user_archive.csv").read_bytes())

    found = shown(capsys, str(folder / "user_archive.csv"))

    assert {item["user_id"] for item in found["items"]} == {"kim-lee"}


def test_people_read_a_summary_that_no_text_can_break(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Without --json, each fact is on one line, and no text reaches the terminal as it is."""
    path = tmp_path / "fider.csv"
    path.write_text(
        "number,title,description,created_at,created_by,original_number,tags\n1,\x1b[31mred,,2024-01-01,Ana,,a\n",
        "utf-8",
    )

    assert main(["import", str(path), "--dry-run"]) == 0

    out = capsys.readouterr().out
    assert out.splitlines()[0] == "fider.csv: fider, 1 item, 0 skipped"
    assert "\x1b" not in out
    assert "1 row from 2024 will be dated today" in out


def test_a_file_that_cannot_be_read_ends_with_2(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A missing file and a refused one are named with the reason, and the others are still shown."""
    (tmp_path / "empty.csv").write_bytes(b"")

    code = main(
        ["import", str(tmp_path / "no.csv"), str(tmp_path / "empty.csv"), str(SAMPLES / "fider-posts.csv"), "--dry-run"]
    )

    out, err = capsys.readouterr()
    assert code == 2
    assert "no.csv: cannot be read: No such file or directory." in err
    assert "empty.csv: The file is empty." in err
    assert out.startswith("fider-posts.csv: fider, 5 items")


@pytest.mark.parametrize(
    "wrong",
    [["--map", "tag"], ["--map", "colour=x"], ["--map", "tag="], ["--rating", "5"], ["--rating", "5=great"]],
    ids=str,
)
def test_a_wrong_option_is_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong option ends the command before a file is read."""
    with pytest.raises(SystemExit) as ended:
        main(["import", "x.csv", *wrong, "--dry-run"])

    assert ended.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_json_needs_a_dry_run(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is sent by somebody who wanted to look."""
    assert main(["import", "x.csv", "--json"]) == 2
    assert capsys.readouterr().err == "--json shows a dry run: add --dry-run.\n"
