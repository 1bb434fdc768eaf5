"""Numbers of distinct people, from the rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from loop_client.report.counting import numbered, sums

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
    items: pd.DataFrame, positions: np.ndarray, buckets: np.ndarray = NO_BUCKETS, shown: np.ndarray = NO_BUCKETS
) -> PeopleCounts:
    """The people who wrote the items at these positions, ascending, with one row per tag that has items, by name.

    A tag gets a note when one person wrote more than half of its items, and at least 5. `buckets`: each item's bucket.
    `shown`: consecutive buckets of the trend. Time grows with the number of positions.

    | column | dtype | meaning |
    |---|---|---|
    | tag | str | as `naming.named` calls it |
    | people | int64 | distinct people who wrote its items |
    | items | int64 | how many items |
    | most | int64 | how many of them one person wrote, if that is worth a note; otherwise 0 |
    | note | str | a sentence, without a name, when one person wrote most of its items; otherwise missing |
    """
    users = items["user_id"].array
    names, tags = numbered(items["tag"].iloc[positions])
    people, ids = pd.factorize(users if len(positions) == len(items) else users.take(positions))
    return PeopleCounts(
        len(ids), _trend(buckets, people[: len(buckets)], len(ids), shown), _by_tag(names, tags, people)
    )


def _by_tag(names: list[str], tags: np.ndarray, people: np.ndarray) -> pd.DataFrame:
    """The rows of `people_counts`. `tags`, `people`: numbers of each item's tag, the last one for none, and person."""
    width = int(people.max(initial=0)) + 1
    # Without counts, numpy 2.4 looks for distinct numbers with a hash table, which takes 40 times as long.
    pairs, times = np.unique(tags.astype(np.int64) * width + people, return_counts=True)
    of, size = pairs // width, len(names)
    in_all, theirs = sums(of, size, times), np.zeros(size, np.int64)
    np.maximum.at(theirs, of, times)
    order = sorted(np.flatnonzero(in_all[:-1]).tolist(), key=names.__getitem__)
    is_most = (2 * theirs > in_all) & (theirs >= FEWEST)
    notes = [
        f"1 person wrote {theirs[number]:,} of these {in_all[number]:,}." if is_most[number] else None
        for number in order
    ]
    return pd.DataFrame(
        {
            "tag": pd.array([names[number] for number in order], dtype="str"),
            "people": sums(of, size)[order],
            "items": in_all[order],
            "most": np.where(is_most, theirs, 0)[order],
            "note": pd.array(notes, dtype="str"),
        }
    )


def _trend(buckets: np.ndarray, people: np.ndarray, count: int, shown: np.ndarray) -> np.ndarray:
    """Distinct people in each of the `shown` buckets."""
    if not len(shown):
        return NO_BUCKETS
    inside = (buckets >= shown[0]) & (buckets <= shown[-1])
    seen = np.zeros((len(shown), count), bool)
    seen[buckets[inside] - shown[0], people[inside]] = True
    people_of: np.ndarray = np.count_nonzero(seen, axis=1)
    return people_of
