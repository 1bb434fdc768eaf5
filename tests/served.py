"""Routes over real HTTP, on a thread of the test process."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from starlette.middleware import Middleware
    from starlette.routing import BaseRoute


@contextmanager
def served(*routes: BaseRoute, middleware: Sequence[Middleware] = ()) -> Iterator[str]:
    """A server of these routes, running until the block ends; yields its base URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(
            uvicorn.Config(Starlette(routes=[*routes], middleware=middleware), log_level="critical")
        )
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=20)
