"""What a page reads: one immutable frame of items, and what it covers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from loop_client.frames import items_frame

if TYPE_CHECKING:
    from datetime import date, datetime

    import pandas as pd

    from loop_client import LoopError, Progress


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a snapshot holds of the account.

    `complete`: the walk reached the oldest item, so a count of the frame is a count of the account.
    `since`: while not complete, every item from this moment on is held; None before the first page.
    `reconciled_at`: the start of the last complete walk, as of which statuses are known; None before one ended.
    `rejected`: items that could not be read and are in no count.
    """

    complete: bool = False
    since: datetime | None = None
    reconciled_at: datetime | None = None
    rejected: int = 0

    def reaches(self, day: date | None) -> bool:
        """Whether every item from the start of `day` (UTC) on is held; None asks for all there is."""
        return self.complete or (day is not None and self.since is not None and self.since.date() < day)


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """One state of the copy, shared by all viewers and never changed; equal only to itself.

    `frame`: one row per item, newest first, the columns of `loop.feedback.to_frame`. `version` grows with every
    snapshot of a process.
    """

    frame: pd.DataFrame
    version: int
    coverage: Coverage

    @classmethod
    def empty(cls) -> Snapshot:
        """Before anything is known."""
        return cls(items_frame(()), 0, Coverage())


@dataclass(frozen=True, slots=True)
class SyncState:
    """How the sync is doing: the walk under way, the last answer, and what is wrong, if anything.

    `progress`: of the walk under way, None at rest. `checked_at`: when the head of the list was last seen, so every
    item created before it is held. `error`: why the last attempt failed, None after one that succeeded.
    """

    progress: Progress | None = None
    checked_at: datetime | None = None
    error: LoopError | None = None
