"""The options of each filter: the values that occur in a snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from loop_client.mirror.snapshot_cache import SnapshotCache
from loop_client.query.naming import named, shortened
from loop_client.query.vocabulary import ABSENT, COLUMN_OF, COUNTED, DOCUMENTED

if TYPE_CHECKING:
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
