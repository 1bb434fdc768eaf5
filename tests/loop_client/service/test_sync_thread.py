"""The thread that syncs the mirror: when it looks, and that it goes on."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loop_client import APIConnectionError, LoopError
from loop_client.errors import status_error
from loop_client.retry import retry_after
from loop_client.service.sync_thread import (
    CLICKS_EVERY,
    LONGEST_PAUSE,
    OWN_EVERY,
    REFRESH_EVERY,
    RETRY_AT_LEAST_EVERY,
    SyncThread,
    SyncTimer,
)
from tests.waiting import until


class Clock:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        """Start as on a machine that has run for a while."""
        self.now = 1000.0

    def __call__(self) -> float:
        """Return the seconds."""
        return self.now

    def wait(self, seconds: float) -> None:
        """Advance the clock, and let other threads work."""
        self.now += seconds
        time.sleep(0.001)


def refusal(status: int, retry_after: float | None = None) -> LoopError:
    """The error of an answer with this status."""
    return status_error(status, b"", "GET /v2/feedback", retry_after, "a-key")


@pytest.mark.parametrize(("failures", "seconds"), [(0, 10.0), (1, 2.0), (5, 32.0), (6, 60.0), (2_000, 60.0)])
def test_a_failing_api_is_called_less_and_less_often(failures: int, seconds: float) -> None:
    """The pauses of an outage grow up to a minute."""
    timer = SyncTimer(Clock())
    timer.looked(None)
    for _ in range(failures):
        timer.looked(APIConnectionError("refused"))

    assert timer.left() == seconds


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (refusal(429, 90.0), 90.0),
        (refusal(503, 90.0), 90.0),
        (refusal(429, 7200.0), LONGEST_PAUSE),
        (refusal(503, 1e12), LONGEST_PAUSE),
        (refusal(401), 60.0),
    ],
)
def test_a_click_does_not_shorten_a_retry_after(error: LoopError, seconds: float) -> None:
    """A click shortens neither a Retry-After nor the pause after a rejected key."""
    clock = Clock()
    timer = SyncTimer(clock)
    timer.looked(error)

    assert timer.ask() == timer.left() == seconds
    clock.now += seconds
    assert timer.ask() == 0.0


@pytest.mark.parametrize("error", [None, APIConnectionError("refused"), refusal(503)])
def test_clicks_bring_a_look_every_few_seconds_at_most(error: LoopError | None) -> None:
    """Clicks cause a look every few seconds at most, however many there are and however long the pause is."""
    clock = Clock()
    timer = SyncTimer(clock)
    for _ in range(6):
        timer.looked(error)

    assert [timer.ask() for _ in range(30)] == [CLICKS_EVERY] * 30
    clock.now += CLICKS_EVERY
    assert timer.left() == 0.0


def test_what_is_submitted_brings_a_look_at_once() -> None:
    """A submission causes a look at once, but not within a second of the last one."""
    clock = Clock()
    timer = SyncTimer(clock)
    timer.looked(None)
    assert [timer.ask(OWN_EVERY) for _ in range(30)] == [OWN_EVERY] * 30

    clock.now += 5
    assert timer.ask(OWN_EVERY) == 0.0


def test_a_request_during_a_sync_causes_another() -> None:
    """A look requested during a sync causes another one, in case the running one has missed the item."""
    timer = SyncTimer(Clock())
    for soonest, seconds in ((CLICKS_EVERY, CLICKS_EVERY), (OWN_EVERY, OWN_EVERY), (None, REFRESH_EVERY)):
        timer.looks()
        if soonest is not None:
            timer.ask(soonest)
        timer.looked(None)
        assert timer.left() == seconds

    timer.looks()
    timer.ask(OWN_EVERY)
    timer.looked(refusal(429, 90.0))
    assert timer.left() == 90.0


def forms(now: datetime) -> st.SearchStrategy[str]:
    """All forms of a Retry-After: seconds, fractions, dates of any year and zone, and nonsense."""
    digits = st.text("0123456789", min_size=1, max_size=400)
    moments = st.datetimes(timezones=st.timezones(), allow_imaginary=False)
    near = st.timedeltas(timedelta(days=-2), timedelta(days=400)).map(lambda later: now + later)
    dates = st.one_of(moments, near).map(format_datetime)
    odd = st.sampled_from(["Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 +2359", "6 Nov 94 1:1 GMT"])
    return st.one_of(digits, st.tuples(digits, digits).map(".".join), dates, odd, st.text())


NOW = datetime(2026, 6, 19, 14, 2, 11, tzinfo=UTC)


def next_look_is_near(header: str, status: int, body: bytes) -> None:
    """Check that any answer leads to a short error and a pause that ends within an hour."""
    seconds = retry_after(header, NOW)
    error = status_error(status, body, "GET /v2/feedback", seconds, "a-key")
    timer = SyncTimer(Clock())
    timer.looked(error)

    assert len(str(error)) < 500
    assert seconds is None or 0 <= seconds < threading.TIMEOUT_MAX
    assert 0 < timer.ask() <= LONGEST_PAUSE
    assert 0 < timer.left() <= LONGEST_PAUSE


BODIES = st.sampled_from([b"", b'{"error": {"type": "quota_exceeded"}}', b"<html>", b"[" * 2000])
STATUSES = st.sampled_from([301, 400, 401, 403, 404, 408, 429, 500, 503, 599, 999])


@given(forms(NOW), STATUSES, BODIES)
def test_no_answer_brings_a_pause_beyond_an_hour(header: str, status: int, body: bytes) -> None:
    """No form of Retry-After with any status pauses the sync for more than an hour."""
    next_look_is_near(header, status, body)


@pytest.mark.long
@settings(max_examples=20_000)
@given(forms(NOW), STATUSES, BODIES)
def test_no_answer_brings_a_pause_beyond_an_hour_at_length(header: str, status: int, body: bytes) -> None:
    """The same holds for many more examples."""
    next_look_is_near(header, status, body)


@pytest.mark.parametrize("error", [ValueError, SystemExit, MemoryError, KeyboardInterrupt, LoopError])
def test_nothing_that_a_look_raises_ends_the_thread(error: type[BaseException]) -> None:
    """After any exception the thread looks again."""
    looks: list[int] = []

    def look() -> None:
        looks.append(1)
        raise error("a fault")

    clock = Clock()
    thread = SyncThread(look, clock, clock.wait)
    thread.start()
    try:
        until(lambda: len(looks) > 2)
        assert thread.is_alive()
        assert (thread.failure is None) is (error is LoopError)
    finally:
        thread.request_stop()
        thread.join()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_dead_thread_is_reported_and_replaced_once_a_minute() -> None:
    """A dead thread is reported, and a status check replaces it once a minute."""
    looks: list[int] = []
    clock = Clock()

    def wait(_: float) -> None:
        if len(looks) < 2:
            raise MemoryError

    thread = SyncThread(lambda: looks.append(1), clock, wait)
    thread.start()
    until(lambda: not thread.is_alive())
    assert len(looks) == 1

    clock.now += 60
    assert not thread.is_alive()
    until(lambda: len(looks) > 1)
    assert thread.is_alive()
    thread.request_stop()
    thread.join()


def test_a_pause_that_fails_once_ends_nothing() -> None:
    """A failure while planning the next look costs a minute, not the thread."""
    looks: list[int] = []
    pauses: list[float] = []
    clock = Clock()

    def wait(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 1:
            raise MemoryError
        clock.wait(seconds)

    thread = SyncThread(lambda: looks.append(1), clock, wait)
    thread.start()
    until(lambda: len(looks) > 1)
    thread.request_stop()
    thread.join()

    assert pauses[:2] == [REFRESH_EVERY, RETRY_AT_LEAST_EVERY]


def test_a_requested_look_ends_the_pause() -> None:
    """With the real clock, a request ends the pause early."""
    looks: list[float] = []
    thread = SyncThread(lambda: looks.append(time.monotonic()))
    thread.start()
    until(lambda: looks)
    thread.ask()
    until(lambda: len(looks) > 1)
    thread.request_stop()
    thread.join()

    assert CLICKS_EVERY <= looks[1] - looks[0] < REFRESH_EVERY


def test_nothing_runs_before_its_start() -> None:
    """A thread that was never started does not look, and is not replaced as dead."""
    looks: list[int] = []
    clock = Clock()
    thread = SyncThread(lambda: looks.append(1), clock, clock.wait)
    clock.now += 10 * RETRY_AT_LEAST_EVERY

    assert not thread.is_alive()
    assert "sync" not in {one.name for one in threading.enumerate()}
    assert not looks
