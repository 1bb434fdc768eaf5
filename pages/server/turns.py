"""Scheduling of messages: a token bucket per sender, and one message at a time."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

LONGEST_PAUSE = 1.0
"""Longest pause in seconds after a slow message."""


class Pace:
    """Token bucket of `a_second` messages per second, with bursts of `at_once`."""

    def __init__(self, a_second: float, at_once: float, clock: Callable[[], float]) -> None:
        """Start with a full bucket."""
        self._a_second, self._at_once, self._clock = a_second, at_once, clock
        self._left, self._at = at_once, clock()

    def take(self) -> float:
        """Take a token, and return the seconds that the message has to wait."""
        now = self._clock()
        self._left = min(self._at_once, self._left + (now - self._at) * self._a_second) - 1
        self._at = now
        return max(0.0, -self._left / self._a_second)


class Turns:
    """One message at a time, fair by address, then a pause as long as the message took, for the event loop's sake."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start with no message running."""
        self._clock, self._turn, self._paused_until = clock, asyncio.Lock(), 0.0

    @asynccontextmanager
    async def take(self, of_address: asyncio.Lock) -> AsyncIterator[None]:
        """Wait for the turn of an address, and keep it during the block."""
        async with of_address, self._turn:
            await asyncio.sleep(max(0.0, self._paused_until - self._clock()))
            began = self._clock()
            try:
                yield
            finally:
                ended = self._clock()
                self._paused_until = ended + min(ended - began, LONGEST_PAUSE)
