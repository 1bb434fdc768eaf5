"""Measure a start, a stop and a refresh of the snapshot against the code that one would write first.

`python -m tests.benchmarks.keeping [--items 1000000]` prints, each against a peer in the same run,

- a start alone, `Mirror(…)` up to its snapshot, counts included, in a fresh process each time, against a fresh one that
  calls `pandas.read_sql` for the same rows (bound: at most 0.10);
- the memory of these two processes, which only read;
- the bytes that a start and a stop write when nothing changed (bound: none of the Arrow copy);
- a refresh of 100 new items against `concat` and `drop_duplicates` (at most 0.05).
"""

# ruff: noqa: T201 - the parent reads it
from __future__ import annotations

import argparse
import json
import re
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from loop_client import Loop
from loop_client.mirror import Coverage, Mirror, arrow_copy
from loop_client.mirror.rows import COLUMNS
from loop_client.mirror.state import State, encoded
from loop_client.mirror.store import SqliteStore
from tests.benchmarks import generated
from tests.benchmarks.table import Bound, least_in_turns, ratio, show

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 5


def fill(url: str, count: int) -> None:
    """A store with `count` items of one account, completely walked."""
    store = SqliteStore(url)
    account, _ = store.new_account("benchmark", [])
    rows = generated.items(count)
    for name in COLUMNS.names:
        if name not in rows.column_names:
            value = {"first_seen": 1, "walk": 0, "missing": 0, "change": 1}.get(name)
            rows = rows.append_column(name, pa.array([value] * count, COLUMNS.field(name).type))
    marks = ", ".join("?" * len(COLUMNS.names))
    with store.transaction():
        store.load(f"insert into items values ({account}, {marks})", rows.select(COLUMNS.names))  # noqa: S608 - ours
        state = encoded(State(watermark=generated.NEWEST, begun=True, reconciled=1, statuses_before=1, full=1))
        store.execute("update store set value = 1")
        store.execute("update accounts set state = ?", (state,))
    store.close()


def start(database: Path) -> Mirror:
    """A mirror with its snapshot."""
    return Mirror(Loop(api_key="k", base_url="http://127.0.0.1:1/v2"), f"sqlite:///{database}", "benchmark")


def of_process(file: str, name: str) -> int:
    """A number of this process from the system: bytes written, or kB of memory."""
    found = re.search(rf"^{name}:\s+(\d+)", Path(f"/proc/self/{file}").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1])


def ours(database: Path) -> dict[str, float]:
    """A start and a stop in this process: seconds of each, MB that the start added, bytes written."""
    written, before = of_process("io", "wchar"), of_process("status", "VmRSS")
    started = time.perf_counter()
    mirror = start(database)
    seconds = time.perf_counter() - started
    held, highest = (of_process("status", name) for name in ("VmRSS", "VmHWM"))
    started = time.perf_counter()
    mirror.close()
    stopped = time.perf_counter() - started
    return {
        "seconds": seconds,
        "stop": stopped,
        "held": (held - before) / 1024,
        "highest": (highest - before) / 1024,
        "written": of_process("io", "wchar") - written,
    }


def peers(database: Path) -> dict[str, float]:
    """The same for `pandas.read_sql`, as far as it applies."""
    before = of_process("status", "VmRSS")
    with sqlite3.connect(database) as connection:
        started = time.perf_counter()
        rows = pd.read_sql("select * from items order by created_at desc", connection)
        seconds = time.perf_counter() - started
    held, highest = (of_process("status", name) for name in ("VmRSS", "VmHWM"))
    assert len(rows)
    return {"seconds": seconds, "held": (held - before) / 1024, "highest": (highest - before) / 1024}


def in_fresh_process(what: str, database: Path) -> dict[str, float]:
    """The figures of one of the two in a fresh process."""
    command = [sys.executable, "-m", "tests.benchmarks.keeping", f"--{what}", str(database)]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def starts(count: int) -> None:
    """Print what starts cost, in turns with the peer."""
    with TemporaryDirectory() as folder:
        database, copy = Path(folder) / "mirror.db", Path(folder) / "peer.db"
        fill(f"sqlite:///{database}", count)
        start(database).close()  # writes the Arrow copy
        copy.write_bytes(database.read_bytes())
        arrow = arrow_copy.place(database)
        before = arrow.stat()
        runs: dict[str, list[dict[str, float]]] = {"ours": [], "peer": []}
        for number in range(ROUNDS):
            runs["ours"].append(in_fresh_process("ours", database))
            if number < 3:
                runs["peer"].append(in_fresh_process("peer", copy))
        after = arrow.stat()
    least = {who: {name: min(run[name] for run in found) for name in found[0]} for who, found in runs.items()}
    mine, theirs = least["ours"], least["peer"]
    rows = []
    for told, name, unit, most in (
        ("start alone", "seconds", "s", 0.10),
        ("memory that it adds", "held", "MB", None),
        ("memory at its highest", "highest", "MB", None),
    ):
        digits = 3 if unit == "s" else 0
        values = [f"{one[name]:,.{digits}f} {unit}" for one in (mine, theirs)]
        rows.append(
            [told, *values, ratio(mine[name] / theirs[name]), Bound(most=most).judged(mine[name] / theirs[name])]
        )
    show(
        f"A start with {count:,} items in a fresh process that only reads, least of {ROUNDS}, of read_sql of 3.",
        ["measured", "ours", "read_sql", "ours / read_sql", "to hold"],
        rows,
    )
    rewritten = 0 if (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns) else after.st_size
    written = max(run["written"] for run in runs["ours"])
    show(
        f"A start and a stop where nothing changed; the Arrow copy is {after.st_size / 1e6:,.0f} MB.",
        ["stop alone", "bytes written in all", "of the Arrow copy", "to hold"],
        [[f"{1000 * mine['stop']:.1f} ms", f"{written:,.0f}", f"{rewritten:,}", Bound(most=0).judged(rewritten)]],
    )


def refresh(count: int) -> None:
    """Print what a refresh costs, in turns with the peer."""
    snapshot, new = generated.snapshot(count), generated.items(100, first=-200)
    plain = snapshot.frame.astype({name: "str" for name in snapshot.frame if name != "created_at"})
    news = plain.iloc[:100].assign(id=[f"new_{number}" for number in range(100)])

    def timed(work: Callable[[], object]) -> Callable[[], float]:
        def seconds() -> float:
            started = time.perf_counter()
            work()
            return time.perf_counter() - started

        return seconds

    patched = timed(lambda: snapshot.patched(new, [], Coverage(), 2))
    joined = timed(lambda: pd.concat([news, plain]).drop_duplicates("id", keep="first"))
    least = least_in_turns({"ours": patched, "peer": joined}, ROUNDS)
    share = least["ours"] / least["peer"]
    show(
        f"A refresh of 100 items in {count:,}, least of {ROUNDS} in turns.",
        ["ours", "concat and drop_duplicates", "ratio", "to hold"],
        [[*(f"{1000 * seconds:.1f} ms" for seconds in least.values()), ratio(share), Bound(most=0.05).judged(share)]],
    )


def main() -> None:
    """Print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--ours", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--peer", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.ours or options.peer:
        print(json.dumps(ours(options.ours) if options.ours else peers(options.peer)))
        return
    starts(options.items)
    refresh(options.items)


if __name__ == "__main__":
    main()
