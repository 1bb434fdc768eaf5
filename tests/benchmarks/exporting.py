"""Measure exports: processor, memory of the process, and the delay of everybody else's pages.

`python -m tests.benchmarks.exporting` prints, against pandas writing the same rows in the same run, the CPU of each
format; then, for a server with five JSON exports at once, the peak of its memory over the idle level, and what a
click of another viewer takes meanwhile; and the time to the first byte of a large one. Bounds: CSV 0.35 and share-safe
1.5 times `to_csv`, JSON 0.8 times `to_json`; 300 MB; twice the click; 1 s.
"""

# ruff: noqa: T201 - the parent reads it
from __future__ import annotations

import argparse
import asyncio
import gc
import http.client
import logging
import re
import socket
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import streamlit as st
import uvicorn
from starlette.routing import Route
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect

from loop_client.mirror import Snapshot, Zone, columns, cube
from loop_client.report.column_masks import Mask
from loop_client.report.export import FORMATS, About, Export, Items
from loop_client.report.masking import People
from pages.server import downloads
from tests.benchmarks import generated, page
from tests.benchmarks.table import Bound, ratio, show
from tests.benchmarks.viewers import Viewer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd

    from loop_client.report.export import Format

ZONE = "Europe/Berlin"
TURNS = 5


def seconds_of(work: Callable[[], object]) -> float:
    """The least processor time of all threads over several turns."""
    spent = []
    for _ in range(TURNS):
        gc.collect()
        started = time.process_time()
        work()
        spent.append(time.process_time() - started)
    return min(spent)


def account(count: int) -> pd.DataFrame:
    """The frame of an account; every tenth message is not ASCII."""
    table = generated.items(count)
    place = table.schema.get_field_index("message")
    told = [f"{text} and déjà vu" if row % 10 == 0 else text for row, text in enumerate(table["message"].to_pylist())]
    return columns.of_table(table.set_column(place, "message", pa.array(told)))


def processor(count: int) -> None:
    """Print what each format takes against pandas."""
    frame = account(count)
    local = frame["created_at"].dt.tz_convert(ZONE).dt.tz_localize(None)
    rows = frame.assign(created_local=local)
    of_pandas = {
        "to_csv": seconds_of(lambda: rows.to_csv(index=False).encode()),
        "to_json": seconds_of(lambda: rows.to_json(orient="records", date_format="iso").encode()),
    }
    mask = Mask(People.of(frame["user_id"].unique()), bytes(32))
    plain, safe = (
        Export(Items(frame, np.arange(count), Zone(ZONE), mask=one), About(time_zone=ZONE)) for one in (None, mask)
    )
    rows_of = []
    for name, work, peer, most in (
        ("CSV", lambda: plain.to("csv"), "to_csv", 0.35),
        ("CSV, share-safe", lambda: safe.to("csv"), "to_csv", 1.5),
        ("JSON", lambda: plain.to("json"), "to_json", 0.8),
        ("JSON Lines", lambda: plain.to("jsonl"), "to_json", None),
        ("Markdown", lambda: plain.to("markdown"), "to_csv", None),
    ):
        spent = seconds_of(work)
        share = spent / of_pandas[peer]
        times = [f"{spent:.2f} s", peer, f"{of_pandas[peer]:.2f} s"]
        rows_of.append([name, *times, ratio(share), Bound(most=most).judged(share)])
    title = f"CPU of an export of {count:,} items, least of {TURNS}."
    show(title, ["format", "ours", "pandas'", "its CPU", "ratio", "to hold"], rows_of)


def serve(count: int) -> None:
    """Serve the pages of an account until killed; the first line printed is the port."""
    logging.disable(logging.WARNING)
    frame = account(count)
    held = Snapshot(frame, cube.cells_of(frame), 1, generated.snapshot(1).coverage)
    with page.showing(held), socket.create_server(("127.0.0.1", 0)) as listener:
        app = st.App(page.FRAME, routes=[Route(f"{downloads.PATH}/{{token}}", downloads.answer)])
        gc.collect()
        gc.freeze()
        print(listener.getsockname()[1], flush=True)
        uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listener])


