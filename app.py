"""The dashboard's process: syncs the mirror and serves the pages. `streamlit run app.py` starts it."""

from __future__ import annotations

import gc
import os
import re
from base64 import b64encode
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import anyio.to_thread
import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from streamlit import net_util
from streamlit import runtime as streamlit_runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadFileUrlInfo
from websockets.http11 import MAX_LINE_LENGTH

from loop_client.service import NAME, SignIn, allowed_hosts
from pages.server import downloads, forwarding, hooks, hosts, news, sign_in_gate, sockets, style_sheet, uploads
from pages.server.sign_in_means import Means
from pages.session import browser_history, coverage_line, runtime, sign_in, typed_text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send
    from streamlit.runtime.uploaded_file_manager import UploadedFileManager


PAGE = (Path(st.__file__).parent / "static" / "index.html").read_bytes()


def content_security_policy() -> str:
    """The policy of all pages: only own files, no eval, and no inline script except Streamlit's own and ours."""
    own = [script.encode() for script in (browser_history.SCRIPT, typed_text.SCRIPT)]
    scripts = [*re.findall(rb"<script>(.*?)</script>", PAGE, re.DOTALL), *own]
    digests = (sha256(script).digest() for script in scripts)
    inline = " ".join(f"'sha256-{b64encode(digest).decode()}'" for digest in digests)
    return (
        f"default-src 'self'; script-src 'self' {inline}; style-src 'self' 'unsafe-inline'; font-src 'self' data:; "
        "img-src 'self' data: blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    )


HEADERS = {
    "Content-Security-Policy": content_security_policy(),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
}


class SecurityHeaders:
    """Adds security headers, which Streamlit does not set."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap the application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the application, and add the headers to its answers."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


async def healthz(_: Request) -> PlainTextResponse:
    """Answer 200 as long as the process runs."""
    return PlainTextResponse("ok")


async def readyz(_: Request) -> PlainTextResponse:
    """Answer 200 while there are rows to show and a thread that keeps them fresh, else 503 with the reason."""
    reason = runtime.not_ready()
    return PlainTextResponse(reason or "ready", status_code=503 if reason else 200)


def freeze() -> None:
    """Leave what the start has loaded out of garbage collection, whose time grows with the objects that it visits."""
    gc.collect()
    gc.freeze()


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Sync for as long as the process runs."""
    downloads.bound_the_stop()
    if streamlit_runtime.exists():
        name_uploads(streamlit_runtime.get_instance().uploaded_file_mgr)
    await anyio.to_thread.run_sync(runtime.start, freeze)
    try:
        yield
    finally:
        await anyio.to_thread.run_sync(runtime.stop)


def name_uploads(files: UploadedFileManager) -> None:
    """Let the addresses of uploads name this process, which alone knows the session, so that others forward them."""
    given = files.get_upload_urls

    def named(session_id: str, file_names: Sequence[str]) -> list[UploadFileUrlInfo]:
        urls = given(session_id, file_names)
        return [
            UploadFileUrlInfo(*(part.replace(one.file_id, f"{NAME}-{one.file_id}") for part in one)) for one in urls
        ]

    files.get_upload_urls = named  # type: ignore[method-assign] # Streamlit makes the object, and looks it up there


def forget_upload(session: str, file: str) -> None:
    """Remove an uploaded file from memory."""
    files = streamlit_runtime.get_instance().uploaded_file_mgr
    if isinstance(files, MemoryUploadedFileManager):
        files.remove_file(session_id=session, file_id=file)


def gate(setup: SignIn | str | None) -> list[Middleware]:
    """What lets nobody in who is not signed in; nothing if there is no sign-in."""
    if setup is None:
        return []
    if isinstance(setup, str):
        return [Middleware(sign_in_gate.Closed, reason=setup)]
    means = Means(
        opened=sign_in.opened,
        signed=sign_in.signed,
        login=sign_in.login,
        reload=sign_in.reload_message(),
        now=lambda: runtime.now().timestamp(),
        longest_line=MAX_LINE_LENGTH - len("Cookie: \r\n"),
    )
    return [Middleware(sign_in_gate.Gate, sign_in=setup, sign_outs=sign_in.sign_outs(), means=means)]


SIGN_IN = sign_in.setup()
NAMED = [*allowed_hosts(os.environ), *([SIGN_IN.host] if isinstance(SIGN_IN, SignIn) else [])]
MOST_TABS = sockets.affordable()
HOSTS = sorted(hosts.allowed(NAMED))
st.config.set_option("server.allowedHosts", HOSTS)  # Streamlit uses it for its WebSocket only
net_util.get_external_ip = lambda: None  # for other hosts it would call a public server, and block all readers

app = st.App(
    Path(__file__).parent / "pages" / "frame.py",
    lifespan=lifespan,
    middleware=[
        Middleware(SecurityHeaders),
        Middleware(hosts.HostCheck, names=HOSTS, is_local=SIGN_IN is None and not NAMED),
        *gate(SIGN_IN),
        Middleware(style_sheet.StyleSheet, page=PAGE),
        Middleware(news.News, mark=coverage_line.mark, most=MOST_TABS),
        Middleware(sockets.SocketLimit, most=MOST_TABS),
        Middleware(forwarding.Forwarding, name=NAME, address=runtime.peer),
        Middleware(uploads.UploadLimit, remove=forget_upload),
    ],
    routes=[
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route(f"{downloads.PATH}/{{token}}", downloads.answer),
        Route(f"{hooks.PATH}/{{secret}}", hooks.answering(runtime.hint), methods=["POST"]),
    ],
)
