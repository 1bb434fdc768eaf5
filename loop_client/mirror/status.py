"""The status of the sync, updated while it runs."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from loop_client.mirror.snapshot import SyncState

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from loop_client import LoopError, Progress

MOST_REJECTIONS = 100


class SyncStatus:
    """Written by the sync thread. Any thread can read `state`, which is immutable and replaced as a whole."""

    def __init__(self, last_error: LoopError | None = None) -> None:
        """Start before the first attempt. `last_error`: an error while the copy was opened."""
        self.state = SyncState(last_error=last_error)
        self._pages, self._pages_to_recover = 0, 1

    def begin(self) -> None:
        """Note the start of an attempt."""
        self._pages = 0

    def progress(self, progress: Progress) -> None:
        """Note a page, or a continuing pause."""
        self.state = replace(self.state, progress=progress)

    def page_stored(self) -> None:
        """Clear the error once the attempt got further than the failed one.

        Otherwise the error would appear and disappear with each attempt if always the second page failed.
        """
        self._pages += 1
        if self.state.error is not None and self._pages >= self._pages_to_recover:
            self.state = replace(self.state, error=None)

    def count(self, rejections: Iterable[str], retries: int) -> None:
        """Add an attempt's rejected items and retries."""
        last = (*self.state.rejections, *rejections)[-MOST_REJECTIONS:]
        retries += self.state.retries
        self.state = replace(self.state, rejections=tuple(dict.fromkeys(last)), retries=retries)

    def fail(self, error: LoopError) -> None:
        """Note that the attempt failed."""
        self._pages_to_recover = min(self._pages, 1) + 1
        self.state = replace(self.state, error=error, last_error=error, progress=None)

    def note(self, error: LoopError | None) -> None:
        """Note an error that was repaired."""
        self.state = replace(self.state, last_error=error)

    def succeed(self, checked_at: datetime | None, problem: LoopError | None = None) -> None:
        """Note a successful attempt. `checked_at`: when the head was read. `problem`: with the list."""
        self.state = replace(self.state, error=problem, progress=None, checked_at=checked_at)
        if problem is not None:  # reported until an attempt finds none
            self.state, self._pages_to_recover = replace(self.state, last_error=problem), sys.maxsize
