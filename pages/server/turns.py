"""Whose message is next, and when: so many a second, and one at a time."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

LONGEST_REST = 1.0
"""Seconds without a message after one that took so long."""


class Pace:
    """So many messages a second, and so many at once after a rest."""

    def __init__(self, a_second: float, at_once: float, clock: Callable[[], float]) -> None:
        """Start rested."""
        self._a_second, self._at_once, self._clock = a_second, at_once, clock
        self._left, self._at = at_once, clock()

    def take(self) -> float:
        """Count a message; the seconds that it has to wait."""
        now = self._clock()
        self._left = min(self._at_once, self._left + (now - self._at) * self._a_second) - 1
        self._at = now
        return max(0.0, -self._left / self._a_second)


class Turns:
    """One message at a time, address by address; and as long as it took, none: others have the event loop then too."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """It is anybody's turn."""
        self._clock, self._turn, self._rests_until = clock, asyncio.Lock(), 0.0

    @asynccontextmanager
    async def take(self, of_address: asyncio.Lock) -> AsyncIterator[None]:
        """Wait for the turn of an address, and keep it for the length of the block."""
        async with of_address, self._turn:
            await asyncio.sleep(max(0.0, self._rests_until - self._clock()))
            began = self._clock()
            try:
                yield
            finally:
                ended = self._clock()
                self._rests_until = ended + min(ended - began, LONGEST_REST)
