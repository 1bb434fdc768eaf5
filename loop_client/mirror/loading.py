"""Builds snapshots from the store: completely at the start, then change by change."""

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


def loaded(store: Store, copies: Copies, account: int, state: State, current: Snapshot) -> Snapshot:
    """The first snapshot after `current`, from the last Arrow copy if it is valid, else from all rows."""
    change, version, zone, aliases = store.change(), current.version, current.zone, current.aliases
    copy = copies.read(state.copy)
    if copy is not None and copy[1] <= change:
        frame, since = columns.aliased(copy[0], aliases) if aliases else copy[0], copy[1]
        snapshot = Snapshot(frame, cube.cells_of(frame, zone), version, Coverage(), since, zone, aliases)
        snapshot = patched(store, account, state, snapshot)
        if len(snapshot.frame) == store.count(account):
            copies.change = since
            return snapshot
    frame = columns.of_table(store.items(account), aliases)
    cells, coverage = cube.cells_of(frame, zone), _coverage(store, account, state, frame)
    return Snapshot(frame, cells, version + 1, coverage, change, zone, aliases)


def patched(store: Store, account: int, state: State, current: Snapshot) -> Snapshot:
    """The snapshot with all changes since; the same object if there are none."""
    change = store.change()
    if change == current.change and current.version:
        coverage = _coverage(store, account, state, current.frame)
        return (
            current
            if coverage == current.coverage
            else replace(current, coverage=coverage, version=current.version + 1)
        )
    rows, deleted = store.items(account, current.change), store.deleted(account, current.change)
    snapshot = current.patched(rows, deleted, current.coverage, change)
    return replace(snapshot, coverage=_coverage(store, account, state, snapshot.frame))


def _coverage(store: Store, account: int, state: State, frame: pd.DataFrame) -> Coverage:
    oldest = moment(int(frame["created_at"].array.asi8[-1])) if len(frame) else None
    return state.coverage(oldest, max(store.unlisted(account).values(), default=None))
