"""A total deadline for one answer, which httpx does not have: it bounds each read and write, so a drip never ends.

Here a socket's timeouts shrink with what is left until the deadline of the request that the thread is at. Built on the
public parts of httpx (a transport) and of httpcore (a pool whose sockets can be replaced).
"""

import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

import httpcore
import httpx

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


MOST_CONNECTIONS: Final = 100
MOST_IDLE_CONNECTIONS: Final = 20
IDLE_FOR: Final = 5.0
"""Seconds that a connection stays open unused. All three are httpx's own."""

ERRORS: Final = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
)


class DeadlineTransport(httpx.BaseTransport):
    """One pool of connections for all threads, and neither cookies nor redirects, which a httpx.Client would bring."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        """Connect nothing yet. `tls`: for https, whom to trust."""
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls,
            max_connections=MOST_CONNECTIONS,
            max_keepalive_connections=MOST_IDLE_CONNECTIONS,
            keepalive_expiry=IDLE_FOR,
            network_backend=DeadlineBackend(),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer to a request; its body is read from its stream.

        Raises:
            httpx.TransportError: There is none, or it is broken.
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
        """Close all connections."""
        self._pool.close()


class _Body(httpx.SyncByteStream):
    """The parts of a body as they come."""

    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        with errors_of_httpx():
            yield from self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


@contextmanager
def errors_of_httpx() -> Iterator[None]:
    """Raise httpcore's errors as those that httpx has under the same names."""
    try:
        yield
    except Exception as error:
        alike = next((found for kind in type(error).__mro__ if (found := getattr(httpx, kind.__name__, None))), None)
        if not isinstance(error, ERRORS) or alike is None:
            raise
        raise alike(str(error)) from error
