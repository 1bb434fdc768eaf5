"""Limits of uploads to Streamlit's own route: how many at once, for how long, and how many files stay in memory.

Streamlit itself checks the session, the token against forged requests, and the size (`server.maxUploadSize`).
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    App = Callable[[Message, Receive, Send], Awaitable[None]]

ROUTE: Final = "/_stcore/upload_file/"

AT_ONCE: Final = 4
"""Most uploads at a time."""

KEPT: Final = 4
"""Most files that Streamlit keeps; the page takes a file over in the run that follows its upload."""

LONGEST: Final = 300.0
"""Seconds that an upload may take."""


class UploadLimit:
    """Lets few uploads through at a time, and removes the oldest files that were uploaded."""

    def __init__(self, app: App, remove: Callable[[str, str], None], longest: float = LONGEST) -> None:
        """Wrap the application. `remove`: forgets the file of a session, by the ids of both."""
        self._app, self._remove, self._longest = app, remove, longest
        self._running = 0
        self._files = deque[tuple[str, str]]()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Call the application, or answer 503 to an upload above the limit, 408 to one that takes too long."""
        if scope["type"] != "http" or ROUTE not in scope["path"] or scope["method"] != "PUT":
            await self._app(scope, receive, send)
        elif self._running >= AT_ONCE:
            await _refuse(send, 503, b"Too many files are being uploaded. Try again soon.\n")
        else:
            self._running += 1
            try:
                await self._upload(scope, receive, send)
            finally:
                self._running -= 1

    async def _upload(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass an upload on; note its file before the browser learns that it has arrived."""
        is_answered = False

        async def noted(message: Message) -> None:
            nonlocal is_answered
            is_answered = True
            if message["type"] == "http.response.start" and message["status"] < 300:
                session, file = scope["path"].rsplit("/", 2)[1:]
                self._files.append((session, file))
                while len(self._files) > KEPT:
                    self._remove(*self._files.popleft())
            await send(message)

        try:
            async with asyncio.timeout(self._longest):
                await self._app(scope, receive, noted)
        except TimeoutError:
            if not is_answered:
                await _refuse(send, 408, b"The upload took too long. Try again.\n")


async def _refuse(send: Send, status: int, reason: bytes) -> None:
    """Answer with a reason, and ask to try again later."""
    await send({"type": "http.response.start", "status": status, "headers": [(b"retry-after", b"30")]})
    await send({"type": "http.response.body", "body": reason})
