"""What people and an import lose and see while the database fails over to its synchronous standby."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Final

from tests.benchmarks.crowd import Crowd
from tests.benchmarks.replica_outcome import HEADER, Outcome, bounds, outcome
from tests.benchmarks.replica_set import Setup, running
from tests.benchmarks.table import Bound, show
from tests.failovers import freeze, kill, stray

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.benchmarks.replica_set import ReplicaSet
    from tests.postgres import Server

FAILOVERS: Final[dict[str, Callable[[Server, Server], float]]] = {
    "primary killed, standby promoted 1.5 s later": kill,
    "standby away, primary killed, started, killed again, standby promoted": stray,
    "primary frozen, standby promoted, old primary woken": freeze,
}

WAITED: Final = 60.0
"""Seconds from the promotion for which a first text of each person is waited for."""


def measure(setup: Setup, rows: int, only: Sequence[str]) -> None:
    """Print the table of failovers, each of a new pair of servers. `setup`: with a standby."""
    outcomes, again = list[Outcome](), list[float | None]()
    chosen = {name: fail for name, fail in FAILOVERS.items() if not only or any(part in name for part in only)}
    for name, fail in chosen.items():
        with running(setup) as replicas:
            replicas.wait_until_ready()
            replicas.wait_until_complete()
            crowd = Crowd(replicas.address, clicking=6, submitting=3)
            act = partial(_failed_over, fail=fail, crowd=crowd, again=again)
            outcomes.append(outcome(replicas, name, act, crowd, rows))
    show(
        f"{setup.replicas} processes on a primary and a synchronous standby, 6 people who click, 3 who submit, and an "
        "import. “Written again”: from the promotion until each of the three had a text written down; “taken over”: "
        "until a process called the API.",
        ["written again after s", *HEADER],
        [[_seconds(after), *one.cells()] for after, one in zip(again, outcomes, strict=True)],
    )
    longest = max((WAITED if after is None else after for after in again), default=0.0)
    writes = ["seconds until all write again, longest", f"{longest:.1f}", Bound(most=30).judged(longest)]
    show("Bounds of a failover.", ["of what", "measured", "to hold"], [writes, *bounds(outcomes)])


def _failed_over(
    replicas: ReplicaSet, fail: Callable[[Server, Server], float], crowd: Crowd, again: list[float | None]
) -> float:
    """Let the database fail, and wait until everybody writes again; seconds until a process called the API."""
    (standby,) = replicas.server.standbys
    moment = fail(replicas.server, standby)
    replicas.server = standby
    began = time.time() - (time.monotonic() - moment)
    while (seconds := crowd.writing_again(moment)) is None and time.monotonic() < moment + WAITED:
        time.sleep(0.1)
    again.append(seconds)
    return replicas.syncing(began)[1] - began


def _seconds(after: float | None) -> str:
    return f"> {WAITED:.0f}" if after is None else f"{after:.1f}"
