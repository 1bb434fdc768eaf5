"""The local copy of an account's feedback, which pages read instead of the API."""

from loop_client.mirror.columns import NO_ALIASES, Aliases, shown_tag
from loop_client.mirror.errors import BrokenStoreError, StoreError, UncertainError, UnexpectedListError
from loop_client.mirror.mirror import Mirror, MirrorClosedError
from loop_client.mirror.rows import Row
from loop_client.mirror.schedule import SyncSchedule
from loop_client.mirror.snapshot import Coverage, Resolution, Snapshot, SyncState
from loop_client.mirror.state import SyncReport
from loop_client.mirror.zones import Zone

__all__ = [
    "NO_ALIASES",
    "Aliases",
    "BrokenStoreError",
    "Coverage",
    "Mirror",
    "MirrorClosedError",
    "Resolution",
    "Row",
    "Snapshot",
    "StoreError",
    "SyncReport",
    "SyncSchedule",
    "SyncState",
    "UncertainError",
    "UnexpectedListError",
    "Zone",
    "shown_tag",
]
