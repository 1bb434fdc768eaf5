"""The sandbox's webhook, at a server of the test."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from loop_client.sandbox.__main__ import main
from loop_client.sandbox.hook import Hook
from tests.sandboxes import running_sandbox
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Receiver(ThreadingHTTPServer):
    """Keeps the events that it gets, and answers with the next of `statuses`, and then with 204."""

    def __init__(self) -> None:
        """Listen on a free port."""
        self.events: list[Any] = []
        self.statuses: list[int] = []
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_port}/hook"


class Handler(BaseHTTPRequestHandler):
    """One event."""

    server: Receiver

    def do_POST(self) -> None:
        """Note it."""
        self.server.events.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A running server."""
    with Receiver() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_each_create_is_an_event(tmp_path: Path, receiver: Receiver) -> None:
    """The event has the item as it was stored; what was refused is none."""
    with running_sandbox(tmp_path, webhook=receiver.url) as sandbox:
        key = {"Authorization": f"Bearer {sandbox.api_key}"}
        created = [
            httpx.post(f"{sandbox.base_url}/feedback", json=body, headers=key)
            for body in (
                {"user": {"id": "u_1"}, "message": "One"},
                {"message": ""},
                {"user": {"id": "u_2"}, "message": "é"},
            )
        ]
        until(lambda: len(receiver.events) == 2)

    items = [answer.json() for answer in created if answer.status_code == 201]
    assert receiver.events == [{"type": "feedback.created", "data": item} for item in items]


def test_an_event_that_is_not_taken_is_sent_again(receiver: Receiver) -> None:
    """Three times at most; then the next one has its turn."""
    receiver.statuses = [500, 404, 503, 500]
    fired = Hook(receiver.url, pauses=(0.01, 0.01))
    for number in (1, 2):
        fired.created(str(number))

    until(lambda: len(receiver.events) == 5)
    assert [event["data"] for event in receiver.events] == [1, 1, 1, 2, 2]


def test_a_receiver_that_is_away_holds_nothing_up(tmp_path: Path, receiver: Receiver) -> None:
    """Creates are answered, and later events arrive."""
    receiver.server_close()
    with running_sandbox(tmp_path, webhook=receiver.url) as sandbox:
        key = {"Authorization": f"Bearer {sandbox.api_key}"}
        body = {"user": {"id": "u_1"}, "message": "One"}
        assert httpx.post(f"{sandbox.base_url}/feedback", json=body, headers=key).status_code == 201


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1:1/x",
        "http://example.com:80/x",
        "http://127.0.0.1/x",
        "http://a@127.0.0.1:1/x",
        "x",
        "http://127.0.0.1:x/",
    ],
)
def test_events_stay_on_this_machine(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Any other address is refused in a sentence."""
    with pytest.raises(SystemExit) as ended:
        main(["--webhook", url])

    assert ended.value.code == 2
    assert "must be an address such as http://127.0.0.1" in capsys.readouterr().err
