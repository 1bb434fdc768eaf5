"""How the sync is doing, noted while it runs."""

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
    """Written by the thread that syncs; any thread reads `state`, which is replaced as a whole."""

    def __init__(self, last_error: LoopError | None = None) -> None:
        """Nothing has been tried. `last_error`: what went wrong while the copy was opened."""
        self.state = SyncState(last_error=last_error)
        self._pages, self._pages_to_recover = 0, 1

    def begin(self) -> None:
        """An attempt begins."""
        self._pages = 0

    def progress(self, progress: Progress) -> None:
        """A page has come, or a pause goes on."""
        self.state = replace(self.state, progress=progress)

    def page_stored(self) -> None:
        """Forget the error once the attempt got further than the one that failed.

        Where the first page works and the second fails each time, the error would come and go with each attempt.
        """
        self._pages += 1
        if self.state.error is not None and self._pages >= self._pages_to_recover:
            self.state = replace(self.state, error=None)

    def count(self, rejections: Iterable[str], retries: int) -> None:
        """Add what an attempt had to set aside and to send again."""
        last = (*self.state.rejections, *rejections)[-MOST_REJECTIONS:]
        retries += self.state.retries
        self.state = replace(self.state, rejections=tuple(dict.fromkeys(last)), retries=retries)

    def fail(self, error: LoopError) -> None:
        """The attempt failed."""
        self._pages_to_recover = min(self._pages, 1) + 1
        self.state = replace(self.state, error=error, last_error=error, progress=None)

    def note(self, error: LoopError | None) -> None:
        """Something went wrong, and is mended."""
        self.state = replace(self.state, last_error=error)

    def succeed(self, checked_at: datetime | None, problem: LoopError | None = None) -> None:
        """The attempt did all that was due. `checked_at`: when the head of the list was seen. `problem`: with it."""
        self.state = replace(self.state, error=problem, progress=None, checked_at=checked_at)
        if problem is not None:  # it stays told until an attempt finds none
            self.state, self._pages_to_recover = replace(self.state, last_error=problem), sys.maxsize
