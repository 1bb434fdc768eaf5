"""Numbers of distinct people, from the rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from loop_client.query import ABSENT
from loop_client.report.breakdown import OTHERS, TOP
from loop_client.report.counting import is_value, numbered, ranked, sums

NO_BUCKETS: Final = np.array([], np.int64)

FEWEST: Final = 5
"""Fewest items of one person for the note that this person wrote most of a tag's items."""


@dataclass(frozen=True, slots=True, eq=False)
class PeopleCounts:
    """Distinct people: in all (`people`), in each bucket (`trend`) and for each tag (`by_tag`, see `people_counts`)."""

    people: int
    trend: np.ndarray
    by_tag: pd.DataFrame


def people_count(items: pd.DataFrame, positions: np.ndarray) -> int:
    """The number of distinct people who wrote the items at these positions. Time grows with the positions."""
    return int(items["user_id"].iloc[positions].nunique())


def people_counts(
    items: pd.DataFrame,
    positions: np.ndarray,
    top: int = TOP,
    buckets: np.ndarray = NO_BUCKETS,
    shown: np.ndarray = NO_BUCKETS,
) -> PeopleCounts:
    """The people who wrote the items at these positions, ascending: one row per tag, ranked as in `counts_by`.

    A tag gets a note when one person wrote more than half of its items, and at least 5. The row for all other tags
    counts each person once; it and the row for items without a tag have no note. `buckets`: each item's bucket.
    `shown`: consecutive buckets of the trend. Time grows with the number of positions.

    | column | dtype | meaning |
    |---|---|---|
    | tag | str | as `naming.named` calls it, or "(other tags)" |
    | rank | int64 | 0 for the worst tag |
    | people | int64 | distinct people who wrote its items |
    | items | int64 | how many items |
    | most | int64 | how many of them one person wrote, if that is worth a note; otherwise 0 |
    | note | str | a sentence, without a name, when one person wrote most of its items; otherwise missing |
    """
    users = items["user_id"].array
    names, tags = numbered(items["tag"].iloc[positions])
    negative = is_value(items["sentiment"].iloc[positions], "negative")
    people, ids = pd.factorize(users if len(positions) == len(items) else users.take(positions))
    ranking = ranked(names, sums(tags, len(names)), sums(tags[negative], len(names)), top)
    height, width = ranking.other + 2, max(len(ids), 1)
    each = sums(ranking.row_of[tags] * width + people, height * width).reshape(height, width)[ranking.rows]
    in_all, theirs = each.sum(axis=1), each.max(axis=1)
    is_most = (2 * theirs > in_all) & (theirs >= FEWEST) & (ranking.rows < ranking.other)
    notes = [f"1 person wrote {most:,} of these {all_of_it:,}." for most, all_of_it in zip(theirs, in_all, strict=True)]
    by_tag = pd.DataFrame(
        {
            "tag": pd.array([*ranking.names, OTHERS["tag"], ABSENT["tag"]], dtype="str").take(ranking.rows),
            "rank": np.arange(len(ranking.rows)),
            "people": np.count_nonzero(each, axis=1),
            "items": in_all,
            "most": np.where(is_most, theirs, 0),
            "note": pd.Series(notes, dtype="str").where(is_most),
        }
    )
    return PeopleCounts(len(ids), _trend(buckets, people[: len(buckets)], len(ids), shown), by_tag)


def _trend(buckets: np.ndarray, people: np.ndarray, count: int, shown: np.ndarray) -> np.ndarray:
    """Distinct people in each of the `shown` buckets."""
    if not len(shown):
        return NO_BUCKETS
    inside = (buckets >= shown[0]) & (buckets <= shown[-1])
    seen = np.zeros((len(shown), count), bool)
    seen[buckets[inside] - shown[0], people[inside]] = True
    people_of: np.ndarray = np.count_nonzero(seen, axis=1)
    return people_of
