"""The route that tells open tabs when there is something new: a WebSocket that sends a number, and reads nothing.

Not a stream of events, nor a request that waits: over HTTP/1.1 a browser has six connections to an address, which
seven tabs would take from each other.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from pages.server.hosts import name_of
from pages.server.sockets import MOST, MOST_OF_ONE_ADDRESS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    App = Callable[[Message, Receive, Send], Awaitable[None]]

PATH: Final = "/news"

LOOK_EVERY: Final = 0.5
"""Seconds between two looks, one for all tabs of the process; there is none while no tab listens."""


class News:
    """Answers on its path, and passes everything else on."""

    def __init__(self, app: App, mark: Callable[[], int], most: int = MOST) -> None:
        """Wrap the application. `mark`: a number that is another one once a tab would draw something else."""
        self._app, self._mark = app, mark
        self._most, self._most_of_one = most, min(most, MOST_OF_ONE_ADDRESS)
        self._open: list[str] = []
        self._newest, self._changed = 0, asyncio.Event()
        self._looking: asyncio.Task[None] | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Call the application, or send the number to a tab of this dashboard, now and whenever it changes."""
        if scope["type"] != "websocket" or scope["path"] != PATH:
            await self._app(scope, receive, send)
            return
        address = (scope.get("client") or ("",))[0]
        await receive()
        if not is_of_own_page(scope) or not self._has_room(address):
            await send({"type": "websocket.close", "code": 1008})
            return
        self._open.append(address)
        try:
            await self._tell(receive, send)
        finally:
            self._open.remove(address)

    def _has_room(self, address: str) -> bool:
        """Whether one more may listen; a tab that may not looks by itself."""
        return len(self._open) < self._most and self._open.count(address) < self._most_of_one

    async def _tell(self, receive: Receive, send: Send) -> None:
        """Send numbers until the tab leaves; one that says something is not ours, and is closed."""
        self._begin_to_look()
        await send({"type": "websocket.accept"})
        telling = asyncio.create_task(self._send(send))
        try:
            said = await receive()
        finally:
            telling.cancel()
        if said["type"] != "websocket.disconnect":
            await send({"type": "websocket.close", "code": 1008})

    async def _send(self, send: Send) -> None:
        """Send the newest number; while a slow tab takes it, those in between are left out."""
        told = None
        with suppress(OSError):  # the tab has left
            while True:
                if told == self._newest:
                    await self._changed.wait()
                told = self._newest
                await send({"type": "websocket.send", "text": str(told)})

    def _begin_to_look(self) -> None:
        """Look while somebody listens, if nobody has until now."""
        if self._looking is None or self._looking.done():
            self._newest = self._mark()
            self._looking = asyncio.create_task(self._look())

    async def _look(self) -> None:
        while self._open:
            await asyncio.sleep(LOOK_EVERY)
            if (mark := self._mark()) != self._newest:
                self._newest, changed = mark, self._changed
                self._changed = asyncio.Event()
                changed.set()


def is_of_own_page(scope: Message) -> bool:
    """Whether a WebSocket was opened by a page of the address that it is opened at; ports aside, which proxies drop.

    A browser sends a page's address with it, and with the cookies of whoever looks at that page.
    """
    origins, hosts = ([value for name, value in scope["headers"] if name == wanted] for wanted in (b"origin", b"host"))
    if len(origins) != 1 or len(hosts) != 1:
        return False
    scheme, _, origin = origins[0].decode("latin-1").partition("://")
    name = name_of(hosts[0].decode("latin-1"))
    return scheme in ("http", "https") and name is not None and name_of(origin) == name
