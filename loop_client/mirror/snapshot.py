"""The snapshot that pages read: an immutable frame of items, their cube, and its coverage."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from loop_client.mirror import columns, cube
from loop_client.mirror.moments import moment_of
from loop_client.mirror.zones import UTC_DAYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    import pandas as pd
    import pyarrow as pa

    from loop_client import LoopError, Progress
    from loop_client.mirror.columns import Aliases
    from loop_client.mirror.zones import Zone


@dataclass(frozen=True, slots=True)
class Coverage:
    """The part of the account that a snapshot has.

    `complete`: the walk reached the oldest item and there is no gap, so counts are those of the account.
    `since`: all items after this time are loaded; None before the first page, and when complete, the oldest item's.
    `gaps`: periods of which items may be missing, newest first, (from, to); from None is the account's beginning.
    `reconciled_at`: start of the last scan of the open items after which all statuses were known. All items that were
    open then are loaded, and every status shown was true then or later. None before the first one.
    `walked_at`: start of the last full scan; back-dated items that arrived before it are loaded.
    `rejected`: items that could not be read, and are in no count.
    """

    complete: bool = False
    since: datetime | None = None
    gaps: tuple[tuple[datetime | None, datetime], ...] = ()
    reconciled_at: datetime | None = None
    walked_at: datetime | None = None
    rejected: int = 0

    def reaches(self, moment: datetime | None, statuses: Sequence[str] = ()) -> bool:
        """Whether all items since a time are loaded; None for all items.

        `statuses`: only items with these; empty for all. Open items are loaded completely before the others, except
        those that arrived after their scan.
        """
        opened = self.reconciled_at
        if opened is not None and tuple(statuses) == ("open",) and all(until < opened for _, until in self.gaps):
            return True
        if self.complete:
            return True
        return moment is not None and self.since is not None and self.since < moment


@dataclass(frozen=True, slots=True)
class Resolution:
    """That an item was seen open, and later resolved: it was resolved between these times.

    The API does not say when, nor does a snapshot.
    """

    item: str
    created: datetime
    seen_open: datetime
    seen_resolved: datetime

    @classmethod
    def of(cls, item: str, *times: int) -> Resolution:
        """From times in µs since 1970."""
        return cls(item, *map(moment_of, times))


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Snapshot:
    """One immutable state of the mirror, shared by all viewers; equal only to itself.

    `frame`: one row per item, newest first, see `columns`. `cells`: its counts, see `cube`, by days of `zone`.
    `version` grows with every snapshot of a process, `change` with every one of the store. `aliases`: of its tags.
    """

    frame: pd.DataFrame = field(default_factory=columns.empty)
    cells: pd.DataFrame = field(default_factory=cube.empty)
    version: int = 0
    coverage: Coverage = Coverage()
    change: int = 0
    zone: Zone = UTC_DAYS
    aliases: Aliases = field(default_factory=dict)

    def patched(self, rows: pa.Table, deleted: Iterable[tuple[str, int]], coverage: Coverage, change: int) -> Snapshot:
        """The next snapshot, with these rows upserted and those (id, created_at) deleted."""
        frame, before, after = columns.patched(self.frame, rows, deleted, self.aliases)
        cells = cube.patched(self.cells, before, after, self.zone) if len(before) or len(after) else self.cells
        return Snapshot(frame, cells, self.version + 1, coverage, change, self.zone, self.aliases)

    def aliased(self, aliases: Aliases) -> Snapshot:
        """The next snapshot, of the same items, with their tags shown by these aliases; itself if they are the same."""
        if aliases == self.aliases:
            return self
        frame = columns.aliased(self.frame, aliases)
        cells, version = cube.cells_of(frame, self.zone), self.version + 1
        return replace(self, frame=frame, cells=cells, version=version, aliases=aliases)

    def ids_between(self, since: int, until: int) -> list[str]:
        """The ids of the items created between two times, µs since 1970, both included, newest first."""
        rising = self.frame["created_at"].array.asi8[::-1]
        first, last = np.searchsorted(rising, since, "left"), np.searchsorted(rising, until, "right")
        positions = np.arange(len(rising) - last, len(rising) - first)
        return list(self.rows(positions)["id"]) if len(positions) else []

    def rows(self, positions: np.ndarray) -> pd.DataFrame:
        """The rows at these positions; the time depends only on their number."""
        return columns.rows(self.frame, positions)


@dataclass(frozen=True, slots=True)
class SyncState:
    """The state of the sync: the running walk, the last check, and errors.

    `progress`: of the running walk, or None. `checked_at`: when the head of the list was last read, so all items
    created before it are loaded. `error`: the error of the last attempt, None once a page has arrived since.
    `last_error`: the last one, however long ago. `retries`: repeated requests. `rejections`: the reasons for the last
    items that were set aside.
    """

    progress: Progress | None = None
    checked_at: datetime | None = None
    error: LoopError | None = None
    last_error: LoopError | None = None
    retries: int = 0
    rejections: tuple[str, ...] = ()
