"""Items as an .xlsx workbook, written to a temporary file by a child process."""

from __future__ import annotations

import json
import logging
import shutil
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from loop_client.errors import LoopError
from loop_client.report.export.about import SAMPLE, one_line

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from loop_client.report.export.about import About
    from loop_client.report.export.rows import Rows

logger = logging.getLogger(__name__)

COMMAND: Final = (sys.executable, "-P", str(Path(__file__).with_name("workbook.py")))
"""By its path: by its module's name the child would import all of `loop_client.report`, with pandas, first."""

MOST_ROWS: Final = 1_048_576
"""Rows of a sheet, the header among them. Source: Microsoft, "Excel specifications and limits"."""

READ: Final = 1 << 20
"""Bytes of the finished file that are read per piece."""

PREFIX: Final = "loop-export-"
"""Name prefix of the temporary folders."""

DAY: Final = 86_400

LOOK_EVERY: Final = 0.02
"""Seconds between two checks of the child process; the caller can stop in between."""

_turn: Final = threading.Lock()


class ExportError(LoopError):
    """The file cannot be made; the text says why."""


def workbook_pieces(items: Rows, about: About) -> Generator[bytes]:
    """Yield the file once it is finished, and empty pieces until then, so that the caller can stop.

    All cells but numbers are text, so ids stay as they are. The sheet "About" has the metadata. One is written at a
    time.

    Raises:
        ExportError: There are more than a sheet has rows, or the child failed.
    """
    if len(items) >= MOST_ROWS:
        raise ExportError(
            f"An .xlsx sheet has {MOST_ROWS:,} rows, too few for {len(items):,} {items.what}. Choose CSV."
        )
    for left in Path(gettempdir()).glob(f"{PREFIX}*"):  # left by a killed process
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > DAY:
                shutil.rmtree(left, ignore_errors=True)
    with TemporaryDirectory(prefix=PREFIX) as folder:
        source, path = Path(folder) / "items.arrow", Path(folder) / "items.xlsx"
        yield from _stored(items, about, source)
        while not _turn.acquire(timeout=LOOK_EVERY):
            yield b""
        try:
            yield from _written(source, path)
        finally:
            _turn.release()
        with path.open("rb") as file:
            while piece := file.read(READ):
                yield piece


def _stored(items: Rows, about: About, source: Path) -> Iterator[bytes]:
    """Write the items to a file for the child process, and yield empty pieces meanwhile."""
    facts = about.facts(len(items), share_safe=items.mask is not None)
    texts = {name: one_line(value) for name, value in facts.items() if value not in ("", {})}
    texts |= {"sample_data": SAMPLE} if about.sample else {}
    kinds = [(name, pa.float64() if name in items.numeric else pa.large_string()) for name in items.names]
    schema = pa.schema(kinds, {"about": json.dumps(texts), "sheet": items.what.capitalize()})
    with source.open("wb") as file, pa.ipc.new_stream(file, schema) as stream:
        for piece in items.pieces():
            columns = [piece[field.name].cast(field.type) for field in schema]
            stream.write_batch(pa.record_batch(columns, schema=schema))
            yield b""


def _written(source: Path, path: Path) -> Iterator[bytes]:
    """Let a child process write the workbook, and yield empty pieces meanwhile; closing this ends the child.

    Raises:
        ExportError: The child failed.
    """
    with source.open("rb") as file, (source.parent / "log").open("w+b") as log:
        child = subprocess.Popen([*COMMAND, str(path)], stdin=file, stdout=log, stderr=log)  # noqa: S603 - our own module
        try:
            while child.poll() is None:
                yield b""
                with suppress(subprocess.TimeoutExpired):
                    child.wait(LOOK_EVERY)
        finally:
            child.kill()
            child.wait()
        if child.returncode:
            log.seek(0)
            logger.error("The workbook failed (%s): %s", child.returncode, log.read().decode(errors="replace"))
            raise ExportError("The Excel workbook cannot be made; the log says why. Choose CSV.")
