"""The options of each filter: the values that occur in a snapshot."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from loop_client.mirror.columns import shown_tag
from loop_client.mirror.snapshot_cache import SnapshotCache
from loop_client.query.filters import Filters
from loop_client.query.folding import folded
from loop_client.query.naming import named, shortened
from loop_client.query.views import is_long_search
from loop_client.query.vocabulary import ABSENT, COLUMN_OF, COUNTED, DOCUMENTED

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from loop_client.mirror.snapshot import Snapshot

OFFERED: Final = 100
"""Most options of a filter; any other value can be typed."""

RECENT: Final = 10_000
"""Number of newest items whose people are offered."""

_offered: Final = SnapshotCache[dict[str, list[str]]]()


def offered(snapshot: Snapshot) -> dict[str, list[str]]:
    """Dimension → its options, most frequent first, the absent value last; computed once per snapshot.

    Documented values are always offered, before the others. People are those of the newest 10,000 items.
    """
    return _offered.get(snapshot, None, lambda: _counted(snapshot))


def _counted(snapshot: Snapshot) -> dict[str, list[str]]:
    options: dict[str, list[str]] = {}
    for field in COUNTED:
        counts = snapshot.cells.groupby(field, observed=True)["items"].sum().sort_values(ascending=False, kind="stable")
        found = [named(field, value) for value, items in counts.items() if items][:OFFERED]
        options[field] = [*dict.fromkeys([*DOCUMENTED.get(field, ()), *found]), ABSENT[field]]
    people = snapshot.frame[COLUMN_OF["user"]].iloc[:RECENT].value_counts()
    return {**options, "user": [shortened(value) for value in people.index[:OFFERED]]}


_option_counts: Final = SnapshotCache[dict[str, dict[str, int]]]()


def option_counts(snapshot: Snapshot, filters: Filters) -> dict[str, dict[str, int]]:
    """Dimension → value → the items that have it and pass the other filters; empty when that is a long search.

    Only values with items are in it, by the names that options have.
    """
    if is_long_search(snapshot, filters, Filters()):
        return {}
    return _option_counts.get(snapshot, filters, lambda: _options_counted(snapshot, filters))


def _options_counted(snapshot: Snapshot, filters: Filters) -> dict[str, dict[str, int]]:
    others = {field: replace(filters, **{field: ()}) for field in COUNTED}  # type: ignore[arg-type] # all are tuples
    return {field: _with_each(field, other.cells(snapshot)) for field, other in others.items()}


def _with_each(field: str, cells: pd.DataFrame) -> dict[str, int]:
    values: pd.Categorical = cells[field].array
    counts = np.bincount(values.codes.astype(np.int64) + 1, cells["items"].to_numpy(), len(values.categories) + 1)
    found = np.flatnonzero(counts[1:])
    names = [named(field, value) for value in values.categories[found]]
    counted = dict(zip(names, counts[1:][found].astype(int).tolist(), strict=True))
    return {**counted, ABSENT[field]: int(counts[0])} if counts[0] else counted


_tags: Final = SnapshotCache[tuple[frozenset[str], dict[str, str]]]()


def known_tags(snapshot: Snapshot, tags: Iterable[str]) -> dict[str, str | None]:
    """Each tag that no item has → the tag of items that is spelt nearly so, the most frequent one; None without one.

    Spelt nearly so: apart from case, accents, blanks, signs, and an "s" at the end.
    """
    there, by_spelling = _tags.get(snapshot, None, lambda: _spelt(snapshot))
    return {tag: by_spelling.get(_letters(tag)) for tag in tags if shown_tag(tag, snapshot.aliases) not in there}


def _spelt(snapshot: Snapshot) -> tuple[frozenset[str], dict[str, str]]:
    counts = snapshot.cells.groupby("tag", observed=True)["items"].sum().sort_values(kind="stable")
    tags = [str(tag) for tag, items in counts.items() if items]
    return frozenset(tags), {key: tag for tag in tags if (key := _letters(tag))}


def _letters(tag: str) -> str:
    return "".join(filter(str.isalnum, folded(tag))).removesuffix("s")
