"""Items as JSON, for programs: one object, or one line per item."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from loop_client.report.export.items import RANK, RANK_PARTS, joined

if TYPE_CHECKING:
    from collections.abc import Generator

    from loop_client.report.export.about import About
    from loop_client.report.export.items import Items


def json_pieces(items: Items, about: About) -> Generator[bytes]:
    """Yield an object with "about" and "items", one item per line: texts unchanged, null for absent values."""
    facts = json.dumps(about.facts(len(items), share_safe=items.mask is not None), ensure_ascii=False)
    yield f'{{"about": {facts},\n"items": ['.encode("utf-8", "replace")
    before = "\n"
    for piece in items.pieces():
        yield (before + ",\n".join(_lines(piece))).encode()
        before = ",\n"
    yield b"\n]}\n"


def jsonl_pieces(items: Items, about: About) -> Generator[bytes]:
    """Yield a line per item, an object as in `json_pieces`: readers take every line for an item.

    So the metadata is the value of "about" in the first item, and null in the others; without items, the file is empty.
    """
    line: str | None = about.line(len(items), share_safe=items.mask is not None)
    for piece in items.pieces():
        about_first = pa.array([line, *[None] * (len(piece["id"]) - 1)], pa.large_string())
        yield "\n".join([*_lines({**piece, "about": about_first}), ""]).encode()
        line = None


def _lines(piece: dict[str, pa.Array]) -> list[str]:
    """Each item of a piece as an object."""
    parts: list[pa.Array | str] = []
    for name, cells in piece.items():
        value = cells if name == RANK else _object(cells) if name == RANK_PARTS else _quoted(cells)
        parts += [f'{"," if parts else "{"}"{name}":', value.fill_null("null")]
    lines: list[str] = joined(*parts, "}").to_pylist()
    return lines


def _object(cells: pa.Array) -> pa.Array:
    """The parts of ranks as JSON objects."""
    return joined("{", pc.replace_substring_regex(cells, r"(\w+) ([0-9.e+-]+)", r'"\1": \2'), "}")


def _quoted(cells: pa.Array) -> pa.Array:
    """The texts as JSON strings; most need no escaping."""
    escaped = pc.match_substring_regex(cells, r'["\\\x00-\x1f]').fill_null(False)  # noqa: FBT003 - what is filled in
    texts = [msgspec.json.encode(text).decode() for text in cells.filter(escaped).to_pylist()]
    return pc.replace_with_mask(joined('"', cells, '"'), escaped, pa.array(texts, pa.large_string()))
