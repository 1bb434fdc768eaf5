"""The receipt of an import as CSV and JSON: what became of each row of a file."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any, Final, Protocol

import pyarrow as pa

from loop_client.report.export.formulas import guarded

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

COLUMNS: Final = ("row", "outcome", "id", "found", "reason")


class Row(Protocol):
    """A row of a receipt, see `service.ReceiptRow`."""

    @property
    def row(self) -> int:
        """Its number in the file, from 1."""

    @property
    def outcome(self) -> str:
        """The outcome in a word."""

    @property
    def item_id(self) -> str | None:
        """The id of the item that Loop stored."""

    @property
    def reason(self) -> str | None:
        """Why it is not stored."""


def receipt_csv(rows: Iterable[Row], found: Container[str], about: str) -> bytes:
    """A CSV file (RFC 4180, UTF-8 with a BOM, CRLF), one line per row; guarded against formulas as exports are.

    `found`: the ids that a look-up found: "yes" or "no" in the column "found". `about`: a sentence, in the first row of
    the last column.
    """
    lines = [(str(row.row), row.outcome, row.item_id, _found(row, found), row.reason) for row in rows]
    columns = [[*column] for column in zip(*lines, strict=True)] or [[] for _ in COLUMNS]
    columns.append([about, *[None] * (len(lines) - 1)] if lines else [])
    cells = [guarded(pa.array(column, pa.large_string())).fill_null("").to_pylist() for column in columns]
    file = io.StringIO()
    writer = csv.writer(file, quoting=csv.QUOTE_ALL)
    writer.writerow((*COLUMNS, "about"))
    writer.writerows(zip(*cells, strict=True))
    return b"\xef\xbb\xbf" + file.getvalue().encode()


def receipt_json(rows: Iterable[Row], found: Container[str], about: Mapping[str, Any]) -> bytes:
    """The same as a JSON object: what `about` says, and "rows", a list of objects."""
    lines = (
        {
            "row": row.row,
            "outcome": row.outcome,
            "id": row.item_id,
            "found": row.item_id in found if row.item_id is not None else None,
            "reason": row.reason,
        }
        for row in rows
    )
    return json.dumps({**about, "rows": [*lines]}, ensure_ascii=False, indent=2).encode()


def _found(row: Row, found: Container[str]) -> str | None:
    return None if row.item_id is None else "yes" if row.item_id in found else "no"
