"""People, or groups of them, in one table: how much they say, how negative, since when, and whom to call.

weight = √complaints × recency × waiting, the last of which also make the rank of a cluster, see `urgency`:

- complaints: items of this person that are open and negative, those that say the same counted once; of a group, the sum
  of its people's. The root, because twenty are not twenty times as pressing as one.
- recency: 1 at their newest open negative item, halved for each 14 days since.
- waiting: 1 at their oldest open negative item, up to 2 after 30 days.

Nobody without an open negative item has a weight.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import numpy as np
import pandas as pd

from loop_client.mirror import columns
from loop_client.mirror.columns import moments
from loop_client.mirror.moments import microseconds
from loop_client.mirror.zones import MICROSECONDS_A_DAY
from loop_client.query import ABSENT, named
from loop_client.report.comparison import wilson_ends
from loop_client.report.counting import is_value, table
from loop_client.report.folded import WEEKS
from loop_client.report.urgency import HALF_LIFE, LONGEST_WAIT

if TYPE_CHECKING:
    from datetime import datetime

    import pyarrow as pa

MAIN_TAGS: Final = 3
"""Most tags of a row that are named."""


@dataclass(frozen=True, slots=True, eq=False)
class Persons:
    """The people of a snapshot. `ids`: without repeats, who spoke last first. `numbers`: of each item, the person's."""

    ids: pa.Array
    numbers: np.ndarray

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Self:
        """Number the people. `frame`: a snapshot's. About 90 ms for 1,000,000 items."""
        encoded = columns.texts_of(frame, "user_id").combine_chunks().dictionary_encode()
        return cls(encoded.dictionary, encoded.indices.to_numpy(zero_copy_only=False).astype(np.int32, copy=False))

    @property
    def size(self) -> int:
        """Their bytes."""
        return int(self.ids.nbytes) + self.numbers.nbytes

    def complaints(self, clusters: np.ndarray) -> np.ndarray:
        """Of each item, a number that it has in common with just those items of its person that say the same.

        `clusters`: of each item, -1 for one in none, which says what no other does.
        """
        together = self.numbers.astype(np.int64) * (int(clusters.max(initial=0)) + 1) + clusters
        return np.where(clusters < 0, -1 - np.arange(len(clusters)), together)


@dataclass(frozen=True, slots=True, eq=False)
class PeopleTable:
    """One row per person or group, see `people_table`. `positions`: of all their items, those of a row together.

    `starts`: the place of each row's first item among them, and behind the last row, their number.
    """

    rows: pd.DataFrame
    positions: np.ndarray
    starts: np.ndarray

    @property
    def size(self) -> int:
        """Its bytes."""
        return int(self.rows.memory_usage().sum()) + self.positions.nbytes + self.starts.nbytes

    def facts(self, frame: pd.DataFrame, rows: np.ndarray, now: datetime) -> pd.DataFrame:
        """What a page of rows shows besides. Time grows with the items of these rows. `frame`: the snapshot's.

        | column | dtype | meaning |
        |---|---|---|
        | trend | object | a list of their items in each of the last 12 weeks, oldest week first |
        | tags | object | a list of their tags with most items, three at most, as `naming.named` calls them |
        """
        spans = [self.positions[self.starts[row] : self.starts[row + 1]] for row in rows.tolist()]
        of = np.repeat(np.arange(len(rows)), [len(span) for span in spans])
        positions = np.concatenate([*spans, np.zeros(0, np.int64)]).astype(np.int64)
        created = frame["created_at"].array.asi8[positions]
        weeks = np.maximum(microseconds(now) - created, 0) // (7 * MICROSECONDS_A_DAY)
        recent = weeks < WEEKS
        cells = np.bincount(of[recent] * WEEKS + (WEEKS - 1 - weeks[recent]), minlength=len(rows) * WEEKS)
        return pd.DataFrame(
            {
                "trend": pd.Series([*cells.reshape(len(rows), WEEKS).tolist()], dtype=object),
                "tags": pd.Series(_main_tags(frame["tag"], positions, of, len(rows)), dtype=object),
            }
        )


def _main_tags(column: pd.Series, positions: np.ndarray, of: np.ndarray, count: int) -> list[list[str]]:
    """The tags of each row with most of its items, by name where equal. `of`: the row of each position."""
    codes = columns.codes(column)[positions]
    tagged = codes >= 0
    found, numbers = np.unique(codes[tagged], return_inverse=True)
    values: pd.Categorical = column.array
    names = np.array([named("tag", values.categories[code]) for code in found.tolist()], object)
    by_name = np.argsort(names, kind="stable")
    place = np.empty(len(found), np.int64)
    place[by_name] = np.arange(len(found))
    counts = table(of[tagged], count, place[numbers], len(found), np.ones(int(tagged.sum()), np.int64))
    order = np.argsort(-counts, axis=1, kind="stable")[:, :MAIN_TAGS]
    names = names[by_name]
    return [
        [names[tag] for tag in tags if of_each[tag]]
        for tags, of_each in zip(order.tolist(), counts.tolist(), strict=True)
    ]


