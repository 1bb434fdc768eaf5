"""The thread that keeps the mirror up to date: when the next sync is due; nothing but `request_stop` ends it."""

from __future__ import annotations

import logging
import math
import threading
import time
from typing import TYPE_CHECKING

from loop_client import APIStatusError, LoopError

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

REFRESH_EVERY = 10.0
"""Seconds between two syncs when all goes well."""

RETRY_AT_LEAST_EVERY = 60.0
"""Longest pause in seconds while the API fails, unless it asks for a longer one."""

LONGEST_PAUSE = 3600.0
"""Longest pause in seconds, whatever the API asked for."""

CLICKS_EVERY = 3.0
"""Shortest pause in seconds between syncs that readers request."""

OWN_EVERY = 1.0
"""Shortest pause after a submission: until the next sync, counts are marked as incomplete, with a “+”."""


class SyncTimer:
    """Plans the next sync by the monotonic clock, so that a jump of the wall clock has no effect. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """The first sync is due at once."""
        self._clock, self._lock, self._failures = clock, threading.Lock(), 0
        self._next = self._ordered = clock()
        self._ended, self._asked = -math.inf, math.inf

    def looks(self) -> None:
        """Note that a sync begins: requests from now on need another one."""
        with self._lock:
            self._asked = math.inf

    def looked(self, error: LoopError | None) -> None:
        """Plan the sync after one that ended with this error, or without one.

        While the API fails, the pauses double up to a minute. A Retry-After is respected, for an hour at most. Requests
        of readers never shorten a Retry-After, or the pause after a refusal.
        """
        with self._lock:
            self._failures = 0 if error is None else self._failures + 1
            pause = REFRESH_EVERY if error is None else min(RETRY_AT_LEAST_EVERY, 2.0 ** min(self._failures, 6))
            ordered = 0.0
            if isinstance(error, APIStatusError):
                pause = RETRY_AT_LEAST_EVERY if error.status_code == 401 else pause
                ordered = min(LONGEST_PAUSE, error.retry_after or (pause if error.status_code < 500 else 0.0))
            self._ended = self._clock()
            self._ordered = self._ended + ordered
            self._next = max(self._ended + min(pause, self._asked), self._ordered)

    def ask(self, every: float = CLICKS_EVERY) -> float:
        """Plan a requested sync, and return the seconds until it is due. `every`: shortest pause after the last one."""
        with self._lock:
            self._asked = min(self._asked, every)
            self._next = min(self._next, max(self._ordered, self._ended + every, self._clock()))
        return self.left()

    def left(self) -> float:
        """Seconds until the next sync; 0 when it is due."""
        return max(0.0, self._next - self._clock())


class SyncThread:
    """Calls `look` again and again until stopped, whatever it raises. `look` syncs once, or raises the reason."""

    def __init__(
        self,
        look: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        """Start nothing yet. `wait`: waits for the seconds of a pause; a request ends it early."""
        self._look, self._clock = look, clock
        self._wake, self._stopped = threading.Event(), threading.Event()
        self._wait = wait or self._wake.wait
        self._timer, self._lock = SyncTimer(clock), threading.Lock()
        self.failure: LoopError | None = None
        """The last sync's unexpected error, which is a bug of ours; None after any other result."""
        self._thread, self._begun = self._new_thread(), math.inf

    def start(self) -> None:
        """Start the thread."""
        self._begin()

    def ask(self, every: float = CLICKS_EVERY) -> float:
        """Request a sync, see `SyncTimer.ask`; the seconds until it is due."""
        left = self._timer.ask(every)
        self._wake.set()
        return left

    def left(self) -> float:
        """Seconds until the next sync."""
        return self._timer.left()

    def is_alive(self) -> bool:
        """Whether the thread runs. A dead one is replaced, at most once a minute."""
        alive = self._thread.is_alive()
        if not alive and not self._stopped.is_set():
            with self._lock:
                if not self._thread.is_alive() and self._clock() - self._begun >= RETRY_AT_LEAST_EVERY:
                    self._begin()
        return alive

    def request_stop(self) -> None:
        """Let the thread end after the current sync."""
        self._stopped.set()
        self._wake.set()

    def join(self, seconds: float | None = None) -> None:
        """Wait until the thread has ended, or for so many seconds."""
        self._thread.join(seconds)

    def _begin(self) -> None:
        self._begun = self._clock()
        self._thread = self._new_thread()
        self._thread.start()

    def _new_thread(self) -> threading.Thread:
        return threading.Thread(target=self._run, name="sync", daemon=True)

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._round()
            except BaseException:  # without this thread, every reader would see old numbers
                logger.exception("The sync could not be planned; trying again")
                self._wait(RETRY_AT_LEAST_EVERY)

    def _round(self) -> None:
        """Sync once, and wait until the next sync is due."""
        error: LoopError | None = None
        self._timer.looks()
        try:
            self._look()
            self.failure = None
        except LoopError as caught:
            self.failure, error = None, caught
        except BaseException:  # a bug of ours
            if self._stopped.is_set():
                return
            logger.exception("The sync failed unexpectedly; trying again")
            self.failure = error = LoopError("The sync failed unexpectedly; the log has the reason.")
        self._timer.looked(error)
        while (left := self._timer.left()) > 0 and not self._stopped.is_set():
            self._wait(left)
            self._wake.clear()
