"""Exports of items as files, written in pieces; each file contains its filters, coverage and time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from loop_client.report.export.about import ENDINGS, FORMATS, HIDDEN, SAMPLE, About, Format, file_name
from loop_client.report.export.csv_file import csv_pieces
from loop_client.report.export.formulas import unguarded
from loop_client.report.export.items import COLUMNS, RANK, Items
from loop_client.report.export.json_file import json_pieces, jsonl_pieces
from loop_client.report.export.markdown_list import markdown_pieces
from loop_client.report.export.people import PeopleRows
from loop_client.report.export.receipt_file import receipt_csv, receipt_json
from loop_client.report.export.rows import Rows
from loop_client.report.export.workbook_file import MOST_ROWS, ExportError, workbook_pieces

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

WRITERS: dict[Format, Callable[[Items, About], Generator[bytes]]] = {
    "csv": csv_pieces,
    "xlsx": workbook_pieces,
    "json": json_pieces,
    "jsonl": jsonl_pieces,
    "markdown": markdown_pieces,
}


@dataclass(frozen=True, slots=True)
class Export:
    """Items to export, in order, with the metadata that the file contains."""

    items: Items
    about: About = field(default_factory=About)

    def pieces(self, form: Format) -> Generator[bytes]:
        """Yield the file in that format in pieces; an empty piece means that the next one is not ready.

        Raises:
            ExportError: The file cannot be made.
        """
        return WRITERS[form](self.items, self.about)

    def to(self, form: Format) -> bytes:
        """The complete file."""
        return b"".join(self.pieces(form))


PEOPLE_FORMATS: tuple[Format, ...] = ("csv", "xlsx")
"""The formats of `PeopleRows`."""


def people_pieces(people: PeopleRows, about: About, form: Format) -> Generator[bytes]:
    """Yield a file of people in that format, as `Export.pieces` does of items."""
    return (csv_pieces if form == "csv" else workbook_pieces)(people, about)


__all__ = [
    "COLUMNS",
    "ENDINGS",
    "FORMATS",
    "HIDDEN",
    "MOST_ROWS",
    "PEOPLE_FORMATS",
    "RANK",
    "SAMPLE",
    "About",
    "Export",
    "ExportError",
    "Format",
    "Items",
    "PeopleRows",
    "Rows",
    "file_name",
    "people_pieces",
    "receipt_csv",
    "receipt_json",
    "unguarded",
]
