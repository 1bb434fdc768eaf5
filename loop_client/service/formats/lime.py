"""LimeSurvey's VV files: tab-separated, written by PHP's `fputcsv`, with escapes of their own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loop_client.service.formats.decoding import Text

NULL: Final = "{question_not_shown}"

_ESCAPES: Final = {"{lbrace}": "{", "{newline}": "\n", "{cr}": "\r", "{tab}": "\t"}
_ESCAPE: Final = re.compile("|".join(_ESCAPES))
_CELL: Final = re.compile(r'"((?:[^"\\]|\\"?|"")*)"(?=\t|\r?\n?\Z)|([^\t]*)')


def vv_records(text: Text) -> Iterator[list[str]]:
    r"""Yield the records of a VV file, both header records first.

    In a quoted cell, a quote is doubled unless a backslash stands before it: `"he wrote \"no\" twice"`. Source: PHP,
    `fputcsv`, whose escape character is the backslash.
    """
    with text.stream() as stream:
        for line in stream:
            if line.strip("\r\n"):
                yield [_unescaped(cell) for cell in vv_cells(line.rstrip("\r\n"))]


def vv_cells(line: str) -> list[str]:
    """The cells of one line as PHP had them, before LimeSurvey's own escapes."""
    cells, at = [], 0
    while at <= len(line) and (match := _CELL.match(line, at)):
        quoted, plain = match.groups()
        cells.append(plain if quoted is None else _undoubled(quoted))
        at = match.end() + 1
    return cells


def _undoubled(quoted: str) -> str:
    return re.sub(r'(\\"?)|""', lambda match: match[1] or '"', quoted)


def _unescaped(cell: str) -> str:
    if cell == NULL:
        return ""
    if cell.startswith("{quote}"):
        cell = '"' + cell.removeprefix("{quote}")
    return _ESCAPE.sub(lambda match: _ESCAPES[match[0]], cell) if "{" in cell else cell
