"""Zip archives → the files in them that may be tables, unpacked within bounds."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import TYPE_CHECKING, Final

from loop_client.service.formats.errors import ImportRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

ENDINGS: Final = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".xlsx")

MOST_FILES: Final = 1_000
MOST_BYTES: Final = 50 << 20
"""Bytes of all files of an archive when unpacked."""


DAMAGED: Final = (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError)
"""What the reader of zips raises for a damaged or encrypted one, or one with a compression that it does not know."""


def is_archive(data: bytes) -> bool:
    """Whether this is a zip, workbooks included."""
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def is_workbook(data: bytes) -> bool:
    """Whether a zip is a workbook (.xlsx)."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            return "xl/workbook.xml" in parts.namelist() or any(
                name.startswith("xl/") for name in parts.namelist()[:100]
            )
    except DAMAGED:
        return False


def members(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield name, with folders, and content of each file that may be a table.

    Raises:
        ImportRefusedError: The archive is damaged or encrypted, or unpacks to too much.
    """
    left = MOST_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            if len(parts.infolist()) > MOST_FILES:
                raise ImportRefusedError(f"The archive holds more than {MOST_FILES:,} files.")
            for part in parts.infolist():
                if not part.filename.lower().endswith(ENDINGS) or _is_hidden(part.filename):
                    continue
                with parts.open(part) as stream:
                    content = stream.read(left + 1)
                left -= len(content)
                if left < 0:
                    raise ImportRefusedError(f"The archive unpacks to more than {MOST_BYTES >> 20} MB.")
                yield part.filename, content
    except DAMAGED:
        raise ImportRefusedError("The archive is damaged, or has a password. Unpack it and choose its files.") from None


def _is_hidden(name: str) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in name.split("/"))
