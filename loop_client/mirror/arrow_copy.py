"""An Arrow copy of the last snapshot's frame beside the database, read at the next start.

The database stores the copy's name and checksum, and newer changes are patched in by change number. The file is read
and checked completely before its first use, and never memory-mapped: the process would crash if another program changed
or truncated a mapped file.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import stat
import time
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from loop_client.mirror.checked import BOUNDS, checked
from loop_client.mirror.columns import CODED, TEXTS, categories_of, coded, codes, empty, frame_of, texts_of
from loop_client.mirror.store import files_of

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from loop_client.mirror.snapshot import Snapshot

logger = logging.getLogger(__name__)

SCHEMA = pa.schema(
    [pa.field(name, pa.large_string(), nullable=False) for name in TEXTS]
    + [pa.field(name, pa.int32(), nullable=False) for name in CODED]
    + [pa.field("created_at", pa.int64(), nullable=False)]
)

PART = 1 << 20
"""Bytes per read: few enough to stay in the processor's cache for the checksum."""

MAGIC = b"ARROW1"

COPY_EVERY = 600.0
"""Shortest interval between two copies, in seconds."""


class Copies:
    """The Arrow copies of one database. `change`: change number of the last one."""

    def __init__(self, database: Path | None) -> None:
        """Neither read nor write yet. `database`: None for no copies."""
        self._database, self._written, self.change = database, 0.0, 0

    def read(self, known: tuple[str, int] | None) -> tuple[pd.DataFrame, int] | None:
        """The frame of the last copy and its change number, if the database has its name and checksum."""
        return None if self._database is None else read(self._database, known)

    def write(self, snapshot: Snapshot, every: float) -> tuple[str, int] | None:
        """Write a copy if the last one is older than `every` seconds and outdated; return its name and checksum."""
        if self._database is None or snapshot.change == self.change or time.monotonic() - self._written < every:
            return None
        self._written = time.monotonic()
        try:
            known = write(self._database, snapshot)
        except OSError as error:  # the copy only makes the next start faster
            logger.warning("The copy for a faster start cannot be written: %s", error)
            return None
        self.change = snapshot.change
        return known


def place(database: Path) -> Path:
    """The path of a database's Arrow copy."""
    return database.with_name(f"{database.name}.arrow")


def draft(database: Path) -> Path:
    """The path of the next copy while it is written."""
    return place(database).with_suffix(".new")


def is_ours(path: Path) -> bool:
    """Whether a file is an Arrow copy, or the beginning of one, by its first and last bytes."""
    if not stat.S_ISREG(path.lstat().st_mode):
        return False
    with path.open("rb") as file:
        head = file.read(4096)
        file.seek(max(0, path.stat().st_size - 4096))
        tail = file.read(4096)
    is_arrow = head.startswith(MAGIC) or tail.endswith(MAGIC)
    return not head or (is_arrow and (b'{"name": "' in head or b"tag_raw" in tail))


def write(database: Path, snapshot: Snapshot) -> tuple[str, int]:
    """Write the copy atomically, and return its name and checksum.

    Raises OSError if it cannot be written, or another program's file is in its place.
    """
    frame, name, new = snapshot.frame, secrets.token_hex(8), draft(database)
    for path in (new, place(database)):
        if path.exists() and not is_ours(path):
            raise FileExistsError(path)
    columns = {text: texts_of(frame, text) for text in TEXTS}
    columns |= {code: pa.array(codes(frame[code]).astype(np.int32)) for code in CODED}
    table = pa.table({**columns, "created_at": pa.array(frame["created_at"].array.asi8)}, SCHEMA).combine_chunks()
    about = {"name": name, "change": snapshot.change, **{code: list(frame[code].cat.categories) for code in CODED}}
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "wb") as file:
            with pa.ipc.new_file(file, SCHEMA.with_metadata({"about": json.dumps(about)})) as writer:
                writer.write_table(table)
            file.flush()
            os.fsync(file.fileno())
        checksum = _read(new)[1]
        new.replace(place(database))
    except OSError:
        with suppress(OSError):
            new.unlink()  # an incomplete copy would only waste disk space
        raise
    return name, checksum


def read(database: Path, known: tuple[str, int] | None) -> tuple[pd.DataFrame, int] | None:
    """The frame of the copy and its change number, if name and checksum are those in the database."""
    path = place(database)
    try:
        if known is None or not path.is_file() or _is_too_large(database):
            return None
        content, checksum = _read(path)
        if checksum != known[1]:
            # usual after a kill, and of a process that shares a database; a damaged one costs no more
            logger.info("%s is not the copy that the database names, so the database is read instead", path)
            return None
        table = pa.ipc.open_file(pa.BufferReader(content)).read_all()
        about = json.loads((table.schema.metadata or {})[b"about"])
        if about["name"] != known[0]:
            return None
        if not table.num_rows:  # otherwise an empty account's copy would be written again at every stop
            return empty(), int(about["change"])
        table = checked(table, SCHEMA, {**BOUNDS, **{name: (-1, len(about[name]) - 1) for name in CODED}})
        dtypes = {name: categories_of(about[name]) for name in CODED}
        code_columns = {name: coded(table[name].chunk(0).to_numpy(), dtype) for name, dtype in dtypes.items()}
        frame = frame_of({name: table[name] for name in TEXTS}, code_columns, table["created_at"].chunk(0).to_numpy())
        return frame, int(about["change"])
    except (OSError, pa.ArrowException, KeyError, ValueError, TypeError):
        return None


def _is_too_large(database: Path) -> bool:
    """Whether it is larger than the file of the database, if there is one, could explain: it may not fit in memory."""
    files = files_of(database)
    return bool(files) and place(database).stat().st_size > 2 * sum(file.stat().st_size for file in files) + PART


def _read(path: Path) -> tuple[pa.Buffer, int]:
    """The content of a file, and its checksum."""
    with path.open("rb", buffering=0) as file:
        content = pa.allocate_buffer(os.fstat(file.fileno()).st_size)
        view, place, checksum = memoryview(content).cast("B"), 0, 0
        while size := file.readinto(view[place : place + PART]):
            checksum = zlib.crc32(view[place : place + size], checksum)
            place += size
        if place < len(view):
            raise OSError(f"{path} was cut off while it was read")
    return content, checksum
