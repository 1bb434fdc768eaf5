"""Items as CSV, for spreadsheets and other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from loop_client.report.export.about import SAMPLE
from loop_client.report.export.formulas import guarded
from loop_client.report.export.items import encoded, joined

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from loop_client.report.export.about import About
    from loop_client.report.export.rows import Rows


def csv_pieces(table: Rows, about: About) -> Generator[bytes]:
    """Yield a CSV file (RFC 4180, UTF-8 with a BOM, CRLF), one line per row.

    Every cell that is not empty is quoted, so that programs which also split at semicolons or tabs, or which guess the
    format, find the same cells; absent values are empty cells. Each cell that matches `FORMULA` gets an apostrophe
    before it, and no other cell begins with one: `unguarded` removes it again.

    The metadata is in the column "about" of the first row, or without rows, in the header. The header also says that
    items are sample data, because sorting leaves it in place. CSV has no comments: lines above the header break
    readers, and a second file gets lost.
    """
    line = about.line(len(table), share_safe=table.mask is not None)
    title = f"about: {SAMPLE}" if about.sample else "about"
    header = (*table.names, title if len(table) else f"about: {line}")
    yield b"\xef\xbb\xbf" + _lines(_safe(pa.array([name], pa.large_string())) for name in header)
    about_first: str | None = line
    for piece in table.pieces(_safe):
        cells = [one if name in table.from_outside else joined('"', one, '"') for name, one in piece.items()]
        about_cells = pa.array([about_first, *[None] * (len(cells[0]) - 1)], pa.large_string())
        yield _lines([*cells, _safe(about_cells)])
        about_first = None


def _lines(cells: Iterable[pa.Array]) -> bytes:
    """The lines of the file for some columns of cells."""
    rows = pc.binary_join_element_wise(*cells, pa.scalar(",", pa.large_string()), null_handling="replace")
    return encoded(joined(rows, "\r\n"))


def _safe(texts: pa.Array) -> pa.Array:
    """Texts as guarded and quoted cells; an empty or absent text is an empty cell."""
    cells = guarded(texts)
    quoted = joined('"', pc.replace_substring(cells, '"', '""'), '"')
    return pc.if_else(pc.equal(cells, ""), "", quoted)
