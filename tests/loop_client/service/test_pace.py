"""The end time of an import holds within a fifth, from its first rows on."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from loop_client.service import pace
from loop_client.service.budget import Budget

if TYPE_CHECKING:
    from collections.abc import Iterator

SECOND = pace.SECOND
BEGIN = 10**15


def finished(rows: int, per_minute: float, latency: float, failing: float) -> Iterator[int]:
    """When each of so many rows is stored (µs), simulated: a budget, a look at the list every 10 s, and failures.

    `latency`: seconds of a call. `failing`: share of calls that fail; each is followed by a pause of a second.
    """
    clock, looked, chance = [0.0], [0.0], random.Random(7)  # noqa: S311 - no secret

    def wait(seconds: float) -> bool:
        clock[0] += max(seconds, 0.001)
        return False

    budget = Budget(per_minute, wait, lambda: clock[0])
    while rows:
        if clock[0] - looked[0] >= 10:
            looked[0] = clock[0]
            budget.take(urgent=False)
        if (left := budget.take_bulk()) > 0:
            wait(min(left, 2.0))
            continue
        clock[0] += latency
        if chance.random() < failing:
            clock[0] += 1.0
            continue
        rows -= 1
        yield BEGIN + round(clock[0] * SECOND)


@pytest.mark.parametrize(
    ("rows", "per_minute", "latency", "failing"),
    [
        pytest.param(600, 60, 0.05, 0.0, id="the budget is the limit"),
        pytest.param(600, 60, 0.2, 0.2, id="a fifth of the calls fails"),
        pytest.param(600, 6000, 1.5, 0.0, id="Loop is the limit"),
        pytest.param(600, 6000, 0.4, 0.2, id="failures are the limit"),
        pytest.param(150, 20, 0.1, 0.0, id="a small budget"),
    ],
)
def test_the_end_time_holds(rows: int, per_minute: float, latency: float, failing: float) -> None:
    """Said after a tenth of the rows, a quarter, a half and three quarters, it is off by a fifth at most."""
    at = [*finished(rows, per_minute, latency, failing)]
    for share in (0.1, 0.25, 0.5, 0.75):
        done = round(share * rows)
        now = at[done - 1]
        left = pace.seconds_left(rows - done, at[:done], now, BEGIN, per_minute)
        assert left is not None
        assert left * SECOND == pytest.approx(at[-1] - now, rel=0.2), f"after {share:.0%}"


def test_the_budget_tells_before_the_first_row() -> None:
    """Until rows are sent, the pace is what the budget leaves beside the looks at the list, less a tenth."""
    assert pace.seconds_left(54, [], BEGIN, BEGIN, 60) == pytest.approx(60 / 0.9)
    assert pace.budgeted(6) == pytest.approx(2 / 60), "a third, where the looks would take all"


def test_nothing_is_said_while_nothing_is_sent() -> None:
    """As where no dashboard runs: after a while there is no end time, and with nothing left, it is now."""
    assert pace.seconds_left(54, [], BEGIN + 80 * SECOND, BEGIN, 60) is None
    assert pace.seconds_left(0, [], BEGIN, BEGIN, 60) == 0


def test_what_was_before_a_standstill_is_no_measure() -> None:
    """After a night without a dashboard, and after a pause, the pace is measured anew."""
    old = [BEGIN + number * SECOND for number in range(100)]
    now = old[-1] + 200 * SECOND
    new = [now - 40 * SECOND + number * 2 * SECOND for number in range(20)]

    assert pace.seconds_left(60, [*old, *new], now, BEGIN, 6000) == pytest.approx(120, rel=0.1)
    assert pace.seconds_left(60, old, now, now, 60) == pytest.approx(60 * 60 / 54 / 0.9)
