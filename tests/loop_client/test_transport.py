"""Slow, broken or huge answers from a raw socket exceed neither the deadline nor the memory limit."""

from __future__ import annotations

import gzip
import json
import socket
import ssl
import time
import tracemalloc
from contextlib import ExitStack
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

import httpcore
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_client import APIConnectionError, APITimeoutError, InvalidRequestError, Loop, ResponseError
from loop_client.client import LONGEST_QUERY
from loop_client.retry import Call
from loop_client.transport import DeadlineBackend, deadline, errors_of_httpx
from tests.answers import URL, Script, item, loop, page
from tests.raw_server import raw_server

if TYPE_CHECKING:
    from collections.abc import Callable

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
EMPTY = b'{"data": [], "nextCursor": null, "hasMore": false}'
DRIPS = 400
"""The most bytes that a drip sends, 20 per second."""


def drip(connection: socket.socket, data: bytes) -> None:
    """Send a byte every 50 ms."""
    for byte in data[:DRIPS]:
        connection.sendall(bytes([byte]))
        time.sleep(0.05)


def drip_headers(connection: socket.socket, _: bytes) -> None:
    """Send a status, then endless headers."""
    drip(connection, b"HTTP/1.1 200 OK\r\n" + b"X-Slow: 1\r\n" * 50)


def drip_body(connection: socket.socket, _: bytes) -> None:
    """Send all headers, then an endless body."""
    connection.sendall(OK + b"Content-Length: 400\r\n\r\n")
    drip(connection, b" " * 400)


def drip_chunks(connection: socket.socket, _: bytes) -> None:
    """Send all headers, then endless chunks."""
    connection.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\n")
    drip(connection, b"1\r\n \r\n" * 100)


def silence(_connection: socket.socket, _: bytes) -> None:
    """Send nothing for a while."""
    time.sleep(1.5)


@pytest.mark.parametrize("behave", [drip_headers, drip_body, drip_chunks, silence])
def test_a_drip_ends_at_the_deadline(behave: Callable[[socket.socket, bytes], None]) -> None:
    """A slow answer ends at the deadline of the whole request."""
    with raw_server(behave) as url, Loop(api_key="k", base_url=url, timeout=0.6, max_retries=0) as client:
        started = time.monotonic()
        with pytest.raises(APITimeoutError, match=r"within 0\.6 s"):
            client.feedback.list()

        assert 0.5 < time.monotonic() - started < 10  # a drip takes 20 s, and a slow machine adds some


def test_a_request_that_is_taken_in_drips_ends_at_the_deadline() -> None:
    """A request that the server reads slowly ends at the deadline."""

    def sip(connection: socket.socket, _: bytes) -> None:
        while connection.recv(65536):
            time.sleep(0.02)

    with raw_server(sip) as url:
        deadline.set(time.monotonic() + 0.4)
        stream = DeadlineBackend().connect_tcp("127.0.0.1", int(url.split(":")[2].removesuffix("/v2")))
        started = time.monotonic()
        with pytest.raises(httpcore.WriteTimeout):
            stream.write(b"x" * 32_000_000, timeout=5.0)
        stream.close()

        assert time.monotonic() - started < 8  # all sips take 10 s


def test_a_handshake_that_nobody_answers_ends_at_the_deadline() -> None:
    """A server that takes a connection and says nothing has the time that is left for TLS, not a whole timeout."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        deadline.set(time.monotonic() + 0.4)
        started = time.monotonic()
        stream = DeadlineBackend().connect_tcp("127.0.0.1", silent.getsockname()[1], timeout=20.0)
        with pytest.raises(httpcore.ConnectTimeout):
            stream.start_tls(ssl.create_default_context(), "127.0.0.1", timeout=20.0)
        stream.close()

        assert time.monotonic() - started < 8


def test_a_connection_that_nobody_takes_ends_at_the_deadline() -> None:
    """A server that takes no connection has the time that is left, not a whole timeout."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, ExitStack() as waiting:
        address = full.getsockname()
        for _ in range(2):  # more than the queue has room for
            one = waiting.enter_context(socket.socket())
            one.settimeout(0)
            one.connect_ex(address)
        deadline.set(time.monotonic() + 0.4)
        started = time.monotonic()
        with pytest.raises(httpcore.ConnectTimeout):
            DeadlineBackend().connect_tcp(*address, timeout=20.0)

        assert time.monotonic() - started < 8


