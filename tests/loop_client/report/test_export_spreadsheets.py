"""LibreOffice and Gnumeric open an export and find the same cells."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from loop_client.report.export.formulas import unguarded
from tests.exported import rows_of
from tests.frames import item, items_frame
from tests.loop_client.report.test_export_readers import export_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.long

TEXTS = [
    *("plain", "one, two", "semi; colon", "ok;=1+2", "a\t=1+2", 'He said "no"', "two\nlines", "'quoted' text", "it's"),
    *("=1+1", "+49 170", "-1", "@all", "\t=1+1", "\uff1d1+1", " leading", "trailing ", "é 日 \U0001f600", "#REF!"),
]
IDS = ["00123", "1E5", "123456789012345678901", "1/2", "1-2", "TRUE", "3.10", "2026-06-19", "12:30", "fb_1"]

LIBREOFFICE_CSV = "CSV:44/59/9,34,76,1,,0,false,true,false,false,false,-1"
"""Separators comma, semicolon and tab, as by default in LibreOffice; our quotes; UTF-8."""


def program(name: str, package: str) -> str:
    """The path of that program; without it the test is skipped."""
    return shutil.which(name) or pytest.skip(f"no {name}; on Debian and Ubuntu: sudo apt-get install {package}")


def through_libreoffice(file: bytes, ending: str, folder: Path) -> list[list[str]]:
    """The cells that LibreOffice has after opening the file, as it writes them into a CSV."""
    soffice = program("soffice", "libreoffice-calc")
    (folder / f"in.{ending}").write_bytes(file)
    reading = [f"--infilter={LIBREOFFICE_CSV}"] if ending == "csv" else []
    writing = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,1"
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = [
        soffice,
        profile,
        "--headless",
        *reading,
        "--convert-to",
        writing,
        "--outdir",
        f"{folder}/out",
        f"{folder}/in.{ending}",
    ]
    subprocess.run(command, check=True, timeout=180, capture_output=True)
    (written,) = (folder / "out").iterdir()
    return list(csv.reader(io.StringIO(written.read_bytes().decode("utf-8-sig"), newline="")))


def through_gnumeric(file: bytes, folder: Path) -> list[list[str]]:
    """The cells that Gnumeric has after opening the CSV, as it writes them."""
    ssconvert = program("ssconvert", "gnumeric")
    (folder / "in.csv").write_bytes(file)
    writing = ["-T", "Gnumeric_stf:stf_assistant", "-O", "separator=, format=raw eol=unix quoting-mode=always"]
    subprocess.run(
        [ssconvert, *writing, folder / "in.csv", folder / "out.txt"], check=True, timeout=180, capture_output=True
    )
    return list(csv.reader(io.StringIO((folder / "out.txt").read_text("utf-8"), newline="")))


def test_a_csv_keeps_its_cells_in_libreoffice(tmp_path: Path) -> None:
    """LibreOffice reads every cell of a CSV as it was, and calculates nothing."""
    file = export_of(items_frame(item(n, message=text) for n, text in enumerate(TEXTS))).to("csv")

    header, *rows = through_libreoffice(file, "csv", tmp_path)

    assert header[:3] == ["id", "user_id", "message"]
    assert {len(row) for row in rows} == {len(header)}
    assert [unguarded(row[2]) for row in rows] == TEXTS


def test_a_workbook_keeps_every_id_in_libreoffice(tmp_path: Path) -> None:
    """LibreOffice reads every number, date and formula of a workbook as a text."""
    frame = items_frame(item(n, message=text, user_id=IDS[n % len(IDS)]) for n, text in enumerate(TEXTS))
    file = export_of(frame).to("xlsx")

    header, *rows = through_libreoffice(file, "xlsx", tmp_path)

    right = [[row[name] or "" for name in header] for row in rows_of(file, "xlsx")]
    assert rows == right
    assert {row[1] for row in rows} == set(IDS)


def test_a_csv_keeps_its_cells_in_gnumeric(tmp_path: Path) -> None:
    """Gnumeric removes one apostrophe, and the remaining text is the original."""
    file = export_of(items_frame(item(n, message=text) for n, text in enumerate(TEXTS))).to("csv")

    header, *rows = through_gnumeric(file, tmp_path)

    assert {len(row) for row in rows} == {len(header)}
    assert [unguarded(row[2]) for row in rows] == TEXTS
