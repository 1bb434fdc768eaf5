"""An Arrow copy of the last snapshot's frame beside the database, mapped into memory at the next start.

The database vouches for it: it holds the copy's name and checksum, and whatever is newer is patched in by change
number. A copy that it does not know is not read.
"""

from __future__ import annotations

import json
import os
import secrets
import zlib
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from loop_client.mirror.columns import CODED, TEXTS, categories_of, coded, codes, frame_of, texts_of

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from loop_client.mirror.snapshot import Snapshot


def place(database: Path) -> Path:
    """Where the copy of a database's snapshot is."""
    return database.with_name(f"{database.name}.arrow")


def write(database: Path, snapshot: Snapshot) -> tuple[str, int]:
    """Write the copy, whole or not at all; its name and its checksum."""
    frame, name = snapshot.frame, secrets.token_hex(8)
    columns = {text: texts_of(frame, text) for text in TEXTS}
    columns |= {code: pa.array(codes(frame[code]).astype(np.int32)) for code in CODED}
    table = pa.table({**columns, "created_at": pa.array(frame["created_at"].array.asi8)}).combine_chunks()
    about = {"name": name, "change": snapshot.change, **{code: list(frame[code].cat.categories) for code in CODED}}
    new = place(database).with_suffix(".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        with pa.ipc.new_file(file, table.schema.with_metadata({"about": json.dumps(about)})) as writer:
            writer.write_table(table)
        file.flush()
        os.fsync(file.fileno())
    checksum_of_new = _checksum(new)
    new.replace(place(database))
    return name, checksum_of_new


def read(database: Path, known: tuple[str, int] | None) -> tuple[pd.DataFrame, int] | None:
    """The frame of the copy and its change number, if it is the one that the database knows; nothing is copied."""
    try:
        with pa.memory_map(str(place(database))) as source:
            table = pa.ipc.open_file(source).read_all()
        about = json.loads((table.schema.metadata or {})[b"about"])
        if known is None or about["name"] != known[0]:
            return None
        if not table.num_rows:
            return None
        dtypes = {name: categories_of(about[name]) for name in CODED}
        code_columns = {name: coded(table[name].chunk(0).to_numpy(), dtype) for name, dtype in dtypes.items()}
        frame = frame_of({name: table[name] for name in TEXTS}, code_columns, table["created_at"].chunk(0).to_numpy())
        return frame, int(about["change"])
    except (OSError, pa.ArrowException, KeyError, ValueError, TypeError):
        return None


def checksum(database: Path) -> int | None:
    """The checksum of the copy as it is now; None when there is none."""
    try:
        return _checksum(place(database))
    except OSError:
        return None


def remove(database: Path) -> None:
    """Delete the copy."""
    place(database).unlink(missing_ok=True)


def _checksum(path: Path) -> int:
    value = 0
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            value = zlib.crc32(part, value)
    return value
