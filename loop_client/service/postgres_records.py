"""Short lists in a database that other processes use as well."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Final, Generic
from uuid import uuid4

from loop_client.mirror import StoreError
from loop_client.service.record_list import Record, T

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from loop_client.mirror.store import PostgresDatabase, Transaction
    from loop_client.service.record_list import Kind

READ_EVERY: Final = 1.0
"""Seconds after which the database is asked for changes of other processes."""

READ_WITHIN: Final = 0.5
"""Seconds that a reader waits for the answer; then the last records known are shown."""

FIRST_READ_WITHIN: Final = 5.0
"""Seconds that a reader waits where none are known yet."""

REMEMBERED: Final = 1_000
"""Changes of a kind by which a call that is made again finds out that it was stored; it is made again for seconds."""

NEWEST: Final = "select call from record_changes where kind = $1 order by number desc limit 1"

NOTE: Final = """with counted as (update store set records = records + 1 returning records)
    insert into record_changes select $1, $2, records from counted returning number"""


class PostgresRecords(Generic[Record]):
    """A `RecordList` in the table `records`, each record as JSON. Nothing is repaired, so `news` is None."""

    news: str | None = None

    def __init__(self, database: PostgresDatabase, kind: Kind[Record]) -> None:
        """Read nothing yet."""
        self._database, self._kind = database, kind
        self._lock, self._answered = threading.Lock(), threading.Event()
        self._answered.set()
        self._asked_at, self._changes = float("-inf"), 0
        self._known: tuple[Record, ...] | None = None
        self._newest = ""
        self._problem: StoreError | None = None

    def all(self) -> tuple[Record, ...]:
        """All records: of other processes as they were a second ago; the last ones known while nothing answers."""
        with self._lock:
            now = time.monotonic()
            if self._answered.is_set() and now - self._asked_at >= READ_EVERY:
                self._asked_at = now
                self._answered.clear()
                threading.Thread(target=self._ask, name=self._kind.table, daemon=True).start()
            until = self._asked_at + (FIRST_READ_WITHIN if self._known is None else READ_WITHIN)
        self._answered.wait(max(0.0, until - now))
        with self._lock:
            if self._known is None:
                slow = f"The database at {self._database.name} does not answer. It is tried again."
                raise StoreError(str(self._problem or slow))
            return self._known

    def changed(self, act: Callable[[list[Record]], T]) -> T:
        """What a function returns that changes the list of the records, in one transaction."""
        call, made = uuid4().hex, list[tuple[T, tuple[Record, ...], str]]()

        def once(transaction: Transaction) -> tuple[T, tuple[Record, ...], str]:
            is_stored = "select 1 from record_changes where call = $1"
            if not (made and transaction.rows(is_stored, (call,))):  # by an attempt whose outcome was unknown
                made[:] = [self._changed(transaction, act, call)]
            return made[0]

        result, known, newest = self._database.write(once)
        with self._lock:
            self._known, self._newest, self._asked_at = known, newest, time.monotonic()
            self._changes += 1
        return result

    def _changed(
        self, transaction: Transaction, act: Callable[[list[Record]], T], call: str
    ) -> tuple[T, tuple[Record, ...], str]:
        kind = self._kind.table
        sql = "select place, record from records where kind = $1 order by place"
        stored: dict[int, str] = dict(transaction.rows(sql, (kind,)))
        before = self._records(stored.values())
        records = [*before]
        result = act(records)
        if tuple(records) == before:
            return result, before, _newest(transaction, kind)
        _store(transaction, kind, stored, [json.dumps(self._kind.row(record)) for record in records])
        number = transaction.number(NOTE, (call, kind))
        old = "delete from record_changes where kind = $1 and number <= $2"
        transaction.rows(old, (kind, number - REMEMBERED))
        return result, tuple(records), call

    def _ask(self) -> None:
        """Read what has changed, unless this process changes it meanwhile."""
        changes = self._changes
        try:
            newest, found = self._database.read(self._read)
            with self._lock:
                self._problem = None
                if found is not None and changes == self._changes:
                    self._known, self._newest = found, newest
        except StoreError as error:
            self._problem = error
        finally:
            self._answered.set()

    def _read(self, transaction: Transaction) -> tuple[str, tuple[Record, ...] | None]:
        """By which call they were changed last, and the records; None for those that are known."""
        newest = _newest(transaction, self._kind.table)
        if self._known is not None and newest == self._newest:
            return newest, None
        found = transaction.rows("select record from records where kind = $1 order by place", (self._kind.table,))
        return newest, self._records(text for (text,) in found)

    def _records(self, texts: Iterable[str]) -> tuple[Record, ...]:
        try:
            return tuple(self._kind.record(*json.loads(text)) for text in texts)
        except (TypeError, ValueError):
            text = f"The {self._kind.name} in the database at {self._database.name} are not what this version stores."
            raise StoreError(text) from None


def _newest(transaction: Transaction, kind: str) -> str:
    """The call that changed records of a kind last; "" if there was none."""
    return next((call for (call,) in transaction.rows(NEWEST, (kind,))), "")


def _store(transaction: Transaction, kind: str, stored: dict[int, str], texts: Sequence[str]) -> None:
    """Store the texts in the place of those that are stored: what is taken out or added at the end costs no more."""
    gone, left, last = list[int](), 0, 0
    for place, text in stored.items():
        if left < len(texts) and text == texts[left]:
            left, last = left + 1, place
        else:
            gone.append(place)
    if gone:
        transaction.rows("delete from records where kind = $1 and place = any($2::bigint[])", (kind, gone))
    if new := [*texts[left:]]:
        sql = """insert into records select $1, $2 + number, record
            from unnest($3::text[]) with ordinality as one (record, number)"""
        transaction.rows(sql, (kind, last, new))
