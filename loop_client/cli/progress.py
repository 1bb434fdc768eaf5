"""A line on stderr that shows how far a command is."""

from __future__ import annotations

import sys
import time
from typing import Final

LINE_EVERY: Final = 10.0
"""Seconds between two lines where they are not rewritten, as in a log."""


class Progress:
    """A line on stderr: rewritten on a terminal, else printed now and then."""

    def __init__(self) -> None:
        """Print nothing yet."""
        self._is_terminal = sys.stderr.isatty()
        self._printed_at, self._length = -LINE_EVERY, 0

    def show(self, line: str) -> None:
        """Show the line as it is now."""
        if self._is_terminal:
            print(f"\r{line:<{self._length}}", end="", file=sys.stderr, flush=True)
            self._length = len(line)
        elif time.monotonic() - self._printed_at >= LINE_EVERY:
            self._printed_at = time.monotonic()
            print(line, file=sys.stderr, flush=True)

    def end(self, line: str) -> None:
        """Show the last line."""
        print(f"\r{line:<{self._length}}" if self._is_terminal else line, file=sys.stderr, flush=True)
