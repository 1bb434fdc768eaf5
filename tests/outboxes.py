"""Outboxes that several processes use, in files or in PostgreSQL."""

from __future__ import annotations

from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING, TypeAlias

from loop_client.mirror.store import PostgresDatabase, PostgresDrafts, SqliteDrafts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

AnyDrafts: TypeAlias = SqliteDrafts | PostgresDrafts


@contextmanager
def in_files(folder: Path) -> Iterator[Callable[[], SqliteDrafts]]:
    """A function that opens the outbox of a folder as another process does."""
    with ExitStack() as opened:
        yield lambda: opened.enter_context(closing(SqliteDrafts(folder)))


@contextmanager
def in_database(url: str, lease: Callable[[], int | None] | None = None) -> Iterator[Callable[[], PostgresDrafts]]:
    """A function that opens the outbox of a database as another process does, each with connections of its own."""
    with ExitStack() as opened:
        yield lambda: PostgresDrafts(opened.enter_context(closing(PostgresDatabase(url, "The outbox"))), lease)
