"""The local copy of an account's feedback, which pages read instead of the API."""

from loop_client.mirror.snapshot import Coverage, Snapshot, SyncState
from loop_client.mirror.sync import Mirror, MirrorClosedError

__all__ = ["Coverage", "Mirror", "MirrorClosedError", "Snapshot", "SyncState"]
