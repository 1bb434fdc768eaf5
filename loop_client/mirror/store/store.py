"""The protocols of the stores: rows, the state of the sync, numbered changes, the lease to write, and the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    import pyarrow as pa

    from loop_client.mirror.errors import StoreError
    from loop_client.mirror.rows import Row
    from loop_client.mirror.store.drafts import DraftRow, DraftState
    from loop_client.mirror.store.imports import ImportRow, ImportState
    from loop_client.models import Feedback, Text


class Rows(Protocol):
    """Items by account; an account is named by its number."""

    def known(self, account: int, ids: Sequence[str]) -> dict[str, Row]:
        """The stored rows with these ids: id → row."""

    def resolutions(self, account: int, since: int) -> list[tuple[str, int, int, int]]:
        """The rows that were first seen resolved since a time, after they were seen open, in that order.

        Id, creation, last seen open, first seen resolved; all times in µs.
        """

    def newest(self, account: int, count: int) -> list[Row]:
        """The newest rows, without those that the last full scan has not seen."""

    def upsert(
        self, account: int, state: Text, items: Iterable[Feedback], walk: int = 0, at: int | None = None
    ) -> tuple[int, int]:
        """Upsert items; returns (added, visibly changed). Stores `state` with them, unless it is None.

        `walk`: number of the last scan that had started when the items were seen. `at`: when they were seen, µs;
        by default now.
        """

    def save(self, account: int, state: str, rows: Sequence[Row], deleted: Sequence[Row]) -> None:
        """Store rows as they are, and delete others, with the state."""

    def add(self, account: int, item: Feedback, walk: int) -> None:
        """Store a submitted item that no list has shown yet."""

    def unlisted(self, account: int) -> dict[str, int]:
        """The submitted items that no look at the head has covered yet: id → `created_at`, µs."""

    def listed(self, account: int, ids: Iterable[str]) -> None:
        """Note that a look at the head has covered these items."""

    def last_walk(self, account: int) -> int:
        """The highest number of a scan that has seen a row."""

    def unseen(self, account: int, walk: int) -> list[Row]:
        """The rows that were not seen since this scan started."""

    def unseen_open(self, account: int, walk: int) -> list[Row]:
        """The open rows that were not seen since this scan started."""

    def count(self, account: int) -> int:
        """The number of stored items."""

    def forget_person(self, user_id: str) -> int:
        """Delete the items of a person from all accounts, so that no text of theirs is left anywhere; how many."""


class States(Protocol):
    """Accounts, each with the state of its sync as `mirror.state` writes it."""

    def has_accounts(self) -> bool:
        """Whether there is any account."""

    def account(self, name: str) -> tuple[int, str] | None:
        """The number and the sync state of an account; None if it is new."""

    def names(self, account: int) -> list[str]:
        """The names of an account: it has several after another key to the same feedback."""

    def new_account(self, name: str, items: Iterable[Feedback]) -> tuple[int, str]:
        """Create an account, or reuse the one that has one of `items`: the same account with another key."""

    def state(self, account: int) -> str:
        """The sync state of an account."""


class Changes(Protocol):
    """Numbers all visible changes, across all accounts."""

    def change(self) -> int:
        """The number of the last change."""

    def items(self, account: int, after: int = -1) -> pa.Table:
        """The rows that changed after this number, newest first, with the columns `rows.SHOWN`."""

    def deleted(self, account: int, after: int) -> list[tuple[str, int]]:
        """Id and time (µs) of the items that were deleted after this number and not added again."""

    def reading(self) -> AbstractContextManager[None]:
        """All queries in the block see the same state of the store."""


class Lease(Protocol):
    """The lease: of several processes, only one writes, and the others show what it stores.

    `writable`: whether this process has the lease. `problem`: why it cannot, if no other process has it. `identity`:
    changes when the store was created anew. `news`: a damaged store was set aside. `path`: its place on disk, with
    related files beside it; None where there are none.
    """

    @property
    def path(self) -> Path | None:
        """See above."""

    @property
    def writable(self) -> bool:
        """See above."""

    problem: StoreError | None
    news: StoreError | None
    identity: tuple[Any, ...]

    def take_lock(self) -> bool:
        """Try to take the lease, and return whether this process has it; may succeed later."""

    def follow(self) -> tuple[Any, ...]:
        """Reopen the store if another process has created it anew, and return its identity."""

    def is_sound(self) -> bool:
        """Check everything stored; False if it is damaged."""

    def set_aside(self) -> None:
        """Rename a damaged store, and create a new one."""

    def close(self) -> None:
        """Close the store, and release the lease."""


class Drafts(Protocol):
    """The outbox: drafts by token, each change durable before its method returns. Safe for threads and processes.

    It cannot be fetched again, unlike the rest of the store, and outlives it. A bulk draft is a row of an import. Every
    method raises StoreError where the outbox cannot be used; then nothing was changed.
    """

    @property
    def news(self) -> str | None:
        """That it was damaged and what became of it, as a sentence; None where it never was."""

    @property
    def imports(self) -> Imports:
        """The imports in the same files."""

    def add(self, drafts: Sequence[DraftRow]) -> list[DraftRow]:
        """Write drafts down, all or none; what is stored under their tokens: a draft that is there stays as it is."""

    def find(self, token: str) -> DraftRow | None:
        """The draft with that token; None where there is none."""

    def change(self, draft: DraftRow, expected: DraftState, new: DraftRow | None = None) -> bool:
        """Store a draft in place of the one with its token, if that is in the expected state; whether it was.

        `new`: a draft that is written down with it, or not at all.
        """

    def next_waiting(self, accounts: Iterable[str], now: int) -> DraftRow | None:
        """The draft of these accounts to be sent next: a person's before bulk rows, then the oldest.

        Where none may be sent `now` (µs), the one that may be first. Not of an import that is paused or cancelled.
        """

    def in_states(self, states: Iterable[DraftState]) -> list[DraftRow]:
        """The drafts of any account in one of these states, in the order in which they were written down."""

    def pending(self, accounts: Iterable[str], first: int, most: int, owner: str | None = None) -> list[DraftRow]:
        """Drafts for which something is left to do, `most` of them from the place `first` on, counted from 0.

        First those that a person has to decide about, see `undecided`, the newest of them first; then what is being
        sent; then what waits, in the order in which it is sent. Drafts of imports that only wait are not listed.
        `owner`: without the drafts that others own; None for all of them.
        """

    def undecided(self, accounts: Iterable[str], owner: str | None = None) -> int:
        """How many drafts are refused or unknown, or were written for another account than these and are not sent.

        Of those that wait in an import for another account, the import counts as one. `owner`: as of `pending`.
        """

    def last_change(self) -> int:
        """The number of the last change; of another process's after two seconds at most. Usually takes microseconds."""

    def counts(self, owner: str | None = None) -> dict[tuple[str, DraftState], int]:
        """How many drafts each account has in each state; no zeros. `owner`: as of `pending`."""

    def holders(self, item_ids: Iterable[str]) -> list[DraftRow]:
        """The drafts of any account that have become one of these items."""

    def claimed(self, since: int) -> list[str]:
        """The ids of the items that drafts of any account have become and that Loop stored after `since` (µs)."""

    def forget(self, before: int) -> int:
        """Delete the stored and discarded drafts that were last changed before that time (µs); how many."""

    def discard_cancelled(self, now: int, most: int) -> int:
        """Discard at most so many drafts that wait and whose import is cancelled; how many. `now`: µs."""

    def close(self) -> None:
        """Let go of the files; the next use opens them again."""


