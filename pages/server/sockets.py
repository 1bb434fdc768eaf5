"""Limits on WebSockets, for a fair share of the process: their number, and the rate of their messages.

Every tab has a WebSocket and a Streamlit session, which take 4 file descriptors; its other WebSocket, of `news`, is not
counted here. A process without free descriptors can accept no connection and open no file; one that reruns pages
all the time can do nothing else.
"""

from __future__ import annotations

import asyncio
import logging
import resource
import time
from collections import deque
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pages.server.turns import Pace, Turns

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    App = Callable[[Message, Receive, Send], Awaitable[None]]

logger = logging.getLogger(__name__)

MOST, MOST_OF_ONE_ADDRESS = 600, 200
"""Most WebSockets in all, and from one address: all clients of a proxy share one, unless it forwards theirs."""

SILENT, SILENT_FROM_THE_START = 90.0, 2.0
"""Seconds without a message after which a WebSocket can be closed for a new one.

A tab sends a message every minute, and its first at once. The browser of a closed one reconnects.
"""

MESSAGES_A_SECOND, MESSAGES_AT_ONCE = 4.0, 40.0
"""Token bucket of one WebSocket: rate and burst. Each message can cause a rerun; messages above the rate wait."""

MOST_WAITING = 200
"""Most waiting messages of one WebSocket; one that sends more is closed. Nobody clicks that far ahead."""

DONE_AFTER_CLOSING = 10
"""Messages still processed after a tab was closed: a reader may submit and close the tab at once."""

OF_ONE_ADDRESS = 50.0
"""Rate of an address, as a multiple of one WebSocket's: enough for fifty readers behind a proxy."""

DESCRIPTORS_OF_ONE, DESCRIPTORS_OF_OURS = 6, 256
"""File descriptors to reserve for each tab, one more than it needs, and for the rest of the process."""


def affordable() -> int:
    """Raise the limit of file descriptors as far as useful, and return how many WebSockets it allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max(soft, 65_536)
    reachable = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (reachable, hard))
    left = resource.getrlimit(resource.RLIMIT_NOFILE)[0] - DESCRIPTORS_OF_OURS
    return max(10, min(MOST, left // DESCRIPTORS_OF_ONE))


class Viewer:
    """The state that all WebSockets of one address share."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start with a full token bucket."""
        self.turn = asyncio.Lock()
        self.pace = Pace(OF_ONE_ADDRESS * MESSAGES_A_SECOND, OF_ONE_ADDRESS * MESSAGES_AT_ONCE, clock)


@dataclass(slots=True, eq=False)
class Socket:
    """One WebSocket. `heard`: time of its last message, on the monotonic clock. `silent`: allowed seconds without."""

    address: str
    task: asyncio.Task[Any]
    heard: float
    silent: float = SILENT_FROM_THE_START
    makes_room: bool = False
    waiting: deque[Message] = field(default_factory=deque)
    has_news: asyncio.Event = field(default_factory=asyncio.Event)

    def overdue(self, now: float) -> float:
        """Seconds since it could be closed for a new one; negative before that."""
        return now - self.heard - self.silent


class SocketLimit:
    """Limits the WebSockets of the process and of each address, and the rate of their messages."""

    def __init__(
        self,
        app: App,
        most: int = MOST,
        most_of_one_address: int = MOST_OF_ONE_ADDRESS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Wrap the application."""
        self._app, self._most, self._most_of_one, self._clock = app, most, min(most, most_of_one_address), clock
        self._open: dict[Socket, None] = {}
        self._viewers: dict[str, Viewer] = {}
        self._turns = Turns(clock)
        self._warned = -3600.0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Call the application, or refuse a WebSocket above the limit."""
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        address, task = (scope.get("client") or ("",))[0], asyncio.current_task()
        if task is None or not self._has_room(address):
            await self._refuse(scope, send)
            return
        socket = Socket(address, task, self._clock())
        self._open[socket] = None
        try:
            await self._pass_on(socket, scope, receive, send)
        except asyncio.CancelledError:
            if not socket.makes_room:
                raise
            task.uncancel()
            with suppress(Exception):  # it may be closed already
                await send({"type": "websocket.close", "code": 1013})
        finally:
            self._open.pop(socket, None)
            if not any(one.address == address for one in self._open):
                self._viewers.pop(address, None)

    async def _pass_on(self, socket: Socket, scope: Message, receive: Receive, send: Send) -> None:
        """Run the application, and pass it messages when it is their turn."""
        pace = Pace(MESSAGES_A_SECOND, MESSAGES_AT_ONCE, self._clock)
        viewer = self._viewers.setdefault(socket.address, Viewer(self._clock))
        turn = AsyncExitStack()

        async def receive_in_turn() -> Message:
            await turn.aclose()  # the previous message is processed
            message = await self._next(socket)
            if message["type"] == "websocket.receive":
                if wait := max(pace.take(), viewer.pace.take()):
                    await asyncio.sleep(wait)
                await turn.enter_async_context(self._turns.take(viewer.turn))
            return message

        async def send_at_any_time(message: Message) -> None:
            if message["type"] == "websocket.close":
                await turn.aclose()  # it waits for the browser, which may not answer
            await send(message)

        reading = asyncio.create_task(self._read(socket, receive))
        try:
            await self._app(scope, receive_in_turn, send_at_any_time)
        finally:
            reading.cancel()
            await turn.aclose()

    async def _read(self, socket: Socket, receive: Receive) -> None:
        """Read messages into the queue. After a disconnect, only the first few waiting ones are processed."""
        while True:
            message: Message = {"type": "websocket.disconnect", "code": 1006}
            with suppress(Exception):
                message = await receive()
            if message["type"] == "websocket.disconnect":
                while len(socket.waiting) > DONE_AFTER_CLOSING:
                    socket.waiting.pop()
            elif message["type"] == "websocket.receive":
                socket.heard, socket.silent = self._clock(), SILENT
            socket.waiting.append(message)
            socket.has_news.set()
            if message["type"] == "websocket.disconnect":
                return
            if len(socket.waiting) > MOST_WAITING:
                self._end(socket)
                return

    @staticmethod
    async def _next(socket: Socket) -> Message:
        """The oldest waiting message."""
        while not socket.waiting:
            socket.has_news.clear()
            await socket.has_news.wait()
        return socket.waiting.popleft()

    def _end(self, socket: Socket) -> None:
        """Close a WebSocket."""
        socket.makes_room = True
        self._open.pop(socket, None)
        socket.task.cancel()

    def _has_room(self, address: str) -> bool:
        """Whether one more is allowed, if necessary after closing the one that has been silent the longest."""
        of_one = [one for one in self._open if one.address == address]
        crowd = of_one if len(of_one) >= self._most_of_one else list(self._open)
        if len(of_one) < self._most_of_one and len(crowd) < self._most:
            return True
        now = self._clock()
        silent = max(crowd, key=lambda one: one.overdue(now))
        if silent.overdue(now) < 0:
            return False
        self._end(silent)
        return True

    async def _refuse(self, scope: Message, send: Send) -> None:
        if self._clock() - self._warned >= 60:
            self._warned = self._clock()
            logger.warning(
                "Refused a tab: %s are open, of which an address may have %s", len(self._open), self._most_of_one
            )
        if "websocket.http.response" not in (scope.get("extensions") or {}):
            await send({"type": "websocket.close", "code": 1013})
            return
        text = b"Too many tabs of this dashboard are open. Close some of them, then reload this one.\n"
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"retry-after", b"30")]
        await send({"type": "websocket.http.response.start", "status": 503, "headers": headers})
        await send({"type": "websocket.http.response.body", "body": text})
