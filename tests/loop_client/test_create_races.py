"""Concurrent creates, and creates against servers that break HTTP."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from loop_client import APITimeoutError, CreateOutcomeUnknown, InvalidRequestError, Loop
from tests.answers import FIELDS, Script, item, loop, page
from tests.raw_server import raw_server


@pytest.mark.parametrize("second", [FIELDS, {**FIELDS, "message": "m \r\n"}, {**FIELDS, "source": ""}])
def test_equal_creates_at_once_never_share_an_item(second: dict[str, Any]) -> None:
    """A create with a lost answer waits for an equal one that is still unanswered, and does not claim its item."""
    stored, answered = threading.Event(), threading.Event()
    only = item(1, **FIELDS, createdAt=datetime.now(UTC).isoformat())

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return page([only])
        if stored.is_set():
            raise httpx.ReadError("reset")
        stored.set()
        answered.wait(10)
        return httpx.Response(201, json=only)

    client, ids = loop(Script(answer), max_wait=0.0), []
    first = threading.Thread(target=lambda: ids.append(client.feedback.create(**FIELDS).id))
    first.start()
    stored.wait(10)
    threading.Timer(0.2, answered.set).start()
    with pytest.raises(CreateOutcomeUnknown):
        client.feedback.create(**second)
    first.join(10)

    assert ids == ["fb_1"]


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_refusal_with_an_unreadable_body_is_a_refusal(encoding: str) -> None:
    """A refusal with an unreadable body is a refusal, not an unknown outcome."""
    head = f"HTTP/1.1 400 Bad Request\r\nContent-Encoding: {encoding}\r\nContent-Length: 500\r\n\r\n".encode()
    with (
        raw_server(lambda connection, _: connection.sendall(head + b'{"error"')) as url,
        Loop(api_key="k", base_url=url) as client,
        pytest.raises(InvalidRequestError),
    ):
        client.feedback.create(**FIELDS)


def test_a_create_ends_within_twice_its_timeout() -> None:
    """A create against a server that never answers ends within twice its timeout, lookups included."""
    with (
        raw_server(lambda _connection, _: time.sleep(0.5)) as url,
        Loop(api_key="k", base_url=url, timeout=0.3) as client,
    ):
        started = time.monotonic()
        with pytest.raises(CreateOutcomeUnknown):
            client.feedback.create(**FIELDS)

        assert time.monotonic() - started < 4.5  # all lookups with their pauses take 5 s


def test_creates_that_wait_for_an_equal_one_end_in_time() -> None:
    """Creates that wait for an unanswered equal one end unsent, within twice their timeout."""
    with (
        raw_server(lambda _connection, _: time.sleep(2)) as url,
        Loop(api_key="k", base_url=url, timeout=0.3) as client,
        ThreadPoolExecutor(4) as threads,
    ):
        started = time.monotonic()
        creates = [threads.submit(client.feedback.create, **FIELDS) for _ in range(4)]
        ends = [create.exception() for create in creates]

        assert time.monotonic() - started < 6
    waited = [end for end in ends if isinstance(end, APITimeoutError)]
    assert len(waited) >= 2
    assert not any(end.sent for end in waited)
    assert all("an equal create" in str(end) for end in waited)
