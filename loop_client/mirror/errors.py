"""What can go wrong with the copy."""

from __future__ import annotations

from loop_client.errors import LoopError


class StoreError(LoopError):
    """The copy cannot be read or written; the text says why, and what to do."""


class UnexpectedListError(LoopError):
    """The list of items is not the one that was seen before: another account's, empty, or set back in time."""


class BrokenStoreError(StoreError):
    """The file is no database, or a damaged one."""
