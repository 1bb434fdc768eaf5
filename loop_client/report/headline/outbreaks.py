"""What broke out: clusters of negative items that far more people complain about than before."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from loop_client.mirror.moments import microseconds
from loop_client.mirror.zones import MICROSECONDS_A_DAY
from loop_client.query import selected
from loop_client.report.clusters import name_of
from loop_client.report.counting import is_value
from loop_client.report.headline.findings import BrokeOut
from loop_client.report.urgency import BEFORE, WINDOWS, urgency

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    import pandas as pd

    from loop_client.mirror.snapshot import Snapshot
    from loop_client.query import Filters
    from loop_client.report.clusters import Clustered

FEWEST_PEOPLE: Final = 3
"""Fewest people who complain about what breaks out."""

GROWTH: Final = 3.0
"""Least growth of what breaks out, see `urgency`."""

MOST: Final = 2
"""Most clusters that a headline says of: what is an hour old has a place beside a fire of two weeks."""

DAYS: Final = (*WINDOWS, BEFORE)
"""Days of the windows. The longest is for what began weeks ago: within 7 days it is by now as usual."""

ERROR: Final = 0.05
"""Probability that something is said to break out though nothing has changed."""


@dataclass(frozen=True, slots=True, eq=False)
class Outbreak:
    """A finding, and the positions of its cluster's negative items that pass the filters, of all days."""

    finding: BrokeOut
    positions: np.ndarray


def outbreaks(snapshot: Snapshot, filters: Filters, clustered: Clustered, now: datetime) -> list[Outbreak]:
    """The clusters that broke out, most urgent first, at most two.

    A cluster broke out if at least 3 people complained within 1, 7 or 28 days, at least three times as many as before
    (`growth` of `urgency`), and too many for chance. Only negative items count, and each person once. The days before
    the period count too, as do those before the window, but none broke out in a period that is over, or in which
    nobody complained.
    """
    start, end = snapshot.zone.bounds(filters.window)
    since = _covered_since(snapshot, clustered)
    is_over = end is not None and end <= microseconds(now)
    is_answered = bool(filters.status) and "open" not in filters.status
    if clustered.clusters is None or since is None or is_over or is_answered:
        return []
    positions = _negative(snapshot, filters, clustered, now)
    frame, codes = _columns(snapshot, positions), clustered.codes[positions]
    ranked = urgency(frame, codes, now, since, DAYS).drop_duplicates("cluster")
    grown = (ranked["within"] >= FEWEST_PEOPLE) & (ranked["growth"] >= GROWTH)
    if start is not None:
        grown &= ranked["last_said"].array.asi8 >= start
    found = ranked[grown].to_dict("records")
    compared = len(DAYS) * int((ranked["within"] + ranked["before"] >= FEWEST_PEOPLE).sum())
    strong = [row for row in found if _chance(row) <= ERROR / compared][:MOST]
    ages = (microseconds(now) - frame["created_at"].array.asi8) / MICROSECONDS_A_DAY
    result = []
    for row in strong:
        own = codes == row["cluster"]
        typical = name_of(clustered.clusters, row["cluster"]).typical
        place = _typical_open(snapshot, positions[own], typical)
        finding = BrokeOut(
            people=row["within"],
            items=int((own & (ages < row["days"])).sum()),
            days=row["days"],
            usual=row["usual"],
            began=row["began"].to_pydatetime(),
            item=str(snapshot.frame["id"].iloc[place]),
            place=place,
        )
        result.append(Outbreak(finding, positions[own]))
    return result


def _typical_open(snapshot: Snapshot, positions: np.ndarray, typical: str) -> int:
    """The position of the item with that id, if it is open and at one of these, else of the newest open item there."""
    found = positions[is_value(snapshot.frame["status"].iloc[positions], "open")]
    are_typical = (snapshot.frame["id"].iloc[found] == typical).to_numpy()
    return int(found[are_typical.argmax()])


def _covered_since(snapshot: Snapshot, clustered: Clustered) -> int | None:
    """µs since 1970, from which on all items are loaded and clustered; None if none are.

    Nothing is known of the days before the account's first item, so that a new account does not break out as a whole.
    """
    if snapshot.coverage.since is None:
        return None
    loaded = microseconds(snapshot.coverage.since)
    return loaded if clustered.since is None else max(loaded, clustered.since)


def _negative(snapshot: Snapshot, filters: Filters, clustered: Clustered, now: datetime) -> np.ndarray:
    """The positions of the clustered negative items up to now that pass the filters, of all days and statuses.

    Time grows with the number of clustered items, which is bounded, and not with the account.
    """
    wanted = replace(filters, since=None, until=None, status=())
    among = np.flatnonzero(clustered.codes >= 0)
    past = (None, microseconds(now) + 1)
    values, query = wanted.selecting(snapshot.aliases)
    passing = selected(snapshot.frame, values, past, query, among)
    return passing[is_value(snapshot.frame["sentiment"].iloc[passing], "negative").nonzero()]


def _columns(snapshot: Snapshot, positions: np.ndarray) -> pd.DataFrame:
    """The columns that `urgency` reads, at these positions."""
    return snapshot.frame[["user_id", "sentiment", "status", "created_at"]].iloc[positions].reset_index(drop=True)


def _chance(row: Mapping[Any, Any]) -> float:
    """The probability of so many people, or more, in the window if as many as before complained each day.

    Of all people within the window and before it, each is within it with the window's share of the days: an exact
    binomial probability. People who come together, by a link or a newsletter, make bursts more frequent than it says.
    """
    share = row["days"] / (row["days"] + row["compared"])
    total, odds = row["within"] + row["before"], share / (1 - share)
    ways = math.lgamma(total + 1) - math.lgamma(row["within"] + 1) - math.lgamma(row["before"] + 1)
    term = math.exp(ways + row["within"] * math.log(share) + row["before"] * math.log(1 - share))
    probability = 0.0
    for part in range(row["within"], total + 1):
        probability += term
        term *= (total - part) / (part + 1) * odds
    return probability
