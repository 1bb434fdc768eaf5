"""How it is going, in at most five findings about a selection of feedback; none when there is nothing to say.

In this order: what broke out, what rose, who dominates, what waits longest, what fell. The same snapshot, clusters and
time give the same findings. No finding rests on a number that may still grow while older items are being loaded, so
there are fewer of them until then.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Final

from loop_client.query import OPEN_NEGATIVE, DrillDown, Question
from loop_client.report.ageing import ages
from loop_client.report.headline.findings import BrokeOut, Dominated, Fell, Finding, Rose, TagChange, Waiting
from loop_client.report.headline.outbreaks import outbreaks
from loop_client.report.headline.tag_changes import tag_changes
from loop_client.report.people import people_counts

if TYPE_CHECKING:
    from datetime import datetime

    from loop_client.mirror.snapshot import Snapshot
    from loop_client.query import Filters
    from loop_client.report.clusters import Clustered
    from loop_client.report.people import PeopleCounts

__all__ = ["BrokeOut", "Dominated", "Fell", "Finding", "Rose", "TagChange", "Waiting", "headline"]

MOST: Final = 5
"""Most findings; of six, the last is left out."""

LONG: Final = (30, 7)
"""Days that are long to wait, of the `EDGES` of ages: the first ones that an open negative item has waited count."""


def headline(
    snapshot: Snapshot, filters: Filters, clustered: Clustered, now: datetime, people: PeopleCounts | None = None
) -> tuple[Finding, ...]:
    """The findings about the items that pass the filters, in the order of their kinds.

    `clustered`: of this snapshot. `now`: the time up to which it is complete. `people`: of the items that pass, if they
    are counted already. The time, without `people`, grows with the items of the selection, and hardly with the account.
    """
    broke_out = outbreaks(snapshot, filters, clustered, now)
    rose, fell = tag_changes(snapshot, filters, now, broke_out)
    others = (rose, _dominated(snapshot, filters, people), _waiting(snapshot, filters, now), fell)
    return (*(one.finding for one in broke_out), *(one for one in others if one is not None))[:MOST]


def _dominated(snapshot: Snapshot, filters: Filters, people: PeopleCounts | None) -> Dominated | None:
    """The tag with the most items by one person, of those with a note in `people_counts`.

    None while people are filtered, or when all items are one person's: that they wrote most is then no news.
    """
    if filters.user or not Question(filters).completeness(snapshot).is_complete:
        return None
    counts = people_counts(snapshot.frame, filters.rows(snapshot)) if people is None else people
    if counts.people < 2 or not counts.by_tag["most"].any():
        return None
    row = counts.by_tag.to_dict("records")[int(counts.by_tag["most"].argmax())]
    return Dominated(row["tag"], row["most"], row["items"], row["people"], DrillDown(tag=(row["tag"],)))


def _waiting(snapshot: Snapshot, filters: Filters, now: datetime) -> Waiting | None:
    """The open negative items that pass the filters except their days, and were created at least 30 or 7 days ago.

    As of a full minute, which a drill-down link can express, as for the ages of open negative items.
    """
    of_all_times = replace(filters, since=None, until=None)
    if not Question(of_all_times, OPEN_NEGATIVE).completeness(snapshot).is_complete:
        return None
    minute = now.astimezone(UTC).replace(second=0, microsecond=0)
    found = ages(snapshot.frame["created_at"].array.asi8, of_all_times.rows(snapshot, OPEN_NEGATIVE), minute)
    items, from_days = found.bands["items"].to_numpy(), found.bands["from_days"].to_numpy()
    for days in LONG:
        count = int(items[from_days >= days].sum())
        if count and found.oldest is not None:
            only = replace(OPEN_NEGATIVE, upto=minute - timedelta(days=days))
            return Waiting(count, days, found.oldest, only)
    return None