def test_a_connection_that_opens_while_the_client_closes_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that opens while the client is closed is closed, and nothing is sent."""
    requests: list[bytes] = []
    opened: list[httpcore.NetworkStream] = []
    connect = httpcore.SyncBackend.connect_tcp

    def connect_and_close(*args: Any, **options: Any) -> httpcore.NetworkStream:  # noqa: ANN401 - passed on
        opened.append(connect(*args, **options))
        client.close()
        return opened[0]

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect_and_close)
    with (
        raw_server(lambda _, request: requests.append(request)) as url,
        Loop(api_key="k", base_url=url) as client,
        pytest.raises(APIConnectionError) as raised,
    ):
        client.feedback.list()

    assert not raised.value.sent
    assert requests == [b""]  # the connection ended without a byte
    assert opened[0].get_extra_info("socket").fileno() == -1


@pytest.mark.parametrize(
    "answer",
    [b"", b"HTTP/1.1 200", OK + b"Content-Length: 500\r\n\r\n" + EMPTY, b"not http at all\r\n\r\n"],
    ids=["nothing", "half a status", "half a body", "nonsense"],
)
def test_a_cut_answer_is_a_broken_connection(answer: bytes) -> None:
    """A truncated answer is a connection error."""
    with (
        raw_server(lambda connection, _: connection.sendall(answer)) as url,
        Loop(api_key="k", base_url=url, max_retries=0) as client,
        pytest.raises(APIConnectionError),
    ):
        client.feedback.list()


def test_a_body_cut_without_a_length_lacks_its_envelope() -> None:
    """A body truncated without a Content-Length is recognized by its missing envelope."""
    with (
        raw_server(lambda connection, _: connection.sendall(OK + b"Connection: close\r\n\r\n" + EMPTY[:12])) as url,
        Loop(api_key="k", base_url=url, max_retries=0) as client,
        pytest.raises(ResponseError),
    ):
        client.feedback.list()


def test_a_gzip_bomb_does_not_stay_in_memory() -> None:
    """A compressed answer beyond 16 MiB is an error before it fills the memory."""
    bomb = gzip.compress(b" " * (200 * 1024**2), 1)
    head = OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    with (
        raw_server(lambda connection, _: connection.sendall(head + bomb)) as url,
        Loop(api_key="k", base_url=url, max_retries=0) as client,
    ):
        tracemalloc.start()
        try:
            with pytest.raises(ResponseError, match="larger than 16 MiB"):
                client.feedback.list(limit=100)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak < 24 * 1024**2


@pytest.mark.parametrize("encoding", ["gzip, gzip", "deflate", "br", "snappy"])
def test_an_unrequested_encoding_is_refused(encoding: str) -> None:
    """An encoding that was not requested is refused."""
    packed = httpx.Response(200, headers={"Content-Encoding": encoding}, stream=httpx.ByteStream(EMPTY))
    with pytest.raises(ResponseError, match="decompressed"):
        loop(Script(lambda _: packed), max_retries=0).feedback.list()


def test_broken_compression_is_an_error() -> None:
    """An answer that is not gzip, but says so, is an error."""
    head = OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(EMPTY)
    with (
        raw_server(lambda connection, _: connection.sendall(head + EMPTY)) as url,
        Loop(api_key="k", base_url=url, max_retries=0) as client,
        pytest.raises(ResponseError, match="decompressed"),
    ):
        client.feedback.list()


def test_a_huge_item_is_set_aside_and_the_walk_goes_on() -> None:
    """A page over 16 MiB is requested in smaller ones, which grow again, and a single huge item is set aside."""
    items = [item(n, message="x" * (17 * 1024**2) if n == 12 else f"Message {n}") for n in range(15)]
    requested: list[tuple[int, int]] = []

    def behave(connection: socket.socket, request: bytes) -> None:
        query = dict(pair.split("=") for pair in request.split(b" ")[1].split(b"?")[1].decode().split("&"))
        start, limit = int(query.get("cursor", "0")), int(query["limit"])
        requested.append((start, limit))
        end = min(start + limit, len(items))
        more = end < len(items)
        answer = {"data": items[start:end], "nextCursor": str(end) if more else None, "hasMore": more}
        body = gzip.compress(json.dumps(answer).encode(), 1)
        connection.sendall(
            OK + b"Connection: close\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        )

    with raw_server(behave) as url, Loop(api_key="k", base_url=url, max_retries=0) as client:
        walk = client.feedback.iter()

        assert [one.id for one in walk] == [f"fb_{n}" for n in range(15) if n != 12]
        assert (walk.stats.rejected, walk.complete) == (1, True)
        assert "larger than 16 MiB" in walk.rejections[0]
        assert requested[:5] == [(0, 100), (0, 10), (10, 100), (10, 10), (10, 1)]
        assert requested[5:] == [(11, 10), (11, 1), (12, 10), (12, 1), (13, 10)]


def test_only_the_end_of_a_huge_answer_stays_in_memory() -> None:
    """Only the end of a huge answer, which has the cursor, is kept in memory."""
    script = Script(httpx.Response(200, content=b" " * (17 * 1024**2)))
    received = loop(script).send(Call(), "GET", lambda answer: (len(answer.body), answer.cut), tail_only=True)

    assert received == (65536, True)


def test_an_unreachable_api_is_reported_with_its_address() -> None:
    """A refused connection is reported with the address."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/v2"
        with (
            Loop(api_key="k", base_url=url, max_retries=0) as client,
            pytest.raises(APIConnectionError, match=f"cannot be reached at {url}") as caught,
        ):
            client.feedback.list()

    assert not caught.value.sent


