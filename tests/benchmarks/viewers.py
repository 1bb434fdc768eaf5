"""What a click costs while others click: 20 viewers of the overview over real websockets, a click each 2 s.

`python -m tests.benchmarks.viewers [--viewers 20] [--items 100000] [--seconds 20]` starts a server for each of ours,
the floor and the ordinary dashboard, one after the other, the first two in turns, and prints the median time from a
click to the end of the script it caused. To hold: at least 50 times faster than the ordinary one, and at most 2 times
the floor.
"""

# ruff: noqa: T201 - a command prints
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
from contextlib import ExitStack
from typing import TYPE_CHECKING
from unittest import mock

import streamlit as st
import uvicorn
from streamlit import config
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect

from pages.shared import data
from pages.shared.filters import offered
from tests.benchmarks import generated, rerun

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

EVERY = 2.0
"""Seconds between two clicks of a viewer; one whose answer takes longer waits for it."""

TURNS = 3
"""Times that ours and the floor are measured in turns: a machine that is busy for a while is so for both."""

SMALL = 1000
"""Bytes up to which a message may be the one that tells a script's end."""


def serve(page: str, size: int) -> None:
    """Serve one of the pages until killed; the first line printed is its port."""
    logging.disable(logging.INFO)
    rerun.HELD = generated.snapshot(size)
    offered(rerun.HELD)
    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(data, "snapshot", return_value=rerun.HELD))
        if page == "floor":
            stack.enter_context(rerun.computed_before())
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        app = st.App(rerun.HERE / "ordinary.py" if page == "ordinary" else rerun.FRAME)
        if page == "ordinary":  # as Streamlit comes
            config.set_option("runner.postScriptGC", value=True)
        else:  # as `data.start` does it
            gc.collect()
            gc.freeze()
        print(listener.getsockname()[1], flush=True)
        uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listener])


class Viewer:
    """A browser, as far as the server can tell: one session that changes the filter of sentiments."""

    def __init__(self, connection: ClientConnection) -> None:
        """Talk over this connection."""
        self._connection, self._filter = connection, ""

    async def opened(self) -> None:
        """Run the page once, and find the filter."""
        await self._connection.send(BackMsg(rerun_script=ClientState()).SerializeToString())
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
    """The answers that one viewer waited for."""
    url, choice = f"ws://127.0.0.1:{port}/_stcore/stream", random.Random(number)  # noqa: S311 - no secret
    async with connect(url, subprotocols=["streamlit"], max_size=None, compression=None, proxy=None) as connection:  # type: ignore[list-item] # a NewType of str
        viewer, waited = Viewer(connection), list[float]()
        await viewer.opened()
        for sentiments in rerun.CHOICES:
            await viewer.clicked(sentiments)  # what is kept, is kept by now
        await asyncio.sleep(EVERY * choice.random())
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            waited.append(await viewer.clicked(choice.choice(rerun.CHOICES)))
            await asyncio.sleep(max(0.0, EVERY - waited[-1]))
    return waited


async def measured(port: int, seconds: float, viewers: int) -> list[float]:
    """The answers that all viewers waited for."""
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
    waits: dict[str, list[float]] = {"ours": [], "floor": [], "ordinary": []}
    for page in (*("ours", "floor") * TURNS, "ordinary"):
        command = [sys.executable, "-m", "tests.benchmarks.viewers", "--serve", page, "--items", str(options.items)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout is not None
                port = int(server.stdout.readline())
                waits[page] += asyncio.run(measured(port, options.seconds, options.viewers))
            finally:
                server.kill()
    medians = {page: statistics.median(waited) for page, waited in waits.items()}
    for page, waited in waits.items():
        slowest = statistics.quantiles(waited, n=20)[-1]
        print(f"{page:9} {1000 * medians[page]:8.1f} ms median, {1000 * slowest:8.1f} ms p95, {len(waited):,} clicks")
    print(f"ours / floor    {medians['ours'] / medians['floor']:7.2f}  (at most 2)")
    print(f"ordinary / ours {medians['ordinary'] / medians['ours']:7.1f}  (at least 50)")


if __name__ == "__main__":
    main()
