"""One budget of API calls for the process, so that a walk starves neither submissions nor other users of the API.

Three kinds of calls share it. A person's submission never waits. The sync waits until there is a token. Bulk rows leave
some tokens to the sync: they get at most a third of the calls while both want them. So the sync looks at the head of
the list at least every 30 s, whatever is submitted.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


LONGEST_WAIT = 20.0
"""Longest time in seconds that a call waits for urgent ones; a small budget's time for one call if that is longer. With
the 10 s between two looks at the head of the list, there is one every 30 s."""

RESERVE = 2.0
"""Tokens that bulk rows leave to the sync."""

BULK_SHARE = 3.0
"""One of so many calls is for a bulk row that has waited for it."""


class Budget:
    """Token bucket of `per_minute` calls, with a burst of the same size. Thread-safe.

    Urgent calls do not wait; other calls compensate for them.
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
        self._longest_wait = max(LONGEST_WAIT, 60 / per_minute)
        self._bulk_since: float | None = None

    def take(self, *, urgent: bool) -> None:
        """Wait until a call may be made; an urgent one may be made at once."""
        until = self._clock() + self._longest_wait
        while (left := self._take(urgent=urgent or self._clock() >= until)) > 0:
            if self._wait(min(left, max(0.001, until - self._clock()))):
                return

    def take_bulk(self) -> float:
        """Take a token for a bulk row and return 0, or return the seconds after which to ask again. Never waits.

        A refusal starts a turn: after the time of three calls, the sync leaves the next token to bulk rows.
        """
        with self._lock:
            now = self._refilled()
            needed = 1.0 if self._is_bulks_turn(now) else 1.0 + min(RESERVE, self.per_minute - 1)
            if self._tokens >= needed:
                self._bulk_since = None
                self._spend(now)
                return 0.0
            self._bulk_since = now if self._bulk_since is None else self._bulk_since
            return (needed - self._tokens) * 60 / self.per_minute

    def last_minute(self) -> int:
        """Number of calls in the last 60 s."""
        with self._lock:
            self._forget(self._clock())
            return len(self._recent)

    def _take(self, *, urgent: bool) -> float:
        """Take a token and return 0, or return the seconds until there is one."""
        with self._lock:
            now = self._refilled()
            needed = min(2.0, self.per_minute) if self._is_bulks_turn(now) else 1.0
            if self._tokens < needed and not urgent:
                return (needed - self._tokens) * 60 / self.per_minute
            self._spend(now)
            return 0.0

    def _is_bulks_turn(self, now: float) -> bool:
        """Whether a bulk row has waited for its share; a row that is not asked for any more has none."""
        share = BULK_SHARE * 60 / self.per_minute
        return self._bulk_since is not None and share <= now - self._bulk_since <= 2 * share + 60

    def _refilled(self) -> float:
        """Add the tokens since the last call, and return the time."""
        now = self._clock()
        self._tokens = min(self.per_minute, self._tokens + (now - self._at) * self.per_minute / 60)
        self._at = now
        return now

    def _spend(self, now: float) -> None:
        self._tokens = max(-self.per_minute, self._tokens - 1)
        self.used += 1
        self._forget(now)
        self._recent.append(now)

    def _forget(self, now: float) -> None:
        while self._recent and self._recent[0] < now - 60:
            self._recent.popleft()
