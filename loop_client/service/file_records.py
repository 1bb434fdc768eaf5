"""Short lists in files of their own beside the mirror.

The mirror can be fetched again and may be deleted at any time; what people wrote cannot, so it is stored twice. Several
processes may read and write it; a file lock serializes changes.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Generic

from filelock import FileLock

from loop_client.mirror import BrokenStoreError, StoreError
from loop_client.mirror.store import is_writable
from loop_client.service.record_file import RecordFile
from loop_client.service.record_list import Record

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from loop_client.service.record_file import FileKind
    from loop_client.service.record_list import T

LOCK_WITHIN: Final = 5.0
"""Seconds to wait for another process to finish its change."""

TICK: Final = 0.05
"""Seconds after which another change gives a file another time, with room to spare."""


class FileRecords(Generic[Record]):
    """A `RecordList` in a file."""

    def __init__(self, path: Path, kind: FileKind[Record]) -> None:
        """`path`: the file, which is created when the first record is stored."""
        self._path, self._file, self._is_tended = path, RecordFile(path, kind), False
        self._lock, self._file_lock = threading.RLock(), FileLock(f"{path}.lock", mode=0o600, thread_local=False)
        self._state: object = None
        self._since = 0.0
        self._cached: tuple[Record, ...] | None = None

    @property
    def news(self) -> str | None:
        """A sentence about the repair of a damaged file; None if there was none."""
        return self._file.news

    def all(self) -> tuple[Record, ...]:
        """All records; read again once a file has changed, which takes about 0.4 ms for a few of them."""
        with self._lock, self._file.errors():
            state, now = self._file.state(), time.monotonic()
            if state != self._state:
                self._state, self._since, self._cached = state, now, None
            if self._cached is not None:
                return self._cached
            records, is_tended = self._read()
            if is_tended and now - self._since > TICK:  # a change within the tick could leave the same state
                self._cached = records
            return records

    def _read(self) -> tuple[tuple[Record, ...], bool]:
        """All records, and whether there is nothing to repair in their files."""
        try:
            records, is_sound = self._file.read()
        except BrokenStoreError:
            return self._tended(), False
        if (records and not self._is_tended) or not is_sound:
            with suppress(StoreError):  # in a read-only folder they can only be read
                return self._tended(), False
            return records, False
        return records, True

    def changed(self, act: Callable[[list[Record]], T]) -> T:
        """What a function returns that changes the list of the records, under the file lock."""
        with self._file.errors(), self._lock:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._file_lock.acquire(timeout=LOCK_WITHIN):
                records, is_sound = self._file.read_or_restore()
                changed = [*records]
                result = act(changed)
                if tuple(changed) != records or not is_sound or self._file.read_second() != records:
                    self._file.write(changed, is_change=tuple(changed) != records)
                self._is_tended = True
        return result

    def _tended(self) -> tuple[Record, ...]:
        """The records, after both copies were compared and a damaged one was repaired."""
        try:
            return self.changed(tuple)
        except StoreError:
            second = None if is_writable(self._path) else self._file.read_second()
            if second is None:
                raise
            return second
