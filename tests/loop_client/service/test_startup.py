"""A failed start is retried after growing pauses, until it succeeds or the service is stopped."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from loop_client.service.startup import START_AGAIN, StartRetry
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable


def retry_after(failures: int, ended: Callable[[list[float]], bool]) -> tuple[list[float], list[int]]:
    """The pauses and attempts of a start that succeeds after this many failures, or is ended during a pause."""
    pauses: list[float] = []
    attempts: list[int] = []

    def wait(seconds: float) -> bool:
        pauses.append(seconds)
        return ended(pauses)

    def attempt() -> bool:
        attempts.append(1)
        return len(attempts) > failures

    retry = StartRetry(attempt, threading.Lock(), wait)
    retry.start()
    until(lambda: len(attempts) > failures or ended(pauses))
    until(lambda: "start" not in {thread.name for thread in threading.enumerate()})
    return pauses, attempts


def test_the_pauses_double_up_to_a_minute() -> None:
    """The pauses double up to a minute, and end with the attempt that succeeds."""
    pauses, attempts = retry_after(6, lambda _: False)

    assert pauses == [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]
    assert len(attempts) == 7


def test_nothing_is_tried_after_the_end() -> None:
    """No attempt follows an end during a pause."""
    _, attempts = retry_after(100, lambda pauses: len(pauses) > 3)

    assert len(attempts) == 3


def test_an_end_during_an_attempt_is_not_lost() -> None:
    """An attempt that waits for the lock of a stop is not made."""
    attempts: list[int] = []
    waited = threading.Event()

    def wait(_: float) -> bool:
        waited.set()
        return False

    def attempt() -> bool:
        attempts.append(1)
        return True

    lock = threading.Lock()
    retry = StartRetry(attempt, lock, wait)
    with lock:
        retry.start()
        until(waited.is_set)
        retry.end()
    until(lambda: "start" not in {thread.name for thread in threading.enumerate()})

    assert not attempts


def test_a_retry_reports_when_it_tries_again() -> None:
    """A retry reports the seconds to its next attempt."""
    retry = StartRetry(lambda: True, threading.Lock())
    retry.start()
    left = retry.left()
    retry.end()

    assert 0 < left <= START_AGAIN
