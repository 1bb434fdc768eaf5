"""The two files of the outbox, which have the same drafts and imports: they cannot be fetched again from anywhere.

A change is committed to the second file first, while the first is locked, and then to the first: what is acknowledged
is in both, and what the second alone holds was never acknowledged. So the first is right wherever it is sound.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

from filelock import FileLock, Timeout

from loop_client.mirror.errors import BrokenStoreError, StoreError
from loop_client.mirror.store.drafts import DraftRow
from loop_client.mirror.store.imports import ImportRow
from loop_client.mirror.store.sqlite_draft_file import NOTHING, WHAT, Content, DraftFile
from loop_client.mirror.store.sqlite_draft_tables import DRAFTS, IMPORTS, R, SealedRow, Table, sealed
from loop_client.mirror.store.sqlite_errors import is_writable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from loop_client.mirror.store.draft_queries import Query

T = TypeVar("T")

Identity: TypeAlias = tuple[int, int] | None
"""Of a file, whatever it is called; None where there is none."""

FIRST, SECOND, LOCK = "outbox.db", "outbox.second.db", "outbox.db.lock"
"""The files in a data folder."""

LOCK_WITHIN: Final = 5.0
"""Seconds to wait for another process to end its change."""

TRIED_EVERY: Final = 0.01
"""Seconds between two attempts to get the lock: a process that writes an import leaves it free for a moment only."""

ASKED_EVERY: Final = 2.0
"""Seconds after which another process's changes are looked for."""

logger = logging.getLogger(__name__)


