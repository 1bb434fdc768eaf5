"""Writes an .xlsx workbook from items on standard input; a program that `workbook_file` starts.

It runs in a process of its own, because it holds the interpreter for seconds and pages must not wait for it.
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import xlsxwriter

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST_CELL: Final = 32_767
"""UTF-16 code units of a cell. Source: Microsoft, "Excel specifications and limits"."""

CUT: Final = "… [cut]"
"""End of a text that was cut to fit into a cell."""

WIDTHS: Final = {"id": 22, "user_id": 18, "message": 80, "created_at": 33, "created_local": 20}
"""Column widths in characters; all others are 14 wide."""

_NOT_IN_XML: Final = re.compile("[\ufffe\uffff]")


class Sheet:
    """A sheet of cells in which no text becomes a number, date, link or formula."""

    def __init__(self, book: xlsxwriter.Workbook, name: str) -> None:
        """Add an empty sheet to the workbook."""
        self.sheet, self.cut, self._row = book.add_worksheet(name), list[str](), 0
        self._text = book.add_format({"num_format": "@", "valign": "top"})
        self._head = book.add_format({"bold": True, "num_format": "@"})

    def head(self, names: list[str]) -> None:
        """Write the header row, which stays visible while one scrolls."""
        for number, name in enumerate(names):
            self.sheet.set_column(number, number, WIDTHS.get(name, 14))
        self.write(names, is_head=True)
        self.sheet.freeze_panes(1, 0)

    def write(self, cells: Sequence[str | float | None], *, is_head: bool = False) -> None:
        """Write a row; absent cells stay empty."""
        for number, cell in enumerate(cells):
            if isinstance(cell, float):
                self.sheet.write_number(self._row, number, cell)
                continue
            if not cell:
                continue
            text, is_cut = fitting(cell)
            if is_cut:
                self.cut.append(str(cells[0] or ""))
            self.sheet.write_string(self._row, number, text, self._head if is_head else self._text)
        self._row += 1


def fitting(text: str) -> tuple[str, bool]:
    """The text cut to fit into a cell, without the two characters that XML does not allow; and whether it was cut."""
    is_cut = len(text) > LONGEST_CELL // 2 and len(units := text.encode("utf-16-le")) > 2 * LONGEST_CELL
    if is_cut:
        text = units[: 2 * (LONGEST_CELL - len(CUT))].decode("utf-16-le", "ignore") + CUT
    return text if text.isascii() else _NOT_IN_XML.sub("\ufffd", text), is_cut


def write(source: Any, path: Path, parent: int) -> None:  # noqa: ANN401 - a binary stream
    """Write the workbook: a sheet of rows and a sheet about the export. `source`: an Arrow stream."""
    settings = {"constant_memory": True, "tmpdir": str(path.parent)}
    with xlsxwriter.Workbook(path, settings) as book, pa.ipc.open_stream(source) as stream:
        items, about = Sheet(book, stream.schema.metadata[b"sheet"].decode()), Sheet(book, "About")
        items.head(stream.schema.names)
        for batch in stream:
            if os.getppid() != parent:  # the process that wanted the file has ended
                sys.exit("The parent process has ended.")
            for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                items.write(row)
        about.sheet.set_column(0, 0, 16)
        about.sheet.set_column(1, 1, 100)
        for name, value in json.loads(stream.schema.metadata[b"about"]).items():
            about.write([name, value])
        if cut := items.cut + about.cut:
            ids = ", ".join(cut[:100]) + (" and others" if len(cut) > 100 else "")
            texts = "1 text was" if len(cut) == 1 else f"{len(cut):,} texts were"
            about.write(["cut", f"{texts} longer than the 32,767 characters of a cell: {ids}"])


if __name__ == "__main__":
    write(sys.stdin.buffer, Path(sys.argv[1]), os.getppid())
