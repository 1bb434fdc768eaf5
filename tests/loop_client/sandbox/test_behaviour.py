"""A sandbox configured to be slow, limited or faulty, and one whose disk fails."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.loop_client.sandbox.conftest import client
from tests.loop_client.sandbox.test_create import PLAIN, error
from tests.sandboxes import running_sandbox

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandboxes import RunningSandbox


def test_over_the_rate_limit_it_says_when_to_come_back(tmp_path: Path) -> None:
    """A request beyond the limit gets a 429 with Retry-After; one without the key does not count."""
    with running_sandbox(tmp_path, rate_limit=3) as sandbox, client(sandbox) as api:
        for _ in range(5):
            assert api.get("/feedback", headers={"Authorization": "Bearer wrong"}).status_code == 401
        assert [api.get("/feedback").status_code for _ in range(3)] == [200] * 3
        for answer in (api.get("/feedback"), api.post("/feedback", json=PLAIN)):
            assert error(answer)[:2] == (429, "rate_limited")
            assert 55 <= int(answer.headers["retry-after"]) <= 60


def test_a_rate_limit_of_nothing_lets_nobody_in(tmp_path: Path) -> None:
    """With a limit of 0 every request is a 429 with Retry-After."""
    with running_sandbox(tmp_path, rate_limit=0) as sandbox, client(sandbox) as api:
        assert api.get("/feedback").headers["retry-after"] == "60"


def test_over_the_quota_nothing_more_is_created_until_next_month(tmp_path: Path) -> None:
    """Concurrent creates get exactly the quota, the others a 429 until the month ends, and lists still work."""
    with running_sandbox(tmp_path, quota=5) as sandbox, client(sandbox) as api, ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: api.post("/feedback", json=PLAIN), range(16)))
        assert Counter(answer.status_code for answer in answers) == {201: 5, 429: 11}
        assert len(api.get("/feedback").json()["data"]) == 5
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert error(refused)[1] == "quota_exceeded"
    opens = datetime.now(UTC) + timedelta(seconds=int(refused.headers["retry-after"]))
    assert (opens.day, opens.hour, opens.minute) == (1, 0, 0)


def test_a_refused_item_does_not_use_up_the_quota(tmp_path: Path) -> None:
    """Only stored items count towards the quota."""
    with running_sandbox(tmp_path, quota=1) as sandbox, client(sandbox) as api:
        assert api.post("/feedback", json={}).status_code == 400
        assert api.post("/feedback", json=PLAIN).status_code == 201
        assert api.post("/feedback", json={}).status_code == 400
        assert api.post("/feedback", json=PLAIN).status_code == 429


def test_an_error_happens_before_anything_is_stored(tmp_path: Path) -> None:
    """With an error rate of one half, a create is either a 500 or stored."""
    with running_sandbox(tmp_path, error_rate=0.5) as sandbox, client(sandbox) as api:
        answers = [api.post("/feedback", json=PLAIN) for _ in range(40)]
        created = [answer.json()["id"] for answer in answers if answer.status_code == 201]
        failed = [answer for answer in answers if answer.status_code != 201]
        assert 0 < len(created) < 40
        assert {error(answer)[:2] for answer in failed} == {(500, "internal_error")}
        items, _ = sandbox.store.page({}, 100, None)
        assert len(items) == len(created)


def test_a_lost_answer_is_of_an_item_that_is_stored(tmp_path: Path) -> None:
    """With half of the answers lost, each create is stored once."""
    with running_sandbox(tmp_path, lose_answers=0.5) as sandbox, client(sandbox) as api:
        lost = 0
        for number in range(40):
            try:
                assert api.post("/feedback", json={**PLAIN, "message": f"Message {number}"}).status_code == 201
            except (httpx.RemoteProtocolError, httpx.ReadError):
                lost += 1
        listed = [one["message"] for one in api.get("/feedback?limit=100").json()["data"]]
    assert 0 < lost < 40
    assert sorted(listed) == sorted(f"Message {number}" for number in range(40))


def test_latency_delays_every_answer_and_no_other_request(tmp_path: Path) -> None:
    """Each answer takes the latency, and concurrent requests wait in parallel."""
    slow = running_sandbox(tmp_path, latency_ms=1_000)
    with slow as sandbox, client(sandbox) as api, ThreadPoolExecutor(8) as threads:
        start = time.monotonic()
        answers = list(threads.map(lambda _: api.get("/feedback"), range(8)))
        took = time.monotonic() - start
    assert min(answer.elapsed.total_seconds() for answer in answers) >= 1
    assert took < 8


def test_a_failing_disk_is_an_internal_error(
    sandbox: RunningSandbox, api: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    """If the database fails, the answer is a documented 500 without internals."""
    sandbox.store.close()
    assert error(api.get("/feedback")) == (500, "internal_error", "Unexpected server error")
    assert error(api.post("/feedback", json=PLAIN)) == (500, "internal_error", "Unexpected server error")
    assert "Cannot operate on a closed database" in caplog.text


def test_a_client_that_has_gone_is_no_error_of_the_sandbox(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """One that dies while its request waits, as at a kill, leaves neither an item nor a line in the log."""
    with running_sandbox(tmp_path, latency_ms=200) as sandbox, client(sandbox) as api:
        with pytest.raises(httpx.ReadTimeout):
            api.post("/feedback", json=PLAIN, timeout=0.05)
        assert api.get("/feedback").json()["data"] == []  # it has waited longer than the first one
    assert not caplog.text


def test_what_nobody_expected_is_an_internal_error_on_a_connection_that_lives_on(tmp_path: Path) -> None:
    """An unexpected failure is a documented 500, and the connection stays usable."""
    with running_sandbox(tmp_path, error_rate="broken") as sandbox, client(sandbox) as api:
        assert error(api.get("/feedback")) == (500, "internal_error", "Unexpected server error")
        assert error(api.get("/feedback")) == (500, "internal_error", "Unexpected server error")
