"""Bytes → one table of a known format: text, workbook, JSON, or the fitting file of an archive."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

from loop_client.service.formats import archive, workbook
from loop_client.service.formats.decoding import decoded, is_blank
from loop_client.service.formats.errors import ImportRefusedError
from loop_client.service.formats.generic import GENERIC
from loop_client.service.formats.headers import folded
from loop_client.service.formats.recognition import recognised_json, recognised_sheet, recognised_text
from loop_client.service.formats.table import MOST_LINES, Torn

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loop_client.service.formats.decoding import Text
    from loop_client.service.formats.options import ImportOptions
    from loop_client.service.formats.recognition import Found

OLD_WORKBOOK: Final = b"\xd0\xcf\x11\xe0"
"""How a workbook of Excel before 2007 begins, and an encrypted one."""


@dataclass(frozen=True, slots=True)
class Source:
    """A table to read. `text`: None where the file is no text. `user_id`: as the name of a file or folder tells.

    `note`: a sentence about how it was found.
    """

    found: Found
    text: Text | None = None
    user_id: str | None = None
    note: str | None = None


def source_of(name: str, data: bytes, options: ImportOptions) -> Source:
    """The table in a file. `name`: with its folder, where it has one.

    Raises:
        ImportRefusedError: The file is damaged, hostile or of no kind that can be read.
    """
    if data.startswith(OLD_WORKBOOK):
        raise ImportRefusedError("This is an encrypted workbook, or one of Excel before 2007. Save it as .xlsx or CSV.")
    if archive.is_archive(data):
        if not archive.is_workbook(data):
            return _of_archive(name, data, options)
        book = workbook.opened(data)
        records = partial(workbook.sheet_records, workbook.sheet_of(book))
        return _named(name, Source(recognised_sheet(records, workbook.about(book), options.format)))
    if max(data.count(b"\n"), data.count(b"\r")) > MOST_LINES:
        raise ImportRefusedError(f"The file has more than {MOST_LINES:,} lines.")
    text = decoded(data, options.encoding)
    if text.beginning(1000).lstrip()[:1] in {"{", "["}:
        raw = data if text.encoding == "utf-8" else text.stream().read().encode()
        return _named(name, Source(recognised_json(raw, options), text))
    return _named(name, Source(recognised_text(text, options.format), text))


def _named(name: str, source: Source) -> Source:
    """The source with the user that the name of a file or folder tells."""
    pattern = source.found.form.user_in_path
    match = pattern.search(name) if pattern else None
    return replace(source, user_id=match[1]) if match else source


def _of_archive(name: str, data: bytes, options: ImportOptions) -> Source:
    """The one table of a known format in an archive; several of one format are read as one."""
    files, refused = dict[str, Source](), ""
    for member, content in archive.members(data):
        if is_blank(content) or (archive.is_archive(content) and not archive.is_workbook(content)):
            continue
        try:
            files[member] = source_of(f"{name}/{member}", content, options)
        except ImportRefusedError as error:
            refused = f" {member}: {error}"
    known = {member: one for member, one in files.items() if one.found.form.name != GENERIC.name}
    chosen = known or files
    if not chosen:
        raise ImportRefusedError(f"The archive holds no file that can be read.{refused}")
    return _only(chosen)


def _only(chosen: dict[str, Source]) -> Source:
    names, sources = ", ".join(chosen), list(chosen.values())
    if len(sources) == 1:
        return replace(sources[0], note=f"Read from the archive: {names}.")
    form, heads = sources[0].found.form, [next(source.found.records(), []) for source in sources]
    can_differ = form.headers == 1  # with more, a name says too little about its column
    is_one = can_differ or all(head == heads[0] for head in heads)
    if form.name == GENERIC.name or not is_one or any(source.found.form.name != form.name for source in sources):
        raise ImportRefusedError(f"The archive holds several tables: {names}. Import them one at a time.")
    found = replace(sources[0].found, records=partial(_chained, [source.found for source in sources]))
    return replace(sources[0], found=found, note=f"Read as one from the archive: {names}.")


def _chained(several: Sequence[Found]) -> Iterator[list[str]]:
    """The records of several tables, with a header that has all their columns."""
    heads = [[folded(name) for name in next(one.records(), [])] for one in several]
    if all(head == heads[0] for head in heads):
        rest = (islice(one.records(), one.form.headers, None) for one in several[1:])
        return chain(several[0].records(), *rest)
    names, places = list[str](), list[list[int]]()
    columns: dict[tuple[str, int], int] = {}
    for one, head in zip(several, heads, strict=True):
        keys = [(name, head[:at].count(name)) for at, name in enumerate(head)]
        for key, name in zip(keys, next(one.records(), []), strict=True):
            if key not in columns:
                columns[key] = len(names)
                names.append(name)
        places.append([columns[key] for key in keys])
    parts = (map(partial(_moved, at, len(names)), one.records()) for one, at in zip(several, places, strict=True))
    return chain([names], *(islice(part, 1, None) for part in parts))


def _moved(places: Sequence[int], width: int, record: list[str]) -> list[str]:
    """A record with its cells in other columns. A footer stays one, and a row that is too wide stays so."""
    if len(record) == 1 < len(places) and places[0] == 0:
        return record
    cells = [""] * width + record[len(places) :]
    for at, cell in zip(places, record, strict=False):
        cells[at] = cell
    return Torn(cells) if isinstance(record, Torn) else cells
