"""One-time links to what a page offers for download."""

from __future__ import annotations

import secrets
import threading
import time
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Offered = TypeVar("Offered")

LASTS: Final = 600.0
"""Seconds after which a link that nobody opened is of no use any more."""

MOST: Final = 2_000
"""Links that are open at a time; the oldest goes first."""


class Tickets(Generic[Offered]):
    """What is offered, by tokens that nobody can guess; each can be taken once."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with none."""
        self._clock, self._lock = clock, threading.Lock()
        self._offered: dict[str, tuple[float, Offered]] = {}

    def __len__(self) -> int:
        """How many are open."""
        return len(self._offered)

    def offer(self, what: Offered) -> str:
        """A token for it."""
        token, now = secrets.token_urlsafe(32), self._clock()
        with self._lock:
            for old, (at, _) in list(self._offered.items()):
                if now - at < LASTS and len(self._offered) < MOST:
                    break
                del self._offered[old]
            self._offered[token] = now, what
        return token

    def drop(self, token: str) -> None:
        """Let go of what was offered under that token."""
        with self._lock:
            self._offered.pop(token, None)

    def take(self, token: str) -> Offered | None:
        """What was offered under that token; None when it was taken, or too much time has passed."""
        with self._lock:
            at, what = self._offered.pop(token, (0.0, None))
        return what if self._clock() - at < LASTS else None
