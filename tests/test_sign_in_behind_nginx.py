"""A sign-in through docs/deploy/nginx.conf with TLS: two dashboards, one database, and a real provider."""

from __future__ import annotations

import re
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from html import unescape
from typing import TYPE_CHECKING, Final

import httpx
import pytest

from tests.browser.signing_in import certificate, free_port, place_in
from tests.nginx import HOW_TO_GET_ONE, Place, program, running_nginx
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DEEP: Final = "/inbox?status=open&text=%22The+message%22&sort=oldest+first&view=all"


@dataclass
class Visitor:
    """A browser whose requests go to the process that a test chooses. `lines`: the cookies that it was told to set."""

    client: httpx.Client
    log: Path
    ports: list[int]
    lines: list[str] = field(default_factory=list)

    def get(self, process: int, path: str) -> httpx.Response:
        """The answer of one process, by number."""
        self.client.cookies.delete("loop_replica", domain="")
        self.client.cookies.set("loop_replica", self._key(self.ports[process]))
        answer = self.client.get(path)
        self.lines += answer.headers.get_list("set-cookie")
        return answer

    def _key(self, port: int) -> str:
        """A value of nginx' cookie that leads to the process on this port, found by trying."""
        for number in range(100):
            before = len(self._lines())
            httpx.get(self.client.base_url.join("/healthz"), verify=False, headers={"Cookie": f"loop_replica={number}"})  # noqa: S501
            until(lambda before=before: len(self._lines()) > before)  # type: ignore[misc]
            if f"127.0.0.1:{port} " in self._lines()[before]:
                return str(number)
        raise AssertionError(f"no browser gets to {port}")

    def _lines(self) -> list[str]:
        return self.log.read_text().splitlines()

    def start(self, process: int) -> str:
        """Begin a sign-in from a deep link, click through the provider, and return the way back."""
        page = self.get(process, DEEP)
        assert page.status_code == 401
        target = re.search(r'href="([^"]*/sign-in\?[^"]*)"', page.text)
        assert target
        to_provider = self.get(process, unescape(target[1])).headers["location"]
        time.sleep(1.1)  # as a person takes at least: Streamlit's cookie of the way must not be from the future
        return str(httpx.post(to_provider, data={"sub": "lena"}).headers["location"])


@pytest.fixture
def visitor(request: pytest.FixtureRequest, tmp_path: Path, postgres_url: str) -> Iterator[Visitor]:
    """A browser that was never here, before nginx with two dashboards."""
    if program() is None:
        (pytest.fail if request.config.getoption("--require-nginx") else pytest.skip)(HOW_TO_GET_ONE)
    ports = [free_port(), free_port()]
    proxy = Place(tmp_path, free_port(), ports, certificate(tmp_path))
    with ExitStack() as stack:
        place = stack.enter_context(place_in(tmp_path))
        place.address = f"https://localhost:{proxy.port}"
        place.write_secrets()
        for port in ports:
            own = {"LOOP_STORE_URL": postgres_url, "LOOP_DATA_DIR": str(tmp_path / f"data-{port}")}
            stack.enter_context(place.dashboard(port, **own))
        stack.enter_context(running_nginx(proxy))
        accepts = {"Accept": "text/html"}
        client = httpx.Client(base_url=place.address, verify=False, headers=accepts, timeout=30)  # noqa: S501 - our own
        yield Visitor(stack.enter_context(client), tmp_path / "loop.log", ports)


def test_a_sign_in_holds_in_all_processes(visitor: Visitor) -> None:
    """It begins in one and ends in the other, leads to its page, and a sign-out in one holds in the other."""
    back = visitor.start(0)
    arrived = visitor.get(1, back)

    assert (arrived.status_code, arrived.headers["location"]) == (302, DEEP)
    assert [visitor.get(process, DEEP).status_code for process in (0, 1)] == [200, 200]
    assert [line for line in visitor.lines if not re.search("; *secure", line, re.IGNORECASE)] == []
    assert any(line.startswith("_streamlit_user=") for line in visitor.lines)

    kept = httpx.Cookies(visitor.client.cookies)
    assert visitor.get(0, "/auth/logout").status_code == 302
    visitor.client.cookies = kept  # a copy of the session, as another browser would have it
    until(lambda: "You are signed out" in visitor.get(1, DEEP).text, 60)
