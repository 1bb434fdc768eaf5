"""The thread that keeps the copy fresh: when it looks next, and that nothing but `stop` ends it."""

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
"""Seconds between two looks at the head of the list when all goes well."""

RETRY_AT_LEAST_EVERY = 60.0
"""Seconds between two attempts at most, however long the API has been failing, unless it asks for longer."""

LONGEST_PAUSE = 3600.0
"""Seconds after which there is another look, whatever an answer said."""

CLICKS_EVERY = 3.0
"""Seconds between two looks at least, however many readers ask for one."""

OWN_EVERY = 1.0
"""The same while somebody submits: until the next look the counts are marked as a part, with a “+”."""


class Schedule:
    """When to look next, on the monotonic clock: a wall clock that jumps changes nothing. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """The first look is due at once."""
        self._clock, self._lock, self._failures = clock, threading.Lock(), 0
        self._next = self._ordered = clock()
        self._ended, self._asked = -math.inf, math.inf

    def looks(self) -> None:
        """Note that a look begins: it may miss what somebody asks for from now on."""
        with self._lock:
            self._asked = math.inf

    def looked(self, error: LoopError | None) -> None:
        """Plan the look after one that ended with this error, or without.

        While the API fails, the pauses double up to a minute. A Retry-After is kept to, for an hour at most. What the
        API asked for, and the pause after it refused us, are no reader's to shorten.
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
        """Look as soon as may be, because somebody asks; the seconds until then. `every`: pause after the last look."""
        with self._lock:
            self._asked = min(self._asked, every)
            self._next = min(self._next, max(self._ordered, self._ended + every, self._clock()))
        return self.left()

    def left(self) -> float:
        """Seconds until the next look; 0 when it is due."""
        return max(0.0, self._next - self._clock())


class SyncThread:
    """Calls `look` until stopped, whatever it raises. `look` raises what went wrong, and returns when all is well."""

    def __init__(
        self,
        look: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        """Start nothing yet. `wait`: how the seconds of a pause pass; a request to look ends it."""
        self._look, self._clock = look, clock
        self._wake, self._stopped = threading.Event(), threading.Event()
        self._wait = wait or self._wake.wait
        self._schedule, self._lock = Schedule(clock), threading.Lock()
        self.failure: LoopError | None = None
        """What went wrong in the last look that was no LoopError: a fault of ours."""
        self._thread, self._begun = self._new_thread(), math.inf

    def start(self) -> None:
        """Begin to look, once and for all."""
        self._begin()

    def ask(self, every: float = CLICKS_EVERY) -> float:
        """Have it look as soon as the API allows, see `Schedule.ask`; the seconds until then."""
        left = self._schedule.ask(every)
        self._wake.set()
        return left

    def left(self) -> float:
        """Seconds until the next look."""
        return self._schedule.left()

    def is_alive(self) -> bool:
        """Whether the thread runs. One that has died is replaced, at most once a minute."""
        alive = self._thread.is_alive()
        if not alive and not self._stopped.is_set():
            with self._lock:
                if not self._thread.is_alive() and self._clock() - self._begun >= RETRY_AT_LEAST_EVERY:
                    self._begin()
        return alive

    def request_stop(self) -> None:
        """Let the thread end after what it is doing."""
        self._stopped.set()
        self._wake.set()

    def join(self) -> None:
        """Wait until the thread has ended."""
        self._thread.join()

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
            except BaseException:  # whatever it is: a thread that ends here leaves every reader with old numbers
                logger.exception("The sync could not be planned; trying again")
                self._wait(RETRY_AT_LEAST_EVERY)

    def _round(self) -> None:
        """Look once, and wait until the next look is due."""
        error: LoopError | None = None
        self._schedule.looks()
        try:
            self._look()
            self.failure = None
        except LoopError as caught:
            self.failure, error = None, caught
        except BaseException:  # a fault of ours
            if self._stopped.is_set():
                return
            logger.exception("The sync failed unexpectedly; trying again")
            self.failure = error = LoopError("The sync failed unexpectedly; the log has the reason.")
        self._schedule.looked(error)
        while (left := self._schedule.left()) > 0 and not self._stopped.is_set():
            self._wait(left)
            self._wake.clear()
