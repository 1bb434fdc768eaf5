"""Choices about a file are remembered by its header, in a file that may be missing, damaged or of another version."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

import pytest

from loop_client.service import Choices, Mappings
from loop_client.service.formats.options import ImportOptions
from loop_client.service.mappings import LONGEST, MOST

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from loop_client.mirror.store import PostgresDatabase

ALL = ImportOptions(
    "generic", {"message": ("A", "B"), "tag": ()}, "nps", {"ok": "neutral", "x": ""}, None, "phone", "cp1252"
)


def test_what_is_remembered_is_found_by_another_process(tmp_path: Path) -> None:
    """All of it but the stand-in person; in a file of its owner."""
    path = tmp_path / "mappings.json"
    Mappings(path).remember("header", Choices(ALL, {"Export": "exports"}))

    assert Mappings(path).of("header") == Choices(ALL, {"Export": "exports"})
    assert Mappings(path).of("other") is None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    Mappings(path).remember("header", Choices(ImportOptions(user_id="visitors")))
    assert Mappings(path).of("header") == Choices()
    Mappings(path).remember("header", None)
    assert Mappings(path).of("header") is None


def test_what_is_remembered_in_a_database_is_found_by_another_process(database: Callable[[], PostgresDatabase]) -> None:
    """All of it, and any text."""
    mappings = Mappings(database())
    mappings.remember("header \0 \ud800", Choices(ALL, {"Export": "exports"}))

    assert Mappings(database()).of("header \0 \ud800") == Choices(ALL, {"Export": "exports"})
    mappings.remember("header \0 \ud800", None)
    assert Mappings(database()).of("header \0 \ud800") is None


def test_the_headers_used_last_are_remembered(tmp_path: Path) -> None:
    """Of more than there is room for; a header that is used again is a new one."""
    mappings = Mappings(tmp_path / "mappings.json")
    for number in range(MOST):
        mappings.remember(f"{number}", Choices())
    mappings.remember("0", Choices())
    mappings.remember("new", Choices())

    assert mappings.of("0") is not None
    assert mappings.of("1") is None
    assert mappings.of("2") is not None


def test_choices_that_are_too_long_are_not_remembered(tmp_path: Path) -> None:
    """Nor is what they replace."""
    mappings = Mappings(tmp_path / "mappings.json")
    mappings.remember("header", Choices())
    mappings.remember("header", Choices(ImportOptions(source="x" * LONGEST)))
    assert mappings.of("header") is None


ODD = {
    "damaged": "{",
    "a list": "[]",
    "deep": "[" * 100_000,
    "no choices": json.dumps({"header": 1}),
    "no fields": json.dumps({"header": {}}),
    "other fields": json.dumps({"header": {**dict.fromkeys(["format", "scale", "source", "encoding"], 1)}}),
    "no columns": json.dumps(
        {
            "header": {
                **dict.fromkeys(["format", "scale", "source", "encoding"]),
                "columns": 1,
                "ratings": {},
                "tags": {},
            }
        }
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_a_file_that_is_not_ours_is_nothing_remembered(tmp_path: Path, name: str) -> None:
    """It is replaced by the next choices."""
    path = tmp_path / "mappings.json"
    path.write_text(ODD[name], "utf-8")
    assert Mappings(path).of("header") is None

    Mappings(path).remember("header", Choices(ALL))
    assert Mappings(path).of("header") == Choices(ALL)


def test_a_folder_that_cannot_be_written_is_no_failure(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The log says why; the import goes on."""
    mappings = Mappings(tmp_path / "missing" / "mappings.json")
    mappings.remember("header", Choices())
    assert mappings.of("header") is None
    assert "cannot be remembered" in caplog.text
