"""Tabs of browsers as a proxy and a server see them: cookies, a page, its WebSocket, and what a click sends.

A tab whose connection breaks connects again after half a second, as Streamlit's own script does, and asks for a run
with the values of its widgets.
"""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException
from websockets.typing import Origin

from pages.server import news

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamlit.proto.WidgetStates_pb2 import WidgetState
    from websockets.asyncio.client import ClientConnection

AGAIN_AFTER: Final = 0.5
"""Seconds until a tab connects again."""

WITHIN: Final = 60.0
"""Seconds that a run may take, over all attempts."""

BROKEN: Final = (WebSocketException, OSError, httpx.HTTPError)
"""What a lost connection raises."""


@dataclass
class Run:
    """What a run of the page sent. `waited`: seconds from the click. `losses`: connections lost meanwhile."""

    waited: float
    losses: int
    messages: list[ForwardMsg]
    size: int

    def _elements(self) -> Iterator[tuple[str, str]]:
        for message in self.messages:
            element = message.delta.new_element
            kind = element.WhichOneof("type")
            if kind:
                shown = getattr(element, kind)
                yield kind, str(getattr(shown, "body", "") or getattr(shown, "message", "") or getattr(shown, "id", ""))

    def texts(self) -> list[str]:
        """The texts, headings and messages that it shows."""
        return [text for kind, text in self._elements() if text and kind in {"markdown", "text", "heading"}]

    def errors(self) -> list[str]:
        """The exceptions that it shows."""
        return [text for kind, text in self._elements() if kind == "exception"]

    def widget(self, kind: str, key: str) -> str | None:
        """The id of a widget."""
        return next((text for one, text in self._elements() if one == kind and text.endswith(f"-{key}")), None)

    def shows(self, pattern: bytes) -> bool:
        """Whether any message has what matches, in tables and labels too."""
        return any(re.search(pattern, message.SerializeToString()) for message in self.messages)


@dataclass
class Tab:
    """One tab. `page`: its name, "" for the overview. `query`: of its link."""

    address: str
    page: str = ""
    query: str = ""
    cookies: httpx.Cookies = field(default_factory=httpx.Cookies)
    refused: int = 0
    """Pages that came with an error, at the start or after a loss."""
    fragments: dict[str, float] = field(default_factory=dict)
    """Fragment → its interval in seconds: what the tab asks to be run by itself."""
    _states: dict[str, WidgetState] = field(default_factory=dict)
    _socket: ClientConnection | None = None

    async def __aenter__(self) -> Self:
        """Open nothing yet."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connection."""
        await self._drop()

    async def run(self, *states: WidgetState, fragment: str = "", loads: bool = False) -> Run:
        """Set widgets and run the page. `fragment`: run only that. `loads`: load the page anew, first of all."""
        began, losses = time.perf_counter(), 0
        self._states |= {one.id: one for one in states}
        clicked = [one for one in states if one.trigger_value]
        if loads:
            await self._drop()
        while True:
            try:
                async with asyncio.timeout(WITHIN):
                    socket = self._socket or await self._connected()
                    messages, size = await self._answered(socket, fragment)
                for one in clicked:
                    self._states.pop(one.id, None)
                return Run(time.perf_counter() - began, losses, messages, size)
            except BROKEN:
                losses += 1
                await self._drop()
                if time.perf_counter() - began > WITHIN:
                    raise
                for one in clicked:  # a browser sends the values of widgets again, and no click
                    self._states.pop(one.id, None)
                fragment = ""
                await asyncio.sleep(AGAIN_AFTER)

    async def listening(self) -> ClientConnection:
        """A WebSocket on which the tab's process tells of something new."""
        return await self._opened(news.PATH)

    async def _connected(self) -> ClientConnection:
        """Load the page, as the first visit or a reload does, and open its WebSocket."""
        async with httpx.AsyncClient(base_url=self.address, cookies=self.cookies, timeout=30) as browser:
            answer = await browser.get(f"/{self.page}", headers={"Accept": "text/html"})
            self.cookies = browser.cookies
        if answer.status_code >= httpx.codes.BAD_REQUEST:
            self.refused += 1
            raise httpx.HTTPStatusError("refused", request=answer.request, response=answer)
        self._socket = await self._opened("/_stcore/stream", "streamlit")
        return self._socket

    async def _opened(self, path: str, *protocols: str) -> ClientConnection:
        sent = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return await connect(
            f"{self.address.replace('http', 'ws', 1)}{path}",
            subprotocols=protocols or None,  # type: ignore[arg-type] # a NewType of str
            origin=Origin(self.address),
            additional_headers={"Cookie": sent} if sent else {},
            max_size=None,
            compression=None,
            proxy=None,
            open_timeout=30,
        )

    async def _answered(self, socket: ClientConnection, fragment: str) -> tuple[list[ForwardMsg], int]:
        """Send the values of all widgets, and read until the end of the script."""
        asked = BackMsg()
        state = asked.rerun_script
        state.query_string, state.page_name, state.fragment_id = self.query, self.page, fragment
        state.is_auto_rerun = bool(fragment)
        state.widget_states.widgets.extend(self._states.values())
        await socket.send(asked.SerializeToString())
        messages, size = list[ForwardMsg](), 0
        while True:
            data = bytes(await socket.recv(decode=False))
            message = ForwardMsg.FromString(data)
            size += len(data)
            messages.append(message)
            kind = message.WhichOneof("type")
            if kind == "page_info_changed":
                self.query = message.page_info_changed.query_string
            elif kind == "auto_rerun":
                self.fragments[message.auto_rerun.fragment_id] = message.auto_rerun.interval
            elif kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                return messages, size

    async def _drop(self) -> None:
        socket, self._socket = self._socket, None
        self.fragments.clear()
        if socket is not None:
            with suppress(*BROKEN, TimeoutError):
                await socket.close()
