"""Measure the walk of a list into a frame: ours, a plain one, and dlt's, on one constant local server.

`python -m tests.benchmarks.walk [--mirror]` prints the CPU of each way, the least of alternating rounds, and ratios;
with `--mirror` also what the dashboard does, `Mirror.sync` of an empty mirror (the open items, then all of them, each
page stored with its state), against a plain walk that is written into SQLite once at its end.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import httpx
import pandas as pd

from loop_client import Loop
from loop_client.mirror import Mirror
from loop_client.sandbox.sample import sample_items
from tests.benchmarks.table import Bound, ratio, show

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = 100
BARS: dict[str, float | None] = {"httpx + json + json_normalize": 0.45, "dlt RESTClient": 0.30}
"""The largest share of each other way's CPU that ours may use."""


def pages(items: int, status: str = "") -> list[bytes]:
    """The bodies of a list of this many items, newest first, or of those with a status.

    The cursor of a page is its number, after the status.
    """
    rows = [
        {
            "id": row["id"],
            "user": {"id": row["user_id"]},
            **{name: row[name] for name in ("message", "sentiment", "source", "tag", "status")},
            "createdAt": row["created_at"],
        }
        for row in sample_items(items, now=datetime(2026, 6, 19, tzinfo=UTC))
    ]
    rows.sort(key=lambda row: str(row["createdAt"]), reverse=True)
    rows = [row for row in rows if not status or row["status"] == status]
    starts = range(0, len(rows), PAGE)
    return [
        json.dumps(
            {
                "data": rows[start : start + PAGE],
                "nextCursor": f"{status}{number + 1}" if start + PAGE < len(rows) else None,
                "hasMore": start + PAGE < len(rows),
            },
            ensure_ascii=False,
            separators=(",", ":"),
        ).encode()
        for number, start in enumerate(starts)
    ]


class Constant(asyncio.Protocol):
    """Answers every request with a prepared body in one write, so that the cost is the client's."""

    def __init__(self, answers: dict[bytes, bytes]) -> None:
        """Give these answers, by cursor; the cursor of a first page is its status."""
        self._answers = answers

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Store the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer the request, which fits into one segment."""
        cursor = re.search(rb"cursor=(\w+)", data) or re.search(rb"status=(\w+)", data)
        self._transport.write(self._answers[cursor[1] if cursor else b""])


def serve(items: int) -> None:
    """Answer until killed."""
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    answers = {
        f"{status}{number or ''}".encode(): head % len(body) + body
        for status in ("", "open", "resolved")
        for number, body in enumerate(pages(items, status))
    }

    async def forever() -> None:
        server = await asyncio.get_running_loop().create_server(lambda: Constant(answers), "127.0.0.1", 0)
        print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201 - the parent reads it
        await server.serve_forever()

    asyncio.run(forever())


def ours(base_url: str) -> pd.DataFrame:
    """Walk with our client."""
    with Loop(api_key="key", base_url=base_url) as loop:
        return loop.feedback.to_frame()


def plain(base_url: str) -> pd.DataFrame:
    """Walk as one writes it first, without checks."""
    rows: list[Any] = []
    params: dict[str, Any] = {"limit": PAGE}
    with httpx.Client(headers={"Authorization": "Bearer key"}, trust_env=False) as client:
        while True:
            page = json.loads(client.get(f"{base_url}/feedback", params=params).content)
            rows += page["data"]
            if not page["hasMore"]:
                return pd.json_normalize(rows)
            params["cursor"] = page["nextCursor"]


def with_dlt(base_url: str) -> pd.DataFrame:
    """Walk with dlt."""
    from dlt.sources.helpers.rest_client.auth import BearerTokenAuth  # noqa: PLC0415 - the same
    from dlt.sources.helpers.rest_client.client import RESTClient  # noqa: PLC0415 - after its telemetry was switched off
    from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator  # noqa: PLC0415 - the same

    client = RESTClient(
        base_url=base_url,
        auth=BearerTokenAuth(token="key"),  # noqa: S106 - a word, not a secret
        paginator=JSONResponseCursorPaginator(cursor_path="nextCursor", cursor_param="cursor"),
        data_selector="data",
    )
    rows = [row for page in client.paginate("/feedback", params={"limit": PAGE}) for row in page]
    return pd.json_normalize(rows)


def mirrored(base_url: str) -> pd.DataFrame:
    """Sync as the dashboard does: a complete mirror on disk, with current statuses."""
    with TemporaryDirectory() as folder, Loop(api_key="key", base_url=base_url) as loop:
        mirror = Mirror(loop, f"sqlite:///{folder}/mirror.db")
        mirror.sync()
        held = mirror.snapshot()
        mirror.close()
    assert held.coverage.complete
    return held.frame


def written(base_url: str) -> pd.DataFrame:
    """Walk and store the items as one writes it first."""
    frame = plain(base_url)
    with TemporaryDirectory() as folder, sqlite3.connect(Path(folder) / "plain.db") as connection:
        frame.to_sql("items", connection, index=False)
    return frame


def cpu_seconds(way: Callable[[str], pd.DataFrame], base_url: str, items: int) -> float:
    """CPU seconds of this process for one walk that yielded every item."""
    start = time.process_time()
    frame = way(base_url)
    spent = time.process_time() - start
    if len(frame) != items:
        raise SystemExit(f"{way.__name__} brought {len(frame)} of {items} items")
    return spent


def compare(base_url: str, items: int, rounds: int, *, with_mirror: bool) -> None:
    """Print the least CPU of each way, because other load only adds to it."""
    ways = {"client": ours, "httpx + json + json_normalize": plain, "dlt RESTClient": with_dlt}
    if with_mirror:
        ways |= {"Mirror.sync": mirrored, "httpx + json + json_normalize + to_sql": written}
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for round_ in range(rounds + 1):
        for name, way in ways.items():
            seconds = cpu_seconds(way, base_url, items)
            if round_:  # the first one is a warm-up
                spent[name].append(seconds)
    least = {name: min(seconds) for name, seconds in spent.items()}
    compared = [("client", name, most) for name, most in BARS.items()]
    if with_mirror:
        compared += [("Mirror.sync", "httpx + json + json_normalize + to_sql", None), ("Mirror.sync", "client", None)]
    rows = []
    for mine, other, most in compared:
        share = least[mine] / least[other]
        times = [f"{1000 * least[name]:,.0f} ms" for name in (mine, other)]
        rows.append([mine, times[0], other, times[1], ratio(share), Bound(most=most).judged(share)])
    show(
        f"CPU of a walk of {items:,} items, least of {rounds} in turns.",
        ["ours", "CPU", "against", "its CPU", "ratio", "to hold"],
        rows,
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser("python -m tests.benchmarks.walk", description=__doc__)
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--mirror", action="store_true", help="also what the dashboard does with what it walks")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.items)
        return
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    os.environ["NO_PROXY"] = "127.0.0.1"
    command = [sys.executable, "-m", "tests.benchmarks.walk", "--serve", "--items", str(options.items)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            address = f"http://127.0.0.1:{int(server.stdout.readline())}/v2"
            compare(address, options.items, options.rounds, with_mirror=options.mirror)
        finally:
            server.kill()


if __name__ == "__main__":
    main()