class Imports(Protocol):
    """The imports in the outbox: by token, each change durable before its method returns, as those of drafts are.

    Every method raises StoreError where the outbox cannot be used; then nothing was changed.
    """

    def begin(self, new: ImportRow, drafts: Sequence[DraftRow], known: Collection[str] | None = None) -> bool:
        """Write an import down with its first drafts, at least one, all or nothing; the others get reserved numbers.

        False where nothing was written: its token is taken; or `known` is given, and there is another import of the
        same content for this account than these tokens name. `drafts`: with the tokens that `ImportRow.token_of` gives
        them.
        """

    def extend(self, token: str, drafts: Sequence[DraftRow]) -> bool:
        """Write further drafts of an import, if it is still being written down; whether it is.

        Drafts that are there stay as they are. Those for which no number is left are not written.
        """

    def find(self, token: str) -> ImportRow | None:
        """The import with that token; None where there is none."""

    def all(self) -> list[ImportRow]:
        """All imports of any account, the oldest first."""

    def of_content(self, digest: str, accounts: Iterable[str]) -> list[ImportRow]:
        """The imports of a file with this content for one of these accounts, the oldest first."""

    def change(self, row: ImportRow, expected: ImportState) -> bool:
        """Store an import in place of the one with its token, if that is in the expected state; whether it was."""

    def counts(self, row: ImportRow) -> dict[DraftState, int]:
        """How many of an import's drafts are in each state; also where there are thousands, in milliseconds."""

    def drafts(self, row: ImportRow) -> dict[int, DraftRow]:
        """All drafts of an import: row → draft."""

    def finished(self, most: int) -> list[int]:
        """When the last drafts of any import got an outcome (µs), rising: of the last changes of drafts, `most`."""


class Store(Rows, States, Changes, Lease, Protocol):
    """The complete store. Each transaction contains rows and the state that belongs to them.

    Every method raises StoreError if the store cannot be used, and BrokenStoreError if it is damaged.
    """
