"""Transactions in PostgreSQL: written again until they are certain, in one order, and only by whoever may write."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

import pyarrow as pa
from adbc_driver_manager import Error, OperationalError

from loop_client.mirror.checked import BOUNDS, checked
from loop_client.mirror.errors import StoreError, UncertainError
from loop_client.mirror.store.postgres_connections import TIMELINE, BusyError, Connections
from loop_client.mirror.store.postgres_errors import ANSWERED, MISSING, NEWER, OLDER, SLOW, may_pass, said, state
from loop_client.mirror.store.postgres_schema import VERSION, create
from loop_client.mirror.store.postgres_sockets import NO_ANSWER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from loop_client.mirror.store.postgres_connections import Session

T = TypeVar("T")

ENDED_WITHIN: Final = 4.0
"""Seconds after which a transaction is cut: its server hangs, or waits for a standby."""

VIEWED_WITHIN: Final = 60.0
"""The same of a block that reads: a million rows take some."""

TRIED_FOR: Final = 12.0
"""Seconds for which a transaction that writes is tried again."""

READ_TIMES: Final = 4
"""Attempts of a transaction that only reads: the server may have ended its connection, and the next one as well."""

TRIED_EVERY: Final = 0.2
"""Seconds between two attempts."""

DOWN_FOR: Final = 2.0
"""Seconds after a failure in which readers do not try: pages would wait for a server that is gone."""

ONE_FOR: Final = 10.0
"""Seconds after that in which the first reader tries and the others do not, unless it is done sooner."""

VIEW: Final = "repeatable read, read only"

BEGIN: Final = f"""select set_config('search_path', 'loop', true), set_config('lock_timeout', '1000', true),
    set_config('statement_timeout', $1, true), set_config('idle_in_transaction_session_timeout', '10000', true),
    ({TIMELINE})"""
"""A transaction that nobody ends is ended by the server, and lets go of its locks."""

HELD: Final = "update store set writes = writes + 1, timeline = $1 where version = $2"
"""Begins each transaction that writes. It locks the one row of `store`, so that transactions are stored one after the
other, in the order of their numbers; and it writes, so that a commit waits for the standby: one that only finds what an
earlier attempt has stored would be acknowledged while the standby does not have it yet."""

LEASED: Final = f"{HELD} and lease = $3"
"""The same for whoever has the lease, if they still have it."""


class LeaseLostError(StoreError):
    """Another process writes by now: nothing was stored."""


class _UnconfirmedError(OperationalError):  # type: ignore[misc]  # of the driver, which has no types
    """A commit raised: it is stored, or it is not."""


class Transaction:
    """Statements that are stored together, or a view of one state. Parameters are `$1`, `$2` and so on."""

    def __init__(self, session: Session) -> None:
        """`session`: in a transaction."""
        self._cursor, self.timeline = session.cursor, session.timeline

    def table(self, sql: str, given: Sequence[Any] = (), schema: pa.Schema = None) -> pa.Table:
        """What a statement returns, as an Arrow table. `schema`: the required types."""
        self._cursor.execute(sql, tuple(given) or None)
        found = self._cursor.fetch_arrow_table()  # of any statement: some errors come with the fetch
        return found if schema is None else checked(found, schema, BOUNDS)

    def rows(self, sql: str, given: Sequence[Any] = (), schema: pa.Schema = None) -> list[tuple[Any, ...]]:
        """What a statement returns, as rows; none of one that returns nothing."""
        columns = [column.to_pylist() for column in self.table(sql, given, schema).columns]
        return list(zip(*columns, strict=True))

    def number(self, sql: str, given: Sequence[Any] = ()) -> int:
        """The single number that a statement returns."""
        ((found,),) = self.rows(sql, given)
        return int(found)


class PostgresDatabase:
    """One database for all threads of a process; its tables are in the schema `loop`, and are created if need be.

    It connects when it is first used.

    Each method raises StoreError, with a sentence, where the database cannot be used. Whether a transaction that was
    cut is stored cannot be known, so `write` does it again: what it is given must have the same result twice.
    """

    def __init__(self, url: str, what: str) -> None:
        """Connect to nothing yet. `what`: "The feedback", for sentences.

        Raises:
            StoreError: The URL is none of PostgreSQL, or its driver is not installed.
        """
        self._connections, self._what = Connections(url), what
        self._failed: tuple[float, StoreError] | None = None
        self._succeeded = 0.0
        self._closed, self._is_created = threading.Event(), False

    @property
    def name(self) -> str:
        """The hosts and the name of the database, for sentences."""
        return self._connections.name

    def read(self, act: Callable[[Transaction], T]) -> T:
        """What a function returns that reads one state of the database. It is not tried for long."""
        self._look()
        with self._noted():
            return self._tried(lambda within: self._once(act, within, VIEW), 0.0, READ_TIMES)

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """All statements of the block see the same state of the database."""
        self._look()
        with self._errors(), ExitStack() as block:

            def begin(_: float) -> Transaction:
                return block.enter_context(self._begun(VIEWED_WITHIN, VIEW))

            with self._noted():
                transaction = self._tried(begin, 0.0, READ_TIMES)
            yield transaction

    def write(self, act: Callable[[Transaction], T], lease: int | None = None, tried_for: float = TRIED_FOR) -> T:
        """What a function returns whose statements are stored together. `lease`: only while it is this one.

        `tried_for`: seconds, until which it is written again where it is not certain.

        Raises:
            LeaseLostError: It is another one by now.
            UncertainError: It was tried for that long, and may be stored.
        """
        self._prepare(tried_for)

        def once(within: float) -> T:
            return self._once(lambda transaction: self._held(transaction, act, lease), within)

        return self._tried(once, tried_for)

    def close(self) -> None:
        """Let go of all connections, and try nothing again."""
        self._closed.set()
        self._connections.close()

    def _look(self) -> None:
        """Raise the last error if it is so new that readers need not try, or while another one tries."""
        if (failed := self._failed) is not None:
            if time.monotonic() < failed[0]:
                raise failed[1]
            self._failed = time.monotonic() + ONE_FOR, failed[1]
        with self._noted():
            self._prepare(0.0, READ_TIMES)

    @contextmanager
    def _noted(self) -> Iterator[None]:
        """Let readers know where there is no server to read from. What only writers wait for does not concern them."""
        begun = time.monotonic()
        try:
            yield
        except StoreError as error:
            is_gone = may_pass(error.__cause__) and not state(error.__cause__).startswith(ANSWERED)
            is_gone = is_gone and not isinstance(error.__cause__, BusyError)
            is_gone = is_gone and self._succeeded < begun  # nobody else got through meanwhile
            self._failed = (time.monotonic() + DOWN_FOR, error) if is_gone else None
            raise

    def _prepare(self, tried_for: float, times: int | None = None) -> None:
        if not self._is_created:
            self._tried(lambda within: self._once(create, within), tried_for, times)
            self._is_created = True

    def _tried(self, once: Callable[[float], T], tried_for: float, times: int | None = None) -> T:
        """What an attempt returns, the first one that is certain. `once`: is given the seconds that it may take.

        It is tried for so many seconds, and at least so many times, as long as the server answers: twice, unless it is
        to be tried once.
        """
        until, within, is_uncertain = time.monotonic() + tried_for, ENDED_WITHIN, False
        left = times or (2 if tried_for else 1)
        while True:
            left -= 1
            try:
                with self._errors():
                    return once(within)
            except StoreError as error:
                cause = error.__cause__
                is_uncertain |= isinstance(cause, _UnconfirmedError)
                is_slow = state(cause) == SLOW
                is_over = time.monotonic() >= until and (left <= 0 or is_slow or str(cause) == NO_ANSWER)
                if is_slow and within < VIEWED_WITHIN and (tried_for or times):
                    within = VIEWED_WITHIN  # the server is there: it had too much to do for that time
                elif is_over or not may_pass(cause) or self._closed.is_set():
                    raise (UncertainError(str(error)) if is_uncertain else error) from cause
                self._closed.wait(TRIED_EVERY)

    def _once(self, act: Callable[[Transaction], T], within: float, isolation: str = "read committed") -> T:
        with self._begun(within, isolation) as transaction:
            return act(transaction)

    def _held(self, transaction: Transaction, act: Callable[[Transaction], T], lease: int | None) -> T:
        given = [transaction.timeline, VERSION, *([] if lease is None else [lease])]
        if not transaction.rows(f"{HELD if lease is None else LEASED} returning change", given):
            ((version, holder),) = transaction.rows("select version, lease from store")
            if version != VERSION:
                raise StoreError((NEWER if version > VERSION else OLDER).format(self.name, version, VERSION))
            raise LeaseLostError(f"Another process writes by now, the {holder}th in turn; this one follows it.")
        return act(transaction)

    @contextmanager
    def _begun(self, within: float, isolation: str) -> Iterator[Transaction]:
        """A transaction on the newest server, which is committed at the end of the block."""
        with self._connections.session(within + 1.0) as session:  # a server that is there ends a statement by itself
            transaction, is_committing = Transaction(session), False
            try:
                transaction.rows(f"set transaction isolation level {isolation}")
                ((*_, timeline),) = transaction.rows(BEGIN, (str(round(1000 * within)),))
                self._connections.refuse_stale(session, timeline)
                transaction.timeline = timeline
                self._failed, self._succeeded = None, time.monotonic()
                yield transaction
                is_committing = True
                session.connection.commit()
            except Error as error:
                said = NO_ANSWER if session.is_cut else str(error)
                if is_committing:
                    raise _UnconfirmedError(said, status_code=0) from error
                if session.is_cut:
                    raise OperationalError(said, status_code=0) from error
                raise
        self._failed, self._succeeded = None, time.monotonic()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Raise what the driver and the values say as StoreError with a sentence."""
        try:
            yield
        except (Error, UnicodeError, pa.ArrowException) as error:
            found = StoreError(self._sentence(error))
            if may_pass(error) and not isinstance(error, BusyError):
                self._connections.lost()
            if state(error) in MISSING:  # dropped by somebody, or restored from a backup that has not all of it yet
                self._is_created = False
            raise found from error

    def _sentence(self, error: Exception) -> str:
        if not may_pass(error):
            return f"{self._what} in the database at {self.name} cannot be used: {said(error)}."
        if state(error) == "55P03":
            return f"The database at {self.name} is busy, or does not confirm what it stores. It is tried again."
        return f"The database at {self.name} cannot be used right now: {said(error)}. It is tried again."
