"""A total deadline for one answer. httpx bounds only each read and write, so a slowly dripping answer never ends.

Here each socket operation gets what is left until the thread's deadline, by public parts of httpx and httpcore.
"""

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

import httpcore
import httpx

deadline: ContextVar[float] = ContextVar("deadline")
"""The time on the monotonic clock by which this thread's answer must be complete."""

AT_ONCE = 65536  # bytes written between two checks of the deadline


def _left(timeout: float | None, late: type[httpcore.TimeoutException] = httpcore.ConnectTimeout) -> float:
    left = deadline.get() - time.monotonic()
    if left <= 0:
        raise late("the deadline passed")
    return left if timeout is None else min(timeout, left)


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, closed: threading.Event) -> None:
        self._stream, self._closed, self._is_new = stream, closed, True
        for name in ("close", "get_extra_info"):
            setattr(self, name, getattr(stream, name))

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._is_new and self._closed.is_set():  # the pool's close misses what was still connecting
            self.close()
            raise httpcore.ConnectError("the client was closed")
        self._is_new = False
        for start in range(0, len(buffer), AT_ONCE):
            self._stream.write(buffer[start : start + AT_ONCE], _left(timeout, httpcore.WriteTimeout))

    def start_tls(self, *args: Any, **options: Any) -> httpcore.NetworkStream:  # noqa: ANN401 - passed on
        stream = self._stream.start_tls(*args, **options | {"timeout": _left(options.get("timeout"))})
        return _Stream(stream, self._closed)


class DeadlineBackend(httpcore.SyncBackend):
    """Plain sockets that respect the deadline, and the end of their client."""

    def __init__(self) -> None:
        """Do not connect yet."""
        self.closed = threading.Event()

    def connect_tcp(self, *args: Any, **options: Any) -> httpcore.NetworkStream:  # noqa: ANN401 - passed on
        """Connect within httpx's own timeout, or the time that is left if that is less."""
        return _Stream(super().connect_tcp(*args, **options | {"timeout": _left(options.get("timeout"))}), self.closed)


KINDS: Final = ("NetworkError", "ProtocolError", "ProxyError", "TimeoutException", "UnsupportedProtocol")
ERRORS: Final = tuple(getattr(httpcore, kind) for kind in KINDS)


class DeadlineTransport(httpx.BaseTransport):
    """One connection pool for all threads, without the cookies and redirects of httpx.Client."""

    def __init__(self, base_url: str) -> None:
        """Do not connect yet. With https, certificates must be ones that this machine trusts."""
        tls = ssl.create_default_context() if base_url.startswith("https") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._backend = DeadlineBackend()
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls,
            max_connections=100,  # as the next two: httpx's defaults
            max_keepalive_connections=20,
            keepalive_expiry=5.0,  # seconds
            network_backend=self._backend,
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and return the response, whose body is read from its stream.

        Raises:
            httpx.TransportError: There is no answer, or it is broken.
        """
        url = httpcore.URL(
            scheme=request.url.raw_scheme, host=request.url.raw_host, port=request.url.port, target=request.url.raw_path
        )
        sent = httpcore.Request(
            request.method, url, headers=request.headers.raw, content=request.stream, extensions=request.extensions
        )
        with errors_of_httpx():
            response = self._pool.handle_request(sent)
        return httpx.Response(
            response.status, headers=response.headers, stream=_Body(response), extensions=response.extensions
        )

    def close(self) -> None:
        """Close all connections, and let none be opened."""
        self._backend.closed.set()
        self._pool.close()


class _Body(httpx.SyncByteStream):
    """The parts of a body as they arrive."""

    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        with errors_of_httpx():
            yield from self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


@contextmanager
def errors_of_httpx() -> Iterator[None]:
    """Raise httpcore's errors as the httpx errors of the same names."""
    try:
        yield
    except ERRORS as error:
        alike = (getattr(httpx, kind.__name__, None) for kind in type(error).__mro__)
        raise next(filter(None, alike))(str(error)) from error
