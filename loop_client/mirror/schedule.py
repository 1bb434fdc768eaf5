"""The intervals and clocks of a sync, as one value."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from loop_client.mirror.state import now

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class SyncSchedule:
    """Intervals in seconds, and the clocks that measure them.

    After a slow scan, the next one waits `pause_factor` times its duration, but no longer than `…_at_least_every`.
    """

    head_every: float = 10.0
    """Interval at which a long walk is interrupted for a look at the head, times the pages of the last look."""
    reconcile_every: float = 300.0
    """Between two scans of the open items."""
    reconcile_at_least_every: float = 86_400.0
    full_every: float = 86_400.0
    """Between two full scans."""
    full_at_least_every: float = 30 * 86_400.0
    recheck_every: float = 3600.0
    """Between two full scans while an item is in neither the open nor the resolved list."""
    pause_factor: float = 20.0
    clock: Callable[[], int] = now
    """µs since 1970, used when the server does not send its time."""
    monotonic: Callable[[], float] = time.monotonic
    """Seconds, to measure durations."""

    def reconcile_after(self, took: float) -> float:
        """Seconds between scans of the open items. `took`: duration of the last one."""
        return min(max(self.reconcile_every, self.pause_factor * took), self.reconcile_at_least_every)

    def full_after(self, took: float, *, recheck: bool) -> float:
        """Seconds between full scans. `took`: duration of the last one. `recheck`: an item is in neither list."""
        every = self.recheck_every if recheck else self.full_every
        return min(max(every, self.pause_factor * took), self.full_at_least_every)


DEFAULT_SCHEDULE: Final = SyncSchedule()
