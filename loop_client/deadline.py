"""A total deadline for one answer, which httpx does not have: it bounds each read, so a drip never ends.

Here the socket's timeouts shrink with what is left until the deadline of the request that the thread is at.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import httpcore

if TYPE_CHECKING:
    from collections.abc import Iterator

_end: ContextVar[float] = ContextVar("end")


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """End the reads of this thread's request after so many seconds, all of them together."""
    token = _end.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _end.reset(token)


class _Stream(httpcore.NetworkStream):
    """A connection whose reads keep the deadline."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream
        self.write, self.close, self.get_extra_info = stream.write, stream.close, stream.get_extra_info  # type: ignore[method-assign]

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left = _end.get() - time.monotonic()
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
