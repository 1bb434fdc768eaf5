"""How many states of the copy open tabs hold in memory: each shows one state until its reader asks for the next."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from loop_client.mirror import Snapshot

MOST: Final = 8
"""Older states that tabs may show at a time. One costs about 18 MB for a million items."""

_lock = threading.Lock()
_shown: WeakValueDictionary[int, Snapshot] = WeakValueDictionary()


def show(snapshot: Snapshot) -> None:
    """Note that a tab shows this state; as soon as no tab does, it counts no more."""
    with _lock:
        _shown[snapshot.version] = snapshot


def is_too_old(snapshot: Snapshot, latest: Snapshot) -> bool:
    """Whether so many other old states are shown, all newer than this one, that its tab has to go on to the latest."""
    with _lock:
        newer = {other.change for other in _shown.values() if snapshot.change < other.change < latest.change}
    return len(newer) >= MOST
