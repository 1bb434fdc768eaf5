"""Forwards requests for files to the process that drew their page, which alone has them: each address has its name.

Nothing else is forwarded, to no address but those that the processes have written down themselves, and only once. The
other process judges the request as any other: its host, the sign-in, the token against forged requests.
"""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
from typing import TYPE_CHECKING, Any, Final

import anyio
import anyio.to_thread
import httpx
from starlette.requests import ClientDisconnect

from pages.server import downloads, uploads

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    App = Callable[[Message, Receive, Send], Awaitable[None]]

logger = logging.getLogger(__name__)

NAMED: Final = re.compile(
    rf"(?:{downloads.PATH}/|{uploads.ROUTE}[\w-]{{1,64}}/)([0-9a-f]{{8}})-[\w-]{{36,43}}", re.ASCII
)
"""The paths of a file, as `tickets` and Streamlit make them, with the name of a process."""

FORWARDED: Final = b"x-loop-forwarded"
"""The header of a request that was forwarded."""

AT_ONCE: Final = 20
"""Most requests at a time that are forwarded."""

TIMEOUTS: Final = httpx.Timeout(290.0, connect=2.0, write=10.0)
"""Seconds for a piece: the first one of an export may take long, and docs/deploy/nginx.conf waits a little longer."""

NO_TLS: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Knows no certificates: loading them takes time, and processes talk plain HTTP to each other, as the proxy does."""

OF_A_CONNECTION: Final = {b"connection", b"keep-alive", b"te", b"trailer", b"transfer-encoding", b"upgrade", b"expect"}
"""Headers that are about one connection. A server sets `date` and `server` itself."""

ENDED: Final = "The process that drew this page has ended. Reload the page, and try again.\n"
SILENT: Final = "The process that drew this page does not answer. Reload the page, and try again.\n"
BUSY: Final = "Too many files are being sent. Try again soon.\n"

_one_at_a_time: Final = anyio.CapacityLimiter(1)
"""Only one look for an address at a time: the others wait for the same answer."""


class Forwarding:
    """Calls the application for what is this process's, and asks another process for what is that one's."""

    def __init__(self, app: App, name: str, address: Callable[[str], str | None]) -> None:
        """Wrap the application. `name`: of this process. `address`: of another, by its name; may wait."""
        self._app, self._name, self._address = app, name, address
        self._running = 0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Call the application, forward the request, or answer why that cannot be."""
        named = NAMED.fullmatch(scope["path"]) if scope["type"] == "http" else None
        if named is None or named[1] == self._name:
            await self._app(scope, receive, send)
        elif any(name.lower() == FORWARDED for name, _ in scope["headers"]):
            await _answer(send, 410, ENDED)  # its address is this process's by now
        elif self._running >= AT_ONCE:
            await _answer(send, 503, BUSY)
        else:
            self._running += 1
            try:
                await self._forward(named[1], scope, receive, send)
            finally:
                self._running -= 1

    async def _forward(self, name: str, scope: Message, receive: Receive, send: Send) -> None:
        address = await anyio.to_thread.run_sync(self._address, name, limiter=_one_at_a_time)
        if address is None:
            await _answer(send, 410, ENDED)
            return
        exchange = Exchange(scope, receive, send)
        async with downloads.cut_short(exchange.disconnected()):
            try:
                with anyio.fail_after(uploads.LONGEST if uploads.ROUTE in scope["path"] else None):
                    await exchange.run(address)
            except ClientDisconnect:
                pass
            except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
                logger.warning("The process %s at %s did not answer: %r", name, address, error)
                if not exchange.is_answered:
                    await _answer(send, 503, SILENT)


class Exchange:
    """One request to another process, and its answer, each in pieces as they come.

    It ends early if the browser disconnects, this process stops, or the other one fails. In these cases the last chunk
    is not sent, so that browsers report a failed download instead of a cut file. `is_answered`: an answer has begun.
    """

    def __init__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Send nothing yet."""
        self._scope, self._receive, self._send = scope, receive, send
        self._has_body = any(name in {b"content-length", b"transfer-encoding"} for name, _ in scope["headers"])
        self._has_sent, self.is_answered = asyncio.Event(), False

    async def run(self, address: str) -> None:
        """Ask the process at an address. Raises httpx's errors, and ClientDisconnect."""
        headers = [*_passed(self._scope["headers"]), (FORWARDED, b"1")]
        url = f"http://{address}{self._scope['path']}"
        body = self._pieces() if self._has_body else None
        request = httpx.Request(self._scope["method"], url, headers=headers, content=body)
        async with httpx.AsyncClient(verify=NO_TLS, trust_env=False, timeout=TIMEOUTS) as client:
            answer = await client.send(request, stream=True)
            try:
                await self._pass(answer)
            finally:
                await answer.aclose()

    async def _pass(self, answer: httpx.Response) -> None:
        """Send the browser what the other process answers."""
        headers = [(name.lower(), value) for name, value in answer.headers.raw]
        headers = [one for one in _passed(headers) if one[0] not in {b"date", b"server"}]
        self.is_answered = True
        await self._send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
        async for piece in answer.aiter_raw():
            await self._send({"type": "http.response.body", "body": piece, "more_body": True})
        await self._send({"type": "http.response.body", "body": b""})

    async def _pieces(self) -> AsyncIterator[bytes]:
        """What the browser sends."""
        while (message := await self._receive())["type"] != "http.disconnect":
            yield message.get("body", b"")
            if not message.get("more_body"):
                self._has_sent.set()
                return
        raise ClientDisconnect

    async def disconnected(self) -> None:
        """Return once the browser has disconnected; of one that still sends its file, `run` finds out."""
        if self._has_body:
            await self._has_sent.wait()
        await downloads.disconnected(self._receive)


def _passed(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers that are not about one connection; their names are in small letters."""
    named = b",".join(value for name, value in headers if name == b"connection").lower()
    left_out = OF_A_CONNECTION | {one.strip() for one in named.split(b",")}
    return [(name, value) for name, value in headers if name not in left_out and not name.startswith(b"proxy-")]


async def _answer(send: Send, status: int, sentence: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    headers += [(b"retry-after", b"5")] if status == 503 else []
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": sentence.encode()})
