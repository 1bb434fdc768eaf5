"""The host names that the setting adds."""

from __future__ import annotations

import asyncio
import logging
import runpy
from pathlib import Path
from typing import Any

import pytest
import streamlit as st

from loop_client.service import allowed_hosts
from pages.server.hosts import LOGGED, LOOPBACK, HostCheck, allowed, name_of


@pytest.mark.parametrize(
    ("setting", "names"),
    [
        ("", set()),
        (" , ,", set()),
        ("Loop.Example.com.", {"loop.example.com"}),
        ("a.example:8501, b.example", {"a.example", "b.example"}),
        ("192.0.2.7,2001:DB8::1,[2001:db8:0::2]:80", {"192.0.2.7", "2001:db8::1", "2001:db8::2"}),
        ("bücher.example", {"xn--bcher-kva.example"}),
    ],
)
def test_the_setting_adds_names(setting: str, names: set[str]) -> None:
    """The setting adds names in any spelling, with or without a port, to the machine's own."""
    assert allowed(allowed_hosts({"LOOP_ALLOWED_HOSTS": setting})) == {*LOOPBACK, *names}


@pytest.mark.parametrize("setting", ["*", "*.example.com", "https://loop.example.com", "a b", "x" * 100_000 + "/"])
def test_an_invalid_host_name_is_ignored_and_logged(setting: str, caplog: pytest.LogCaptureFixture) -> None:
    """An invalid name in the setting, such as a pattern, is logged and allows nothing."""
    with caplog.at_level(logging.WARNING):
        assert allowed(allowed_hosts({"LOOP_ALLOWED_HOSTS": setting})) == set(LOOPBACK)

    assert "LOOP_ALLOWED_HOSTS" in caplog.text
    assert len(caplog.text) < 500


@pytest.mark.parametrize(
    "host", ["a..b", ".a", "a.", "A:0", "a:65535", "[::1]:1", "[1:2]", "[a.b]", "a:65536", "a:", "é"]
)
def test_a_name_is_one_or_none(host: str) -> None:
    """A host is compared in lower case, without its port and a final dot."""
    names = {"a.": "a", "A:0": "a", "a:65535": "a", "[::1]:1": "::1"}

    assert name_of(host) == names.get(host)


def test_streamlit_checks_its_websocket_against_the_same_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit's own setting has the same names."""
    monkeypatch.setenv("LOOP_ALLOWED_HOSTS", "loop.example.com")
    before = st.get_option("server.allowedHosts")
    try:
        runpy.run_path(str(Path(__file__).parents[3] / "app.py"))
        assert {*st.get_option("server.allowedHosts")} == {*LOOPBACK, "loop.example.com"}
    finally:
        st.config.set_option("server.allowedHosts", before)


def test_the_log_names_a_limited_number_of_hosts(caplog: pytest.LogCaptureFixture) -> None:
    """Each refused host is logged once, and only a limited number of them."""

    async def application(*_: Any) -> None:  # noqa: ANN401 - as ASGI has it
        raise AssertionError("it was let in")

    statuses: list[int] = []

    async def send(message: Any) -> None:  # noqa: ANN401 - as ASGI has it
        statuses.extend([message["status"]] if "status" in message else [])

    async def story() -> None:
        check = HostCheck(application, LOOPBACK)
        for number in range(LOGGED + 50):
            headers = [(b"host", f"a{number}.example".encode())]
            for _ in range(2):
                await check({"type": "http", "path": "/", "headers": headers}, asyncio.Queue[Any]().get, send)

    asyncio.run(story())

    assert statuses == [421] * 2 * (LOGGED + 50)
    assert len(caplog.records) == LOGGED


@pytest.mark.parametrize(
    ("client", "status"),
    [
        (("127.0.0.1", 1), None),
        (("127.8.8.8", 1), None),
        (("::1", 1), None),
        (("::ffff:127.0.0.1", 1), None),
        (None, None),
        (("192.0.2.7", 1), 403),
        (("::ffff:192.0.2.7", 1), 403),
        (("fe80::1%eth0", 1), 403),
        (("testclient", 1), 403),
    ],
)
def test_without_a_sign_in_other_machines_get_nothing(client: Any, status: int | None) -> None:  # noqa: ANN401 - as ASGI has it
    """The name that a request sends proves nothing: whoever knows the address can send `localhost`."""
    reached: list[str] = []
    answered: list[int] = []

    async def application(scope: Any, *_: Any) -> None:  # noqa: ANN401 - as ASGI has it
        reached.append(scope["path"])

    async def send(message: Any) -> None:  # noqa: ANN401 - as ASGI has it
        answered.extend([message["status"]] if "status" in message else [])

    check = HostCheck(application, LOOPBACK, is_local=True)
    scope = {"type": "http", "path": "/", "headers": [(b"host", b"localhost")], "client": client}
    asyncio.run(check(scope, asyncio.Queue[Any]().get, send))

    assert (reached, answered) == ((["/"], []) if status is None else ([], [status]))
