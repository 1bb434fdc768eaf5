"""What time it is: for the server where it tells, else for this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loop_client.mirror.moments import EARLIEST, LATEST, microseconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from loop_client import Walk

CLOSE = 2_000_000
"""µs by which this machine's clock may differ from the server's and still be used: it is the finer one."""

TURNED_BACK = -60.0
"""Seconds since something that can only mean that the clock was wrong, then or now."""


class Clock:
    """µs since 1970, by the server's clock where an answer told it, else by this machine's (`ours`)."""

    def __init__(self, ours: Callable[[], int]) -> None:
        """Take this machine's word until an answer came."""
        self._ours, self._server_is_ahead = ours, 0

    def __call__(self, walk: Walk | None = None) -> int:
        """What time it is. `walk`: one whose last answer has just come."""
        ours = self._ours()
        if walk is not None and walk.date is not None:
            ahead = microseconds(walk.date) - ours
            self._server_is_ahead = ahead if abs(ahead) > CLOSE else 0
        return min(max(ours + self._server_is_ahead, EARLIEST), LATEST)

    def is_due(self, last: int | None, every: float) -> bool:
        """Whether so many seconds have passed since, or the last time was told by a clock that was wrong."""
        passed = (self() - (last or 0)) / 1e6
        return passed >= every or passed < TURNED_BACK
