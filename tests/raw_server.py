"""A small server on a raw socket, for answers that no HTTP library would send."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def raw_server(behave: Callable[[socket.socket, bytes], None]) -> Iterator[str]:
    """A server that does what `behave` does with each request's connection; yields its base URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.1)
        ended = threading.Event()

        def serve() -> None:
            while not ended.is_set():
                try:
                    connection, _ = listener.accept()
                except TimeoutError:
                    continue
                with connection:
                    connection.settimeout(5)
                    try:
                        behave(connection, connection.recv(65536))
                    except OSError:
                        continue  # the client has hung up, as it should

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/v2"
        finally:
            ended.set()
            thread.join()
