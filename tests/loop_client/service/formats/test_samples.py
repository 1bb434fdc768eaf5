"""Every sample comes out exactly as `samples/expected.json` says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from loop_client.service.importer import ImportOptions, read_file

SAMPLES: Final = Path(__file__).parent / "samples"
EXPECTED: Final[dict[str, dict[str, Any]]] = json.loads((SAMPLES / "expected.json").read_text("utf-8"))

CHOSEN: Final = {
    "user_archive.csv": ImportOptions(user_id="kim"),
    "excel-cp1252-semicolon.csv": ImportOptions(
        columns={"user_id": ("Kundennr",), "message": ("Rückmeldung",), "sentiment": ("Stimmung",), "tag": ("Thema",)},
        ratings={"negativ": "negative", "positiv": "positive", "neutral": "neutral", "schlecht": "negative"},
    ),
}
"""What somebody has to choose about a file, because it does not say it itself."""


@pytest.mark.parametrize("name", EXPECTED)
def test_a_sample_comes_out_as_expected(name: str) -> None:
    """Format, items, skipped rows with their reasons, and that there is a note, are exactly the expected ones."""
    expected = EXPECTED[name]
    items = [{"source": expected["source"], "other_tags": [], **item} for item in expected["items"]]

    run = read_file(name, (SAMPLES / name).read_bytes(), CHOSEN.get(name)).as_json()

    assert (run["format"], run["skipped"]) == (expected["format"], expected["skipped"])
    assert run["items"] == items
    assert run["notes"] or not expected.get("notes")
