"""What the copy needs of a store: rows, the state of the sync, numbered changes, and the lease to write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    import pyarrow as pa

    from loop_client.mirror.errors import StoreError
    from loop_client.mirror.rows import Row
    from loop_client.models import Feedback, Text


class Rows(Protocol):
    """Items by account; an account is named by its number."""

    def known(self, account: int, ids: Sequence[str]) -> dict[str, Row]:
        """The rows that are held of these ids."""

    def newest(self, account: int, count: int) -> list[Row]:
        """The newest rows, without those that the last complete walk of all items did not meet."""

    def hold(
        self, account: int, state: Text, items: Iterable[Feedback], walk: int = 0, at: int | None = None
    ) -> tuple[int, int]:
        """Upsert items; returns (added, visibly changed). Stores `state` with them; None: it stays.

        `walk`: the number of the last complete walk that was begun before they were seen, which was `at` (µs; now).
        """

    def save(self, account: int, state: str, rows: Sequence[Row], gone: Sequence[Row]) -> None:
        """Store rows as they are, and deletions, with the state."""

    def add(self, account: int, item: Feedback, walk: int) -> None:
        """Store an item that no list has shown yet."""

    def unlisted(self, account: int) -> dict[str, int]:
        """The items that were added and that no look at the list has passed yet: id → `created_at`, µs."""

    def listed(self, account: int, ids: Iterable[str]) -> None:
        """Note that a look at the list has passed these."""

    def last_walk(self, account: int) -> int:
        """The highest number of a complete walk that met a row."""

    def unmet(self, account: int, walk: int) -> list[Row]:
        """The rows that were not seen since that complete walk began."""

    def unmet_open(self, account: int, walk: int) -> list[Row]:
        """Those of them that are open as far as is known."""

    def count(self, account: int) -> int:
        """How many items are held."""


class States(Protocol):
    """Accounts, each with the state of its sync as `mirror.state` writes it."""

    def has_accounts(self) -> bool:
        """Whether any account is held."""

    def account(self, name: str) -> tuple[int, str] | None:
        """The number and the sync state of an account; None when it is new here."""

    def new_account(self, name: str, items: Iterable[Feedback]) -> tuple[int, str]:
        """Begin an account, or continue the one that holds one of `items`: another key to the same feedback."""

    def state(self, account: int) -> str:
        """The sync state of an account."""


class Changes(Protocol):
    """Each change of what a page shows has a number, in all accounts together."""

    def change(self) -> int:
        """The number of the last one."""

    def items(self, account: int, after: int = -1) -> pa.Table:
        """The rows that changed after that number, newest first, in the columns of `rows.SHOWN`."""

    def gone(self, account: int, after: int) -> list[tuple[str, int]]:
        """Id and time (µs) of the items that were deleted after that number, and did not come back."""

    def reading(self) -> AbstractContextManager[None]:
        """All of the block's queries see one state of the store."""


class Lease(Protocol):
    """Of several processes one writes; the others show what it stores.

    `writable`: whether this process is the one. `problem`: why it is not, where that is no other process's doing.
    `identity`: of what is open; another one after the store was begun anew. `news`: that a broken one was set aside.
    `path`: where it is on disk; files that go with it stand beside it.
    """

    path: Path
    writable: bool
    problem: StoreError | None
    news: StoreError | None
    identity: tuple[Any, ...]

    def take_lock(self) -> bool:
        """Whether this process is the one that writes; asked again, it may have become it."""

    def follow(self) -> tuple[Any, ...]:
        """Open anew what another process has begun anew; its identity."""

    def is_sound(self) -> bool:
        """Whether nothing is wrong with all that is stored."""

    def set_aside(self) -> None:
        """Keep a broken store under another name, and begin anew."""

    def close(self) -> None:
        """Let go of the store and of the lease."""


class Store(Rows, States, Changes, Lease, Protocol):
    """All of it. A transaction holds rows and the state that belongs to them.

    Every method raises StoreError where the store cannot be used, BrokenStoreError where it is damaged.
    """
