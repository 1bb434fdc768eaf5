"""A table read from a file is validated before it is used."""

from __future__ import annotations

import pyarrow as pa
import pytest

from loop_client.mirror.checked import BOUNDS, checked
from loop_client.mirror.moments import EARLIEST, LATEST

SCHEMA = pa.schema(
    [
        pa.field("id", pa.large_string(), nullable=False),
        pa.field("tag", pa.large_string()),
        pa.field("created_at", pa.int64(), nullable=False),
    ]
)


def table(**columns: list[object]) -> pa.Table:
    """Two valid rows, apart from these columns, in the types that SQLite's driver returns."""
    usual: dict[str, list[object]] = {"id": ["a", "b"], "tag": [None, "x"], "created_at": [EARLIEST, LATEST]}
    return pa.table({**usual, **columns})


def test_a_valid_table_passes() -> None:
    """Valid rows are cast to the schema's types, including the earliest and the latest time."""
    found = checked(table(), SCHEMA, BOUNDS)

    assert found.schema == SCHEMA
    assert found.to_pylist() == table().to_pylist()


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": ["a", None]},
        {"created_at": [0, None]},
        {"created_at": [EARLIEST - 1, 0]},
        {"created_at": [0, LATEST + 1]},
        {"created_at": ["soon", "late"]},
        {"another": [1, 2]},
    ],
    ids=str,
)
def test_an_invalid_table_is_rejected(wrong: dict[str, list[object]]) -> None:
    """A missing, out-of-range or mistyped value, or an unknown column, is rejected at once."""
    with pytest.raises(pa.ArrowInvalid):
        checked(table(**wrong), SCHEMA, BOUNDS)


def test_letters_that_are_none_are_mended() -> None:
    """Invalid UTF-8 is replaced, and the remaining text is unchanged."""
    letters = pa.array([b"gr\xc3\xbcn", b"gr\xfcn"], pa.large_binary())
    texts = pa.Array.from_buffers(pa.large_string(), 2, letters.buffers())

    found = checked(table().set_column(0, "id", texts), SCHEMA, BOUNDS)

    assert found["id"].to_pylist() == ["grün", "gr\ufffdn"]
