"""One budget for all calls: a burst, then so many a minute, submissions first."""

from __future__ import annotations

import threading

import httpx

from loop_client.service import Budget
from tests.answers import Script, item, loop, page


class Clock:
    """A clock that waiting moves."""

    def __init__(self) -> None:
        """Begin at zero."""
        self.now = 0.0
        self.waited: list[float] = []

    def wait(self, seconds: float) -> bool:
        """Let seconds pass."""
        self.waited.append(seconds)
        self.now += seconds
        return False


def test_a_burst_is_free_and_then_a_second_each() -> None:
    """60 a minute: 60 at once, the next ones a second apart, 120 in the first minute in all."""
    clock = Clock()
    budget = Budget(60, clock.wait, lambda: clock.now)
    for _ in range(60):
        budget.take(urgent=False)
    assert clock.waited == []
    for _ in range(60):
        budget.take(urgent=False)

    assert round(clock.now) == 60
    assert budget.used == 120


def test_a_submission_does_not_wait_and_is_made_up_for() -> None:
    """Somebody waits for it; what reads in the background waits longer instead."""
    clock = Clock()
    budget = Budget(60, clock.wait, lambda: clock.now)
    for _ in range(63):
        budget.take(urgent=True)
    assert clock.waited == []
    budget.take(urgent=False)

    assert round(clock.now) == 4


def test_a_flood_of_submissions_does_not_starve_the_sync() -> None:
    """While they keep coming, every minute brings a call; a minute after the last one, all is as usual."""
    clock = Clock()

    def wait_amid_submissions(seconds: float) -> bool:
        clock.wait(seconds)
        for _ in range(10 + 10 * int(seconds)):
            budget.take(urgent=True)
        return False

    budget = Budget(60, wait_amid_submissions, lambda: clock.now)
    for _ in range(1000):
        budget.take(urgent=True)
    budget.take(urgent=False)
    assert clock.now <= 61

    quiet = Budget(60, clock.wait, lambda: clock.now)
    for _ in range(10_000):
        quiet.take(urgent=True)
    before = clock.now
    for _ in range(3):
        quiet.take(urgent=False)
    assert clock.now - before <= 65


def test_the_last_minute_is_counted() -> None:
    """What is older than a minute is not in it."""
    clock = Clock()
    budget = Budget(60, clock.wait, lambda: clock.now)
    budget.take(urgent=False)
    clock.now = 50.0
    budget.take(urgent=False)
    assert budget.last_minute() == 2
    clock.now = 61.0
    assert budget.last_minute() == 1


def test_stopping_ends_the_wait() -> None:
    """Nobody waits for a minute to end when the process ends."""
    stopped = threading.Event()
    budget = Budget(1, stopped.wait)
    budget.take(urgent=False)
    stopped.set()
    budget.take(urgent=False)


def test_each_request_of_the_client_is_admitted() -> None:
    """Retries count too, and a create is urgent."""
    told: list[bool] = []
    client = loop(Script(page([item(1)], "a"), page([])))
    client.admit = told.append
    list(client.feedback.iter())
    assert told == [False, False]

    client = loop(Script(httpx.Response(201, json=item(1))))
    client.admit = told.append
    client.feedback.create(user={"id": "u"}, message="m")
    assert told == [False, False, True]
