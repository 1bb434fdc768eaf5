"""Measure a page of the sandbox at any depth, and against a constant answer.

`python -m tests.benchmarks.sandbox [--items 1000000]` loads that many items and prints

- the depth ratio of each list: a page at 90 % of its items against its first page (bound: at most 1.3);
- list pages per second over HTTP against the same bytes as a constant answer of the same stack (at least 0.25).
"""

from __future__ import annotations

import argparse
import multiprocessing
import re
import socket
import statistics
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from loop_client.sandbox.app import sandbox_app
from loop_client.sandbox.sample import sample_items
from loop_client.sandbox.store import Store
from tests.benchmarks.table import Bound, ratio, show

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from starlette.requests import Request

KEY = "benchmark"
RARE = "rare"
LISTS: tuple[dict[str, str], ...] = (
    {},
    {"status": "open"},
    {"status": "resolved"},
    {"sentiment": "negative"},
    {"tag": "exports"},
    {"tag": RARE},
    {"status": "open", "sentiment": "negative"},
    {"status": "open", "tag": "exports"},
    {"sentiment": "negative", "tag": "exports"},
    {"status": "open", "sentiment": "negative", "tag": "exports"},
)


def items(count: int) -> Iterator[Mapping[str, str | None]]:
    """Sample items; every 5,000th of them has a rare tag."""
    for number, item in enumerate(sample_items(count, seed=1, now=datetime.now(UTC))):
        yield {**item, "tag": RARE} if number % 5000 == 0 else item


def serve(listener: socket.socket, database: Path, constant: bytes | None) -> None:
    """Serve the sandbox, or the constant in its place, until killed."""
    if constant is None:
        application = sandbox_app(Store(database), KEY)
    else:

        async def answer(_: Request) -> Response:
            return Response(constant, media_type="application/json")

        application = Starlette(routes=[Route("/v2/feedback", answer)])
    config = uvicorn.Config(application, log_level="warning", access_log=False, lifespan="off")
    uvicorn.Server(config).run(sockets=[listener])


@contextmanager
def connected(database: Path, constant: bytes | None = None) -> Iterator[socket.socket]:
    """An open connection to a server in another process."""
    with socket.socket(proto=socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        process = multiprocessing.get_context("spawn").Process(target=serve, args=(listener, database, constant))
        process.start()
        try:
            with socket.create_connection(listener.getsockname(), timeout=60) as connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                yield connection
        finally:
            process.kill()
            process.join()


def page(connection: socket.socket, query: str) -> bytes:
    """The body of one answer."""
    request = f"GET /v2/feedback?{query} HTTP/1.1\r\nHost: loop\r\nAuthorization: Bearer {KEY}\r\n\r\n"
    connection.sendall(request.encode())
    received = connection.recv(1 << 18)
    while b"\r\n\r\n" not in received:
        received += connection.recv(1 << 18)
    head, _, body = received.partition(b"\r\n\r\n")
    found = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    if found is None or not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(head.decode())
    parts, missing = [body], int(found[1]) - len(body)
    while missing:
        parts.append(connection.recv(1 << 18))
        missing -= len(parts[-1])
    return b"".join(parts)


def pages_per_second(connection: socket.socket, query: str, seconds: float) -> float:
    """Answers per second, one request after the other."""
    page(connection, query)
    count, start = 0, time.perf_counter()
    while (took := time.perf_counter() - start) < seconds:
        page(connection, query)
        count += 1
    return count / took


def depth_ratio(store: Store, filters: Mapping[str, str]) -> tuple[float, float]:
    """Seconds for the first page, and the ratio of a page at 90 % of the list, at 20 items per page."""
    positions = [None, *ends(store, filters)]
    deep = positions[len(positions) * 9 // 10]
    costs: dict[bool, list[float]] = {False: [], True: []}
    for number in range(400):  # in turns, so that other load affects both
        start = time.perf_counter()
        store.page(filters, 20, deep if number % 2 else None)
        costs[bool(number % 2)].append(time.perf_counter() - start)
    first, at_90 = statistics.median(costs[False]), statistics.median(costs[True])
    return first, at_90 / first


def ends(store: Store, filters: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """The positions at which pages end."""
    _, end = store.page(filters, 20, None)
    while end:
        yield end
        _, end = store.page(filters, 20, end)


def main() -> None:
    """Print both figures."""
    parser = argparse.ArgumentParser("python -m tests.benchmarks.sandbox", description=__doc__)
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=0.4, help="for each of 15 turns of a rate")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        database = Path(folder) / "sandbox.db"
        store = Store(database)
        start, busy = time.perf_counter(), time.process_time()
        store.load(items(options.items))
        size = database.stat().st_size / 1e6
        took, busy = time.perf_counter() - start, time.process_time() - busy
        depths = []
        for filters in LISTS:
            first, deep = depth_ratio(store, filters)
            name = " ".join(f"{name}={value}" for name, value in filters.items()) or "no filter"
            depths.append([name, f"{first * 1e6:.0f} µs", ratio(deep), Bound(most=1.3).judged(deep)])
        store.close()
        show(
            f"A page at 90 % of a list against its first page; {options.items:,} items, loaded in {took:.1f} s "
            f"({busy:.1f} s of CPU), {size:,.0f} MB.",
            ["list", "first page", "at 90 %", "to hold"],
            depths,
        )
        rates = []
        for query in ("limit=20", "limit=100", "limit=100&status=open&sentiment=negative"):
            with connected(database) as sandbox, connected(database, page(sandbox, query)) as constant:
                pairs = [
                    tuple(pages_per_second(one, query, options.seconds) for one in (sandbox, constant))
                    for _ in range(15)
                ]
            share = statistics.median(ours / theirs for ours, theirs in pairs)
            ours, theirs = (statistics.median(rate) for rate in zip(*pairs, strict=True))
            rates.append([query, f"{ours:,.0f}", f"{theirs:,.0f}", ratio(share), Bound(least=0.25).judged(share)])
        show(
            "Pages a second over HTTP against the same bytes as a constant, median of 15 turns.",
            ["query", "sandbox", "constant", "ratio", "to hold"],
            rates,
        )


if __name__ == "__main__":
    main()
