"""Limits the number of old snapshots in memory: a tab shows one snapshot until its reader requests the next."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from loop_client.mirror import Snapshot

MOST: Final = 8
"""Most old snapshots that tabs may show at a time. One takes about 18 MB for a million items."""

_lock = threading.Lock()
_shown: WeakValueDictionary[int, Snapshot] = WeakValueDictionary()


def show(snapshot: Snapshot) -> None:
    """Note that a tab shows this snapshot; it is forgotten as soon as no tab does."""
    with _lock:
        _shown[snapshot.version] = snapshot


def is_too_old(snapshot: Snapshot, latest: Snapshot) -> bool:
    """Whether so many newer old snapshots are shown that this tab has to move to the latest."""
    with _lock:
        newer = {other.change for other in _shown.values() if snapshot.change < other.change < latest.change}
    return len(newer) >= MOST
