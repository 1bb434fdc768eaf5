"""What walking a list into a frame costs: ours, a plain one, and dlt's, against one constant local server.

`python -m tests.benchmarks.walk` prints the CPU of each way, the least of alternating rounds, and two ratios.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pandas as pd

from loop_client import Loop
from loop_client.sandbox.sample import sample_items

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PAGE = 100
BARS = {"httpx + json + json_normalize": 0.45, "dlt RESTClient": 0.30}
"""The largest share of each other way's CPU that ours may take."""


def pages(items: int) -> list[bytes]:
    """The bodies of a list of so many items, newest first; the cursor of a page is its number."""
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
    starts = range(0, items, PAGE)
    return [
        json.dumps(
            {
                "data": rows[start : start + PAGE],
                "nextCursor": str(number + 1) if start + PAGE < items else None,
                "hasMore": start + PAGE < items,
            },
            ensure_ascii=False,
            separators=(",", ":"),
        ).encode()
        for number, start in enumerate(starts)
    ]


class Constant(asyncio.Protocol):
    """Answers every request with a body made beforehand, in one write: what it costs is the client's."""

    def __init__(self, answers: list[bytes]) -> None:
        """Answer with these, by cursor."""
        self._answers = answers

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep where to write."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer; a request of ours fits into one segment."""
        cursor = re.search(rb"cursor=(\d+)", data)
        self._transport.write(self._answers[int(cursor[1]) if cursor else 0])


def serve(items: int) -> None:
    """Answer until killed."""
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    answers = [head % len(body) + body for body in pages(items)]

    async def forever() -> None:
        server = await asyncio.get_running_loop().create_server(lambda: Constant(answers), "127.0.0.1", 0)
        print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201 - the parent reads it
        await server.serve_forever()

    asyncio.run(forever())


def ours(base_url: str) -> pd.DataFrame:
    """The client."""
    with Loop(api_key="key", base_url=base_url) as loop:
        return loop.feedback.to_frame()


def plain(base_url: str) -> pd.DataFrame:
    """What is written first, without any check."""
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
    """What would be picked instead."""
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


def cpu_seconds(way: Callable[[str], pd.DataFrame], base_url: str, items: int) -> float:
    """CPU of this process for one walk that brought every item."""
    start = time.process_time()
    frame = way(base_url)
    spent = time.process_time() - start
    if len(frame) != items:
        raise SystemExit(f"{way.__name__} brought {len(frame)} of {items} items")
    return spent


def compare(base_url: str, items: int, rounds: int) -> bool:
    """Print the least CPU of each way, since what else the machine does only adds; and whether both bars are kept."""
    ways = {"ours": ours, "httpx + json + json_normalize": plain, "dlt RESTClient": with_dlt}
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for round_ in range(rounds + 1):
        for name, way in ways.items():
            seconds = cpu_seconds(way, base_url, items)
            if round_:  # the first one warms up
                spent[name].append(seconds)
    least = {name: min(seconds) for name, seconds in spent.items()}
    for name, seconds in least.items():
        print(f"{name:32} {seconds * 1000:8.0f} ms CPU for {items:,} items")  # noqa: T201 - a command prints
    kept = True
    for name, bar in BARS.items():
        ratio = least["ours"] / least[name]
        kept &= ratio <= bar
        print(f"ours / {name:25} {ratio:8.2f}   (bar {bar:.2f})")  # noqa: T201 - the same
    return kept


def main(arguments: Sequence[str]) -> int:
    """Measure; 1 when a bar is missed."""
    parser = argparse.ArgumentParser("python -m tests.benchmarks.walk", description=__doc__)
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.serve:
        serve(options.items)
        return 0
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    os.environ["NO_PROXY"] = "127.0.0.1"
    command = [sys.executable, "-m", "tests.benchmarks.walk", "--serve", "--items", str(options.items)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            kept = compare(f"http://127.0.0.1:{int(server.stdout.readline())}/v2", options.items, options.rounds)
        finally:
            server.kill()
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
