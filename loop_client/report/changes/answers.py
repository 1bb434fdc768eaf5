"""What is still to be answered, and what was resolved: the oldest open negative items, and resolutions observed."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Final

from loop_client.mirror.moments import microseconds
from loop_client.query import OPEN_NEGATIVE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from loop_client.mirror.snapshot import Resolution
    from loop_client.report.changes.selected import Selection
    from loop_client.report.comparison import Period

MOST: Final = 5
"""Most open negative items that are listed."""

INCOMPLETE: Final = "Not known yet: older open items are still being loaded."
ANSWERED: Final = "No open item passes the filters by status."

NOT_READ: Final = "Not known right now: the copy on disk could not be read. Reload the page to try again."


@dataclass(frozen=True, slots=True)
class Waiting:
    """The open negative items of all days up to a time, the oldest first: at most 5 of `items`, as places in the frame.

    With a `reason`, why none are listed.
    """

    oldest: tuple[int, ...] = ()
    items: int = 0
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Resolved:
    """What was first seen resolved in a period, among the items that pass.

    `items`: how many. `sure`: those among them that were last seen open in it, too; the others may have been resolved
    before it began. `least`, `most`: the median seconds from creation until an item was last seen open, and until it
    was first seen resolved: the median time to resolution is between these. None without items. `maybe`: how many
    others may have been resolved in it, last seen open before it ended and first seen resolved after it. With a
    `reason`, why that is not known.
    """

    items: int = 0
    sure: int = 0
    least: float | None = None
    most: float | None = None
    maybe: int = 0
    reason: str | None = None


def waiting(selection: Selection, now: datetime) -> Waiting:
    """The open negative items that wait longest, whatever the periods."""
    if not selection.is_complete(OPEN_NEGATIVE):
        return Waiting(reason=INCOMPLETE)
    if any(one.status and "open" not in one.status for one in selection.conditions):
        return Waiting(reason=ANSWERED)
    rows = selection.always(OPEN_NEGATIVE)
    rows = rows[selection.times[rows] <= microseconds(now)]
    return Waiting(tuple(rows[::-1][:MOST].tolist()), len(rows))


def resolved(selection: Selection, period: Period, seen: Sequence[Resolution] | None) -> Resolved:
    """What was resolved in a period. `seen`: all resolutions that the mirror observed since it began, of any item.

    None if these cannot be read.

    A period that ends within a day ends now, and what is new is read before resolutions are found: those seen later
    are of it, too.
    """
    if seen is None:
        return Resolved(reason=NOT_READ)
    zone = selection.snapshot.zone
    is_over = zone.start(zone.day(period.end)) == period.end
    since = {one.item: one for one in seen if one.seen_resolved >= period.start}
    passing = selection.among(list(since))
    known = [one for item, one in since.items() if item in passing]
    found = [one for one in known if not is_over or one.seen_resolved < period.end]
    maybe = sum(one.seen_open < period.end <= one.seen_resolved for one in known) if is_over else 0
    if not found:
        return Resolved(maybe=maybe)
    least = median((one.seen_open - one.created).total_seconds() for one in found)
    most = median((one.seen_resolved - one.created).total_seconds() for one in found)
    sure = sum(one.seen_open >= period.start for one in found)
    return Resolved(len(found), sure, max(least, 0.0), max(most, 0.0), maybe)
