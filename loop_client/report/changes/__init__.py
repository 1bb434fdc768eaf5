"""What changed between two periods: numbers, tags, sources, clusters, words, people, and what is open or resolved.

The same snapshot, clusters, observations and time give the same changes. Nothing depends on the wall clock. Where there
is no baseline, and while a status is filtered, a sentence says why nothing is compared, and what can be said of the
later period alone is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from loop_client.report.changes.answers import Resolved, Waiting, resolved, waiting
from loop_client.report.changes.cluster_changes import ClusterChange, ClusterChanges, cluster_changes, may_be_compared
from loop_client.report.changes.numbers import Counted, Numbers, Volume, numbers_of, volume_of
from loop_client.report.changes.quotes import typical
from loop_client.report.changes.rates import CHANGED, FEWEST_FIRST, Kind, Moved, moved
from loop_client.report.changes.selected import (
    Both,
    Selection,
    Side,
    around,
    lengths_of,
    period_of,
    to_the_minute,
    two_periods,
    with_previous,
)
from loop_client.report.changes.turned import Turned, TurnedPerson, turned
from loop_client.report.changes.values import LISTED, Negative, ValueChange, value_changes
from loop_client.report.changes.word_changes import WordChange, WordChanges, word_changes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from loop_client.mirror.snapshot import Resolution
    from loop_client.report.clusters import Clustered

__all__ = [
    "CHANGED",
    "FEWEST_FIRST",
    "LISTED",
    "Both",
    "Changes",
    "ClusterChange",
    "ClusterChanges",
    "Counted",
    "Kind",
    "Moved",
    "Negative",
    "Numbers",
    "Resolved",
    "Selection",
    "Side",
    "Turned",
    "TurnedPerson",
    "ValueChange",
    "Volume",
    "Waiting",
    "WordChange",
    "WordChanges",
    "around",
    "changes",
    "lengths_of",
    "may_be_compared",
    "moved",
    "period_of",
    "resolved",
    "to_the_minute",
    "two_periods",
    "typical",
    "with_previous",
]


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed between two periods.

    `reason`: why nothing is compared, as a sentence; then tags, sources, clusters, words and people are empty.
    `lengths`: of both periods in days of 24 hours; None where they are equal.
    `is_complete`: all items of both periods are loaded; otherwise counts are lower bounds.
    """

    both: Both
    reason: str | None
    lengths: tuple[float, float] | None
    is_complete: bool
    numbers: Numbers
    volume: tuple[Volume, ...]
    tags: tuple[ValueChange, ...]
    sources: tuple[ValueChange, ...]
    clusters: ClusterChanges
    words: WordChanges
    turned: Turned
    waiting: Waiting
    resolved: Resolved

    @property
    def is_news(self) -> bool:
        """Whether there is something to report: a change, somebody who turned, or a resolution."""
        values = any(one.is_news for one in (*self.tags, *self.sources))
        found = self.clusters.changed or self.words.risen or self.turned.listed or self.resolved.items
        return values or bool(found) or self.numbers.is_news


def changes(
    selection: Selection, both: Both, now: datetime, clustered: Clustered | None, seen: Sequence[Resolution] | None = ()
) -> Changes:
    """What changed in the first of two periods against the second.

    `now`: the time up to which the snapshot is complete. `clustered`: of this snapshot; None where `may_be_compared`
    says that clusters cannot be. `seen`: the resolutions that the mirror observed; None if they cannot be read. What
    follows the last full minute of a period is left out. The time grows with the items of both periods, and hardly with
    the account.
    """
    both = to_the_minute(both, selection.snapshot.zone)
    reason = selection.not_compared(both)
    is_compared = reason is None
    return Changes(
        both=both,
        reason=reason,
        lengths=lengths_of(both, selection.snapshot.zone),
        is_complete=selection.is_complete(selection.days(both[1 if is_compared else 0])),
        numbers=numbers_of(selection, both, is_compared=is_compared),
        volume=volume_of(selection, both if is_compared else both[:1]),
        tags=value_changes(selection, both, "tag") if is_compared else (),
        sources=value_changes(selection, both, "source") if is_compared else (),
        clusters=cluster_changes(selection, both, clustered) if is_compared else ClusterChanges(reason=reason),
        words=word_changes(selection, both) if is_compared else WordChanges(reason=reason),
        turned=turned(selection, both[0]) if is_compared else Turned(reason=reason),
        waiting=waiting(selection, now),
        resolved=resolved(selection, both[0], seen),
    )
