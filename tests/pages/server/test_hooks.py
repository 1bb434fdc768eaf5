"""The route of Loop's webhook, over real HTTP."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest
from starlette.routing import Route

from loop_client.service import Config, Service, sync_thread
from pages.server import hooks
from tests.sandboxes import row, running_sandbox
from tests.served import served
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SECRET = "canary-" + "s" * 30


@contextmanager
def hooked(hint: Callable[[str], bool], within: float = hooks.WITHIN) -> Iterator[str]:
    """The route; yields its address without a secret."""
    with served(Route(f"{hooks.PATH}/{{secret}}", hooks.answering(hint, within), methods=["POST"])) as address:
        yield f"{address}{hooks.PATH}"


def statuses(*requests: tuple[str, str, bytes]) -> tuple[list[int], list[str]]:
    """The status of each request (method, end of its path, body), and the secrets that were taken."""
    taken: list[str] = []

    def hint(secret: str) -> bool:
        taken.extend([secret] if secret == SECRET else [])
        return secret == SECRET

    with hooked(hint) as address:
        answers = [httpx.request(method, f"{address}{path}", content=body) for method, path, body in requests]
    return [answer.status_code for answer in answers], taken


@pytest.mark.parametrize("body", [b"", b"{}", b"\0" * 1_000, b"x" * hooks.LARGEST])
def test_a_hint_is_taken_whatever_is_sent_with_it(body: bytes) -> None:
    """The body is neither parsed nor stored."""
    assert statuses(("POST", f"/{SECRET}", body)) == ([204], [SECRET])


def test_nobody_else_gives_hints() -> None:
    """Another secret, none, or another method is refused as any unknown page is."""
    wrong = [("POST", f"/{SECRET}x", b"{}"), ("POST", f"/{SECRET[:-1]}", b"{}"), ("POST", "/", b"{}")]
    wrong += [("POST", "/%ff%00", b""), ("GET", f"/{SECRET}", b""), ("PUT", f"/{SECRET}", b"")]

    assert statuses(*wrong) == ([404, 404, 404, 404, 405, 405], [])


def test_a_body_is_read_up_to_a_bound() -> None:
    """A body of more than a megabyte is refused, and one that does not end is given up."""
    assert statuses(("POST", f"/{SECRET}", b"x" * (hooks.LARGEST + 1)))[0] == [413]
    with hooked(lambda _: True, within=0.2) as address:
        port = int(address.split(":")[2].partition("/")[0])
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(f"POST {hooks.PATH}/x HTTP/1.1\r\nHost: test\r\nContent-Length: 9\r\n\r\nx".encode())
            assert connection.recv(100).startswith(b"HTTP/1.1 408")


def test_feedback_comes_with_its_event(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sandbox's webhook brings an item into the snapshot, long before a sync is due."""
    monkeypatch.setattr(sync_thread, "REFRESH_EVERY", 3_600.0)
    configs: list[Config] = []
    service = Service(lambda: configs[0])
    with (
        hooked(service.hint) as address,
        running_sandbox(tmp_path / "loop", items=[row(1)], webhook=f"{address}/{SECRET}") as sandbox,
    ):
        configs.append(Config(sandbox.api_key, sandbox.base_url, tmp_path / "data", hook_secret=SECRET))
        service.start()
        try:
            until(lambda: service.snapshot().coverage.complete)
            for count in (2, 3):
                key = {"Authorization": f"Bearer {sandbox.api_key}"}
                created = {"user": {"id": "u_1"}, "message": "New"}
                assert httpx.post(f"{sandbox.base_url}/feedback", json=created, headers=key).status_code == 201
                until(lambda count=count: len(service.snapshot().frame) == count)  # type: ignore[misc]
        finally:
            service.stop()
