"""A start that failed for want of disk space, permission or network is tried again by itself."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

START_AGAIN: Final = 2.0
START_AGAIN_WITHIN: Final = 60.0
"""Seconds after which a start that failed is tried again: doubling from the first to the second."""


class StartRetry:
    """A thread that starts again and again, until that works or `end` is called."""

    def __init__(
        self,
        attempt: Callable[[], bool],
        lock: AbstractContextManager[object],
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        """Start nothing yet.

        `attempt`: tries, and returns whether there is nothing left to try. `lock`: held while it tries. `wait`: passes
        the seconds of a pause, and returns True once `end` was called.
        """
        self._attempt, self._lock = attempt, lock
        self._ended = threading.Event()
        self._wait = wait or self._ended.wait
        self._next = 0.0

    def start(self) -> None:
        """Try again from now on: the first attempt has just failed."""
        self._next = time.monotonic() + START_AGAIN
        threading.Thread(target=self._run, name="start", daemon=True).start()

    def end(self) -> None:
        """Try no more; an attempt that is being made goes on to its end."""
        self._ended.set()

    def left(self) -> float:
        """Seconds until the next attempt; 0 when it is due."""
        return max(0.0, self._next - time.monotonic())

    def _run(self) -> None:
        pause = START_AGAIN
        while not self._wait(pause):
            with self._lock:
                if self._ended.is_set() or self._attempt():
                    return
            pause = min(START_AGAIN_WITHIN, 2 * pause)
            self._next = time.monotonic() + pause
