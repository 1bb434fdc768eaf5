"""Connections to the newest of a database's servers: found by its timeline, kept for the next use, cut when they hang.

After a failover an old primary may come back and take connections; its timeline is lower than that of the server that
was promoted. No timeout ends a commit that waits for a standby, and a stopped server answers nothing: what has
taken too long is ended by shutting down its socket.
"""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from adbc_driver_manager import Error, OperationalError

from loop_client.mirror.errors import StoreError
from loop_client.mirror.store.postgres_sockets import CONNECTED_WITHIN, NO_ANSWER, Sockets, handle
from loop_client.mirror.store.postgres_urls import one_by_one, port_of, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

try:
    from adbc_driver_postgresql import dbapi
except ImportError:  # the extra `postgres` is not installed
    dbapi = None

IDLE_AT_MOST: Final = 4
"""Connections that are kept for the next use."""

USED_AT_MOST: Final = 16
"""Connections in use at a time; a server has 100 for all, unless it is told otherwise."""

TIMELINE: Final = "select substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)"
"""Eight hexadecimal digits; a promotion counts them up at once."""


_connecting: Final = threading.Lock()
"""Whoever holds it may open sockets to a database: all that are new then are those of one connection."""


class StaleServerError(OperationalError):  # type: ignore[misc]  # of the driver, which has no types
    """A newer server was promoted: what this one has is old, and what it stores is lost."""

    def __init__(self) -> None:
        """Nothing is known but that."""
        super().__init__("the server is older than another one that was promoted", status_code=0)


class BusyError(OperationalError):  # type: ignore[misc]  # of the driver, which has no types
    """As many connections are in use as may be: nothing is known against the server."""

    def __init__(self) -> None:
        """Nothing is known but that."""
        super().__init__("too many transactions at once", status_code=0)


@dataclass(eq=False)
class Session:
    """A connection in one thread's hands."""

    connection: Any
    cursor: Any
    timeline: str = ""
    socket: socket.socket | None = field(default=None, repr=False)
    is_cut: bool = False
    is_used: bool = True
    is_old: bool = False
    """Whether another connection failed since it was made: its server may have ended it as well."""
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def cut(self) -> None:
        """Make the call that waits for the server raise at once. What it would have done is unknown then."""
        with self.lock:
            if self.is_used:  # not the next transaction of a connection that was just given back
                self.is_cut = True
                if self.socket is not None:
                    with suppress(OSError):
                        self.socket.shutdown(socket.SHUT_RDWR)

    def ended(self) -> bool:
        """From now on nothing cuts it; whether it can be used again."""
        with self.lock:
            self.is_used = False
            return not self.is_cut

    def close(self) -> None:
        """Let go of the connection, in whatever state it is."""
        self.ended()
        for one in (self.cursor, self.connection, self.socket):
            with suppress(Error, OSError):
                if one is not None:
                    one.close()