TRIED: Final = {"httpx": "0.28.1", "httpcore": "1.0.9"}
"""Versions with which the transport was tested. After an upgrade run this file, then change them."""

NO_TRANSPORT: Final = {"ConnectionNotAvailable"}
"""Errors of httpcore that never leave its connection pool."""

ERRORS: Final = sorted(
    name
    for name in httpcore.__all__
    if isinstance(kind := getattr(httpcore, name), type) and issubclass(kind, Exception) and name not in NO_TRANSPORT
)


def test_the_transport_was_tried_with_what_is_installed() -> None:
    """The installed versions are those with which this file was run."""
    assert {name: version(name) for name in TRIED} == TRIED


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_below_httpx_is_the_one_that_httpx_has_for_it(name: str) -> None:
    """Each error of httpcore becomes httpx's error of the same name."""
    with pytest.raises(getattr(httpx, name), match="why") as caught, errors_of_httpx():
        raise getattr(httpcore, name)("why")

    assert isinstance(caught.value, httpx.TransportError)
    assert isinstance(caught.value.__cause__, getattr(httpcore, name))


@given(st.lists(st.text(min_size=1), min_size=2, max_size=2))
def test_filters_arrive_unchanged(values: list[str]) -> None:
    """Any filter arrives unchanged, except for lone surrogates, which become question marks."""
    script = Script(page([]))
    loop(script).send(Call(), "GET", lambda _: None, params=dict(zip(("tag", "cursor"), values, strict=True)))

    arrived = [value for _, value in parse_qsl(script.requests[0].url.query.decode(), strict_parsing=True)]
    assert arrived == [value.encode(errors="replace").decode() for value in values]


def test_a_long_query_goes_with_a_long_address() -> None:
    """A query at its limit can be sent to a long address."""
    script = Script(page([]))
    client = loop(script, base_url=f"{URL}/{'a' * 8_000}")
    client.send(Call(), "GET", lambda _: None, params={"cursor": "c" * (LONGEST_QUERY - 7)})

    assert len(script.requests[0].url.raw_path) > 65_536
    with pytest.raises(InvalidRequestError, match="too long for an address"):
        client.send(Call(), "GET", lambda _: None, params={"cursor": "c" * (LONGEST_QUERY - 6)})
