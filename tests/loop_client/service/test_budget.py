"""One budget for all calls: a burst, then so many per minute, submissions first."""

from __future__ import annotations

import threading

import httpx

from loop_client.service import Budget
from tests.answers import Script, item, loop, page


class Clock:
    """A clock that advances by waiting."""

    def __init__(self) -> None:
        """Start at zero."""
        self.now = 0.0
        self.waited: list[float] = []

    def wait(self, seconds: float) -> bool:
        """Advance the clock."""
        self.waited.append(seconds)
        self.now += seconds
        return False


def test_a_burst_is_free_and_then_a_second_each() -> None:
    """At 60 per minute, 60 calls pass at once and the next ones a second apart."""
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
    """A submission never waits; background calls wait longer to make up for it."""
    clock = Clock()
    budget = Budget(60, clock.wait, lambda: clock.now)
    for _ in range(63):
        budget.take(urgent=True)
    assert clock.waited == []
    budget.take(urgent=False)

    assert round(clock.now) == 4


def test_a_flood_of_submissions_does_not_starve_the_sync() -> None:
    """During a flood of submissions the sync gets a call each minute, and its usual rate a minute after it."""
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
    """Calls older than a minute are not counted."""
    clock = Clock()
    budget = Budget(60, clock.wait, lambda: clock.now)
    budget.take(urgent=False)
    clock.now = 50.0
    budget.take(urgent=False)
    assert budget.last_minute() == 2
    clock.now = 61.0
    assert budget.last_minute() == 1


def test_stopping_ends_the_wait() -> None:
    """A stop ends the wait at once."""
    stopped = threading.Event()
    budget = Budget(1, stopped.wait)
    budget.take(urgent=False)
    stopped.set()
    budget.take(urgent=False)


def test_each_request_of_the_client_is_admitted() -> None:
    """Each request of the client asks the budget, and only a create is urgent."""
    admitted: list[bool] = []
    client = loop(Script(page([item(1)], "a"), page([])))
    client.admit = admitted.append
    list(client.feedback.iter())
    assert admitted == [False, False]

    client = loop(Script(httpx.Response(201, json=item(1))))
    client.admit = admitted.append
    client.feedback.create(user={"id": "u"}, message="m")
    assert admitted == [False, False, True]


def _shares(per_minute: float, minutes: int, *, walks: bool) -> tuple[int, int, float]:
    """Bulk calls, background calls, and the longest wait of those, with an endless supply of bulk rows.

    Bulk rows ask first each time. With `walks` the background wants all calls, else one every 10 s.
    """
    clock, bulk, others, longest, wanted, requested_at = Clock(), 0, 0, 0.0, 0.0, 0.0
    budget = Budget(per_minute, clock.wait, lambda: clock.now)
    for _ in range(int(per_minute)):
        budget.take(urgent=False)
    while clock.now < 60 * minutes:
        if budget.take_bulk() == 0.0:
            bulk += 1
        if clock.now >= wanted:
            requested_at = clock.now
            if budget._take(urgent=False) == 0.0:  # noqa: SLF001 - `take` would wait here for both
                others, longest = others + 1, max(longest, requested_at - wanted)
                wanted = clock.now + (0.0 if walks else 10.0)
        clock.now += 0.1
    return bulk, others, longest


def test_bulk_rows_leave_room_for_the_background() -> None:
    """Bulk rows get nearly all calls beside looks, which never wait, and at most a third beside a walk."""
    bulk, looks, longest = _shares(60, 10, walks=False)
    assert 500 <= bulk + looks <= 601
    assert looks >= 55
    assert longest <= 3.0

    bulk, walked, _ = _shares(60, 10, walks=True)
    assert 580 <= bulk + walked <= 601
    assert 120 <= bulk <= 200


def test_a_small_budget_serves_both() -> None:
    """At two calls per minute both bulk rows and background calls get their turn."""
    bulk, others, _ = _shares(2, 30, walks=True)

    assert bulk >= 10
    assert others >= 10
    assert bulk + others <= 61


def test_bulk_rows_wait_behind_submissions() -> None:
    """Bulk rows wait until the calls of submissions are made up for."""
    clock = Clock()
    budget = Budget(60, clock.wait, lambda: clock.now)
    for _ in range(90):
        budget.take(urgent=True)

    assert budget.take_bulk() >= 30
    clock.now += 31
    assert budget.take_bulk() == 0.0


def test_a_bulk_row_that_is_given_up_takes_no_turn() -> None:
    """A bulk row that is no longer requested delays no background call."""
    clock = Clock()
    budget = Budget(60, clock.wait, lambda: clock.now)
    for _ in range(60):
        budget.take(urgent=False)
    assert budget.take_bulk() > 0
    clock.now += 200
    for _ in range(60):
        budget.take(urgent=False)

    assert clock.waited == []


def test_the_list_is_looked_at_every_30_seconds_whatever_is_submitted() -> None:
    """Endless submissions delay a look by at most 20 s."""
    clock = Clock()

    def wait_amid_submissions(seconds: float) -> bool:
        clock.wait(min(seconds, 0.5))
        for _ in range(20):
            budget.take(urgent=True)
        return False

    budget = Budget(60, wait_amid_submissions, lambda: clock.now)
    for _ in range(200):
        budget.take(urgent=True)
    for _ in range(5):
        requested_at = clock.now
        budget.take(urgent=False)
        assert clock.now - requested_at <= 20.5
        clock.now += 10
