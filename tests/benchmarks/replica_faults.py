"""What people lose and see while a part of several processes is killed, stopped, frozen or restarted."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING, Final

from tests.benchmarks.crowd import Crowd
from tests.benchmarks.replica import WITHIN
from tests.benchmarks.replica_outcome import HEADER, bounds, outcome
from tests.benchmarks.table import Bound, show
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.benchmarks.replica_set import ReplicaSet

AWAY: Final = 20.0
"""Seconds for which a process, the database or the API is frozen: longer than a lease."""

DOWN: Final = 5.0
"""Seconds for which the database, nginx or the way to the API is down."""

RELOADS: Final = 3


def killed(replicas: ReplicaSet) -> float:
    """Kill the process that syncs, and start it again once another one syncs."""
    one, _ = replicas.syncing()
    began = time.time()
    one.send(signal.SIGKILL)
    return _taken_over(replicas, began, one.start)


def stopped(replicas: ReplicaSet) -> float:
    """Stop the process that syncs, as a service manager does."""
    one, _ = replicas.syncing()
    began = time.time()
    one.send(signal.SIGTERM)
    return _taken_over(replicas, began, one.start)


def frozen(replicas: ReplicaSet) -> float:
    """Freeze the process that syncs for longer than its lease lasts, and wake it."""
    one, _ = replicas.syncing()
    began = time.time()
    one.send(signal.SIGSTOP)
    try:
        return _taken_over(replicas, began)
    finally:
        time.sleep(max(0.0, began + AWAY - time.time()))
        one.send(signal.SIGCONT)


def another_killed(replicas: ReplicaSet) -> None:
    """Kill a process that only follows, and start it again."""
    one, _ = replicas.syncing()
    other = next(other for other in replicas.replicas if other is not one)
    other.send(signal.SIGKILL)
    time.sleep(DOWN)
    other.start()


def database_restarted(replicas: ReplicaSet) -> float:
    """Stop the database as an administrator does, and start it again."""
    replicas.server.stop()
    return _database_back(replicas)


def database_killed(replicas: ReplicaSet) -> float:
    """Kill the database, and start it again."""
    replicas.server.kill()
    return _database_back(replicas)


def database_frozen(replicas: ReplicaSet) -> float:
    """Freeze the database, and wake it."""
    replicas.server.freeze()
    time.sleep(AWAY)
    replicas.server.wake()
    began = time.time()
    return _taken_over(replicas, began)


def api_frozen(replicas: ReplicaSet) -> float:
    """Let the API be silent, and answer again."""
    replicas.loop.send_signal(signal.SIGSTOP)
    time.sleep(AWAY)
    replicas.loop.send_signal(signal.SIGCONT)
    began = time.time()
    return _taken_over(replicas, began)


def api_cut(replicas: ReplicaSet) -> float:
    """Cut all connections to the API in the middle of what they carry, and let it be reached again."""
    replicas.gateway.kill()
    time.sleep(DOWN)
    replicas.gateway.start()
    began = time.time()
    return _taken_over(replicas, began)


def import_killed(replicas: ReplicaSet) -> None:
    """Kill the command that imports; somebody gives it again."""
    for one in replicas.others:
        one.send(signal.SIGKILL)


def nginx_killed(replicas: ReplicaSet) -> None:
    """Kill nginx, and start it again."""
    replicas.nginx.kill()
    time.sleep(DOWN)
    replicas.nginx.start()


def nginx_reloaded(replicas: ReplicaSet) -> None:
    """Let nginx read its files again, three times."""
    for _ in range(RELOADS):
        replicas.nginx.reload()
        time.sleep(DOWN / RELOADS)


def rolling(replicas: ReplicaSet) -> None:
    """Stop and start each process, each taken out of nginx meanwhile, the next one when the one before is ready."""
    for one in replicas.replicas:
        with replicas.drained(one):
            one.send(signal.SIGTERM)
            one.start()
            until(one.is_ready, WITHIN)


def _database_back(replicas: ReplicaSet) -> float:
    time.sleep(DOWN)
    replicas.server.start()
    began = time.time()
    return _taken_over(replicas, began)


def _taken_over(replicas: ReplicaSet, began: float, then: Callable[[], None] = lambda: None) -> float:
    _, at = replicas.syncing(began)
    then()
    return at - began


FAULTS: Final[dict[str, Callable[[ReplicaSet], float | None]]] = {
    "kill -9 of the process that syncs": killed,
    "kill -9 of the process that syncs, again": killed,
    "kill -9 of the process that syncs, once more": killed,
    "SIGTERM to the process that syncs": stopped,
    f"the process that syncs frozen for {AWAY:.0f} s": frozen,
    "kill -9 of a process that follows": another_killed,
    f"database stopped for {DOWN:.0f} s": database_restarted,
    f"database killed for {DOWN:.0f} s": database_killed,
    f"database frozen for {AWAY:.0f} s": database_frozen,
    f"API silent for {AWAY:.0f} s": api_frozen,
    f"connections to the API cut, none for {DOWN:.0f} s": api_cut,
    "kill -9 of the command that imports": import_killed,
    f"nginx killed for {DOWN:.0f} s": nginx_killed,
    "nginx reloaded three times": nginx_reloaded,
}


def measure(replicas: ReplicaSet, rows: int, only: Sequence[str]) -> None:
    """Print the table of faults. `rows`: of the import of each. `only`: parts of the names of faults."""
    outcomes = [
        outcome(replicas, fault, act, Crowd(replicas.address, clicking=6, submitting=3), rows)
        for fault, act in FAULTS.items()
        if not only or any(part in fault for part in only)
    ]
    takeovers = sorted(one.took for one in outcomes if one.took is not None and FAULTS[one.fault] is killed)
    show(
        f"{len(replicas.replicas)} processes, 6 people who click and 3 who submit all the time, and an import of "
        f"{rows} rows. “Lost”: the page took the text, or the command the row, and the outbox has not got it, or says "
        "that it is stored and Loop has no item. “Taken over”: until another process called the API; once the database "
        "or the API was back, until any did.",
        HEADER,
        [one.cells() for one in outcomes],
    )
    rows_shown = bounds(outcomes)
    if takeovers:
        middle = takeovers[len(takeovers) // 2]
        rows_shown.insert(0, ["taken over after kill -9, median", f"{middle:.1f} s", Bound(most=30).judged(middle)])
    show("Bounds.", ["of what", "measured", "to hold"], rows_shown)


def measure_rolling(replicas: ReplicaSet) -> None:
    """Print what 30 people see while one process after the other is restarted."""
    crowd = Crowd(replicas.address, clicking=30, submitting=3)
    restarted = outcome(replicas, "one process after the other restarted", rolling, crowd)
    longest = max(crowd.clicks)
    show("30 people who click every 2 s, and 3 who submit.", HEADER, [restarted.cells()])
    show(
        "Bounds of a restart.",
        ["of what", "measured", "to hold"],
        [
            ["seconds until a page answers, longest", f"{longest:.1f}", Bound(most=3).judged(longest)],
            *bounds([restarted]),
        ],
    )
