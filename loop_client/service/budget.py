"""One budget of API calls for the process, so that a walk starves neither submissions nor other users of the API."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


LONGEST_WAIT = 60.0
"""Longest time in seconds that a call waits for urgent ones."""


class Budget:
    """Token bucket of `per_minute` calls, with a burst of the same size. Thread-safe.

    Urgent calls do not wait; other calls compensate for them, for a minute at most.
    `wait`: waits for some seconds, and returns True when the process is stopping. `used`: calls so far.
    """

    def __init__(
        self, per_minute: float, wait: Callable[[float], bool], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Start with a full bucket."""
        self.per_minute, self.used = per_minute, 0
        self._wait, self._clock, self._lock = wait, clock, threading.Lock()
        self._tokens, self._at = per_minute, clock()
        self._recent: deque[float] = deque()

    def take(self, *, urgent: bool) -> None:
        """Wait until a call may be made; an urgent one may be made at once."""
        until = self._clock() + LONGEST_WAIT
        while (left := self._take(urgent=urgent or self._clock() >= until)) > 0:
            if self._wait(min(left, max(0.001, until - self._clock()))):
                return

    def last_minute(self) -> int:
        """Number of calls in the last 60 s."""
        with self._lock:
            self._forget(self._clock())
            return len(self._recent)

    def _take(self, *, urgent: bool) -> float:
        """Take a token and return 0, or return the seconds until there is one."""
        with self._lock:
            now = self._clock()
            self._tokens = min(self.per_minute, self._tokens + (now - self._at) * self.per_minute / 60)
            self._at = now
            if self._tokens < 1 and not urgent:
                return (1 - self._tokens) * 60 / self.per_minute
            self._tokens = max(-self.per_minute, self._tokens - 1)
            self.used += 1
            self._forget(now)
            self._recent.append(now)
            return 0.0

    def _forget(self, now: float) -> None:
        while self._recent and self._recent[0] < now - 60:
            self._recent.popleft()
