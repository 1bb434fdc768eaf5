"""Workbooks (.xlsx) → records: the first sheet, every cell as text; hostile ones are refused before they are parsed."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from python_calamine import CalamineError, CalamineWorkbook

from loop_client.service.formats.archive import DAMAGED
from loop_client.service.formats.errors import ImportRefusedError
from loop_client.service.formats.table import LONGEST_CELL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from python_calamine import CalamineSheet

MOST_BYTES: Final = 80 << 20
"""Bytes of a workbook's parts when unpacked; 50,000 rows of long texts have fewer."""

MOST_CELLS: Final = 2_000_000
"""Cells of the smallest rectangle that holds all filled cells: the reader makes a place for each."""

PIECE: Final = 1 << 20

UNREADABLE: Final = (
    "The workbook is damaged, or has a password. Save it again without one as .xlsx in a spreadsheet program, and "
    "choose that file."
)

_CELL: Final = re.compile(rb"""\br\s*=\s*["']([A-Za-z]+)(\d+)["'][^<>]*?(/?)>""")
_START: Final = re.compile(rb"<(?:\w+:)?c[ />]")
_DECLARATION: Final = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


def opened(data: bytes) -> CalamineWorkbook:
    """The workbook.

    Raises:
        ImportRefusedError: It is damaged, encrypted, or would take too much memory.
    """
    _checked(data)
    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(data))
    except CalamineError:
        raise ImportRefusedError(UNREADABLE) from None


def sheet_of(book: CalamineWorkbook) -> CalamineSheet:
    """The first sheet.

    Raises:
        ImportRefusedError: There is none, or it is damaged.
    """
    try:
        return book.get_sheet_by_index(0)
    except (CalamineError, IndexError):
        raise ImportRefusedError(UNREADABLE) from None


def sheet_records(sheet: CalamineSheet) -> Iterator[list[str]]:
    """Yield the rows of a sheet as texts; rows without a filled cell are left out."""
    for row in sheet.iter_rows():
        cells = [cell if type(cell) is str else as_text(cell) for cell in row]
        if any(cells):
            if any(len(cell) > LONGEST_CELL for cell in cells):
                raise ImportRefusedError(f"The sheet has a cell of more than {LONGEST_CELL:,} characters.")
            yield cells


def as_text(value: object) -> str:
    """A cell as text: whole numbers without a fraction, dates in ISO 8601."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def about(book: CalamineWorkbook) -> str:
    """The sheet "About" of our own exports, one line per row; empty where there is none."""
    if "About" not in book.sheet_names:
        return ""
    rows = book.get_sheet_by_name("About").to_python(nrows=50)
    return "\n".join(": ".join(as_text(cell).casefold() for cell in row[:2]) for row in rows)


def _checked(data: bytes) -> None:
    """Refuse what unpacks to too much, declares entities, or spreads its cells too far."""
    total = 0
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            for part in parts.infolist():
                if part.filename.startswith("xl/media/"):
                    continue
                total = _checked_part(parts, part, total)
    except DAMAGED:
        raise ImportRefusedError(UNREADABLE) from None


def _checked_part(parts: zipfile.ZipFile, part: zipfile.ZipInfo, total: int) -> int:
    """Read one part in pieces; returns the bytes unpacked so far."""
    is_sheet = part.filename.startswith("xl/worksheets/")
    before, cells, width, height = b"", 0, 0, 0
    with parts.open(part) as stream:
        while piece := stream.read(PIECE):
            total += len(piece)
            if total > MOST_BYTES:
                raise ImportRefusedError(f"The workbook unpacks to more than {MOST_BYTES >> 20} MB.")
            text = before + piece
            if _DECLARATION.search(text):
                raise ImportRefusedError("The workbook declares XML entities, which no spreadsheet program writes.")
            if is_sheet:
                cells += len(_START.findall(text))
                for letters, row, empty in _CELL.findall(text):
                    if not empty:
                        width, height = max(width, _column(letters)), max(height, int(row))
                if max(cells, width * height) > MOST_CELLS:
                    raise ImportRefusedError(f"The sheet has more than {MOST_CELLS:,} cells.")
            before = text[-100:]
    return total


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + (letter | 32) - 96
    return number
