"""A total deadline for one answer, which httpx does not have: it bounds each read and write, so a drip never ends.

Here a socket's timeouts shrink with what is left until the deadline of the request that the thread is at.
"""

import time
from contextvars import ContextVar
from typing import Any

import httpcore

deadline: ContextVar[float] = ContextVar("deadline")
"""When, on the monotonic clock, the answer that this thread waits for has to be whole."""


AT_ONCE = 65536
"""Bytes that are written before the deadline is looked at again."""


def _left(timeout: float | None, late: type[httpcore.TimeoutException]) -> float:
    left = deadline.get() - time.monotonic()
    if left <= 0:
        raise late("the deadline passed")
    return left if timeout is None else min(timeout, left)


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream
        for name in ("close", "get_extra_info"):
            setattr(self, name, getattr(stream, name))

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), AT_ONCE):
            self._stream.write(buffer[start : start + AT_ONCE], _left(timeout, httpcore.WriteTimeout))

    def start_tls(self, *args: Any, **options: Any) -> httpcore.NetworkStream:  # noqa: ANN401 - passed on
        return _Stream(self._stream.start_tls(*args, **options))


class DeadlineBackend(httpcore.SyncBackend):
    """Plain sockets that keep the deadline."""

    def connect_tcp(self, *args: Any, **options: Any) -> httpcore.NetworkStream:  # noqa: ANN401 - passed on
        """Connect; `options` bring httpx's own timeout."""
        return _Stream(super().connect_tcp(*args, **options))
