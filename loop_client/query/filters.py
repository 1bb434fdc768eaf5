"""The filters that all reading pages, saved views, exports and the shell share, as one value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from loop_client.mirror import cube
from loop_client.mirror.snapshot_cache import SnapshotCache
from loop_client.mirror.zones import day_bounds
from loop_client.query.search import parse
from loop_client.query.selection import mask, selected, window
from loop_client.query.vocabulary import COLUMN_OF

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import pandas as pd

    from loop_client.mirror.snapshot import Snapshot
    from loop_client.mirror.zones import Zone


@dataclass(frozen=True, slots=True)
class Filters:
    """What to show. An empty field asks for everything; the values are called as in `naming.named`.

    `since` and `until` are whole days of the team's time zone, both included, in either order. `text` is a query,
    see `search.parse`.
    """

    status: tuple[str, ...] = ()
    sentiment: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    user: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    text: str = ""

    @property
    def window(self) -> tuple[date | None, date | None]:
        """The first and the last day."""
        return window(self.since, self.until)

    @property
    def needs_rows(self) -> bool:
        """Whether counts alone cannot answer: who and which words are in no count."""
        return bool(self.user or self.text.strip())

    def rows(self, snapshot: Snapshot, *also: Filters, newest: int | None = None) -> np.ndarray:
        """The positions of the items that pass every filter, these and `also` those; newest first.

        `newest`: of so many newest items only. Cached as long as the snapshot lives, so a page that is drawn again does
        not search again.
        """

        def found() -> np.ndarray:
            among = None if newest is None else np.arange(min(newest, len(snapshot.frame)))
            return _passing(snapshot, [self, *also], among)

        return _found.get(snapshot, (self, also, newest), found)

    def cells(self, snapshot: Snapshot, *also: Filters) -> pd.DataFrame:
        """The counts of the items that pass, see `loop_client.mirror.cube`; from rows only where rows are needed."""
        if any(one.needs_rows for one in (self, *also)):
            columns = snapshot.frame[[*cube.DIMENSIONS, "created_at"]]
            return cube.cells_of(columns.iloc[self.rows(snapshot, *also)], snapshot.zone)
        masks = [mask for one in (self, *also) if (mask := one.mask(snapshot.cells)) is not None]
        return snapshot.cells[np.logical_and.reduce(masks)] if masks else snapshot.cells

    def passing(self, snapshot: Snapshot, positions: np.ndarray) -> pd.DataFrame:
        """Those of the rows at neighbouring positions that pass; costs as much as there are of them."""
        first, end = (positions[0], positions[-1] + 1) if len(positions) else (0, 0)
        return snapshot.frame.iloc[first:end].iloc[_passing(snapshot, [self], np.arange(first, end)) - first]

    def mask(self, cells: pd.DataFrame) -> np.ndarray | None:
        """Which cells pass; None for all. Who and which words are in no cell."""
        return mask(cells, self.values, cells["day"].to_numpy(), day_bounds(self.window))

    def bounds(self, zone: Zone) -> tuple[int | None, int | None]:
        """The first moment that passes, and the first after it that does not."""
        return zone.bounds(self.window)

    @property
    def values(self) -> dict[str, tuple[str, ...]]:
        """Column → the values that pass; none at all for any."""
        return {column: getattr(self, field) for field, column in COLUMN_OF.items()}


def _passing(snapshot: Snapshot, filters: Sequence[Filters], among: np.ndarray | None) -> np.ndarray:
    """The positions of the rows that pass all of these; `among` these positions."""
    found, zone = among, snapshot.zone
    for one in sorted(filters, key=lambda one: one.needs_rows):  # texts are searched last, in what is left
        if one != type(one)():
            found = selected(snapshot.frame, one.values, one.bounds(zone), parse(one.text), found)
    return (np.arange(len(snapshot.frame)) if found is None else found).astype(np.int32)


_found: Final = SnapshotCache[np.ndarray]()
"""The positions that filters let pass."""
