"""The tables of the outbox in PostgreSQL: read and written in transactions that may be made twice.

Whether a transaction that was cut is stored cannot be known, so it is made again, as the same call. Writers are stored
one after the other, see `HELD` in `postgres_database`: an earlier attempt is either stored by then, or never.
"""

from __future__ import annotations

import threading
import time
from itertools import count
from typing import TYPE_CHECKING, Any, Final, TypeVar
from uuid import uuid4

from loop_client.mirror.errors import StoreError
from loop_client.mirror.store.draft_queries import numbered
from loop_client.mirror.store.drafts import INTEGERS, DraftRow
from loop_client.mirror.store.imports import ImportRow
from loop_client.mirror.store.postgres_database import LeaseLostError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from loop_client.mirror.store.postgres_database import PostgresDatabase, Transaction

T = TypeVar("T")

ASKED_EVERY: Final = 2.0
"""Seconds after which another process's changes are looked for."""

ANSWERED_WITHIN: Final = 0.5
"""Seconds for which a reader waits for that: a server may hang."""

ESCAPES: Final = (("\x1a", "\x1a1"), ("\0", "\x1a0"))
"""PostgreSQL stores every character but NUL; so NUL becomes two others, and the first of these two as well."""

DRAFT_FIELDS, IMPORT_FIELDS = ", ".join(DraftRow._fields), ", ".join(ImportRow._fields)

ARRAYS: Final = ", ".join(f"?::{'bigint' if name in INTEGERS else 'text'}[]" for name in DraftRow._fields)

ADD: Final = f"insert into drafts ({DRAFT_FIELDS}, written) select new.*, ?::text from unnest({ARRAYS}) as new"

ADD_IMPORT: Final = f"""insert into imports ({IMPORT_FIELDS}, begun, written)
    values ({", ".join("?" * len(ImportRow._fields))}, ?, ?)"""

CHANGED: Final = [name for name in DraftRow._fields if name not in {"token", "number"}]

CHANGE: Final = f"update drafts set {', '.join(f'{name} = ?' for name in CHANGED)}, written = ? where token = ?"

IMPORT_CHANGED: Final = [name for name in ImportRow._fields if name not in {"token", "first", "last"}]

CHANGE_IMPORT: Final = f"""update imports set {", ".join(f"{name} = ?" for name in IMPORT_CHANGED)}, written = ?
    where token = ?"""

HIGHEST: Final = """select greatest((select coalesce(-min(-number), 0) from drafts),
    (select coalesce(max(last), 0) from imports))"""


