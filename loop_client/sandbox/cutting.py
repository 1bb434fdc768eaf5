"""Connections that the application can cut without an answer, as a network does; HTTP itself has no such thing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

    from starlette.requests import Request


class CuttableProtocol(H11Protocol):
    """Uvicorn's own, whose requests carry the way to cut their connection in their state."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn does
        """Keep the way."""
        self.app_state = {**self.app_state, "cut": transport.abort}
        super().connection_made(transport)


async def cut(request: Request) -> None:
    """Cut the connection of a request; returns once it is gone."""
    request.state.cut()
    while (await request.receive())["type"] != "http.disconnect":
        pass
