"""Read exports as other programs read them."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING

from python_calamine import CalamineWorkbook

from loop_client.report.export.formulas import unguarded

if TYPE_CHECKING:
    from loop_client.report.export import Format

Row = dict[str, str | None]


def rows_of(file: bytes, form: Format) -> list[Row]:
    """The items, with None for absent values, and for empty texts too except in JSON; of Markdown only the messages."""
    if form == "json":
        return [_as_texts(row) for row in json.loads(file)["items"]]
    if form == "jsonl":
        return [_as_texts(json.loads(line)) for line in file.decode().split("\n")[:-1]]
    if form == "markdown":
        return [{"message": message} for message in fenced(file.decode())[0]]
    header, *rows = _cells(file, form)
    undone = unguarded if form == "csv" else str
    return [dict(zip(header, (undone(cell) or None for cell in row), strict=True)) for row in rows]


def about_of(file: bytes, form: Format) -> str:
    """The description of the file in itself."""
    if form == "json":
        return json.dumps(json.loads(file)["about"], ensure_ascii=False)
    if form == "jsonl":
        return str(json.loads(file.partition(b"\n")[0])["about"]) if file else ""
    if form == "markdown":
        return file.decode().partition("\n")[0]
    if form == "xlsx":
        return "\n".join(": ".join(map(str, row)) for row in _sheet(file, "About"))
    header, *rows = _cells(file, form)
    return f"{header[-1]} {rows[0][-1] if rows else ''}"


def _as_texts(row: dict[str, object]) -> Row:
    return {name: f"{value:.4f}" if isinstance(value, float) else value for name, value in row.items()}  # type: ignore[misc]


def _cells(file: bytes, form: Format) -> list[list[str]]:
    if form == "xlsx":
        return _sheet(file, "Items")
    return list(csv.reader(io.StringIO(file.decode("utf-8-sig"), newline="")))


def _sheet(file: bytes, name: str) -> list[list[str]]:
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(file)).get_sheet_by_name(name)
    return [list(map(str, row)) for row in sheet.to_python(skip_empty_area=False)]


def fenced(text: str) -> tuple[list[str], list[str]]:
    """The contents of the code blocks by CommonMark, and the lines outside."""
    messages: list[list[str]] = []
    fence, outside = "", list[str]()
    for line in text.split("\n"):
        if fence and re.fullmatch(rf" {{2,5}}`{{{len(fence)},}} *", line):
            fence = ""
        elif fence:
            messages[-1].append(line.removeprefix("  "))
        elif match := re.fullmatch(r"  (`{3,})text", line):
            fence = match[1]
            messages.append([])
        else:
            outside.append(line)
    assert not fence
    return ["\n".join(lines) for lines in messages], outside
