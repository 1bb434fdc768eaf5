"""Retries a start that failed, for example for lack of disk space, permission or network."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

START_AGAIN: Final = 2.0
START_AGAIN_WITHIN: Final = 60.0
"""Seconds before a failed start is retried: doubling from the first value up to the second."""


class StartRetry:
    """A thread that retries the start until it succeeds or `end` is called."""

    def __init__(
        self,
        attempt: Callable[[], bool],
        lock: AbstractContextManager[object],
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        """Start nothing yet.

        `attempt`: tries to start, and returns whether to stop trying. `lock`: acquired for each attempt. `wait`: waits
        for the seconds of a pause, and returns True once `end` was called.
        """
        self._attempt, self._lock = attempt, lock
        self._ended = threading.Event()
        self._wait = wait or self._ended.wait
        self._next = 0.0

    def start(self) -> None:
        """Begin to retry, after a first attempt that has just failed."""
        self._next = time.monotonic() + START_AGAIN
        threading.Thread(target=self._run, name="start", daemon=True).start()

    def end(self) -> None:
        """Stop retrying; a running attempt is not interrupted."""
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
