"""Outboxes that several processes use, in files or in PostgreSQL."""

from __future__ import annotations

import threading
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from adbc_driver_manager import OperationalError

from loop_client.mirror.store import PostgresDatabase, PostgresDrafts, SqliteDrafts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from loop_client.mirror.store.postgres_connections import Session

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


class Cuts:
    """Cuts transactions of a database that write, at their commits.

    `fault`: called at each commit. "before": nothing is stored. "after": it is stored, and the answer is lost. "late":
    the same, but it is stored a moment later, as where the server hangs. "": nothing happens.
    """

    LATER: Final = 0.1
    """Seconds."""

    def __init__(self, database: PostgresDatabase) -> None:
        """Cut nothing yet."""
        self.fault: Callable[[], str] = lambda: ""
        self.meanwhile: Callable[[], object] = lambda: None
        """Called after a commit was stored, and before it is known that its answer is lost."""
        self._writing = threading.local()
        self._database = database
        self._session, self._write = database._connections.session, database.write  # noqa: SLF001 - below is the driver
        database._connections.session = self._cut  # type: ignore[method-assign] # noqa: SLF001 - the same
        database.write = self._noted  # type: ignore[method-assign,assignment]

    def end(self) -> None:
        """Leave the database as it was."""
        self._database._connections.session = self._session  # type: ignore[method-assign] # noqa: SLF001 - the same
        self._database.write = self._write  # type: ignore[method-assign]

    def _noted(self, *given: Any) -> Any:  # noqa: ANN401 - passed on
        self._writing.now = True
        try:
            return self._write(*given)
        finally:
            self._writing.now = False

    @contextmanager
    def _cut(self, within: float) -> Iterator[Session]:
        with self._session(within) as session:
            connection = session.connection
            if getattr(self._writing, "now", False):
                session.connection = _Cut(session, self)
            yield session
            session.connection = connection


class _Cut:
    """A connection whose commit may be cut."""

    def __init__(self, session: Session, cuts: Cuts) -> None:
        self._session, self._cuts, self._real, self._cursor = session, cuts, session.connection, session.cursor

    def commit(self) -> None:
        """Commit, or not, and raise where the answer is lost."""
        fault = self._cuts.fault()
        if fault == "late":
            self._session.cursor = None
            threading.Timer(Cuts.LATER, self._commit_late).start()
        elif fault != "before":
            self._real.commit()
        if fault == "after":
            self._cuts.meanwhile()
        if fault:
            raise OperationalError("the connection is lost", status_code=0)

    def close(self) -> None:
        """Close it, unless it is closed later."""
        if self._session.cursor is not None:
            self._real.close()

    def _commit_late(self) -> None:
        self._real.commit()
        self._cursor.close()
        self._real.close()
