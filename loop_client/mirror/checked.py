"""Validates tables read from a file before their first use, so that damage raises an error instead of a later crash."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from loop_client.mirror.moments import EARLIEST, LATEST

if TYPE_CHECKING:
    from collections.abc import Mapping

logger = logging.getLogger(__name__)

COUNTS = (0, 2**53)
"""Bounds of all counts and numbers."""

BOUNDS = dict.fromkeys(("created_at", "first_seen", "open_at", "resolved_by"), (EARLIEST, LATEST))
BOUNDS |= dict.fromkeys(("account", "walk", "missing", "change"), COUNTS)


def checked(table: pa.Table, schema: pa.Schema, bounds: Mapping[str, tuple[int, int]]) -> pa.Table:
    """The table cast to the schema, with valid offsets, texts, nulls and numbers.

    Invalid UTF-8 is replaced by replacement characters; the next scan reads the text again.

    Raises:
        pa.ArrowInvalid: The table is damaged.
    """
    if table.column_names != schema.names:
        raise pa.ArrowInvalid("the columns are not those that were written")
    columns = [_typed(column, one) for column, one in zip(table.columns, schema, strict=True)]
    for column, one in zip(columns, schema, strict=True):
        if column.null_count and not one.nullable:
            raise pa.ArrowInvalid(f"{one.name} is missing")
        least, most = bounds.get(one.name, (0, 0))
        found = pc.min_max(column) if one.name in bounds and len(column) > column.null_count else None
        if found is not None and not (least <= found["min"].as_py() and found["max"].as_py() <= most):
            raise pa.ArrowInvalid(f"{one.name} is out of its bounds")
    return pa.table(columns, schema=schema)


def _typed(column: pa.ChunkedArray, wanted: pa.Field) -> pa.ChunkedArray:
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        column.validate()
        if column.type not in {pa.string(), pa.large_string()}:
            raise
        column = _with_valid_text(column, wanted.name)
    return column if column.type == wanted.type else column.cast(wanted.type)


def _with_valid_text(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    as_bytes = column.cast(pa.large_binary() if column.type == pa.large_string() else pa.binary())
    as_bytes.validate(full=True)  # raises if more than characters is damaged
    texts = [value if value is None else value.decode("utf-8", "replace") for value in as_bytes.to_pylist()]
    logger.warning("The copy has damaged characters in %s; the next full scan reads them again", name)
    return pa.chunked_array([pa.array(texts, column.type)])
