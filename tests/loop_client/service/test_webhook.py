"""Posting to an incoming webhook: once, in time, to an address that may be used, and without telling its address."""

from __future__ import annotations

import json
import socket
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from loop_client.service import webhook
from loop_client.service.webhook import WebhookError, is_usable, post
from tests.raw_server import raw_server

if TYPE_CHECKING:
    from collections.abc import Callable


def answering(answer: bytes, seen: list[bytes] | None = None) -> Callable[[socket.socket, bytes], None]:
    """A server that sends this answer, and notes what it was sent."""

    def behave(connection: socket.socket, request: bytes) -> None:
        length = int(request.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        while len(request.partition(b"\r\n\r\n")[2]) < length:
            request += connection.recv(65536)
        if seen is not None:
            seen.append(request)
        connection.sendall(answer)

    return behave


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


def test_a_text_is_posted_once_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    """The webhook gets one POST with the text alone, to the path of its address; never the API key."""
    monkeypatch.setenv("LOOP_API_KEY", "key_canary")
    seen: list[bytes] = []
    with raw_server(answering(OK, seen)) as url:
        post(f"{url}/hook?token=1", "What changed: ü")
    (request,) = seen
    head, _, body = request.partition(b"\r\n\r\n")

    assert head.startswith(b"POST /v2/hook?token=1 HTTP/1.1\r\n")
    assert json.loads(body) == {"text": "What changed: ü"}
    assert b"canary" not in request


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n",
            "Redirects are not followed",
        ),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "refused the text (status 404)"),
        (b"no HTTP at all\r\n\r\n", "cannot be reached"),
    ],
)
def test_another_answer_is_an_error_without_the_address(answer: bytes, said: str) -> None:
    """A redirect, a refusal and a broken answer are errors; their sentences have only the host."""
    with raw_server(answering(answer)) as url, pytest.raises(WebhookError) as raised:
        post(f"{url}/secret", "text")

    assert said in str(raised.value)
    assert "secret" not in str(raised.value)


def test_a_server_that_is_not_there_is_an_error() -> None:
    """Where nobody listens, the sentence says so."""
    with raw_server(answering(OK)) as url:
        pass
    with pytest.raises(WebhookError, match=r"127\.0\.0\.1 cannot be reached"):
        post(url, "text")


def test_an_answer_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole answer has one deadline, however regularly a part of it arrives."""
    monkeypatch.setattr(webhook, "WITHIN", 0.5)

    def drip(connection: socket.socket, _: bytes) -> None:
        for part in OK[:20]:
            connection.sendall(bytes([part]))
            time.sleep(0.1)

    began = time.monotonic()
    with raw_server(drip) as url, pytest.raises(WebhookError, match="did not answer within"):
        post(url, "text")

    assert time.monotonic() - began < 5


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_server_that_takes_the_text_and_says_nothing_is_given_up(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The deadline holds for a server that accepts and never answers, also before TLS has begun."""
    monkeypatch.setattr(webhook, "WITHIN", 0.5)
    began = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(WebhookError, match="did not answer within"):
        post(f"{scheme}://127.0.0.1:{silent.getsockname()[1]}/", "text")

    assert time.monotonic() - began < 5


def test_a_name_that_is_looked_up_too_slowly_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The 10 s include the look-up of the host's name, and the sentence says that nothing was posted."""
    monkeypatch.setattr(webhook, "WITHIN", 0.3)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: time.sleep(6))
    began = time.monotonic()

    with pytest.raises(WebhookError, match=r"hooks\.example did not answer within 0\.3 s\. Nothing was posted\."):
        post("https://hooks.example/secret", "text")

    assert time.monotonic() - began < 4


def test_a_name_that_nobody_knows_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host without an address cannot be reached."""

    def unknown(*_args: object, **_options: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(WebhookError, match=r"hooks\.example cannot be reached"):
        post("https://hooks.example/secret", "text")


def named(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Let localhost have these addresses."""
    found = socket.getaddrinfo

    def looked_up(host: str, *args: Any, **options: Any) -> list[Any]:  # noqa: ANN401 - passed on
        names = addresses if host == "localhost" else (host,)
        return [row for name in names for row in found(name, *args, **options)]

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)


def test_the_next_address_of_a_name_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody listens at the first address of a name, the text goes to the next one, with the name as its host."""
    named(monkeypatch, "127.0.0.9", "127.0.0.1")
    seen: list[bytes] = []
    with raw_server(answering(OK, seen)) as url:
        address = url.replace("127.0.0.1", "localhost")
        post(address, "text")

    (request,) = seen
    assert f"\r\nHost: {address.split('/')[2]}\r\n".encode() in request


def test_tls_asks_for_the_certificate_of_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """The certificate has to be that of the webhook's name, whatever address is connected to."""
    named(monkeypatch, "127.0.0.1")
    greetings: list[bytes] = []
    with raw_server(lambda _, greeting: greetings.append(greeting)) as url, pytest.raises(WebhookError):
        post(url.replace("http://127.0.0.1", "https://localhost"), "text")

    assert b"localhost" in greetings[0]


def test_addresses_that_take_no_connection_share_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A first address that takes no connection leaves the next one its share of the time."""
    monkeypatch.setattr(webhook, "WITHIN", 3.0)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, ExitStack() as waiting:
        for _ in range(2):  # more than the queue has room for
            one = waiting.enter_context(socket.socket())
            one.settimeout(0)
            one.connect_ex(full.getsockname())
        named(monkeypatch, "127.0.0.1", "127.0.0.9")
        began = time.monotonic()
        with pytest.raises(WebhookError, match="cannot be reached"):  # the second one, where nobody listens
            post(f"http://localhost:{full.getsockname()[1]}/", "text")

    assert 1.2 < time.monotonic() - began < 3


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text goes to the webhook itself: a proxy of the environment would read the address."""
    proxied: list[bytes] = []
    seen: list[bytes] = []
    with raw_server(answering(OK, proxied)) as proxy, raw_server(answering(OK, seen)) as url:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy)
        post(url, "text")

    assert (len(seen), len(proxied)) == (1, 0)


@pytest.mark.parametrize(
    ("url", "usable"),
    [
        ("https://hooks.example.com/services/T0/B0", True),
        ("http://localhost:8065/hooks/1", True),
        ("http://127.0.0.1:1", True),
        ("http://[::1]:80/x", True),
        ("http://hooks.example.com/1", False),
        ("http://127.0.0.1.example.com/1", False),
        ("http://localhost@example.com/1", False),
        ("https://name:word@example.com/1", False),
        ("ftp://127.0.0.1/1", False),
        ("https:///1", False),
        ("https://example.com:99999/1", False),
        ("https://exa mple.com/1", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_only_https_and_this_machine_are_posted_to(url: str, *, usable: bool) -> None:
    """A text leaves unencrypted only to this machine, and an address has no credentials."""
    assert is_usable(url) == usable