class DraftPair:
    """`outbox.db` and `outbox.second.db`, which are made with the first draft. Safe for threads and processes.

    `news`: that the outbox was damaged and what became of it, as a sentence; None where it never was.
    """

    def __init__(self, folder: Path) -> None:
        """Open nothing yet."""
        self.news: str | None = None
        self._folder = folder
        self.first, self.second = DraftFile(folder / FIRST), DraftFile(folder / SECOND)
        self.lock = threading.RLock()
        self._file_lock = FileLock(folder / LOCK, mode=0o600, thread_local=False)
        self._compared: tuple[Identity, Identity] | None = None
        self._last_change, self._asked_at = 0, -ASKED_EVERY

    def mended(self, act: Callable[[], T]) -> T:
        """What an action returns; where a file is damaged, after it was restored from the other one."""
        with self.lock:
            try:
                return act()
            except BrokenStoreError:
                with self._locked():
                    self._compare()
                return act()

    def rows(self, query: Query) -> list[tuple[Any, ...]]:
        """What a query finds, unchecked; nothing where there is no outbox. To be called in `mended`."""
        selected, given = query
        with self._reading() as file:
            return file.rows(f"select {selected}", given) if file else []

    def import_rows(self, query: Query) -> list[tuple[Any, ...]]:
        """What a query on the imports finds, unchecked, as `rows` does."""
        with self._reading() as file:
            is_there = file is not None and file.has_imports()
        return self.rows(query) if is_there else []

    def has_owners(self) -> bool:
        """Whether rows have owners. To be called in `mended`."""
        with self._reading() as file:
            return file is not None and file.has_owners

    def drafts(self, condition: str, *given: object) -> list[DraftRow]:
        """The drafts that a condition selects, in its order."""

        def read() -> list[DraftRow]:
            with self._reading() as file:
                return file.drafts(condition, given) if file else []

        return self.mended(read)

    def imports(self, condition: str, *given: object) -> list[ImportRow]:
        """The imports that a condition selects, in its order."""

        def read() -> list[ImportRow]:
            with self._reading() as file:
                return file.imports(condition, given) if file else []

        return self.mended(read)

    def last_change(self) -> int:
        """The number of the last change, see `Drafts.last_change`."""
        is_due = time.monotonic() - self._asked_at >= ASKED_EVERY
        if is_due and self.lock.acquire(blocking=False):  # a writer may wait for another process: no page waits for it
            try:  # nothing changes between the look and its note
                self._asked_at = time.monotonic()
                self._last_change = self.mended(self._highest_change)
            finally:
                self.lock.release()
        return self._last_change

    def _highest_change(self) -> int:
        newest = "coalesce(max(change), 0) from "
        found = [*self.rows((f"{newest}drafts", [])), *self.import_rows((f"{newest}imports", []))]
        return max((int(change) for (change,) in found), default=0)

    def by_token(self, tokens: Iterable[str]) -> dict[str, DraftRow]:
        """The drafts in the first file that have these tokens; in `changing`."""
        found = self.first.drafts("token in (select value from json_each(?))", (json.dumps([*tokens]),))
        return {draft.token: draft for draft in found}

    def next_number(self) -> int:
        """The number of the next draft; in `changing`. Those of an import are never given to another draft."""
        used = [self.first.rows(f"select coalesce(max({name}), 0) from {table}")[0][0] for name, table in NUMBERS]
        return int(max(used)) + 1

    @contextmanager
    def _reading(self) -> Iterator[DraftFile | None]:
        """The first file; None where there is no outbox. Both are compared before the first use of either."""
        files = self._identities()
        if files not in {self._compared, (None, None)} and self._is_writable():
            are_sound = self._are_sound()
            with self._locked():
                self._compare_once(are_sound=are_sound)
        yield self.first if self.first.follow() else None

    @contextmanager
    def changing(self) -> Iterator[list[SealedRow]]:
        """What the block adds to the list is stored in both files, or in none; no other process writes."""
        are_sound = self._identities() != self._compared and self._are_sound()
        with self._locked():
            self._compare_once(are_sound=are_sound)
            self.first.follow(is_made=True)
            self.second.follow(is_made=True)
            self._compared = self._identities()
            changed: list[SealedRow] = []
            with self.first.transaction(), self.second.transaction():  # the last one is committed first
                yield changed
                number = self._highest_change() + 1
                drafts = [row._replace(change=number) for row in changed if isinstance(row, DraftRow)]
                imports = [row._replace(change=number) for row in changed if isinstance(row, ImportRow)]
                with self.first.errors():
                    rows = sealed(DRAFTS, drafts), sealed(IMPORTS, imports)  # once for both files
                for file in (self.second, self.first):
                    file.write_sealed(DRAFTS, rows[0])
                    file.write_sealed(IMPORTS, rows[1])
            self._last_change = number if changed else self._last_change

    def delete(self, table: Table[R], condition: str, *given: object) -> int:
        """Delete rows from both files; how many. In `changing`."""
        count = int(self.first.rows(f"select count(*) from {table.name} where {condition}", given)[0][0])
        for file in (self.second, self.first) if count else ():
            file.execute(f"delete from {table.name} where {condition}", given)
        return count

    def compact(self) -> None:
        """Write both files anew without their free space, which holds what was deleted."""
        with self.lock, self._locked():
            for file in (self.second, self.first):
                file.follow()
                file.execute("vacuum")
                file.rows("pragma wal_checkpoint(truncate)")

    def close(self) -> None:
        """Let go of the files; the next use opens them again."""
        with self.lock:
            self.first.close()
            self.second.close()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """No other process writes in the block."""
        with self.first.errors():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                self._file_lock.acquire(timeout=LOCK_WITHIN, poll_interval=TRIED_EVERY)
            except Timeout:
                raise StoreError("Another process has been changing the outbox for a while. Try again.") from None
        try:
            yield
        finally:
            self._file_lock.release()

    def _is_writable(self) -> bool:
        return self._folder.is_dir() and is_writable(self.first.path) and is_writable(self.second.path)

    def _identities(self) -> tuple[Identity, Identity]:
        return self.first.identity(), self.second.identity()

    def _are_sound(self) -> bool:
        """Whether neither file is damaged. Without the lock, for it takes seconds where there are many drafts."""
        return self.first.is_sound() and self.second.is_sound()

    def _compare_once(self, *, are_sound: bool) -> None:
        """Compare the files unless that was done. `are_sound`: neither is damaged, as was just seen. With the lock."""
        files = self._identities()
        if files == self._compared:
            return
        with suppress(BrokenStoreError):
            if are_sound and self.first.summary() == self.second.summary() and files == self._identities():
                self._compared = files
                return
        self._compare()

    def _compare(self) -> None:
        """Make both files have the same rows; what is damaged, or an older copy, is set aside. With the lock."""
        first, second = self.first.content(), self.second.content()
        if not first.is_there and second.is_sound and not second.drafts:
            return
        is_gone = not first.is_there
        is_old = first.is_sound and second.is_sound and second.change > first.change + 1
        if first.is_sound and not is_old and not is_gone:
            right, restored = first, ""
        elif second.is_sound and second.is_there:
            right, restored = second, "it is restored from its second copy."
        else:
            right, restored = _newest(first, second), "what could still be read of it is kept."
        wrong = "gone" if is_gone else "older than its second copy" if is_old else "damaged"
        news = f"{WHAT} was {wrong}: {restored}" if restored else ""
        if restored and not is_gone:
            news += f" The {'older' if is_old else 'damaged'} file is now {self.first.set_aside().name}."
            first = NOTHING
        if not second.is_sound:
            self.second.set_aside()
            second = NOTHING
        for file, content in ((self.second, second), (self.first, first)):
            _replace(file, content, right)
        if news:
            self.news = news
            logger.warning("%s", news)
        self._compared = self._identities()


NUMBERS: Final = (("number", "drafts"), ("last", "imports"))
"""Columns with numbers that drafts have or had."""


def _newest(first: Content, second: Content) -> Content:
    """Of two damaged files, each row as it was last."""
    drafts, imports = _latest(first.drafts, second.drafts), _latest(first.imports, second.imports)
    return first._replace(drafts=drafts, imports=imports)


def _latest(first: dict[str, R], second: dict[str, R]) -> dict[str, R]:
    rows = dict(second)
    for token, row in first.items():
        if token not in rows or rows[token].change <= row.change:
            rows[token] = row
    return rows


def _replace(file: DraftFile, present: Content, right: Content) -> None:
    """Replace the rows of a file by the right ones."""
    file.follow(is_made=True)
    if (present.drafts, present.imports) == (right.drafts, right.imports):
        return
    with file.transaction():
        _write_differences(file, DRAFTS, present.drafts, right.drafts)
        _write_differences(file, IMPORTS, present.imports, right.imports)


def _write_differences(file: DraftFile, table: Table[R], present: dict[str, R], right: dict[str, R]) -> None:
    for token in present.keys() - right.keys():
        file.execute(f"delete from {table.name} where token = ?", (token,))
    file.write(table, [row for token, row in right.items() if present.get(token) != row])
