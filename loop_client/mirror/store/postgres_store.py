"""The store in PostgreSQL: items by account, numbered changes, and the sync state that belongs to them."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

import pyarrow as pa

from loop_client.mirror.errors import StoreError
from loop_client.mirror.moments import alike, microseconds
from loop_client.mirror.rows import COLUMNS, SHOWN, Row, merged_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from loop_client.mirror.store.postgres_database import PostgresDatabase, Transaction
    from loop_client.mirror.store.postgres_lease import Lease
    from loop_client.models import Feedback, Text

T = TypeVar("T")

FIELDS: Final = ", ".join(Row._fields)
SHOWN_COLUMNS: Final = pa.schema([COLUMNS.field(name) for name in SHOWN])
UNCHANGING: Final = {"id", "created_at", "first_seen"}

UPSERT: Final = f"""insert into items select $1::bigint, * from unnest({
    ", ".join(
        f"${place}::{'bigint' if field.type == pa.int64() else 'text'}[]" for place, field in enumerate(COLUMNS, 2)
    )
}) on conflict (account, id) do update set {
    ", ".join(f"{name} = excluded.{name}" for name in Row._fields if name not in UNCHANGING)
}"""

FORGET: Final = """insert into tombstones select account, id, created_at, $1 from items where {}
    on conflict (account, id) do update set created_at = excluded.created_at, change = excluded.change"""


class PostgresStore:
    """A `Store` in a database that other processes use as well. `path`: as that of `Lease`.

    A database has its own guards against damage, so nothing is set aside, and `problem` and `news` are always None.
    """

    problem: StoreError | None = None
    news: StoreError | None = None

    def __init__(self, database: PostgresDatabase, lease: Lease, path: Path | None = None) -> None:
        """Connect, and take nothing yet."""
        self.path, self.identity = path, tuple[Any, ...]()
        self._database, self._lease, self._view = database, lease, threading.local()
        self.follow()

    @property
    def writable(self) -> bool:
        """Whether this process has the lease, as far as it knows."""
        return self._lease.number is not None

    def take_lock(self) -> bool:
        """Try to take the lease, and return whether this process has it; may succeed later."""
        return self._lease.take()

    def follow(self) -> tuple[Any, ...]:
        """The identity of the tables: another one after they were created anew."""
        self.identity = self._rows("select identity from store")[0]
        return self.identity

    def is_sound(self) -> bool:
        """Whether no change is newer than the last one."""
        newest = "select coalesce(max(change), 0) <= (select change from store) from items"
        return bool(self._rows(newest)[0][0])

    def set_aside(self) -> None:
        """Raise StoreError: only people can repair a database."""
        raise StoreError(f"The copy in the database at {self._database.name} is damaged. Restore it from a backup.")

    def close(self) -> None:
        """Release the lease. The database stays open for others who use it."""
        self._lease.close()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """All queries in the block see the same state of the database."""
        if getattr(self._view, "now", None) is not None:
            yield  # in a block that has its state already
            return
        with self._database.reading() as view:
            self._view.now = view
            try:
                yield
            finally:
                self._view.now = None

    def account(self, name: str) -> tuple[int, str] | None:
        """The number and the sync state of an account; None if it is new."""
        found = self._rows("select account, state from accounts where name = $1", (name,))
        return found[0] if found else None

    def has_accounts(self) -> bool:
        """Whether there is any account."""
        return bool(self._rows("select 1 from accounts limit 1"))

    def state(self, account: int) -> str:
        """The sync state of an account, by its number."""
        found = self._rows("select state from accounts where account = $1 limit 1", (account,))
        if not found:
            raise StoreError(f"The database at {self._database.name} has no such account any more. Try again.")
        return str(found[0][0])

    def names(self, account: int) -> list[str]:
        """The names of an account: it has several after another key to the same feedback."""
        return [name for (name,) in self._rows("select name from accounts where account = $1", (account,))]

    def new_account(self, name: str, items: Iterable[Feedback]) -> tuple[int, str]:
        """Create an account, or reuse the one that has one of `items`: the same account with another key."""
        times = {item.id: microseconds(item.created_at) for item in items}

        def create(one: Transaction) -> tuple[int, str]:
            known = one.rows("select account, state from accounts where name = $1", (name,))
            if known:  # by an earlier attempt
                return known[0][0], known[0][1]
            sql = "select account, id, created_at from items where id = any($1::text[]) order by account"
            same = [account for account, item_id, at in one.rows(sql, ([*times],)) if alike(at, times[item_id])]
            number = same[0] if same else one.number("select coalesce(max(account), 0) + 1 from accounts")
            sql = "select state from accounts where account = $1 limit 1"
            state = one.rows(sql, (number,))[0][0] if same else "{}"
            one.rows("insert into accounts values ($1, $2, $3)", (name, number, state))
            return number, state

        return self._lease.write(create)

    def known(self, account: int, ids: Sequence[str]) -> dict[str, Row]:
        """The stored rows with these ids: id → row."""
        return self._read(lambda one: _known(one, account, ids))

    def resolutions(self, account: int, since: int) -> list[tuple[str, int, int, int]]:
        """Id, creation, last seen open, first seen resolved (µs) of what was first seen resolved since a time."""
        sql = """select id, created_at, open_at, resolved_by from items where account = $1 and resolved_by >= $2
            and open_at is not null order by resolved_by, id"""
        return self._rows(sql, (account, since))

    def newest(self, account: int, count: int) -> list[Row]:
        """The newest rows, without those that the last full scan has not seen."""
        sql = f"select {FIELDS} from items where account = $1 and missing = 0 order by created_at desc limit $2"
        return self._items(sql, (account, count))

    def upsert(
        self, account: int, state: Text, items: Iterable[Feedback], walk: int = 0, at: int | None = None
    ) -> tuple[int, int]:
        """Upsert items; returns (added, visibly changed). Stores `state` with them, unless it is None.

        `walk`: number of the last scan that had started when the items were seen. `at`: when they were seen, µs;
        by default now.
        """
        moment = microseconds(datetime.now(UTC)) if at is None else at
        given, counts = {item.id: item for item in items}, [(0, 0)]

        def upsert(one: Transaction) -> None:
            known = _known(one, account, [*given])
            rows = merged_rows(known, given.values(), walk, moment)
            _write(one, account, state, rows, ())
            added = len(given) - len(known)
            counts.append((added, sum(row.change == 0 for row in rows) - added))

        self._lease.write(upsert)
        return max(counts)  # an attempt after one that was stored changes nothing

    def add(self, account: int, item: Feedback, walk: int) -> None:
        """Store a submitted item that no list has shown yet, see `unlisted`."""
        created_at, moment = microseconds(item.created_at), microseconds(datetime.now(UTC))

        def add(one: Transaction) -> None:
            known = _known(one, account, [item.id])
            if not known:
                sql = "insert into unlisted values ($1, $2, $3) on conflict (account, id) do nothing"
                one.rows(sql, (account, item.id, created_at))
            _write(one, account, None, merged_rows(known, [item], walk, moment), ())

        self._lease.write(add)

    def unlisted(self, account: int) -> dict[str, int]:
        """The submitted items that no look at the head has covered yet: id → `created_at`, µs."""
        return dict(self._rows("select id, created_at from unlisted where account = $1", (account,)))

    def listed(self, account: int, ids: Iterable[str]) -> None:
        """Note that a look at the head has covered these items."""
        covered = [*ids]
        if covered:
            sql = "delete from unlisted where account = $1 and id = any($2::text[])"
            self._lease.write(lambda one: one.rows(sql, (account, covered)))

    def last_walk(self, account: int) -> int:
        """The highest number of a scan that has seen a row."""
        sql = "select coalesce(max(walk), 0) from items where account = $1"
        return int(self._rows(sql, (account,))[0][0])

    def save(self, account: int, state: str, rows: Sequence[Row], deleted: Sequence[Row]) -> None:
        """Store rows as they are, and delete others."""
        self._lease.write(lambda one: _write(one, account, state, rows, deleted))

    def unseen(self, account: int, walk: int) -> list[Row]:
        """The rows that were not seen since this scan started."""
        return self._items(f"select {FIELDS} from items where account = $1 and walk < $2", (account, walk))

    def unseen_open(self, account: int, walk: int) -> list[Row]:
        """The open rows that were not seen since this scan started."""
        sql = f"select {FIELDS} from items where account = $1 and status = 'open' and walk < $2"
        return self._items(sql, (account, walk))

    def change(self) -> int:
        """The number of the last change."""
        return int(self._rows("select change from store")[0][0])

    def items(self, account: int, after: int = -1) -> pa.Table:
        """The rows that changed after this number, newest first, with the columns `SHOWN`."""
        sql = f"""select {", ".join(SHOWN)} from items where account = $1 and change > $2
            order by created_at desc, id collate "C" desc"""
        return self._read(lambda one: one.table(sql, (account, after), SHOWN_COLUMNS))

    def deleted(self, account: int, after: int) -> list[tuple[str, int]]:
        """Id and time (µs) of the items that were deleted after this number and not added again."""
        sql = """select id, created_at from tombstones where account = $1 and change > $2
            and id not in (select id from items where account = $1)"""
        return self._rows(sql, (account, after))

    def count(self, account: int) -> int:
        """The number of stored items."""
        return int(self._rows("select count(*) from items where account = $1", (account,))[0][0])

    def forget_person(self, user_id: str) -> int:
        """See `Rows`. The database frees their place in its files by itself, as `vacuum` does."""
        counts = [0]

        def forget(one: Transaction) -> None:
            counts.append(one.number("select count(*) from items where user_id = $1", (user_id,)))
            one.rows(FORGET.format("user_id = $2"), (_next_change(one), user_id))
            one.rows(
                "delete from unlisted using items where unlisted.account = items.account "
                "and unlisted.id = items.id and items.user_id = $1",
                (user_id,),
            )
            one.rows("delete from items where user_id = $1", (user_id,))

        self._lease.write(forget)
        return max(counts)

    def _items(self, sql: str, given: Sequence[Any]) -> list[Row]:
        return [Row(*row) for row in self._read(lambda one: one.rows(sql, given, COLUMNS))]

    def _rows(self, sql: str, given: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self._read(lambda one: one.rows(sql, given))

    def _read(self, act: Callable[[Transaction], T]) -> T:
        """What a function returns, which sees the state of the thread's `reading`, if there is one."""
        view = getattr(self._view, "now", None)
        return self._database.read(act) if view is None else act(view)


def _known(one: Transaction, account: int, ids: Sequence[str]) -> dict[str, Row]:
    sql = f"select {FIELDS} from items where account = $1 and id = any($2::text[])"
    return {row[0]: Row(*row) for row in one.rows(sql, (account, [*ids]), COLUMNS)}


def _write(one: Transaction, account: int, state: Text, rows: Sequence[Row], deleted: Sequence[Row]) -> None:
    if state is not None:
        one.rows("update accounts set state = $1 where account = $2 and state <> $1", (state, account))
    number = _next_change(one) if deleted or any(row.change == 0 for row in rows) else 0
    if rows:
        numbered = (row if row.change else row._replace(change=number) for row in rows)
        one.rows(UPSERT, (account, *map(list, zip(*numbered, strict=True))))
    if deleted:
        ids = [row.id for row in deleted]
        one.rows(FORGET.format("account = $2 and id = any($3::text[])"), (number, account, ids))
        one.rows("delete from items where account = $1 and id = any($2::text[])", (account, ids))


def _next_change(one: Transaction) -> int:
    return one.number("update store set change = change + 1 returning change")
