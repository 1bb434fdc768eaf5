"""Measure what idle tabs cost: CPU of a real dashboard with 100 open tabs in which nobody does anything.

`python -m tests.benchmarks.idle [--viewers 100] [--seconds 60] [--folder .]` starts the dashboard of a folder with a
sandbox, lets viewers open the overview and do what a browser does by itself (timers, and what news are told of), and
prints the CPU time with and without them, while nothing happens and with a new item every ten seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin, Subprotocol

from pages.server import news
from tests.benchmarks.table import Bound, ratio, show
from tests.browser.conftest import started
from tests.sandboxes import row, running_sandbox

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

ITEMS = 2_000

EVERY = 10.0
"""Seconds between two new items."""

LOOKS_EVERY = 15.0
"""Seconds between two looks of a tab, as in the script."""

TIMER = 10.0
"""Seconds between two looks of a tab that nobody tells, as tabs were before."""

SETTLED = 15.0
"""Seconds after the last tab was opened, in which each looks once more."""


@dataclass
class Tab:
    """A browser's tab in which nobody does anything. `runs`: that it asked for."""

    address: str
    runs: int = 0
    _timers: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    async def stay(self, ready: asyncio.Event) -> None:
        """Open the page, and stay until cancelled."""
        url, origin = self.address.replace("http", "ws"), Origin(self.address)
        protocol = [Subprotocol("streamlit")]
        async with connect(
            f"{url}/_stcore/stream", subprotocols=protocol, origin=origin, max_size=None, proxy=None
        ) as page:
            await page.send(BackMsg(rerun_script=ClientState()).SerializeToString())
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._read(page, tasks, ready))
                with suppress(InvalidStatus):
                    async with connect(f"{url}{news.PATH}", origin=origin, proxy=None, compression=None) as told:
                        await told.recv()
                        has_news = asyncio.Event()
                        tasks.create_task(self._follow(page, has_news))
                        async for _ in told:
                            has_news.set()

    async def _follow(self, page: ClientConnection, has_news: asyncio.Event) -> None:
        """Look as the script of `browser_history` does."""
        spent = 0.0
        while await has_news.wait():
            pause = 1.5 * random.random()  # noqa: S311 - no secret
            await asyncio.sleep(max(pause, spent - time.monotonic() - LOOKS_EVERY))
            has_news.clear()
            spent = max(spent, time.monotonic()) + LOOKS_EVERY
            await self._look(page, next(iter(self._timers)))

    async def _read(self, page: ClientConnection, tasks: asyncio.TaskGroup, ready: asyncio.Event) -> None:
        async for message in page:
            if len(message) > 1_000:  # what draws something
                continue
            said = ForwardMsg.FromString(bytes(message))  # type: ignore[arg-type]
            if said.HasField("auto_rerun"):
                fragment, every = said.auto_rerun.fragment_id, said.auto_rerun.interval
                if fragment in self._timers:
                    self._timers[fragment].cancel()
                self._timers[fragment] = tasks.create_task(self._timer(page, fragment, every))
            elif said.WhichOneof("type") == "script_finished":
                ready.set()

    async def _timer(self, page: ClientConnection, fragment: str, every: float) -> None:
        while True:
            await asyncio.sleep(every)
            await self._look(page, fragment)

    async def _look(self, page: ClientConnection, fragment: str) -> None:
        self.runs += 1
        await page.send(BackMsg(rerun_script=ClientState(fragment_id=fragment)).SerializeToString())


def cpu(process: int) -> float:
    """Seconds of CPU that a process has taken."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(process: int) -> float:
    """MB that a process has in memory."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


async def arriving(base_url: str, key: str, hook: str, seconds: float) -> None:
    """Store an item every ten seconds, and tell the dashboard."""
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {key}"}) as http:
        for _ in range(int(seconds / EVERY)):
            item = {"user": {"id": "u_9"}, "message": "News", "sentiment": "negative"}
            await http.post(f"{base_url}/feedback", json=item)
            await http.post(hook)
            await asyncio.sleep(EVERY)


async def measured(address: str, process: int, viewers: int, seconds: float, new: tuple[str, str, str]) -> list[float]:
    """Seconds of CPU without a tab, with idle ones, with new items, runs of both, MB, and MB of all tabs."""
    before = cpu(process)
    await asyncio.sleep(seconds)
    alone, empty = cpu(process) - before, memory(process)
    tabs, tasks = [Tab(address) for _ in range(viewers)], []
    for tab in tabs:
        ready = asyncio.Event()
        tasks.append(asyncio.create_task(tab.stay(ready)))
        await ready.wait()
    await asyncio.sleep(SETTLED)
    full, results = memory(process), [alone]
    for is_busy in (False, True):
        before, runs = cpu(process), sum(tab.runs for tab in tabs)
        await asyncio.gather(asyncio.sleep(seconds), *([arriving(*new, seconds)] if is_busy else []))
        results += [cpu(process) - before, sum(tab.runs for tab in tabs) - runs]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return [*results, empty, full]


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--viewers", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--folder", type=Path, default=Path.cwd(), help="another version of the dashboard")
    parser.add_argument("--json", action="store_true", help="print the plain figures")
    options = parser.parse_args()
    secret, rows = secrets.token_urlsafe(24), [row(number) for number in range(ITEMS, 0, -1)]
    with TemporaryDirectory() as name, running_sandbox(Path(name) / "sandbox", items=rows) as sandbox:
        settings = {"LOOP_API_KEY": sandbox.api_key, "LOOP_BASE_URL": sandbox.base_url, "LOOP_DATA_DIR": name}
        settings |= {"LOOP_HOOK_SECRET": secret, "PYTHONPATH": str(options.folder)}
        with started(Path("app.py"), Path(name), options.folder, 0, **settings) as (address, process):
            while httpx.get(f"{address}/readyz").status_code != httpx.codes.OK:
                time.sleep(0.5)
            time.sleep(10)
            new = (sandbox.base_url, sandbox.api_key, f"{address}/hooks/loop/{secret}")
            found = asyncio.run(measured(address, process.pid, options.viewers, options.seconds, new))
    if options.json:
        print(json.dumps(found))  # noqa: T201 - it is asked for
        return
    alone, idle, idle_runs, busy, busy_runs, empty, full = found
    minutes = options.viewers * options.seconds / 60
    rows_shown = []
    for meanwhile, taken, runs in (("nothing", idle, idle_runs), ("an item every 10 s", busy, busy_runs)):
        each, share = 1_000 * (taken - alone) / minutes, runs / minutes / (60 / TIMER)
        most = Bound(most=0.2 if meanwhile == "nothing" else 1.05).judged(share)
        rows_shown.append([meanwhile, f"{each:.1f}", f"{runs / minutes:.1f}", ratio(share), most])
    show(
        f"{options.viewers} tabs for {options.seconds:.0f} s, beside a timer of {TIMER:.0f} s, which runs six times.",
        ["what is new", "CPU ms a tab and minute", "runs", "runs / timer's", "to hold"],
        rows_shown,
    )
    show(
        "The process itself.",
        ["", "no tab", f"with {options.viewers}"],
        [
            ["CPU while nothing is new", f"{alone:.2f} s", f"{idle:.2f} s"],
            ["memory", f"{empty:.0f} MB", f"{full:.0f} MB"],
        ],
    )


if __name__ == "__main__":
    main()
