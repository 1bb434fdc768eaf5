"""Deletes the copy of the feedback from a database, or a person from it, while nobody else writes there."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from loop_client.mirror.errors import StoreError
from loop_client.mirror.purging import IN_USE, PurgedPerson
from loop_client.mirror.store import Lease, PostgresDrafts, PostgresStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loop_client.mirror.store import PostgresDatabase, Transaction

COPY: Final = ("delete from items", "delete from tombstones", "delete from unlisted", "delete from accounts")
OUTBOX: Final = ("delete from drafts", "delete from imports")
"""Not `truncate`, which would show in views that began before."""


@contextmanager
def leased(database: PostgresDatabase) -> Iterator[Lease]:
    """The lease for the block.

    Raises:
        StoreError: Another process has it, or the database cannot be used.
    """
    lease = Lease(database)
    try:
        if not lease.take():
            raise StoreError(IN_USE.format(f"the database at {database.name}"))
        yield lease
    finally:
        lease.close()


def purge(database: PostgresDatabase, *, outbox: bool = False) -> tuple[int, int]:
    """Delete the items and how far they were read, and return how many items and drafts were deleted.

    `outbox`: also delete drafts and imports. Raises StoreError while another process has the lease.
    """
    deleted = [0, 0]

    def delete(transaction: Transaction) -> None:
        items = transaction.number("select count(*) from items")
        deleted[0] = max(deleted[0], items)  # a second attempt finds none
        for statement in COPY:
            transaction.rows(statement)
        if outbox:
            deleted[1] = max(deleted[1], transaction.number("select count(*) from drafts"))
            for statement in OUTBOX:
                transaction.rows(statement)
        new = "update store set identity = $1, change = change + 1, drafts = drafts + 1"
        transaction.rows(new, (uuid4().hex,))

    with leased(database) as lease:
        lease.write(delete)
    return deleted[0], deleted[1]


def purge_person(database: PostgresDatabase, user_id: str) -> PurgedPerson:
    """Delete all that copy and outbox have of a person. Raises StoreError as `purge` does."""
    with leased(database) as lease:
        store, drafts = PostgresStore(database, lease), PostgresDrafts(database, lambda: lease.number)
        return PurgedPerson(store.forget_person(user_id), drafts.forget_person(user_id))
