"""Results that are cached as long as the snapshot that they were made from.

The one cache of results: what is made of a snapshot is kept here and nowhere else. Other values that are kept, as the
folded form of a letter, depend on nothing but their arguments and are in a bounded `functools.lru_cache`.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final, Generic, TypeVar
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from loop_client.mirror.snapshot import Snapshot

Result = TypeVar("Result")

RECENT: Final = 16
"""Results of one snapshot that a cache holds: those of five viewers, of whom each needs three at a time."""

MOST_BYTES: Final = 300_000_000
"""That the results of one snapshot take, where a cache is told how large they are."""


class SnapshotCache(Generic[Result]):
    """The `most` results of each snapshot that were used last, by key, and no more than fit in `MOST_BYTES`.

    Shared by all viewers; what two make at once is made twice.
    """

    def __init__(self, most: int = RECENT, size: Callable[[Result], int] = lambda _: 0) -> None:
        """Begin with none. `size`: the bytes of a result, for those that grow with the account."""
        self._most, self._size, self._lock = most, size, threading.Lock()
        self._held: WeakKeyDictionary[Snapshot, dict[Hashable, Result]] = WeakKeyDictionary()

    def get(self, snapshot: Snapshot, key: Hashable, make: Callable[[], Result]) -> Result:
        """What `make` returns, or returned for that key."""
        with self._lock:
            held = self._held.setdefault(snapshot, {})
            if key in held:
                held[key] = held.pop(key)  # what is in use goes last
                return held[key]
        made = make()
        with self._lock:
            held.pop(key, None)
            while held and (len(held) >= self._most or self._bytes(made, *held.values()) > MOST_BYTES):
                held.pop(next(iter(held)))
            held[key] = made
        return made

    def _bytes(self, *results: Result) -> int:
        return sum(map(self._size, results))