def people_table(
    frame: pd.DataFrame, positions: np.ndarray, groups: np.ndarray, complaints: np.ndarray, now: datetime
) -> PeopleTable:
    """One row per group with items at these positions, ascending, in the order of the groups' numbers.

    `frame`: a snapshot's. `groups`: the number of each of its items, such as that of its person; -1 for one in none.
    `complaints`: see `Persons.complaints`. About 250 ms for 1,000,000 items of 100,000 people.

    | column | dtype | meaning |
    |---|---|---|
    | group | int64 | its number |
    | items | int64 | how many |
    | rated | int64 | those with a sentiment |
    | negative | int64 | negative ones |
    | share | float64 | 0-1, negative items of those with a sentiment; missing without any |
    | share_low | float64 | the lower end of its 95 % interval (Wilson); missing without any |
    | open | int64 | open ones |
    | open_negative | int64 | open and negative ones |
    | complaints | int64 | these, of each person those that say the same once |
    | first_said | datetime64[us, UTC] | the oldest item |
    | last_said | datetime64[us, UTC] | the newest item |
    | recency | float64 | 0-1; missing without an open negative item, as the next two |
    | waiting | float64 | 1-2 |
    | open_since | datetime64[us, UTC] | the oldest open negative item |
    | weight | float64 | √complaints × recency × waiting; 0 without any |
    """
    positions = positions[groups[positions] >= 0]
    order = np.argsort(groups[positions], kind="stable")  # newest first within each, as positions are
    placed = positions[order]
    of = groups[placed]
    starts = np.flatnonzero(np.concatenate([[True], of[1:] != of[:-1]])) if len(of) else np.zeros(0, np.int64)
    ends = np.append(starts, len(of))
    created, items = frame["created_at"].array.asi8[placed], np.diff(ends)
    row_of = np.repeat(np.arange(len(starts)), items)
    negative = is_value(frame["sentiment"], "negative")[placed]
    opened = is_value(frame["status"], "open")[placed]
    rated = items - _counted(is_value(frame["sentiment"], ABSENT["sentiment"])[placed], starts)
    negatives, waiting = _counted(negative, starts), np.flatnonzero(opened & negative)
    _, firsts = np.unique(complaints[placed[waiting]], return_index=True)
    different = np.bincount(row_of[waiting[firsts]], minlength=len(starts))
    some = np.maximum(rated, 1)
    rows = {
        "group": of[starts].astype(np.int64),
        "items": items,
        "rated": rated,
        "negative": negatives,
        "share": np.where(rated > 0, negatives / some, np.nan),
        "share_low": np.where(rated > 0, wilson_ends(negatives, some)[0], np.nan),
        "open": _counted(opened, starts),
        "open_negative": _counted(opened & negative, starts),
        "complaints": different,
        "first_said": moments(created[ends[1:] - 1]),
        "last_said": moments(created[starts]),
        **_weight(created, waiting, different, ends, microseconds(now)),
    }
    return PeopleTable(pd.DataFrame(rows), placed, ends)


def _counted(is_such: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """How many items of each row are such. `is_such`: of each item, in the order of the rows."""
    if not len(starts):
        return np.zeros(0, np.int64)
    return np.add.reduceat(is_such.astype(np.int64), starts)


def _weight(
    created: np.ndarray, waiting: np.ndarray, complaints: np.ndarray, ends: np.ndarray, at: int
) -> dict[str, np.ndarray | pd.Series]:
    """The last columns of `people_table`.

    `waiting`: the places of open negative items. `complaints`: of each row. `at`: now, µs.
    """
    first, last = (np.searchsorted(waiting, edge) for edge in (ends[:-1], ends[1:]))
    count = last - first
    has_some = count > 0
    newest, oldest = np.zeros(len(count), np.int64), np.zeros(len(count), np.int64)
    newest[has_some] = created[waiting[first[has_some]]]
    oldest[has_some] = created[waiting[last[has_some] - 1]]
    days_since, days_waiting = (np.maximum(at - edge, 0) / MICROSECONDS_A_DAY for edge in (newest, oldest))
    recency = np.where(has_some, 0.5 ** (days_since / HALF_LIFE), np.nan)
    wait = np.where(has_some, 1 + np.minimum(days_waiting, LONGEST_WAIT) / LONGEST_WAIT, np.nan)
    return {
        "recency": recency,
        "waiting": wait,
        "open_since": moments(oldest).where(has_some),
        "weight": np.where(has_some, np.sqrt(complaints) * recency * wait, 0.0),
    }


def ordered_people(rows: pd.DataFrame, column: str, *, ascending: bool = False) -> np.ndarray:
    """The numbers of the rows of a `people_table`, by this column, missing values last.

    Of equal ones, those with most items first, then in the order of the table.
    """
    values = rows[column]
    keys = values.array.asi8.astype(float) if values.dtype.kind == "M" else values.to_numpy(float)
    keys = keys if ascending else -keys
    return np.lexsort((np.arange(len(rows)), -rows["items"].to_numpy(), np.where(np.isnan(keys), np.inf, keys)))


def to_answer_first(frame: pd.DataFrame, positions: np.ndarray) -> np.ndarray:
    """The positions of some items, open negative ones first, both in their order. `frame`: a snapshot's."""
    is_open, is_negative = (
        is_value(frame[column].iloc[positions], value)
        for column, value in (("status", "open"), ("sentiment", "negative"))
    )
    first = is_open & is_negative
    return np.concatenate([positions[first], positions[~first]])
