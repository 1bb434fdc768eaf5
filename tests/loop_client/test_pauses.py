"""The client retries within its budgets, and never waits longer than they allow."""

from __future__ import annotations

import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from loop_client import APIConnectionError, Loop, QuotaExceededError, RateLimitError
from tests.answers import KEY, URL, Script, error, item, loop, page


def test_a_read_is_retried_until_it_is_answered() -> None:
    """A read is retried after refused connections, resets and 5xx answers, within its budget."""
    script = Script(httpx.ConnectError("refused"), error(503, **{"Retry-After": "0"}), page([item()]))

    assert len(list(loop(script).feedback.list())) == 1
    assert len(script.requests) == 3


def test_a_budget_of_no_retries_sends_one_request() -> None:
    """With `max_retries=0` one request is sent."""
    script = Script(httpx.ReadError("reset"))
    with pytest.raises(APIConnectionError):
        loop(script, max_retries=0).feedback.list()

    assert len(script.requests) == 1


def test_a_certificate_that_is_not_trusted_is_not_retried() -> None:
    """An untrusted certificate is not retried."""
    failure = httpx.ConnectError("tls")
    failure.__cause__ = ssl.SSLCertVerificationError("self-signed")
    script = Script(failure)
    with pytest.raises(APIConnectionError, match="certificate"):
        loop(script).feedback.list()

    assert len(script.requests) == 1


def test_a_wait_beyond_the_budget_is_raised_at_once() -> None:
    """A wait beyond the budget is raised at once, with its length."""
    script, slept = Script(error(429, "rate_limited", **{"Retry-After": "61"})), list[float]()
    with pytest.raises(RateLimitError) as caught:
        loop(script, slept, max_wait=60.0).feedback.list()

    assert caught.value.retry_after == 61
    assert "in 61 s" in str(caught.value)
    assert (len(script.requests), slept) == (1, [])


def test_pauses_of_all_pages_share_one_budget() -> None:
    """The pauses of a walk share one `max_wait`."""
    slow = error(429, "rate_limited", **{"Retry-After": "20"})
    script = Script(slow, page([item(1)], "a"), slow, page([item(2)], "b"), slow, page([item(3)]))
    walk = loop(script, max_wait=50.0).feedback.iter()
    with pytest.raises(RateLimitError):
        list(walk)

    assert walk.stats.items == 2


def test_a_date_is_waited_for() -> None:
    """A Retry-After with a date is waited for like one with seconds."""
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    script, slept = Script(error(503, **{"Retry-After": moment}), page([])), list[float]()
    loop(script, slept).feedback.list()

    assert 25 < sum(slept) <= 30


def test_a_quota_is_not_retried() -> None:
    """An exceeded quota is not retried."""
    script = Script(error(429, "quota_exceeded", **{"Retry-After": "0"}))
    with pytest.raises(QuotaExceededError):
        loop(script).feedback.create(user={"id": "u"}, message="m")

    assert len(script.requests) == 1


def test_closing_ends_a_pause() -> None:
    """Closing the client ends the pause before a retry."""
    script = Script(error(503, **{"Retry-After": "30"}))
    client = Loop(api_key=KEY, base_url=URL, transport=script)
    caught: list[Any] = []

    def call() -> None:
        try:
            client.feedback.list()
        except APIConnectionError as error_:
            caught.append(error_)

    thread = threading.Thread(target=call)
    thread.start()
    while not script.requests:
        time.sleep(0.005)
    client.close()
    thread.join(timeout=5)

    assert not thread.is_alive()
    assert "closed" in str(caught[0])


def test_a_date_is_counted_from_the_servers_clock() -> None:
    """A Retry-After with a date is counted from the server's clock, not ours."""
    headers = {"Date": "Fri, 19 Jun 2026 14:00:00 GMT", "Retry-After": "Fri, 19 Jun 2026 14:00:20 GMT"}
    script, slept = Script(error(503, **headers), page([])), list[float]()
    loop(script, slept).feedback.list()

    assert sum(slept) == 20