@contextmanager
def served(count: int) -> Iterator[tuple[int, int]]:
    """A server of that account: its port and its process id."""
    command = [sys.executable, "-m", "tests.benchmarks.exporting", "--serve", str(count)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield int(server.stdout.readline()), server.pid
        finally:
            server.kill()


async def link(port: int, form: Format) -> str:
    """A link that the inbox offers, with all items listed, once its menu is open."""
    url = f"ws://127.0.0.1:{port}/_stcore/stream"
    async with connect(url, subprotocols=["streamlit"], max_size=None, compression=None, proxy=None) as connection:  # type: ignore[list-item] # a NewType of str
        message = BackMsg()
        message.rerun_script.page_name, message.rerun_script.query_string = "inbox", "view=all"
        menu = re.compile(rb"\$\$ID-[0-9a-f]{32}-export")
        for pattern in (menu, re.compile(rb"/export/[\w-]{43}")):
            await connection.send(message.SerializeToString())
            found: list[bytes] = []
            while True:
                answer = bytes(await connection.recv(decode=False))
                found += pattern.findall(answer)
                if ForwardMsg.FromString(answer).WhichOneof("type") == "script_finished":
                    break
            if pattern is menu:
                message.rerun_script.widget_states.widgets.add(id=found[0].decode(), bool_value=True)
        links = list(dict.fromkeys(found))
        forms = [one for one in FORMATS if one != "xlsx" or len(links) == len(FORMATS)]  # too many items for a workbook
        return links[forms.index(form)].decode()


def fetched(port: int, path: str) -> tuple[float, float, int]:
    """Seconds to the first and to the last byte, and the number of bytes."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    started = time.perf_counter()
    connection.request("GET", path)
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    size, first = len(answer.read(1)), time.perf_counter() - started
    while piece := answer.read(1 << 16):
        size += len(piece)
    return first, time.perf_counter() - started, size


def memory(process: int) -> float:
    """The megabytes of memory of a process."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]


async def clicks(port: int, until: Callable[[], bool]) -> list[float]:
    """Seconds that clicks of a viewer of the overview take."""
    url = f"ws://127.0.0.1:{port}/_stcore/stream"
    async with connect(url, subprotocols=["streamlit"], max_size=None, compression=None, proxy=None) as connection:  # type: ignore[list-item] # a NewType of str
        viewer, waited = Viewer(connection), list[float]()
        await viewer.opened()
        for sentiments in page.CHOICES:
            await viewer.clicked(sentiments)
        while not until() or len(waited) < 5:
            waited.append(await viewer.clicked(page.CHOICES[len(waited) % len(page.CHOICES)]))
            await asyncio.sleep(0.2)
    return waited


def five_at_once(count: int) -> None:
    """Print what five concurrent JSON exports cost the process and another viewer."""
    with served(count) as (port, process), ThreadPoolExecutor(1) as others:
        ends = time.monotonic() + 15
        at_rest = asyncio.run(clicks(port, lambda: time.monotonic() > ends))
        links = [asyncio.run(link(port, "json")) for _ in range(5)]
        rest = peak = memory(process)
        readers = [
            subprocess.Popen([sys.executable, "-m", "tests.benchmarks.exporting", "--fetch", str(port), one])
            for one in links
        ]
        started = time.monotonic()

        def done() -> bool:
            nonlocal peak
            peak = max(peak, memory(process))
            return all(reader.poll() is not None for reader in readers)

        waiting = others.submit(asyncio.run, clicks(port, done))
        while not done():
            time.sleep(0.02)
        took = time.monotonic() - started
        busy = waiting.result()
        left = memory(process)
    assert all(reader.returncode == 0 for reader in readers)
    middle, meanwhile = statistics.median(at_rest), statistics.median(busy)
    show(
        f"Five JSON exports of {count:,} items at once, done in {took:.1f} s.",
        ["measured", "at rest", "meanwhile", "more", "to hold"],
        [
            [
                "memory of the process",
                f"{rest:.0f} MB",
                f"{peak:.0f} MB",
                f"{peak - rest:.0f} MB",
                _most(300, peak - rest),
            ],
            ["memory afterwards", f"{rest:.0f} MB", f"{left:.0f} MB", f"{left - rest:.0f} MB", ""],
            [
                f"another viewer's click, median of {len(busy)}",
                f"{1000 * middle:.0f} ms",
                f"{1000 * meanwhile:.0f} ms",
                f"{meanwhile / middle:.2f} times",
                _most(2, meanwhile / middle),
            ],
        ],
    )


def _most(most: float, value: float) -> str:
    return Bound(most=most).judged(value)


def first_byte(count: int) -> None:
    """Print how long a reader of a large export waits, and its speed."""
    with served(count) as (port, _):
        forms: tuple[Format, ...] = ("csv", "json")
        rows = []
        for form in forms:
            first, last, size = fetched(port, asyncio.run(link(port, form)))
            megabytes = f"{size / 1e6:,.0f}"
            rows.append([form, f"{first:.2f} s", _most(1, first), f"{last:.1f} s", megabytes])
    title = f"A reader of an export of {count:,} items."
    show(title, ["format", "first byte", "to hold", "last byte", "MB"], rows)


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000, help="of the formats")
    parser.add_argument("--each", type=int, default=300_000, help="items of the five exports at once")
    parser.add_argument("--large", type=int, default=1_000_000, help="items of the large one")
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--fetch", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve)
    elif options.fetch:
        fetched(int(options.fetch[0]), options.fetch[1])
    else:
        processor(options.rows)
        five_at_once(options.each)
        first_byte(options.large)


if __name__ == "__main__":
    main()
