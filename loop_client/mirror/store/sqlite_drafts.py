"""The outbox over SQLite: two files that hold the same drafts, because nobody else can tell them again.

A change is committed to the second file first, while the first is locked, and then to the first: what is acknowledged
is in both, and what the second alone holds was never acknowledged. So the first is right wherever it is sound.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

from filelock import FileLock, Timeout

from loop_client.mirror.errors import BrokenStoreError, StoreError
from loop_client.mirror.store import sqlite_draft_queries
from loop_client.mirror.store.drafts import SETTLED, DraftRow, DraftState
from loop_client.mirror.store.sqlite_draft_file import WHAT, Content, DraftFile
from loop_client.mirror.store.sqlite_errors import is_writable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

T = TypeVar("T")

Identity: TypeAlias = tuple[int, int] | None
"""Of a file, whatever it is called; None where there is none."""

FIRST, SECOND, LOCK = "outbox.db", "outbox.second.db", "outbox.db.lock"
"""The files in a data folder."""

LOCK_WITHIN: Final = 5.0
"""Seconds to wait for another process to end its change."""

ASKED_EVERY: Final = 2.0
"""Seconds after which another process's changes are looked for."""

LATER_AT_MOST: Final = 3600_000_000
"""µs by which a draft is put off at most; more, and a clock was wrong."""

logger = logging.getLogger(__name__)