class DraftTransaction:
    """The tables in one transaction. Parameters are `?`, as those of SQLite. `call`: whose attempt it is, for writers.

    `change`: the number of its changes; None where it has made none.
    """

    def __init__(self, transaction: Transaction, call: str = "") -> None:
        """Change nothing yet."""
        self._transaction, self.call = transaction, call
        self.change: int | None = None

    def rows(self, sql: str, given: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        """What a statement returns."""
        found = self._transaction.rows(numbered(sql), [_escaped(value) for value in given])
        return [tuple(map(_unescaped, row)) for row in found]

    def drafts(self, condition: str, *given: object) -> list[DraftRow]:
        """The drafts that a condition selects, in its order."""
        return [DraftRow(*row) for row in self.rows(f"select {DRAFT_FIELDS} from drafts where {condition}", given)]

    def by_token(self, tokens: Iterable[str]) -> dict[str, DraftRow]:
        """The drafts that have these tokens."""
        return {draft.token: draft for draft in self.drafts("token = any(?::text[])", [*tokens])}

    def imports(self, condition: str, *given: object) -> list[ImportRow]:
        """The imports that a condition selects, in its order."""
        return [ImportRow(*row) for row in self.rows(f"select {IMPORT_FIELDS} from imports where {condition}", given)]

    def next_number(self) -> int:
        """The number of the next draft. Those of an import are never given to another draft."""
        return int(self.rows(HIGHEST)[0][0]) + 1

    def add(self, drafts: Sequence[DraftRow]) -> None:
        """Write drafts down that are not there."""
        if drafts:
            number = self.counted()
            columns = zip(*(draft._replace(change=number) for draft in drafts), strict=True)
            self.rows(ADD, [self.call, *map(list, columns)])

    def replace(self, draft: DraftRow) -> None:
        """Store a draft in place of the one with its token, which keeps its number."""
        row = draft._replace(change=self.counted())
        self.rows(CHANGE, [*(getattr(row, name) for name in CHANGED), self.call, row.token])

    def add_import(self, row: ImportRow) -> None:
        """Write an import down that is not there."""
        self.rows(ADD_IMPORT, [*row._replace(change=self.counted()), self.call, self.call])

    def replace_import(self, row: ImportRow) -> None:
        """Store an import in place of the one with its token, which keeps its numbers."""
        row = row._replace(change=self.counted())
        self.rows(CHANGE_IMPORT, [*(getattr(row, name) for name in IMPORT_CHANGED), self.call, row.token])

    def counted(self) -> int:
        """The number of the changes of this transaction."""
        if self.change is None:
            self.change = int(self.rows("update store set drafts = drafts + 1 returning drafts")[0][0])
        return self.change

    def last_change(self) -> int:
        """The number of the last change of all."""
        return int(self.rows("select drafts from store")[0][0])


class LastChange:
    """The number of the last change as far as this process knows, for all of its threads."""

    def __init__(self) -> None:
        """Know of none."""
        self._lock, self._asking = threading.Lock(), threading.Lock()
        self._number, self._asked_at = 0, -ASKED_EVERY
        self._problem: StoreError | None = None

    def note(self, number: int) -> None:
        """Note a change of this process."""
        with self._lock:
            self._number = max(self._number, number)

    def number(self, ask: Callable[[], int]) -> int:
        """The number, asked for from time to time. While there is no answer, readers get the old one."""
        is_due = time.monotonic() - self._asked_at >= ASKED_EVERY
        if is_due and self._asking.acquire(blocking=False):
            answered = threading.Event()
            threading.Thread(target=self._ask, args=(ask, answered), name="last change", daemon=True).start()
            answered.wait(ANSWERED_WITHIN)
        if self._problem is not None:
            raise self._problem
        return self._number

    def _ask(self, ask: Callable[[], int], answered: threading.Event) -> None:
        try:
            before, begun = self._number, time.monotonic()
            found = ask()
            with self._lock:  # where this process has changed something meanwhile, that may be newer
                self._number = found if self._number == before else max(self._number, found)
                self._asked_at, self._problem = begun, None
        except StoreError as error:
            self._problem = error
        finally:
            self._asking.release()
            answered.set()


class DraftTables:
    """The tables of the outbox for all threads of a process. `lease`, `last`: see `PostgresDrafts`."""

    def __init__(
        self, database: PostgresDatabase, lease: Callable[[], int | None] | None, last: LastChange | None = None
    ) -> None:
        """Connect to nothing yet."""
        self.database, self._lease, self.last = database, lease, last or LastChange()

    def read(self, act: Callable[[DraftTransaction], T]) -> T:
        """What a function returns that reads one state of the tables."""
        return self.database.read(lambda transaction: act(DraftTransaction(transaction)))

    def write(self, act: Callable[[DraftTransaction], T]) -> T:
        """What a function returns that changes the tables. It is called again where its outcome is unknown."""
        call, attempts = uuid4().hex, count(1)

        def attempt(transaction: Transaction) -> tuple[T, int | None]:
            view = DraftTransaction(transaction, call)
            result, is_first = act(view), next(attempts) == 1
            if not is_first:  # it may find what an earlier one has changed
                view.change = view.last_change()
            return result, view.change

        result, change = self.database.write(attempt, self._held())
        if change is not None:
            self.last.note(change)
        return result

    def _held(self) -> int | None:
        """The number of the lease that this process has, if it needs one."""
        if self._lease is None:
            return None
        number = self._lease()
        if number is None:
            raise LeaseLostError("Another process sends by now: this one changes nothing more.")
        return number

    def drafts(self, condition: str, *given: object) -> list[DraftRow]:
        """The drafts that a condition selects, in its order."""
        return self.read(lambda view: view.drafts(condition, *given))

    def many_drafts(self, condition: str, *given: object) -> list[DraftRow]:
        """The same, of which there may be so many that it takes longer than other transactions may."""
        with self.database.reading() as transaction:
            return DraftTransaction(transaction).drafts(condition, *given)

    def imports(self, condition: str, *given: object) -> list[ImportRow]:
        """The imports that a condition selects, in its order."""
        return self.read(lambda view: view.imports(condition, *given))

    def last_change(self) -> int:
        """The number of the last change, see `Drafts.last_change`."""
        return self.last.number(lambda: self.read(DraftTransaction.last_change))


def _escaped(value: Any) -> Any:  # noqa: ANN401 - any parameter
    """A parameter without NUL, see `ESCAPES`."""
    if isinstance(value, list):
        return [_escaped(one) for one in value]
    if isinstance(value, str) and ("\0" in value or "\x1a" in value):
        for character, escape in ESCAPES:
            value = value.replace(character, escape)
    return value


def _unescaped(value: Any) -> Any:  # noqa: ANN401 - any value of a row
    """A stored value as it was given."""
    if isinstance(value, str) and "\x1a" in value:
        for character, escape in reversed(ESCAPES):
            value = value.replace(escape, character)
    return value
