"""When a sync does what, as one value that is handed to it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from loop_client.mirror.state import now

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class SyncSchedule:
    """Intervals in seconds, and the clocks by which they pass.

    After a complete walk that took long, the next one waits `rest` times as long as that, but no longer than
    `…_at_least_every`.
    """

    head_every: float = 10.0
    """After which a long walk is left for a look at the head of the list, for each page that the last look took."""
    reconcile_every: float = 300.0
    """Between two complete walks of the open items."""
    reconcile_at_least_every: float = 86_400.0
    full_every: float = 86_400.0
    """Between two complete walks of all items."""
    full_at_least_every: float = 30 * 86_400.0
    doubt_every: float = 3600.0
    """The same, while an item is in neither the open nor the resolved list."""
    rest: float = 20.0
    clock: Callable[[], int] = now
    """µs since 1970, asked where the server does not tell its time."""
    monotonic: Callable[[], float] = time.monotonic
    """Seconds since any moment, for how long a walk takes."""

    def reconcile_after(self, took: float) -> float:
        """Seconds from one complete walk of the open items to the next. `took`: seconds that the last one did."""
        return min(max(self.reconcile_every, self.rest * took), self.reconcile_at_least_every)

    def full_after(self, took: float, *, doubt: bool) -> float:
        """Seconds from one complete walk of all items to the next. `doubt`: an item is in neither list."""
        every = self.doubt_every if doubt else self.full_every
        return min(max(every, self.rest * took), self.full_at_least_every)


DEFAULT_SCHEDULE: Final = SyncSchedule()
