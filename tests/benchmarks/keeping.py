"""What keeping the snapshot costs: the start and a refresh, against what one would write first.

`python -m tests.benchmarks.keeping [--items 1000000]` prints, each against a peer in the same run,

- `Mirror(…)` up to its snapshot, counts included, against `pandas.read_sql` of the same rows (to hold: at most 0.10);
- a refresh of 100 new items against `concat` and `drop_duplicates` (at most 0.05);
- the memory that the process holds.
"""

# ruff: noqa: T201 - a command prints
from __future__ import annotations

import argparse
import resource
import sqlite3
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from loop_client import Loop
from loop_client.mirror import Coverage, Mirror
from loop_client.mirror.rows import COLUMNS
from loop_client.mirror.state import State, encoded
from loop_client.mirror.store import Store
from tests.benchmarks import generated

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 5


def least(action: Callable[[], object], rounds: int = ROUNDS) -> float:
    """The least seconds of some rounds: what the machine's other work adds is not ours."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        action()
        times.append(time.perf_counter() - started)
    return min(times)


def fill(url: str, count: int) -> None:
    """A store that holds `count` items of one account, completely walked."""
    store = Store(url)
    account, _ = store.new_account("benchmark", [])
    rows = generated.items(count)
    for name in COLUMNS.names:
        if name not in rows.column_names:
            value = {"first_seen": 1, "walk": 0, "missing": 0, "change": 1}.get(name)
            rows = rows.append_column(name, pa.array([value] * count, COLUMNS.field(name).type))
    marks = ", ".join("?" * len(COLUMNS.names))
    with store.transaction():
        store.load(f"insert into items values ({account}, {marks})", rows.select(COLUMNS.names))  # noqa: S608 - ours
        state = encoded(State(watermark=generated.NEWEST, begun=True, reconciled=1, decided=1, full=1))
        store.execute("update store set value = 1")
        store.execute("update accounts set state = ?", (state,))
    store.close()


def start(url: str) -> Mirror:
    """A mirror with its snapshot."""
    return Mirror(Loop(api_key="k", base_url="http://127.0.0.1:1/v2"), url, "benchmark")


def main() -> None:
    """Print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=1_000_000)
    count = parser.parse_args().items
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/mirror.db"
        fill(url, count)
        mirror = start(url)
        mirror.close()  # writes the Arrow copy
        started = least(lambda: start(url).close(), 3)
        mirror = start(url)
        snapshot = mirror.snapshot()
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        database = Path(folder) / "mirror.db"
        mirror.close()
        copy = Path(folder) / "peer.db"
        copy.write_bytes(database.read_bytes())
        with sqlite3.connect(copy) as peer:
            sql = "select * from items order by created_at desc"
            peers = least(lambda: pd.read_sql(sql, peer), 2)
    print(f"start, {count:,} items: {started:.3f} s; read_sql: {peers:.3f} s; ratio {started / peers:.3f}")

    new = generated.items(100, first=-200)
    refreshed = least(lambda: snapshot.patched(new, [], Coverage(), 2))
    plain = snapshot.frame.astype({name: "str" for name in snapshot.frame if name != "created_at"})
    news = plain.iloc[:100].assign(id=[f"new_{number}" for number in range(100)])
    joined = least(lambda: pd.concat([news, plain]).drop_duplicates("id", keep="first"), 3)
    print(f"refresh of 100 items: {1000 * refreshed:.1f} ms; concat: {1000 * joined:.1f} ms; {refreshed / joined:.3f}")

    print(f"memory at its highest until the start was over: {memory:,.0f} MiB")


if __name__ == "__main__":
    main()
