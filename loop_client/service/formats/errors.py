"""The refusal of a file."""

from __future__ import annotations

from loop_client import LoopError


class ImportRefusedError(LoopError):
    """The file cannot be read, or must not be imported; the text says why, and what would help."""
