"""The snapshot of what is stored: read as a whole at the start, and then change by change."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from loop_client.mirror import columns, cube
from loop_client.mirror.snapshot import Coverage, Snapshot
from loop_client.mirror.state import moment

if TYPE_CHECKING:
    import pandas as pd

    from loop_client.mirror.arrow_copy import Copies
    from loop_client.mirror.state import State
    from loop_client.mirror.store import Store


def loaded(store: Store, copies: Copies, account: int, state: State, held: Snapshot) -> Snapshot:
    """The snapshot that follows `held`, from the last Arrow copy where that is good, else from all rows."""
    change, version, zone = store.change(), held.version, held.zone
    copy = copies.read(state.copy)
    if copy is not None and copy[1] <= change:
        frame, since = copy
        snapshot = Snapshot(frame, cube.cells_of(frame, zone), version, Coverage(), since, zone)
        snapshot = patched(store, account, state, snapshot)
        if len(snapshot.frame) == store.count(account):
            copies.change = since
            return snapshot
    frame = columns.of_table(store.items(account))
    return Snapshot(
        frame, cube.cells_of(frame, zone), version + 1, _coverage(store, account, state, frame), change, zone
    )


def patched(store: Store, account: int, state: State, held: Snapshot) -> Snapshot:
    """The snapshot with what changed since; the same one where nothing did."""
    change = store.change()
    if change == held.change and held.version:
        coverage = _coverage(store, account, state, held.frame)
        return held if coverage == held.coverage else replace(held, coverage=coverage, version=held.version + 1)
    rows, gone = store.items(account, held.change), store.gone(account, held.change)
    snapshot = held.patched(rows, gone, held.coverage, change)
    return replace(snapshot, coverage=_coverage(store, account, state, snapshot.frame))


def _coverage(store: Store, account: int, state: State, frame: pd.DataFrame) -> Coverage:
    oldest = moment(int(frame["created_at"].array.asi8[-1])) if len(frame) else None
    return state.coverage(oldest, max(store.unlisted(account).values(), default=None))
