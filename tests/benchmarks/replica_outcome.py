"""What people and an import lose and see while something happens to one of several processes: counted."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.benchmarks.replica import WITHIN
from tests.benchmarks.replica_import import importing
from tests.benchmarks.table import Bound
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from tests.benchmarks.crowd import Crowd
    from tests.benchmarks.replica_set import ReplicaSet

SETTLED: Final = frozenset({"stored", "refused", "unknown", "discarded"})
"""States of drafts that wait for no process."""

STAY: Final = 12.0
"""Seconds for which people stay once a fault is over."""


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
    rows: Collection[str] = ()
    """Texts of the files that were imported."""
    left: int = 0
    """How many of them were not sent when the fault began."""

    @property
    def lost(self) -> list[str]:
        """Texts that the page took, and rows, that the outbox has not, or as stored while Loop has no item."""
        taken = [text for text, is_taken in self.crowd.taken.items() if is_taken]
        states = {text: self.drafts.get(text) for text in (*taken, *self.rows)}
        return [text for text, state in states.items() if state is None or (state == "stored" and not self.items[text])]

    @property
    def doubled(self) -> list[str]:
        """Texts and rows with more than one item."""
        return [text for text in (*self.crowd.taken, *self.rows) if self.items[text] > 1]

    @property
    def shown(self) -> int:
        """Errors that pages showed, and pages that came with an error."""
        return self.crowd.errors.total() + self.crowd.refused

    def cells(self) -> list[str]:
        """A row of the table."""
        unknown = sum(self.drafts.get(text) == "unknown" for text in (*self.crowd.taken, *self.rows))
        longest = max(self.crowd.clicks, default=0.0)
        return [
            self.fault,
            "" if self.took is None else f"{self.took:.1f}",
            f"{len(self.crowd.taken)}",
            f"{len(self.rows)}, {self.left} to go" if self.rows else "",
            f"{len(self.lost)}",
            f"{len(self.doubled)}",
            f"{unknown}",
            f"{self.holes}",
            f"{len(self.crowd.clicks)}",
            f"{longest:.1f}",
            f"{self.shown}",
            "; ".join(sorted(self.crowd.said)),
        ]


HEADER: Final = [
    "fault",
    "taken over after s",
    "texts",
    "rows",
    "lost",
    "doubled",
    "unknown",
    "holes",
    "clicks",
    "longest click s",
    "errors shown",
    "what pages said",
]


def outcome(
    replicas: ReplicaSet, fault: str, act: Callable[[ReplicaSet], float | None], crowd: Crowd, rows: int = 0
) -> Outcome:
    """Let a crowd and an import use the dashboard while something is done to it, wait until all is settled, and count.

    `rows`: of the import, which has begun before; 0 for none.
    """
    with importing(replicas, rows) as imported, crowd.at_work():
        time.sleep(4.0)
        left = _left(replicas, imported.rows)
        took = act(replicas)
        time.sleep(STAY)
    texts = {*crowd.taken, *imported.rows}
    until(lambda: {state for text, state in replicas.drafts().items() if text in texts} <= SETTLED, WITHIN)
    replicas.wait_until_ready()
    deadline = time.monotonic() + 30
    while (holes := len(replicas.ids() ^ replicas.stored_ids())) and time.monotonic() < deadline:
        time.sleep(0.5)
    found = Outcome(fault, took, crowd, Counter(replicas.messages()), replicas.drafts(), holes, imported.rows, left)
    print(" | ".join(found.cells()), flush=True)  # noqa: T201 - the tables come at the end
    for text in (*found.lost, *found.doubled):
        print(f"  {text}: {found.items[text]} items, {found.drafts.get(text)} in the outbox", flush=True)  # noqa: T201
    return found


def _left(replicas: ReplicaSet, rows: Collection[str]) -> int:
    """How many rows are not sent yet, or not even written down."""
    drafts = replicas.drafts()
    return sum(drafts.get(text) not in SETTLED for text in rows)


def bounds(outcomes: Sequence[Outcome]) -> list[list[str]]:
    """Rows of a table of bounds: what must not happen in any of them."""
    return [
        _none("texts and rows lost", [len(one.lost) for one in outcomes]),
        _none("texts and rows doubled", [len(one.doubled) for one in outcomes]),
        _none("holes in the copy", [one.holes for one in outcomes]),
        _none("errors shown", [one.shown for one in outcomes]),
    ]


def _none(what: str, counts: Sequence[int]) -> list[str]:
    return [what, f"{sum(counts)}", Bound(most=0).judged(sum(counts))]
