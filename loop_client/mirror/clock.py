"""The current time: the server's if it sends it, else this machine's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loop_client.mirror.moments import EARLIEST, LATEST, microseconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from loop_client import Walk

CLOSE = 2_000_000
"""Largest difference in µs at which this machine's clock, which has a higher resolution, is used."""

TURNED_BACK = -60.0
"""Negative age in seconds that means that the clock was wrong, then or now."""


class Clock:
    """The time in µs since 1970, by the server's clock if an answer had it, else by this machine's (`ours`)."""

    def __init__(self, ours: Callable[[], int]) -> None:
        """Use this machine's clock until an answer has arrived."""
        self._ours, self._server_is_ahead = ours, 0

    def __call__(self, walk: Walk | None = None) -> int:
        """The current time. `walk`: a walk whose last answer has just arrived."""
        ours = self._ours()
        if walk is not None and walk.date is not None:
            ahead = microseconds(walk.date) - ours
            self._server_is_ahead = ahead if abs(ahead) > CLOSE else 0
        return min(max(ours + self._server_is_ahead, EARLIEST), LATEST)

    def is_due(self, last: int | None, every: float) -> bool:
        """Whether so many seconds have passed since `last`, or `last` came from a wrong clock."""
        passed = (self() - (last or 0)) / 1e6
        return passed >= every or passed < TURNED_BACK
