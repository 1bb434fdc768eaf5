"""What a page reads: one immutable frame of items, the counts of them, and what both cover."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from loop_client.mirror import columns, cube
from loop_client.mirror.zones import UTC_DAYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    import numpy as np
    import pandas as pd
    import pyarrow as pa

    from loop_client import LoopError, Progress
    from loop_client.mirror.zones import Zone


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a snapshot holds of the account.

    `complete`: the walk reached the oldest item and there is no gap, so a count of the frame is one of the account.
    `since`: every item after this moment is held; None before the first page, and when complete, the oldest item's.
    `gaps`: periods of which items may be missing, newest first, (from, to); from None is the account's beginning.
    `reconciled_at`: the start of the last complete walk of the open items after which each item's status was known:
    all that were open then are held, and every status that is shown was true then or later; None before the first.
    `walked_at`: the start of the last complete walk of all items: one that was dated back is held if it came before.
    `rejected`: items that could not be read, in no count.
    """

    complete: bool = False
    since: datetime | None = None
    gaps: tuple[tuple[datetime | None, datetime], ...] = ()
    reconciled_at: datetime | None = None
    walked_at: datetime | None = None
    rejected: int = 0

    def reaches(self, moment: datetime | None, statuses: Sequence[str] = ()) -> bool:
        """Whether every item from a moment on is held; None asks for all there is.

        `statuses`: which are asked for; empty for all. Of open items all are held before the rest is, but for news
        that came after they were walked.
        """
        opened = self.reconciled_at
        if opened is not None and tuple(statuses) == ("open",) and all(until < opened for _, until in self.gaps):
            return True
        if self.complete:
            return True
        return moment is not None and self.since is not None and self.since < moment


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Snapshot:
    """One state of the copy, shared by all viewers and never changed; equal only to itself.

    `frame`: one row per item, newest first, see `columns`. `cells`: its counts, see `cube`, by days of `zone`.
    `version` grows with every snapshot of a process, `change` with every one of the store.
    """

    frame: pd.DataFrame = field(default_factory=columns.empty)
    cells: pd.DataFrame = field(default_factory=cube.empty)
    version: int = 0
    coverage: Coverage = Coverage()
    change: int = 0
    zone: Zone = UTC_DAYS

    def patched(self, rows: pa.Table, gone: Iterable[tuple[str, int]], coverage: Coverage, change: int) -> Snapshot:
        """The next snapshot: these rows inserted or replaced, those (id, created_at) left out."""
        frame, before, after = columns.patched(self.frame, rows, gone)
        cells = cube.patched(self.cells, before, after, self.zone) if len(before) or len(after) else self.cells
        return Snapshot(frame, cells, self.version + 1, coverage, change, self.zone)

    def rows(self, positions: np.ndarray) -> pd.DataFrame:
        """The rows at these positions; what it costs depends on how many they are alone."""
        return columns.rows(self.frame, positions)


@dataclass(frozen=True, slots=True)
class SyncState:
    """How the sync is doing: the walk under way, the last answer, and what is wrong, if anything.

    `progress`: of the walk under way, None at rest. `checked_at`: when the head of the list was last seen, so every
    item created before it is held. `error`: why the last attempt failed, None once a page has come since.
    `last_error`: the last one, however long ago. `retries`: requests that were sent again. `rejections`: the reasons
    for the last items that were set aside.
    """

    progress: Progress | None = None
    checked_at: datetime | None = None
    error: LoopError | None = None
    last_error: LoopError | None = None
    retries: int = 0
    rejections: tuple[str, ...] = ()
