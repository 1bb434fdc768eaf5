"""What several processes cost and how soon each has what is new: API calls, time per click, the webhook."""

from __future__ import annotations

import asyncio
import random
import re
import statistics
import time
from typing import TYPE_CHECKING, Final

from tests.benchmarks.crowd import Crowd
from tests.benchmarks.replica_set import Setup, running
from tests.benchmarks.table import Bound, show
from tests.benchmarks.tabs import Tab

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

    from tests.benchmarks.replica_set import ReplicaSet

WINDOW: Final = 90.0
"""Seconds from the first call to the API in which calls are counted."""


def measure_growth(items: int, seconds: float) -> None:
    """Print the calls to the API and the cost of a click with 1, 2 and 3 processes."""
    calls, rows = dict[int, int](), []
    for count in (1, 2, 3):
        with running(Setup(count, items, calls_per_minute=6_000, webhook=False)) as replicas:
            replicas.wait_until_ready()
            replicas.wait_until_complete()
            before = replicas.calls()
            time.sleep(max(0.0, before[0].at + WINDOW - time.time()))
            calls[count] = sum(call.at < before[0].at + WINDOW for call in replicas.calls())
            rows.append(_clicks(replicas, seconds))
    show(
        f"12 people who click every second for {seconds:.0f} s; {items:,} items. Processor time of all processes, less "
        "what they take without clicks; the memory of one.",
        ["processes", "clicks", "CPU ms a click", "median ms", "95 % within ms", "MB of one"],
        rows,
    )
    share = abs(calls[3] / calls[1] - 1)
    show(
        f"Calls to the API in the first {WINDOW:.0f} s, {items:,} items.",
        ["1 process", "2", "3", "difference of 3 from 1", "to hold"],
        [[*(f"{calls[count]:,}" for count in (1, 2, 3)), f"{100 * share:.1f} %", Bound(most=0.02).judged(share)]],
    )


def _clicks(replicas: ReplicaSet, seconds: float) -> list[str]:
    """A row: the cost of a click with so many processes."""
    with Crowd(replicas.address, clicking=12, every=1.0).at_work():
        time.sleep(8.0)  # the caches are filled by now
    rest = _used(replicas, seconds / 2) / (seconds / 2)
    crowd = Crowd(replicas.address, clicking=12, every=1.0)
    before, began = _seconds(replicas), time.monotonic()
    with crowd.at_work():
        time.sleep(seconds)
    used = _seconds(replicas) - before - rest * (time.monotonic() - began)
    waits = [1000 * wait for wait in crowd.clicks]
    return [
        str(len(replicas.replicas)),
        str(len(waits)),
        f"{1000 * used / len(waits):.0f}",
        f"{statistics.median(waits):.0f}",
        f"{statistics.quantiles(waits, n=20)[-1]:.0f}",
        f"{replicas.replicas[0].memory() / 1e6:.0f}",
    ]


def _seconds(replicas: ReplicaSet) -> float:
    return sum(one.seconds() for one in replicas.replicas)


def _used(replicas: ReplicaSet, seconds: float) -> float:
    """Processor time of all processes in so many seconds."""
    before = _seconds(replicas)
    time.sleep(seconds)
    return _seconds(replicas) - before


def measure_freshness(replicas: ReplicaSet, items: int) -> None:
    """Print how soon new feedback is in each process and offered in an idle tab."""
    there, offered = [], []
    for _ in range(items):
        time.sleep(random.uniform(3, 6))  # noqa: S311 - the phase of a look at the list
        both = asyncio.run(_after_one(replicas))
        there.append(both[0])
        offered.append(both[1])
    show(
        f"From new feedback, whose webhook nginx hands to any of the {len(replicas.replicas)} processes; "
        f"{items} items, one after the other.",
        ["until it is", "median s", "longest s", "to hold"],
        [
            ["in the snapshot of every process", *_seconds_of(there), Bound(most=6).judged(max(there))],
            ["offered in an idle tab", *_seconds_of(offered), Bound(most=10).judged(max(offered))],
        ],
    )


def _seconds_of(times: list[float]) -> list[str]:
    return [f"{statistics.median(times):.1f}", f"{max(times):.1f}"]


async def _after_one(replicas: ReplicaSet) -> tuple[float, float]:
    """Create an item: seconds until each process has it in its snapshot, and until an idle tab offers it."""
    async with Tab(replicas.address, query="last=all+time") as tab:
        await tab.run()
        told = await tab.listening()
        await told.recv()
        text = f"Unheard of {time.time_ns()}"
        await asyncio.to_thread(replicas.create, text)
        began = time.perf_counter()
        looks = [_until_shown(one.address, text, began) for one in replicas.replicas]
        *shown, offered = await asyncio.gather(*looks, _until_offered(tab, told, began))
        await told.close()
    return max(shown), offered


async def _until_shown(address: str, text: str, began: float) -> float:
    """Seconds until a page that is opened now has the item, asked four times a second."""
    while True:
        async with Tab(address, "inbox") as tab:
            run = await tab.run()
        if run.shows(re.escape(text.encode())):
            return time.perf_counter() - began
        assert time.perf_counter() - began < 60, "a process does not show it"
        await asyncio.sleep(0.25)


async def _until_offered(tab: Tab, told: ClientConnection, began: float) -> float:
    """Seconds until the tab offers new items; it looks a moment after its process has told it of something new."""
    while True:
        async with asyncio.timeout(60):
            await told.recv()
        await asyncio.sleep(1.5 * random.random())  # noqa: S311 - as the script of the page does
        if (await tab.run(fragment=next(iter(tab.fragments)))).widget("button", "show_new"):
            return time.perf_counter() - began
