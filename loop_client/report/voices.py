"""How many people are behind the counts, from the rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from loop_client.query import ABSENT
from loop_client.report.breakdown import RESTS, TOP
from loop_client.report.counting import is_value, numbered, ranked, sums

NO_BUCKETS: Final = np.array([], np.int64)

FEWEST: Final = 5
"""Items of one person from which on it is worth a note that they are most of a tag."""


@dataclass(frozen=True, slots=True, eq=False)
class Voices:
    """People behind items. `people`: distinct ones in all. `course`: in each bucket. `by_tag`: see `voices_in`."""

    people: int
    course: np.ndarray
    by_tag: pd.DataFrame


def people_in(items: pd.DataFrame, positions: np.ndarray) -> int:
    """How many distinct people are behind the items at these positions. Costs as much as there are positions."""
    return int(items["user_id"].iloc[positions].nunique())


def voices_in(
    items: pd.DataFrame,
    positions: np.ndarray,
    top: int = TOP,
    buckets: np.ndarray = NO_BUCKETS,
    shown: np.ndarray = NO_BUCKETS,
) -> Voices:
    """The people behind the items at these positions, ascending: one row per tag, ranked as in `counts_by`.

    One person makes most of a tag when more than half of its items, and at least 5, are theirs. The row that adds up
    the other tags counts a person once; it and the row without a tag have no such note. `buckets`: the number of each
    item's. `shown`: those that make the course, one after the other. Costs as much as there are positions.

    | column | dtype | meaning |
    |---|---|---|
    | tag | str | as `naming.named` calls it, or "(other tags)" |
    | rank | int64 | 0 for the worst tag |
    | people | int64 | how many distinct people wrote its items |
    | note | str | that one person makes most of it, as a sentence that names nobody; missing where nobody does |
    """
    users = items["user_id"].array
    names, tags = numbered(items["tag"].iloc[positions])
    negative = is_value(items["sentiment"].iloc[positions], "negative")
    people, ids = pd.factorize(users if len(positions) == len(items) else users.take(positions))
    ranking = ranked(names, sums(tags, len(names)), sums(tags[negative], len(names)), top)
    height, width = ranking.rest + 2, max(len(ids), 1)
    each = sums(ranking.row_of[tags] * width + people, height * width).reshape(height, width)[ranking.rows]
    in_all, theirs = each.sum(axis=1), each.max(axis=1)
    is_most = (2 * theirs > in_all) & (theirs >= FEWEST) & (ranking.rows < ranking.rest)
    notes = [f"1 person wrote {most:,} of these {all_of_it:,}." for most, all_of_it in zip(theirs, in_all, strict=True)]
    by_tag = pd.DataFrame(
        {
            "tag": pd.array([*ranking.names, RESTS["tag"], ABSENT["tag"]], dtype="str").take(ranking.rows),
            "rank": np.arange(len(ranking.rows)),
            "people": np.count_nonzero(each, axis=1),
            "note": pd.Series(notes, dtype="str").where(is_most),
        }
    )
    return Voices(len(ids), _course(buckets, people[: len(buckets)], len(ids), shown), by_tag)


def _course(buckets: np.ndarray, people: np.ndarray, count: int, shown: np.ndarray) -> np.ndarray:
    """Distinct people in each of the buckets that are shown."""
    if not len(shown):
        return NO_BUCKETS
    inside = (buckets >= shown[0]) & (buckets <= shown[-1])
    seen = np.zeros((len(shown), count), bool)
    seen[buckets[inside] - shown[0], people[inside]] = True
    people_of: np.ndarray = np.count_nonzero(seen, axis=1)
    return people_of
