"""The errors of the mirror."""

from __future__ import annotations

from loop_client.errors import LoopError


class StoreError(LoopError):
    """The copy cannot be read or written; the text has the reason, and what to do."""


class UncertainError(StoreError):
    """The database did not confirm a change: it is stored, or it is not. Making it again is safe."""


class UnexpectedListError(LoopError):
    """The list of items is not the one seen before: another account's, empty, or reset to an earlier time."""


class BrokenStoreError(StoreError):
    """The file is not a database, or a damaged one."""
