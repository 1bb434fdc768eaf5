"""What people lose and see while a part of several processes is killed, stopped, frozen or restarted."""

from __future__ import annotations

import signal
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.benchmarks.crowd import Crowd
from tests.benchmarks.replica_set import WITHIN
from tests.benchmarks.table import Bound, show
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.benchmarks.replica_set import ReplicaSet

AWAY: Final = 20.0
"""Seconds for which a process, the database or the API is frozen: longer than a lease."""

DOWN: Final = 5.0
"""Seconds for which the database is down."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it. `took`: seconds until another process called the API; None where none had to."""

    fault: str
    took: float | None
    crowd: Crowd
    items: Counter[str]
    drafts: dict[str, str]
    holes: int
    """Items that Loop has and the shared copy has not, or the other way round."""

    @property
    def lost(self) -> int:
        """Texts that the page took, of which Loop has no item and the outbox says nothing."""
        taken = [text for text, is_taken in self.crowd.taken.items() if is_taken]
        return sum(not self.items[text] and self.drafts.get(text) in {None, "stored"} for text in taken)

    @property
    def doubled(self) -> int:
        """Texts with more than one item."""
        return sum(self.items[text] > 1 for text in self.crowd.taken)

    def cells(self) -> list[str]:
        """A row of the table."""
        unknown = sum(self.drafts.get(text) == "unknown" for text in self.crowd.taken)
        shown = self.crowd.errors.total() + self.crowd.refused
        longest = max(self.crowd.clicks, default=0.0)
        return [
            self.fault,
            "" if self.took is None else f"{self.took:.1f}",
            f"{len(self.crowd.taken)}",
            f"{self.lost}",
            f"{self.doubled}",
            f"{unknown}",
            f"{self.holes}",
            f"{len(self.crowd.clicks)}",
            f"{longest:.1f}",
            f"{shown}",
            "; ".join(sorted(self.crowd.said)),
        ]


HEADER: Final = [
    "fault",
    "taken over after s",
    "texts",
    "lost",
    "doubled",
    "unknown",
    "holes",
    "clicks",
    "longest click s",
    "errors shown",
    "what pages said",
]


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
}


def outcome(
    replicas: ReplicaSet, fault: str, act: Callable[[ReplicaSet], float | None], crowd: Crowd, after: float = 12.0
) -> Outcome:
    """Let a crowd use the dashboard while something is done to it, wait until all is settled, and count."""
    with crowd.at_work():
        time.sleep(4.0)
        took = act(replicas)
        time.sleep(after)
    settled = {"stored", "refused", "unknown", "discarded"}
    until(lambda: {state for text, state in replicas.drafts().items() if text in crowd.taken} <= settled, WITHIN)
    replicas.wait_until_ready()
    deadline = time.monotonic() + 30
    while (holes := len(replicas.ids() ^ replicas.stored_ids())) and time.monotonic() < deadline:
        time.sleep(0.5)
    return Outcome(fault, took, crowd, Counter(replicas.messages()), replicas.drafts(), holes)


def measure(replicas: ReplicaSet, only: Sequence[str]) -> None:
    """Print the table of faults, and that of a rolling restart. `only`: parts of the names of faults."""
    outcomes = [
        outcome(replicas, fault, act, Crowd(replicas.address, clicking=6, submitting=3))
        for fault, act in FAULTS.items()
        if not only or any(part in fault for part in only)
    ]
    takeovers = sorted(one.took for one in outcomes if one.took is not None and FAULTS[one.fault] is killed)
    show(
        f"{len(replicas.replicas)} processes, 6 people who click and 3 who submit all the time. “Lost”: the page took "
        "the text, Loop has no item, and the outbox does not say so. “Taken over”: until another process called the "
        "API; once the database or the API was back, until any did.",
        HEADER,
        [one.cells() for one in outcomes],
    )
    if takeovers:
        middle = takeovers[len(takeovers) // 2]
        show(
            "Bounds.",
            ["of what", "measured", "to hold"],
            [
                ["taken over after kill -9, median", f"{middle:.1f} s", Bound(most=30).judged(middle)],
                _none("texts lost", [one.lost for one in outcomes]),
                _none("texts doubled", [one.doubled for one in outcomes]),
                _none("holes in the copy", [one.holes for one in outcomes]),
            ],
        )


def measure_rolling(replicas: ReplicaSet) -> None:
    """Print what 30 people see while one process after the other is restarted."""
    crowd = Crowd(replicas.address, clicking=30, submitting=3)
    restarted = outcome(replicas, "one process after the other restarted", rolling, crowd, after=5.0)
    longest = max(crowd.clicks)
    show("30 people who click every 2 s, and 3 who submit.", HEADER, [restarted.cells()])
    show(
        "Bounds of a restart.",
        ["of what", "measured", "to hold"],
        [
            ["seconds until a page answers, longest", f"{longest:.1f}", Bound(most=3).judged(longest)],
            _none("errors shown", [crowd.errors.total(), crowd.refused]),
            _none("texts lost", [restarted.lost]),
            _none("texts doubled", [restarted.doubled]),
        ],
    )


def _none(what: str, counts: list[int]) -> list[str]:
    return [what, f"{sum(counts)}", Bound(most=0).judged(sum(counts))]
