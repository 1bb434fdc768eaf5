"""Results cached per snapshot, for as long as the snapshot lives.

This is the only cache for results that depend on a snapshot. Values that depend only on their arguments, such as the
folded form of a letter, are in a bounded `functools.lru_cache`.
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
"""Most results of a snapshot in one cache: enough for five viewers who need three each."""

MOST_BYTES: Final = 300_000_000
"""Most bytes of a snapshot's results in one cache, if it knows their size."""


class SnapshotCache(Generic[Result]):
    """A least-recently-used cache of `most` results per snapshot, limited to `MOST_BYTES`.

    Shared by all viewers; two threads that need the same result at once both compute it.
    """

    def __init__(self, most: int = RECENT, size: Callable[[Result], int] = lambda _: 0) -> None:
        """Start empty. `size`: bytes of a result, for results that grow with the account."""
        self._most, self._size, self._lock = most, size, threading.Lock()
        self._results: WeakKeyDictionary[Snapshot, dict[Hashable, Result]] = WeakKeyDictionary()

    def get(self, snapshot: Snapshot, key: Hashable, make: Callable[[], Result]) -> Result:
        """The cached result for this key, or else the result of `make`."""
        with self._lock:
            results = self._results.setdefault(snapshot, {})
            if key in results:
                results[key] = results.pop(key)  # the most recently used goes last
                return results[key]
        made = make()
        with self._lock:
            results.pop(key, None)
            while results and (len(results) >= self._most or self._bytes(made, *results.values()) > MOST_BYTES):
                results.pop(next(iter(results)))
            results[key] = made
        return made

    def _bytes(self, *results: Result) -> int:
        return sum(map(self._size, results))
