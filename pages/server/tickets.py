"""One-time links for downloads."""

from __future__ import annotations

import secrets
import threading
import time
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Offered = TypeVar("Offered")

LASTS: Final = 600.0
"""Seconds after which an unused link expires."""

MOST: Final = 2_000
"""Most valid links at a time; the oldest is revoked first."""


class Tickets(Generic[Offered]):
    """Offered objects by unguessable tokens; each can be taken once."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, before: str = "") -> None:
        """Start empty. `before`: stands before each token."""
        self._before, self._clock, self._lock = before, clock, threading.Lock()
        self._offered: dict[str, tuple[float, Offered]] = {}

    def __len__(self) -> int:
        """The number of valid tokens."""
        return len(self._offered)

    def offer(self, what: Offered) -> str:
        """Offer an object, and return its token."""
        token, now = self._before + secrets.token_urlsafe(32), self._clock()
        with self._lock:
            for old, (at, _) in list(self._offered.items()):
                if now - at < LASTS and len(self._offered) < MOST:
                    break
                del self._offered[old]
            self._offered[token] = now, what
        return token

    def drop(self, token: str) -> None:
        """Revoke a token."""
        with self._lock:
            self._offered.pop(token, None)

    def take(self, token: str) -> Offered | None:
        """Take the object of a token; None if it was taken, revoked or has expired."""
        with self._lock:
            at, what = self._offered.pop(token, (0.0, None))
        return what if self._clock() - at < LASTS else None
