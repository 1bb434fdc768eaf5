"""The gate of a dashboard with sign-in: every request, WebSocket and message of somebody who is not let in ends here.

Streamlit's pages, callbacks, fragments and files, and our own routes, see nobody else.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from pages.server import hooks, news
from pages.server import sign_in_cookies as cookies
from pages.server import sign_in_pages as pages
from pages.server.hosts import LOOPBACK, name_of
from pages.server.sign_in_flow import CALLBACK, LOGIN, LOGOUT, START, Flow

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from loop_client.service import Session, SignIn, SignOuts
    from pages.server.sign_in_means import Means

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    App = Callable[[Message, Receive, Send], Awaitable[None]]

logger = logging.getLogger(__name__)

PUBLIC: Final = frozenset({"/healthz", "/readyz", "/_stcore/health", "/_stcore/host-config", "/favicon.ico"})
"""Paths that say nothing about anybody, and are asked for without a sign-in."""

OPEN: Final = (("GET", "/static/"), ("HEAD", "/static/"), ("POST", f"{hooks.PATH}/"))
"""Streamlit's own scripts and fonts, which anybody can install; and the webhook, whose address has its own secret. By
other methods Streamlit answers with its page."""

LOOK_EVERY: Final = 10.0
"""Seconds between two looks whether the session of an open tab has ended."""

LEAVES_WITHIN: Final = 3.0
"""Seconds for a tab to leave its page. One whose WebSocket is closed earlier would open another, and leave twice."""

MOST_LEAVING: Final = 100
"""Most WebSockets at a time that are open for a farewell alone: each takes a file descriptor."""


class Gate:
    """Calls the application for people who are let in, and answers everybody else itself."""

    def __init__(self, app: App, sign_in: SignIn, sign_outs: SignOuts, means: Means) -> None:
        """Wrap the application, and warn where people sign in over a network without TLS."""
        if not sign_in.is_secure and name_of(sign_in.host) not in LOOPBACK:
            logger.warning("%s is not https: whoever is on its way can read cookies, and act as others", sign_in.origin)
        app = cookies.judged(app)
        self._app, self._sign_in, self._means = app, sign_in, means
        self._flow, self._leaving = Flow(app, sign_in, sign_outs, means), 0
        self._routes: dict[str, App] = {START: self._flow.begin, LOGIN: self._flow.begin}
        self._routes |= {CALLBACK: self._flow.come_back, LOGOUT: self._flow.end}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Call the application, or answer in its place."""
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
            return
        if scope["type"] == "lifespan" or _is_open(scope):
            await self._app(scope, receive, cookies.secured(send) if self._sign_in.is_secure else send)
            return
        send = cookies.secured(send) if self._sign_in.is_secure else send
        route = self._routes.get(scope["path"])
        if self._flow.is_needless(scope) and not await self._flow.refused(scope):
            route = self._flow.skip
        if route:
            await route(scope, receive, send)
        elif refused := await self._flow.refused(scope):
            await self._flow.answer(scope, send, *refused)
        else:
            await self._app(scope, receive, send)

    async def _socket(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass a WebSocket on for as long as its session lasts."""
        session = None if await self._flow.refused(scope) else self._sign_in.session(self._flow.claims(scope))
        if session is None:
            await receive()
            await self._turn_away(scope, send)
            return
        is_open = True

        async def end() -> None:
            nonlocal is_open
            if is_open:
                is_open = False
                await self._farewell(send)

        async def send_while_open(message: Message) -> None:
            if is_open:
                await send(message)

        async def receive_in_session() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive" and self._flow.is_over(session):
                await end()
                return {"type": "websocket.disconnect", "code": 1008}
            return message

        watching = asyncio.create_task(self._watch(session, end))
        try:
            await self._app(scope, receive_in_session, send_while_open)
        finally:
            watching.cancel()

    async def _watch(self, session: Session, end: Callable[[], Awaitable[None]]) -> None:
        """End the WebSocket of a tab that sends nothing once its session is over."""
        while not self._flow.is_over(session):
            await asyncio.sleep(LOOK_EVERY)
            await self._flow.read_sign_outs()
        await end()

    async def _turn_away(self, scope: Message, send: Send) -> None:
        """Open the WebSocket of somebody without a session for a farewell; above a number at a time, not even that.

        The one for news gets none: its tab has another that does.
        """
        if self._leaving >= MOST_LEAVING or scope["path"] == news.PATH:
            await send({"type": "websocket.close", "code": 1013})
            return
        self._leaving += 1
        try:
            await send({"type": "websocket.accept", "subprotocol": next(iter(scope.get("subprotocols") or [None]))})
            await self._farewell(send)
        finally:
            self._leaving -= 1

    async def _farewell(self, send: Send) -> None:
        """Make a tab ask for its page again, which says why, and close the WebSocket of one that does not."""
        with suppress(Exception):  # the browser closes it when it leaves the page
            await send({"type": "websocket.send", "bytes": self._means.reload})
            await asyncio.sleep(LEAVES_WITHIN)
            await send({"type": "websocket.close", "code": 1008})


def _is_open(scope: Message) -> bool:
    """Whether a request is answered without a sign-in."""
    path, method = scope["path"], scope["method"]
    return path in PUBLIC or any(method == one and path.startswith(start) for one, start in OPEN)


class Closed:
    """Answers every request with the reason why nobody can sign in; the health checks excepted."""

    def __init__(self, app: App, reason: str) -> None:
        """Wrap the application."""
        self._app, self._reason = app, reason

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer 503."""
        if scope["type"] == "lifespan" or scope["path"] in PUBLIC:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1013})
        else:
            headers = [(b"content-type", b"text/html; charset=utf-8"), (b"cache-control", b"no-store")]
            await send({"type": "http.response.start", "status": pages.NOT_SET_UP.status, "headers": headers})
            await send({"type": "http.response.body", "body": pages.page(pages.NOT_SET_UP, {}, self._reason)})
