"""Measure the dry run of an import against pandas reading the same file.

`python -m tests.benchmarks.importing` prints rows per second, the CPU of the dry run over that of
`pandas.read_csv(dtype=str)` in the same process, in turns of which the least counts, and the peak memory of a process
of its own over the size of the file. Bounds: 4 times pandas' CPU, 3 times the file.
"""

# ruff: noqa: T201 - the parent reads it
from __future__ import annotations

import argparse
import csv
import gc
import io
import json
import re
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pandas as pd

from loop_client.service.importer import read_file
from tests.benchmarks.table import Bound, ratio, show

if TYPE_CHECKING:
    from collections.abc import Callable

TURNS = 3
WORDS = [
    "sync",
    "search",
    "export",
    "editor",
    "slow",
    "crash",
    "login",
    "offline",
    "menu",
    "tablet",
    "phone",
    "dark",
    "mode",
    "table",
    "print",
]


def text(number: int) -> str:
    """A message of 10 to 60 words; some have line breaks, quotes and letters beyond ASCII."""
    words = [WORDS[(number * 7 + place * place) % len(WORDS)] for place in range(10 + number % 51)]
    if number % 10 == 0:
        words[3] = '“déjà” vu\nand "more"'
    return " ".join(words)


def play(count: int) -> bytes:
    """Reviews as Google Play exports them, as UTF-8."""
    header = "Package Name,App Version Code,App Version Name,Reviewer Language,Device,Review Submit Date and Time,"
    header += "Review Submit Millis Since Epoch,Star Rating,Review Title,Review Text,Developer Reply Text,Review Link"
    link = "http://play.google.com/console/x?reviewId=gp%3AAO{}&corpus=PUBLIC_REVIEWS"
    fixed = ("com.example.notes", "412", "4.1.2", "en", "panther", "2026-10-01T09:15:02Z", "1790846102000")
    rows = ([*fixed, str(1 + n % 5), "", text(n), "", link.format(n)] for n in range(count))
    return written(header.split(","), rows)


def survey(count: int) -> bytes:
    """Answers as Typeform exports them, whose columns are chosen by content."""
    header = "#,How likely are you to recommend us?,What is missing?,Your email,Response Type,Start Date (UTC),"
    header += "Submit Date (UTC),Network ID,Tags"
    when = "2026-10-01 10:00:11"
    rows = (
        [f"token{n:027}", str(n % 11), text(n), f"p{n % 9000}@example.com", "completed", when, when, "n", WORDS[n % 9]]
        for n in range(count)
    )
    return written(header.split(","), rows)


def written(header: list[str], rows: object) -> bytes:
    """A CSV file."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)  # type: ignore[arg-type] # rows of texts
    return file.getvalue().encode()


def seconds_of(work: Callable[[], object]) -> float:
    """The processor time of all threads."""
    gc.collect()
    started = time.process_time()
    work()
    return time.process_time() - started


def measured(path: Path) -> dict[str, float]:
    """The peak memory of a dry run over that before the file was read, in bytes, and what became of the rows."""
    gc.collect()
    before = resident()
    data = path.read_bytes()
    run = read_file(path.name, data)
    return {"memory": peak() - before, "items": len(run.items), "skipped": len(run.skipped)}


def resident() -> int:
    """The memory of this process, in bytes."""
    return _status("VmRSS")


def peak() -> int:
    """The most memory that this process had, in bytes; `ru_maxrss` would be that of the process that started it."""
    return _status("VmHWM")


def _status(name: str) -> int:
    return int(re.search(rf"{name}:\s+(\d+)", Path("/proc/self/status").read_text())[1]) * 1024  # type: ignore[index]


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--memory", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.memory:
        print(json.dumps(measured(options.memory)))
        return
    rows = []
    for name, made in (("reviews, columns by name", play), ("a survey, columns by content", survey)):
        data = made(options.rows)
        ours, peers = [], []
        for _ in range(TURNS):
            peers.append(seconds_of(lambda data=data: pd.read_csv(io.BytesIO(data), dtype=str)))  # type: ignore[misc]
            ours.append(seconds_of(lambda data=data: read_file("file.csv", data)))  # type: ignore[misc]
        with TemporaryDirectory() as folder:
            path = Path(folder) / "file.csv"
            path.write_bytes(data)
            command = [sys.executable, "-m", "tests.benchmarks.importing", "--memory", str(path)]
            answer = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        assert answer["items"] == options.rows
        spent, share, memory = min(ours), min(ours) / min(peers), answer["memory"] / len(data)
        figures = [f"{len(data) / 1e6:.1f}", f"{options.rows / spent:,.0f}", f"{min(peers):.2f} s", ratio(share)]
        rows.append([name, *figures, Bound(most=4).judged(share), ratio(memory), Bound(most=3).judged(memory)])
    title = f"Dry run of {options.rows:,} rows, CPU, least of {TURNS} turns, and peak memory over the size of the file."
    columns = ["file", "MB", "rows/s", "pandas", "CPU ratio", "to hold", "memory / file", "to hold"]
    show(title, columns, rows)


if __name__ == "__main__":
    main()
