"""The route that Loop's webhook calls. Nothing that it is sent is believed: it only makes the mirror look for news."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, Response

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

PATH: Final = "/hooks/loop"

LARGEST: Final = 1 << 20
"""Most bytes of a body, which are read because some senders need it, and dropped."""

WITHIN: Final = 5.0
"""Seconds that a body may take."""


def answering(hint: Callable[[str], bool], within: float = WITHIN) -> Callable[[Request], Awaitable[Response]]:
    """The route's function. `hint`: takes a secret, and returns whether it is right."""

    async def answer(request: Request) -> Response:
        if not hint(request.path_params["secret"]):
            return PlainTextResponse("There is no such page.\n", 404)
        try:
            async with asyncio.timeout(within):
                return Response(status_code=204 if await _is_bounded(request) else 413)
        except TimeoutError:
            return Response(status_code=408)
        except ClientDisconnect:
            return Response(status_code=400)

    return answer


async def _is_bounded(request: Request) -> bool:
    """Whether the body is no larger than allowed; it is read no further than that."""
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > LARGEST:
            return False
    return True
