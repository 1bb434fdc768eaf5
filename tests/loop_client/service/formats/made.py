"""Files made in tests."""

from __future__ import annotations

import csv
import io
import zipfile
from typing import TYPE_CHECKING, Any

import openpyxl

from loop_client.service.importer import ImportOptions, read_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loop_client.service.importer import DryRun


def table(*rows: Sequence[str], delimiter: str = ",", encoding: str = "utf-8", end: str = "\n") -> bytes:
    """A CSV file of these records."""
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter, lineterminator=end).writerows(rows)
    return file.getvalue().encode(encoding)


def workbook(*rows: Sequence[object]) -> bytes:
    """A workbook with one sheet of these rows, whose texts are written as they are, escapes included."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Sheet 1"
    for number, row in enumerate(rows, 1):
        for place, cell in enumerate(row, 1):
            sheet.cell(number, place, cell or None).data_type = "n" if isinstance(cell, int | float) else "s"
    book.save(file := io.BytesIO())
    return file.getvalue()


def archive(**files: bytes) -> bytes:
    """A zip of these files; "__" in a name is a slash, "_csv" at its end the ending."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as parts:
        for name, content in files.items():
            stem, _, ending = name.replace("__", "/").rpartition("_")
            parts.writestr(f"{stem}.{ending}", content)
    return file.getvalue()


def run_of(data: bytes | str, name: str = "file.csv", **options: Any) -> DryRun:  # noqa: ANN401 - options of any type
    """The dry run of a file."""
    return read_file(name, data if isinstance(data, bytes) else data.encode(), ImportOptions(**options))


def told(run: DryRun) -> list[tuple[Any, ...]]:
    """Row, user id, message, sentiment and tag of each item."""
    return [(one.row, one.draft.user_id, one.draft.message, one.draft.sentiment, one.draft.tag) for one in run.items]


def notes(run: DryRun) -> str:
    """All notes."""
    return "\n".join(run.notes)
