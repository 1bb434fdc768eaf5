"""Measure a click while others click: 20 viewers of the overview over real websockets, a click each 2 s.

`python -m tests.benchmarks.viewers [--viewers 20] [--items 100000] [--seconds 20]` starts a server for each of ours,
the floor (see `floor`) and the ordinary dashboard, one after the other, the first two in turns, and prints the median
time from a click to the end of its script. Bounds: at least 50 times faster than the ordinary dashboard, and at
most 2 times the floor.
"""

# ruff: noqa: T201 - the parent reads it
from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import random
import socket
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import streamlit as st
import uvicorn
from streamlit import config
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect

from tests.benchmarks import floor, generated, page
from tests.benchmarks.table import Bound, ratio, show

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

EVERY = 2.0
"""Seconds between two clicks of a viewer, or until the answer if that takes longer."""

TURNS = 3
"""Alternating turns of our page and the floor, so that other load affects both."""

SMALL = 1000
"""The size in bytes up to which a message may be the one that ends a script."""


def serve(name: str, size: int) -> None:
    """Serve one of the pages until killed; the first line printed is its port."""
    logging.disable(logging.WARNING)
    scripts = {"ours": page.FRAME, "floor": floor.SCRIPT, "ordinary": page.ORDINARY, "empty": page.HERE / "empty.py"}
    with page.showing(generated.snapshot(size)), socket.create_server(("127.0.0.1", 0)) as listener:
        if name == "floor":
            floor.record(page.opened(), [tuple(choice) for choice in (*page.CHOICES, ["negative", "positive"])])
        app = st.App(scripts[name])
        if name in {"ordinary", "empty"}:  # Streamlit's default
            config.set_option("runner.postScriptGC", value=True)
        else:  # as in `data.start`
            gc.collect()
            gc.freeze()
        print(listener.getsockname()[1], flush=True)
        uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listener])


class Viewer:
    """A browser as the server sees it: a session that changes the filter of sentiments."""

    def __init__(self, connection: ClientConnection) -> None:
        """Use this connection."""
        self._connection, self._filter = connection, ""

    async def opened(self) -> None:
        """Run the page once, and find the filter."""
        asked = ClientState(query_string="last=all+time")  # the generated items are older than the first period
        await self._connection.send(BackMsg(rerun_script=asked).SerializeToString())
        while True:
            message = ForwardMsg.FromString(bytes(await self._connection.recv(decode=False)))
            if message.delta.new_element.HasField("multiselect"):
                identity = message.delta.new_element.multiselect.id
                self._filter = identity if identity.endswith("sentiment") else self._filter
            if message.WhichOneof("type") == "script_finished":
                break
        assert self._filter, "the page has no filter of sentiments"

    async def clicked(self, choice: list[str]) -> float:
        """Seconds from a change of the filter to the end of the script."""
        message = BackMsg()
        state = message.rerun_script.widget_states.widgets.add(id=self._filter)
        state.string_array_value.data.extend(choice)
        started = time.perf_counter()
        await self._connection.send(message.SerializeToString())
        while True:
            answer = await self._connection.recv(decode=False)
            if len(answer) < SMALL and ForwardMsg.FromString(bytes(answer)).WhichOneof("type") == "script_finished":
                return time.perf_counter() - started


async def view(port: int, seconds: float, number: int) -> list[float]:
    """The seconds that one viewer waited for each answer."""
    url, choice = f"ws://127.0.0.1:{port}/_stcore/stream", random.Random(number)  # noqa: S311 - no secret
    async with connect(url, subprotocols=["streamlit"], max_size=None, compression=None, proxy=None) as connection:  # type: ignore[list-item] # a NewType of str
        viewer, waited = Viewer(connection), list[float]()
        await viewer.opened()
        for sentiments in page.CHOICES:
            await viewer.clicked(sentiments)  # the caches are filled by now
        await asyncio.sleep(EVERY * choice.random())
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            waited.append(await viewer.clicked(choice.choice(page.CHOICES)))
            await asyncio.sleep(max(0.0, EVERY - waited[-1]))
    return waited


async def measured(port: int, seconds: float, viewers: int) -> list[float]:
    """The seconds that all viewers waited for each answer."""
    waits = await asyncio.gather(*(view(port, seconds, number) for number in range(viewers)))
    return [wait for viewer in waits for wait in viewer]


def main() -> None:
    """Print the medians and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--viewers", type=int, default=20)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options.items)
        return
    waits: dict[str, list[list[float]]] = {"ours": [], "floor": [], "ordinary": []}
    for name in (*("ours", "floor") * TURNS, "ordinary"):
        command = [sys.executable, "-m", "tests.benchmarks.viewers", "--serve", name, "--items", str(options.items)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout is not None
                port = int(server.stdout.readline())
                waits[name].append(asyncio.run(measured(port, options.seconds, options.viewers)))
            finally:
                server.kill()
    calmest = {name: min(turns, key=statistics.median) for name, turns in waits.items()}
    medians = {name: statistics.median(turn) for name, turn in calmest.items()}
    to_floor, to_ordinary = medians["ours"] / medians["floor"], medians["ordinary"] / medians["ours"]
    told = {
        "ours": ["1", ""],
        "floor": [ratio(to_floor), Bound(most=2).judged(to_floor)],
        "ordinary": [ratio(1 / to_ordinary), Bound(most=1 / 50).judged(1 / to_ordinary)],
    }
    show(
        f"From a click to the end of its script: {options.viewers} viewers of {options.items:,} items, a click each "
        f"{EVERY:.0f} s; the least of {TURNS} turns of {options.seconds:.0f} s, of the ordinary one a single turn.",
        ["page", "median ms", "95 % within ms", "clicks", "ours / this", "to hold"],
        [
            [
                name,
                f"{1000 * medians[name]:,.0f}",
                f"{1000 * statistics.quantiles(turn, n=20)[-1]:,.0f}",
                str(len(turn)),
                *told[name],
            ]
            for name, turn in calmest.items()
        ],
    )


if __name__ == "__main__":
    main()
