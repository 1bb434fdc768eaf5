"""Text → records by position: delimiters, quotes, blank lines, and a file that ends inside a cell."""

from __future__ import annotations

import csv
import re
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

from loop_client.service.formats.errors import ImportRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loop_client.service.formats.decoding import Text

Record = list[str]

DELIMITERS: Final = (",", ";", "\t", "|")

LONGEST_CELL: Final = 1_000_000
"""Characters of a cell; a longer one is no feedback."""

MOST_COLUMNS: Final = 16_384
"""Columns of a table: those of a sheet. Source: Microsoft, "Excel specifications and limits"."""

LONGEST_RECORD: Final = 100_000
"""Delimiters on one line, above which it is not even split."""

MOST_LINES: Final = 1_000_000
"""Lines of a text: 20 for each row of the longest import."""

HEAD: Final = 1 << 20
"""Bytes in which the header is looked for."""

_END: Final = "\ue000end\ue000"
"""A last line of our own: in a file that ends inside a cell, it becomes part of that cell."""

_HINT: Final = re.compile(r"\s*\"?sep=([,;|\t])\"?\s*", re.IGNORECASE)


class Torn(list[str]):
    """The last record of a file that ends inside one of its cells."""


def delimited(text: Text, delimiter: str, *, quoted: bool = True) -> Iterator[Record]:
    """Yield the records of a text, header records first, blank lines left out; only the last one can be `Torn`.

    `quoted`: cells may be quoted, as in CSV.

    Raises:
        ImportRefusedError: A record has too many cells, or too large a one.
    """
    csv.field_size_limit(LONGEST_CELL)  # of the whole process, so a library may have changed it since
    lines = _lines(text, delimiter)
    if quoted:
        reader = csv.reader(lines, delimiter=delimiter)
    else:
        reader = csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    number, before = 0, Record()
    try:
        for record in filter(None, reader):
            number += 1
            if before:
                yield before
            before = record
    except csv.Error as error:
        raise ImportRefusedError(_refusal(number + 1, error)) from None
    if before != [_END]:
        before[-1] = before[-1].removesuffix(_END)
        yield Torn(before)


def _lines(text: Text, delimiter: str) -> Iterator[str]:
    """The lines, and one of our own that tells whether the last cell was closed."""
    with text.stream() as stream:
        first = stream.readline()
        for line in chain([] if _HINT.fullmatch(first) else [first], stream):
            if len(line) > LONGEST_RECORD and line.count(delimiter) > LONGEST_RECORD:
                raise ImportRefusedError(f"A line of the file has more than {LONGEST_RECORD:,} cells.")
            yield line
        yield _END


def _refusal(number: int, error: csv.Error) -> str:
    if "field limit" in str(error):
        return f"Record {number:,} of the file has a cell of more than {LONGEST_CELL:,} characters."
    return f"Record {number:,} of the file cannot be read: {error}."


def is_quoted(text: Text, delimiter: str) -> bool:
    """Whether the cells of pasted rows are quoted, which a spreadsheet does with a line break in a cell, and only then.

    A quote is otherwise a letter like others. So they are only where all records are as wide as the first if they are
    read with quotes, and not without.
    """
    return not _is_even(text, delimiter, quoted=False) and _is_even(text, delimiter, quoted=True)


def _is_even(text: Text, delimiter: str, *, quoted: bool) -> bool:
    """Whether all records have as many cells as the first, and the last one is not torn."""
    widths = set[int]()
    try:
        for record in delimited(text, delimiter, quoted=quoted):
            widths.add(len(record))
            if len(widths) > 1 or isinstance(record, Torn):
                return False
    except ImportRefusedError:
        return False
    return True


def hinted_delimiter(text: Text) -> str | None:
    """The delimiter that a first line such as "sep=;" names."""
    match = _HINT.fullmatch(next(iter(text.beginning(20).splitlines()), ""))
    return match[1] if match else None


def likely_delimiter(text: Text) -> str:
    """The delimiter of an unknown table: the one by which most of its first records have as many cells as the first.

    Like `csv.Sniffer`, it reads only the beginning, but its time is bounded and one column is no error.
    """
    best, most, head = ",", (0.0, 0), text.head(HEAD)
    for delimiter in DELIMITERS:
        try:
            records = [len(record) for record in islice(delimited(head, delimiter), 100)]
        except ImportRefusedError:
            continue
        width = records[0] if records else 1
        if width > 1:
            score = (sum(one == width for one in records) / len(records), width)
            best, most = max((best, most), (delimiter, score), key=lambda one: one[1])
    return best