class SqliteDrafts:
    """`Drafts` in `outbox.db` and `outbox.second.db`, which are made with the first draft. Any process may write."""

    def __init__(self, folder: Path) -> None:
        """Open nothing yet."""
        self.news: str | None = None
        self._folder = folder
        self._first, self._second = DraftFile(folder / FIRST), DraftFile(folder / SECOND)
        self._lock = threading.RLock()
        self._file_lock = FileLock(folder / LOCK, mode=0o600, thread_local=False)
        self._compared: tuple[Identity, Identity] | None = None
        self._last_change, self._asked_at = 0, -ASKED_EVERY

    def add(self, drafts: Sequence[DraftRow]) -> list[DraftRow]:
        """See `Drafts`."""
        return self._mended(lambda: self._add(drafts))

    def _add(self, drafts: Sequence[DraftRow]) -> list[DraftRow]:
        with self._changing() as changed:
            stored = self._by_token(draft.token for draft in drafts)
            number = self._highest("number")
            for draft in drafts:
                if draft.token not in stored:
                    number += 1
                    stored[draft.token] = draft._replace(number=number)
                    changed.append(stored[draft.token])
        return [stored[draft.token] for draft in drafts]

    def change(self, draft: DraftRow, expected: DraftState, new: DraftRow | None = None) -> bool:
        """See `Drafts`."""
        return self._mended(lambda: self._change(draft, expected, new))

    def _change(self, draft: DraftRow, expected: DraftState, new: DraftRow | None) -> bool:
        with self._changing() as changed:
            found = self._by_token([draft.token]).get(draft.token)
            if found is None or found.state != expected:
                return False
            changed.append(draft._replace(number=found.number))
            if new is not None:
                changed.append(new._replace(number=self._highest("number") + 1))
        return True

    def find(self, token: str) -> DraftRow | None:
        """See `Drafts`."""
        return next(iter(self._read("token = ?", token)), None)

    def next_waiting(self, accounts: Iterable[str], now: int) -> DraftRow | None:
        """See `Drafts`."""
        waiting, latest = f"account = ? and state = '{DraftState.WAITING}'", now + LATER_AT_MOST
        due = f"{waiting} and (not_before <= ? or not_before > ?) order by is_bulk, number limit 1"
        names = [*accounts]
        found = [draft for name in names for draft in self._read(due, name, now, latest)]
        if found:
            return min(found, key=lambda draft: (draft.is_bulk, draft.number))
        first = f"{waiting} order by not_before, number limit 1"
        later = [draft for name in names for draft in self._read(first, name)]
        return min(later, key=lambda draft: draft.not_before, default=None)

    def in_states(self, states: Iterable[DraftState]) -> list[DraftRow]:
        """See `Drafts`."""
        return self._read("state in (select value from json_each(?)) order by number", json.dumps([*states]))

    def pending(self, accounts: Iterable[str], first: int, most: int) -> list[DraftRow]:
        """See `Drafts`."""

        def read() -> list[DraftRow]:
            numbers = [number for (number,) in self._rows(sqlite_draft_queries.pending(accounts, first, most))]
            found = self._read("number in (select value from json_each(?))", json.dumps(numbers)) if numbers else []
            return sorted(found, key=lambda draft: numbers.index(draft.number))

        return self._mended(read)

    def undecided(self, accounts: Iterable[str]) -> int:
        """See `Drafts`."""
        return sum(count for (count,) in self._mended(lambda: self._rows(sqlite_draft_queries.undecided(accounts))))

    def last_change(self) -> int:
        """See `Drafts`."""
        is_due = time.monotonic() - self._asked_at >= ASKED_EVERY
        if is_due and self._lock.acquire(blocking=False):  # a writer may wait for another process: no page waits for it
            try:  # nothing changes between the look and its note
                self._asked_at = time.monotonic()
                found = self._mended(lambda: self._rows(("coalesce(max(change), 0) from drafts", [])))
                self._last_change = sum(change for (change,) in found)
            finally:
                self._lock.release()
        return self._last_change

    def counts(self) -> dict[tuple[str, DraftState], int]:
        """See `Drafts`."""
        counted = "account, state, count(*) from drafts group by account, state"
        known = {*DraftState}
        found = self._mended(lambda: self._rows((counted, [])))
        return {(account, DraftState(state)): count for account, state, count in found if state in known}

    def holders(self, item_ids: Iterable[str]) -> list[DraftRow]:
        """See `Drafts`."""
        ids = json.dumps([*item_ids])
        return self._read("item_id in (select value from json_each(?)) order by number", ids)

    def claimed(self, since: int) -> list[str]:
        """See `Drafts`."""
        found = self._read("item_created > ? order by item_created", since)
        return [draft.item_id for draft in found if draft.item_id is not None]

    def forget(self, before: int) -> int:
        """See `Drafts`."""
        settled = ", ".join(f"'{state}'" for state in SETTLED)
        old = f"state in ({settled}) and changed < ?"
        if not self._read(f"{old} limit 1", before):
            return 0
        return self._mended(lambda: self._forget(old, before))

    def _forget(self, old: str, before: int) -> int:
        with self._changing():
            count = int(self._first.rows(f"select count(*) from drafts where {old}", (before,))[0][0])
            for file in (self._second, self._first):
                file.execute(f"delete from drafts where {old}", (before,))
        return count

    def close(self) -> None:
        """See `Drafts`."""
        with self._lock:
            self._first.close()
            self._second.close()

    def _mended(self, act: Callable[[], T]) -> T:
        """What an action returns; where a file is damaged, after it was restored from the other one."""
        with self._lock:
            try:
                return act()
            except BrokenStoreError:
                with self._locked():
                    self._compare()
                return act()

    def _rows(self, query: sqlite_draft_queries.Query) -> list[tuple[Any, ...]]:
        selected, given = query
        with self._reading() as file:
            return file.rows(f"select {selected}", given) if file else []

    def _read(self, condition: str, *given: object) -> list[DraftRow]:
        def read() -> list[DraftRow]:
            with self._reading() as file:
                return file.drafts(condition, given) if file else []

        return self._mended(read)

    @contextmanager
    def _reading(self) -> Iterator[DraftFile | None]:
        """The first file; None where there is no outbox. Both are compared before the first use of either."""
        files = self._identities()
        if files not in {self._compared, (None, None)} and self._is_writable():
            with self._locked():
                self._compare()
        yield self._first if self._first.follow() else None

    @contextmanager
    def _changing(self) -> Iterator[list[DraftRow]]:
        """What the block adds to the list is stored in both files, or in none; no other process writes."""
        with self._locked():
            if self._identities() != self._compared:
                self._compare()
            self._first.follow(is_made=True)
            self._second.follow(is_made=True)
            self._compared = self._identities()
            changed: list[DraftRow] = []
            with self._first.transaction(), self._second.transaction():  # the last one is committed first
                yield changed
                number = self._highest("change") + 1
                drafts = [draft._replace(change=number) for draft in changed]
                for file in (self._second, self._first):
                    file.write(drafts)
            self._last_change = number if drafts else self._last_change

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """No other process writes in the block."""
        with self._first.errors():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                self._file_lock.acquire(timeout=LOCK_WITHIN)
            except Timeout:
                raise StoreError("Another process has been changing the outbox for a while. Try again.") from None
        try:
            yield
        finally:
            self._file_lock.release()

    def _is_writable(self) -> bool:
        return self._folder.is_dir() and is_writable(self._first.path) and is_writable(self._second.path)

    def _identities(self) -> tuple[Identity, Identity]:
        return self._first.identity(), self._second.identity()

    def _by_token(self, tokens: Iterable[str]) -> dict[str, DraftRow]:
        """The drafts in the first file that have these tokens."""
        found = self._first.drafts("token in (select value from json_each(?))", (json.dumps([*tokens]),))
        return {draft.token: draft for draft in found}

    def _highest(self, name: str) -> int:
        return int(self._first.rows(f"select coalesce(max({name}), 0) from drafts")[0][0])

    def _compare(self) -> None:
        """Make both files hold the same; what is damaged, or an older copy, is set aside. With the lock."""
        first, second = self._first.content(), self._second.content()
        if not first.is_there and second.is_sound and not second.drafts:
            return
        is_gone = not first.is_there
        is_old = first.is_sound and second.is_sound and second.change > first.change + 1
        if first.is_sound and not is_old and not is_gone:
            drafts, restored = first.drafts, ""
        elif second.is_sound and second.is_there:
            drafts, restored = second.drafts, "it is restored from its second copy."
        else:
            drafts, restored = _newest(first, second), "what could still be read of it is kept."
        wrong = "gone" if is_gone else "older than its second copy" if is_old else "damaged"
        told = f"{WHAT} was {wrong}: {restored}" if restored else ""
        if restored and not is_gone:
            told += f" The {'older' if is_old else 'damaged'} file is now {self._first.set_aside().name}."
            first = Content({}, is_sound=True, is_there=False)
        if not second.is_sound:
            self._second.set_aside()
            second = Content({}, is_sound=True, is_there=False)
        _hold(self._second, second.drafts, drafts)
        _hold(self._first, first.drafts, drafts)
        if told:
            self.news = told
            logger.warning("%s", told)
        self._compared = self._identities()


def _newest(first: Content, second: Content) -> dict[str, DraftRow]:
    """Of two damaged files, each draft as it was last."""
    drafts = dict(second.drafts)
    for token, draft in first.drafts.items():
        if token not in drafts or drafts[token].change <= draft.change:
            drafts[token] = draft
    return drafts


def _hold(file: DraftFile, held: dict[str, DraftRow], drafts: dict[str, DraftRow]) -> None:
    """Make a file that holds some drafts hold these."""
    file.follow(is_made=True)
    gone, new = held.keys() - drafts.keys(), [draft for token, draft in drafts.items() if held.get(token) != draft]
    if gone or new:
        with file.transaction():
            for token in gone:
                file.execute("delete from drafts where token = ?", (token,))
            file.write(new)
