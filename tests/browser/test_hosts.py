"""The names under which the dashboard is served, over real HTTP and WebSockets."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

from tests.browser.conftest import running_dashboard
from tests.raw_server import raw_server
from tests.sandboxes import row, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dashboard's data folder, with its log."""
    return tmp_path_factory.mktemp("dashboard")


@pytest.fixture(scope="module")
def outside_requests() -> Iterator[list[bytes]]:
    """The requests of the dashboard to other machines, through a proxy that answers with nothing."""
    requests: list[bytes] = []
    with raw_server(lambda _, request: requests.append(request)) as proxy:
        requests.append(proxy.removesuffix("/v2").encode())
        yield requests


@pytest.fixture(scope="module")
def address(folder: Path, tmp_path_factory: pytest.TempPathFactory, outside_requests: list[bytes]) -> Iterator[str]:
    """A dashboard that is also served under two other names."""
    proxy = outside_requests.pop().decode()
    with (
        running_sandbox(tmp_path_factory.mktemp("sandbox"), items=[row(1)]) as sandbox,
        running_dashboard(
            folder,
            LOOP_API_KEY=sandbox.api_key,
            LOOP_BASE_URL=sandbox.base_url,
            LOOP_ALLOWED_HOSTS="loop.example.com, Second.Example.com:8501,",
            HTTP_PROXY=proxy,
            HTTPS_PROXY=proxy,
        ) as running,
    ):
        yield running


PATHS = ["/", "/inbox", "/healthz", "/readyz", "/_stcore/health", "/_stcore/host-config", "/static/x", "/media/x"]


@pytest.mark.parametrize("path", PATHS)
def test_another_name_gets_nothing(address: str, path: str) -> None:
    """Under another name no page, file or route is served, and the answer names the setting."""
    answer = httpx.get(address + path, headers={"Host": "rebound.example:8501"})

    assert answer.status_code == 421
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "LOOP_ALLOWED_HOSTS" in answer.text
    assert "rebound.example" in answer.text


@pytest.mark.parametrize(
    ("host", "passes"),
    [
        ("localhost", True),
        ("LocalHost.:99", True),
        ("127.0.0.1:8501", True),
        ("[::1]:8501", True),
        ("[0:0:0:0:0:0:0:1]", True),
        ("loop.example.com", True),
        ("second.example.com", True),
        ("sub.loop.example.com", False),
        ("loop.example.com.evil.example", False),
        ("evil.example/localhost", False),
        ("user@localhost", False),
        ("localhost:99999", False),
        ("localhost, rebound.example", False),
        ("127.1", False),
        ("0.0.0.0", False),  # noqa: S104 - a name that is refused
        ("[::ffff:127.0.0.1]", False),
        ("<b>x</b>", False),
        ("", False),
    ],
)
def test_a_name_passes_in_any_spelling_and_nothing_else_does(address: str, host: str, passes: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """A name is accepted in any case, with port or final dot, and only as a complete name."""
    answer = httpx.get(f"{address}/healthz", headers={"Host": host, "X-Forwarded-Host": "localhost"})

    assert (answer.status_code == 200) is passes


@pytest.mark.parametrize(
    "head",
    [
        "GET /healthz HTTP/1.0\r\n\r\n",
        "GET /healthz HTTP/1.1\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: rebound.example\r\n\r\n",
        "GET http://rebound.example/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
)
def test_a_request_without_one_clear_name_gets_nothing(address: str, head: str) -> None:
    """A request with no host, two hosts, or a different one in its target is refused."""
    with socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])), timeout=10) as connection:
        connection.sendall(head.encode())
        status = connection.recv(4096).split(b" ")[1]

    assert status in {b"400", b"421"}


async def opened(address: str, host: str, page: str = "") -> None:
    """Open Streamlit's WebSocket under that name, from a page of that or another name."""
    port = int(address.rpartition(":")[2])
    url = f"ws://{host}/_stcore/stream"
    async with connect(url, origin=Origin(f"http://{page or host}"), proxy=None, host="127.0.0.1", port=port):
        pass


def test_a_websocket_of_another_name_is_refused(address: str) -> None:
    """A WebSocket under another name is refused, even if its origin equals its host, as in DNS rebinding."""
    with pytest.raises(InvalidStatus) as caught:
        asyncio.run(opened(address, "rebound.example:8501"))

    assert caught.value.response.status_code == 421
    assert b"LOOP_ALLOWED_HOSTS" in caught.value.response.body
    asyncio.run(opened(address, "loop.example.com"))


def test_a_page_of_another_origin_causes_no_outside_request(address: str, outside_requests: list[bytes]) -> None:
    """A page of another origin does not make Streamlit ask a public server for this machine's address."""
    for origin in ("http://rebound.example", "http://loop.example.com", "null"):
        httpx.get(f"{address}/_stcore/health", headers={"Origin": origin})
    with pytest.raises(InvalidStatus) as caught:
        asyncio.run(opened(address, "localhost", "rebound.example"))

    assert caught.value.response.status_code == 403
    assert outside_requests == []


def test_the_log_names_the_setting_and_cannot_be_filled(address: str, folder: Path) -> None:
    """Each refused name is logged once, and only a limited number of them."""
    for number in range(150):
        httpx.get(f"{address}/healthz", headers={"Host": f"n{number}.example"})
        httpx.get(f"{address}/healthz", headers={"Host": "x" * 3000})
    log = (folder / "dashboard.log").read_text()

    assert "LOOP_ALLOWED_HOSTS adds names" in log
    assert log.count("n7.example") == 1
    assert log.count("Refused") <= 100
    assert max(map(len, log.splitlines())) < 400
