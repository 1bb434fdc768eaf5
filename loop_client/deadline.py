"""A total deadline for one answer, which httpx does not have: it bounds each read, so a drip never ends.

Here the timeouts of a socket's reads shrink with what is left until the deadline of the request that the thread is at.
"""

import time
from contextvars import ContextVar
from typing import Any

import httpcore

deadline: ContextVar[float] = ContextVar("deadline")
"""When, on the monotonic clock, the answer that this thread waits for has to be whole."""


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream
        for name in ("write", "close", "get_extra_info"):
            setattr(self, name, getattr(stream, name))

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left = deadline.get() - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the deadline passed")
        return self._stream.read(max_bytes, left if timeout is None else min(timeout, left))

    def start_tls(self, *args: Any, **options: Any) -> httpcore.NetworkStream:  # noqa: ANN401 - passed on
        return _Stream(self._stream.start_tls(*args, **options))


class DeadlineBackend(httpcore.SyncBackend):
    """Plain sockets that keep the deadline."""

    def connect_tcp(self, *args: Any, **options: Any) -> httpcore.NetworkStream:  # noqa: ANN401 - passed on
        """Connect; `options` bring httpx's own timeout."""
        return _Stream(super().connect_tcp(*args, **options))
