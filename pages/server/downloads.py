"""The download route: streams files in pieces, as fast as the reader reads them, once per link."""

from __future__ import annotations

import logging
import signal
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import anyio
import anyio.to_thread
import uvicorn
from starlette.responses import PlainTextResponse

from loop_client.report.export import ExportError
from loop_client.service import NAME
from pages.server.tickets import Tickets

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Iterable, Iterator

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

logger = logging.getLogger(__name__)

PATH: Final = "/export"

LOOK_EVERY: Final = 0.02
"""Seconds between two checks whether a file is ready, or the process is stopping."""

STOP_WITHIN: Final = 3
"""Longest time in seconds that a stalled download can delay the end of the process."""

USED: Final = (
    "This link has been used, or is older than ten minutes. Go back to the dashboard, open Export again, and choose "
    "the format there.\n"
)

_one_at_a_time: Final = anyio.CapacityLimiter(1)
"""Only one piece is computed at a time, so that pages wait for one at most."""


@dataclass(frozen=True, slots=True)
class File:
    """A file for download. `pieces`: starts to write it; an empty piece means that the next one is not ready."""

    name: str
    media_type: str
    pieces: Callable[[], Generator[bytes]]


offered: Final = Tickets[File](before=f"{NAME}-")
"""Each token begins with the name of this process, by which others forward its links here."""


def link(file: File) -> str:
    """A link to the file, valid for one download."""
    return f"{PATH}/{offered.offer(file)}"


def forget(links: Iterable[str]) -> None:
    """Release files whose links are no longer shown."""
    for one in links:
        offered.drop(one.rpartition("/")[2])


async def answer(request: Request) -> ASGIApp:
    """Answer with the link's file."""
    if request.method != "GET":  # a HEAD request must not use up the link
        return PlainTextResponse("", status_code=405, headers={"Allow": "GET"})
    file = offered.take(request.path_params["token"])
    return PlainTextResponse(USED, status_code=410) if file is None else Download(file)


class Download:
    """The response with a file. It ends early if the reader disconnects, the process stops, or the file fails.

    In these cases the last chunk is not sent, so that browsers report a failed download instead of a cut file.
    """

    def __init__(self, file: File) -> None:
        """Start nothing yet."""
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file."""
        pieces = self._file.pieces()
        async with cut_short(disconnected(receive)):
            try:
                await self._send(pieces, scope, receive, send)
            except Exception:
                logger.exception("The export %s failed", self._file.name)
            finally:
                with anyio.CancelScope(shield=True):
                    await anyio.to_thread.run_sync(pieces.close)

    async def _send(self, pieces: Generator[bytes], scope: Scope, receive: Receive, send: Send) -> None:
        try:
            while (piece := await _next(pieces)) == b"":  # noqa: ASYNC110 - what is waited for has no event
                await anyio.sleep(LOOK_EVERY)
        except (ExportError, OSError) as error:
            reason = (
                str(error) if isinstance(error, ExportError) else f"The file cannot be made: {error.strerror or error}."
            )
            await PlainTextResponse(f"{reason}\n", status_code=500)(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": self._headers()})
        while piece is not None:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            piece = await _next(pieces)
        await send({"type": "http.response.body", "body": b""})

    def _headers(self) -> list[tuple[bytes, bytes]]:
        headers = {
            "content-type": self._file.media_type,
            "content-disposition": f'attachment; filename="{self._file.name}"',
            "content-encoding": "identity",  # compression would block the event loop
            "cache-control": "no-store",
        }
        return [(name.encode(), value.encode()) for name, value in headers.items()]


async def _next(pieces: Iterator[bytes]) -> bytes | None:
    """The next piece; None at the end."""
    return await anyio.to_thread.run_sync(next, pieces, None, limiter=_one_at_a_time)


@asynccontextmanager
async def cut_short(gone: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Cancel the block once the process is asked to stop, or `gone` returns: when the reader has disconnected."""
    async with anyio.create_task_group() as tasks:
        for ended in (gone, _stop_requested()):
            tasks.start_soon(_cancel_after, ended, tasks.cancel_scope)
        yield
        tasks.cancel_scope.cancel()


async def _cancel_after(ended: Coroutine[Any, Any, None], scope: anyio.CancelScope) -> None:
    await ended
    scope.cancel()


async def disconnected(receive: Receive) -> None:
    """Return once the reader has disconnected."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _stop_requested() -> None:
    """Return once the process is asked to stop: uvicorn waits for running responses without telling them."""
    server = _server()
    while server is None or not server.should_exit:  # noqa: ASYNC110 - it sets a flag, in a signal handler
        await anyio.sleep(LOOK_EVERY)


def bound_the_stop() -> None:
    """Limit how long downloads can delay the end of this process; unsent data is dropped."""
    if (server := _server()) is not None:
        server.config.timeout_graceful_shutdown = STOP_WITHIN


def _server() -> uvicorn.Server | None:
    """The server of this process, found by its signal handler; None if there is none, as in a test."""
    server = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    return server if isinstance(server, uvicorn.Server) else None
