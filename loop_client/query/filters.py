"""The filters as one value, shared by all reading pages, saved views, exports and the shell."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from loop_client.mirror import cube
from loop_client.mirror.columns import NO_ALIASES
from loop_client.mirror.snapshot_cache import SnapshotCache
from loop_client.mirror.zones import day_bounds
from loop_client.query.naming import current_name
from loop_client.query.search import Query, parse
from loop_client.query.selection import mask, selected, window
from loop_client.query.vocabulary import COLUMN_OF

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import pandas as pd

    from loop_client.mirror.columns import Aliases
    from loop_client.mirror.snapshot import Snapshot
    from loop_client.mirror.zones import Zone


@dataclass(frozen=True, slots=True)
class Filters:
    """Conditions on items; an empty field is no condition. Values are display names, see `naming.named`.

    `since` and `until` are whole days in the team's time zone, both included, in either order. `text` is a query,
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
        """Whether rows must be read: the cube counts neither people nor words."""
        return bool(self.user or self.text.strip())

    def rows(self, snapshot: Snapshot, *also: Filters, newest: int | None = None) -> np.ndarray:
        """The positions of the items that pass these filters and all of `also`, newest first.

        `newest`: only among that many newest items. Cached with the snapshot, so that a rerun does not search again.
        """

        def passing() -> np.ndarray:
            among = None if newest is None else np.arange(min(newest, len(snapshot.frame)))
            return _passing(snapshot, [self, *also], among)

        return _positions.get(snapshot, (self, also, newest), passing)

    def cells(self, snapshot: Snapshot, *also: Filters) -> pd.DataFrame:
        """The cells of the items that pass, see `loop_client.mirror.cube`; computed from rows only when necessary."""
        if any(one.needs_rows for one in (self, *also)):
            columns = snapshot.frame[[*cube.DIMENSIONS, "created_at"]]
            return cube.cells_of(columns.iloc[self.rows(snapshot, *also)], snapshot.zone)
        passing = (one.mask(snapshot.cells, snapshot.aliases) for one in (self, *also))
        masks = [mask for mask in passing if mask is not None]
        return snapshot.cells[np.logical_and.reduce(masks)] if masks else snapshot.cells

    def passing(self, snapshot: Snapshot, positions: np.ndarray) -> pd.DataFrame:
        """The rows that pass, among those at consecutive positions. Time grows with the number of positions."""
        first, end = (positions[0], positions[-1] + 1) if len(positions) else (0, 0)
        return snapshot.frame.iloc[first:end].iloc[_passing(snapshot, [self], np.arange(first, end)) - first]

    def mask(self, cells: pd.DataFrame, aliases: Aliases = NO_ALIASES) -> np.ndarray | None:
        """Mask of the cells that pass; None for all. People and text are ignored: cells have neither."""
        return mask(cells, self.selecting(aliases)[0], cells["day"].to_numpy(), day_bounds(self.window))

    def bounds(self, zone: Zone) -> tuple[int | None, int | None]:
        """The start of the time range, included, and its end, excluded."""
        return zone.bounds(self.window)

    @property
    def values(self) -> dict[str, tuple[str, ...]]:
        """Column → the values that pass; empty for any."""
        return {column: getattr(self, field) for field, column in COLUMN_OF.items()}

    def selecting(self, aliases: Aliases) -> tuple[dict[str, tuple[str, ...]], Query]:
        """The `values` and the query of the text, with the tags that their aliases are shown as."""
        values = {
            key: tuple(current_name(key.removeprefix("not-"), name, aliases) for name in names)
            for key, names in self.values.items()
        }
        terms = (
            replace(term, text=current_name(term.field, term.text, aliases)) if term.field == "tag" else term
            for term in parse(self.text).terms
        )
        return values, Query(tuple(terms))


def _passing(snapshot: Snapshot, filters: Sequence[Filters], among: np.ndarray | None) -> np.ndarray:
    """The positions of the rows that pass all filters, optionally `among` these positions."""
    passing, zone = among, snapshot.zone
    for one in sorted(filters, key=lambda one: one.needs_rows):  # texts are searched last, in the remaining rows
        if one != type(one)():
            values, query = one.selecting(snapshot.aliases)
            passing = selected(snapshot.frame, values, one.bounds(zone), query, passing)
    return (np.arange(len(snapshot.frame)) if passing is None else passing).astype(np.int32)


_positions: Final = SnapshotCache[np.ndarray]()
"""Filters → the positions of the items that pass."""
