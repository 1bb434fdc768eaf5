"""`python -m loop_client marker` adds, lists and removes markers."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import pytest

from loop_client.__main__ import main
from loop_client.service import Marker, Markers

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOP_DATA_DIR", str(tmp_path))


def test_a_marker_is_added_for_the_dashboard(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An added marker is in the folder of the dashboard, and the command says so."""
    assert main(["marker", "add", "2026-11-17", "v4.2"]) == 0

    assert Markers(tmp_path).all() == (Marker(date(2026, 11, 17), "v4.2"),)
    assert capsys.readouterr().out == f"Added to the markers in {tmp_path}: 2026-11-17 v4.2\n"


def test_markers_are_listed_by_day_a_line_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each marker takes one line, by day, whatever its name."""
    assert main(["marker", "list"]) == 0
    assert capsys.readouterr().out == f"There are no markers in {tmp_path}.\n"
    Markers(tmp_path).add(date(2026, 11, 17), "v4.2 \u202egnp.exe")
    Markers(tmp_path).add(date(2026, 1, 31), "Prices up")

    assert main(["marker", "list"]) == 0
    assert capsys.readouterr().out == "2026-01-31 Prices up\n2026-11-17 v4.2 ⟦RLO⟧gnp.exe\n"


def test_programs_get_names_to_the_letter(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The JSON has days and exact names."""
    Markers(tmp_path).add(date(2026, 11, 17), "v4.2 \u202egnp.exe")

    assert main(["marker", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [{"day": "2026-11-17", "name": "v4.2 \u202egnp.exe"}]


def test_a_marker_is_removed_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A marker that is not there cannot be removed, and the command says where to look."""
    Markers(tmp_path).add(date(2026, 11, 17), "v4.2")
    assert main(["marker", "remove", "2026-11-17", "v4.2"]) == 0
    assert capsys.readouterr().out == f"Removed from the markers in {tmp_path}: 2026-11-17 v4.2\n"

    assert main(["marker", "remove", "2026-11-17", "v4.2"]) == 1
    assert capsys.readouterr().err.startswith(f"There is no such marker in {tmp_path}.")


@pytest.mark.parametrize("command", [["add", "2026-11-17", "v4.2"], ["remove", "2026-11-17", "v4.2"], ["list"]])
def test_what_cannot_be_done_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    """A folder in the place of the file ends each command with 1 and a sentence."""
    (tmp_path / "markers.db").mkdir()

    assert main(["marker", *command]) == 1
    assert "not a file" in capsys.readouterr().err


def test_the_same_marker_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """A marker that is there cannot be added again."""
    assert [main(["marker", "add", "2026-11-17", "v4.2"]) for _ in range(2)] == [0, 1]
    assert capsys.readouterr().err == "There is a marker of that name on that day already.\n"


@pytest.mark.parametrize("arguments", [[], ["add", "17 Nov", "v4.2"], ["add", "2026-11-17"], ["rename"]])
def test_wrong_arguments_exit_with_2(tmp_path: Path, arguments: list[str]) -> None:
    """Wrong arguments exit with 2, and make no file."""
    with pytest.raises(SystemExit) as ended:
        main(["marker", *arguments])

    assert ended.value.code == 2
    assert [*tmp_path.iterdir()] == []


def test_a_repair_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Listing restores a damaged file, and says so beside the list."""
    Markers(tmp_path).add(date(2026, 11, 17), "v4.2")
    (tmp_path / "markers.db").write_bytes(b"no database")

    assert main(["marker", "list"]) == 0
    out, err = capsys.readouterr()
    assert out == "2026-11-17 v4.2\n"
    assert "The markers were damaged" in err