class Connections:
    """Connections to one database, for all threads of a process. `name`: of the database, without a password."""

    def __init__(self, url: str) -> None:
        """Connect to nothing yet.

        Raises:
            StoreError: The URL is none of PostgreSQL, or its driver is not installed.
        """
        self._urls = one_by_one(url)
        self.name = shown(url)
        if dbapi is None:
            raise StoreError("PostgreSQL needs the extra “postgres”: pip install '.[postgres]'.")
        self._sockets = Sockets({port_of(each) for each in self._urls})
        self._lock = threading.Lock()
        self._roots: dict[str, Any] = {}
        self._current: str | None = None
        self._idle: list[Session] = []
        self._used: set[Session] = set()
        self._failures: list[Error] = []
        self._losses = 0
        self._places = threading.Semaphore(USED_AT_MOST)
        self.newest = ""

    @contextmanager
    def session(self, within: float) -> Iterator[Session]:
        """A connection for one transaction, which is cut after so many seconds.

        The block ends its transaction. Where it raises, the connection is not used again. While too many are in use,
        it waits for one of them, at most as long.
        """
        if not self._places.acquire(timeout=within):
            raise BusyError
        try:
            with self._session(within) as one:
                yield one
        finally:
            self._places.release()

    @contextmanager
    def _session(self, within: float) -> Iterator[Session]:
        one = self._taken()
        timer = threading.Timer(within, one.cut)
        timer.daemon = True
        timer.start()
        try:
            yield one
        except BaseException:
            with self._lock:
                self._used.discard(one)
            one.close()
            raise
        finally:
            timer.cancel()
        with self._lock:
            self._used.discard(one)
            if one.ended() and not one.is_old and len(self._idle) < IDLE_AT_MOST:
                self._idle.append(one)
                return
        one.close()

    def refuse_stale(self, one: Session, timeline: str) -> None:
        """Note the timeline of the server that answered. What still waits for an older one is cut.

        Raises:
            StaleServerError: A newer one has answered before.
        """
        with self._lock:
            one.timeline = timeline
            if timeline < self.newest:
                raise StaleServerError
            old = [each for each in self._used if each.timeline and each.timeline < timeline]
            self.newest = timeline
        for each in old:
            each.cut()

    def lost(self) -> None:
        """Look for the newest server before the next use: the last one does not answer as it should."""
        with self._lock:
            idle, self._idle, self._current = self._idle, [], None
            self._losses += 1
            for one in self._used:
                one.is_old = True
        for one in idle:
            one.close()

    def close(self) -> None:
        """Let go of all connections; the next use connects again."""
        self.lost()
        with self._lock:
            roots, self._roots = self._roots, {}
        for one in roots.values():
            with suppress(Error):
                one.close()

    def _taken(self) -> Session:
        with self._lock:
            failures, losses = self._failures, self._losses
            if self._idle:
                one = self._idle.pop()
                one.is_used = True
                self._used.add(one)
                return one
        with _connecting:
            if failures is not self._failures:  # others tried while this one waited: do not wait for each in turn
                raise self._failures[0]
            one = self._new()
        with self._lock:
            one.is_old = losses != self._losses
            self._used.add(one)
        return one

    def _new(self) -> Session:
        current = self._current
        try:
            return self._found() if current is None else self._connected(current)
        except Error as error:
            self._failures = [error]
            raise

    def _found(self) -> Session:
        """A connection to the server with the highest timeline, of those that take writes."""
        found: list[tuple[str, str, Session]] = []
        errors: list[Error] = []
        for url in self._urls:
            try:
                one = self._connected(url)
            except Error as error:
                errors.append(error)
                continue
            try:
                if len(self._urls) > 1:
                    one.timeline = _timeline(one)
                found.append((one.timeline, url, one))
            except Error as error:
                errors.append(error)
                one.close()
        if not found:
            raise next((error for error in errors if str(error) == NO_ANSWER), errors[0])
        found.sort(key=lambda each: each[0])
        *others, (_, self._current, newest) = found
        for _, _, one in others:
            one.close()
        return newest

    def _connected(self, url: str) -> Session:
        """A new connection to one server: of a clone, as a root connects twice."""
        with self._lock:
            root = self._roots.get(url)
        if root is None:
            with self._sockets.watched():
                root = dbapi.connect(url)
            with self._lock:
                root = self._roots.setdefault(url, root)
        with self._sockets.watched() as before:
            connection = root.adbc_clone()
            new = self._sockets.open().items() - before.items()
        return Session(connection, connection.cursor(), socket=handle(*new.pop()) if len(new) == 1 else None)


def _timeline(one: Session) -> str:
    """The timeline of a connection's server, which is cut where it does not say."""
    timer = threading.Timer(CONNECTED_WITHIN / 2, one.cut)
    timer.daemon = True
    timer.start()
    try:
        one.cursor.execute(TIMELINE)
        found = str(one.cursor.fetchone()[0])
        one.connection.rollback()
    except Error as error:
        if one.is_cut:
            raise OperationalError(NO_ANSWER, status_code=0) from error
        raise
    finally:
        timer.cancel()
    return found
