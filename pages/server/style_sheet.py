"""Puts our style sheet into Streamlit's page; drawn by a run, it would come after the first words and move them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers, MutableHeaders

from pages.server import downloads

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

SHEET: Final = Path(__file__).with_name("browser.css")

END: Final = b"</body>"
"""Our rules stand before it, and so after Streamlit's own, which are in the head."""

OF_OTHER_BODIES: Final = {b"accept-encoding", b"if-none-match", b"if-modified-since", b"range"}
"""Request headers that make Streamlit compress its page, leave it out, or send a part of it."""


class StyleSheet:
    """Adds the style sheet to Streamlit's page, and changes no other answer."""

    def __init__(self, app: ASGIApp, page: bytes) -> None:
        """Wrap the application. `page`: Streamlit's page as it is sent."""
        self._app = app
        self._page = page
        self._styled = page.replace(END, b"<style>" + SHEET.read_bytes() + b"</style>" + END)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the application, and add the sheet if a browser opens a page."""
        if not _opens_a_page(scope):
            await self._app(scope, receive, send)
            return
        start: Message | None = None
        body = b""

        async def styled(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start" and _length(message) == len(self._page):
                start = message
            elif start is None:
                await send(message)
            else:
                body += message["body"]
                if not message.get("more_body"):
                    await self._send(start, body, send)

        headers = [(name, value) for name, value in scope["headers"] if name not in OF_OTHER_BODIES]
        await self._app({**scope, "headers": headers}, receive, styled)

    async def _send(self, start: Message, body: bytes, send: Send) -> None:
        """Send an answer as long as the page, with the sheet if it is the page."""
        if body == self._page:
            body = self._styled
            headers = MutableHeaders(scope=start)
            headers["content-length"] = str(len(body))
            del headers["etag"], headers["last-modified"]  # they are of the page without the sheet
        await send(start)
        await send({"type": "http.response.body", "body": body})


def _opens_a_page(scope: Scope) -> bool:
    """Whether a browser asks for a page to show, or for a file that a link of a page leads to."""
    return (
        scope["type"] == "http"
        and scope["method"] == "GET"
        and not scope["path"].startswith(downloads.PATH)
        and "text/html" in Headers(scope=scope).get("accept", "")
    )


def _length(start: Message) -> int:
    """The number of bytes that an answer announces; -1 if it does not."""
    return int(Headers(raw=start["headers"]).get("content-length", -1))
