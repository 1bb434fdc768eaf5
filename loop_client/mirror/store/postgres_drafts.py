"""The drafts of the outbox in PostgreSQL. What is acknowledged is stored once, whatever becomes of an attempt."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from loop_client.mirror.store import draft_queries
from loop_client.mirror.store.draft_queries import LATER_AT_MOST, OF_AN_IMPORT, Active
from loop_client.mirror.store.drafts import SETTLED, DraftRow, DraftState
from loop_client.mirror.store.imports import ImportState
from loop_client.mirror.store.postgres_draft_tables import DraftTables, DraftTransaction, LastChange
from loop_client.mirror.store.postgres_imports import PostgresImports

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from loop_client.mirror.store.postgres_database import PostgresDatabase

DISCARD: Final = f"""update drafts set state = '{DraftState.DISCARDED}', changed = ?, error = null, change = ?,
    written = ? where -number in (select -number from drafts where state = '{DraftState.WAITING}' and {OF_AN_IMPORT}
    order by number limit ?) returning token"""

FORGET: Final = "delete from drafts where state = any(?::text[]) and changed < ? returning token"

FORGET_IMPORTS: Final = """delete from imports where changed < ? and not exists
    (select 1 from drafts where is_bulk = 1 and -number between -last and -first)"""


class PostgresDrafts:
    """`Drafts` in a database that other processes use as well. `imports`: the `Imports` in the same database.

    `news`: always None, as a database has its own guards against damage.
    """

    news: str | None = None

    def __init__(
        self, database: PostgresDatabase, lease: Callable[[], int | None] | None = None, last: LastChange | None = None
    ) -> None:
        """Connect to nothing yet.

        `lease`: the number of the lease that this process has; None where it has none. Each change is made only while
        that is the newest one, and LeaseLostError is raised otherwise. Without it, anybody may change drafts. `last`:
        of another outbox in the same database, which then knows at once what this one has changed.
        """
        self._tables = DraftTables(database, lease, last)
        self.imports = PostgresImports(self._tables)

    def leased(self, lease: Callable[[], int | None]) -> PostgresDrafts:
        """The same outbox for whoever has the lease."""
        return PostgresDrafts(self._tables.database, lease, self._tables.last)

    def add(self, drafts: Sequence[DraftRow]) -> list[DraftRow]:
        """See `Drafts`. A second attempt finds the drafts of the first by their tokens."""

        def add(view: DraftTransaction) -> list[DraftRow]:
            tokens = [draft.token for draft in drafts]
            there = view.by_token(tokens)
            fresh = dict[str, DraftRow]()
            for draft in drafts:
                if draft.token not in there:
                    fresh.setdefault(draft.token, draft)
            if fresh:
                numbered = enumerate(fresh.values(), view.next_number())
                view.add([draft._replace(number=number) for number, draft in numbered])
                there = view.by_token(tokens)
            return [there[token] for token in tokens]

        return self._tables.write(add) if drafts else []

    def change(self, draft: DraftRow, expected: DraftState, new: DraftRow | None = None) -> bool:
        """See `Drafts`. A second attempt knows by `written` what the first has stored; then all is done.

        Where somebody else has changed that draft again in between, it returns False, although the first attempt had
        been stored: what it says of the present state is right, and nobody takes it as leave to send.
        """

        def change(view: DraftTransaction) -> bool:
            found = view.rows("select state, written from drafts where token = ?", [draft.token])
            if not found or (found[0][0] != expected and found[0][1] != view.call):
                return False
            if found[0][1] != view.call:
                view.replace(draft)
                if new is not None:
                    view.add([new._replace(number=view.next_number())])
            return True

        return self._tables.write(change)

    def find(self, token: str) -> DraftRow | None:
        """See `Drafts`."""
        return next(iter(self._tables.drafts("token = ?", token)), None)

    def next_waiting(self, accounts: Iterable[str], now: int) -> DraftRow | None:
        """See `Drafts`."""
        names = [*accounts]
        due, limits = "not_before <= ? or not_before > ?", [now, now + LATER_AT_MOST]

        def first(view: DraftTransaction) -> DraftRow | None:
            excluded = [one for one in _active(view) if not one.is_sent]
            for condition, given, order in ((due, limits, "is_bulk, number"), ("true", [], "not_before, number")):
                sql, values = draft_queries.first_waiting(names, excluded, condition, given, order)
                for (number,) in view.rows(f"select {sql}", values):
                    return view.drafts("-number = ?", -number)[0]
            return None

        return self._tables.read(first) if names else None

    def in_states(self, states: Iterable[DraftState]) -> list[DraftRow]:
        """See `Drafts`."""
        return self._tables.many_drafts("state = any(?::text[]) order by number", [*map(str, states)])

    def pending(self, accounts: Iterable[str], first: int, most: int, owner: str | None = None) -> list[DraftRow]:
        """See `Drafts`."""

        def listed(view: DraftTransaction) -> list[DraftRow]:
            sql, given = draft_queries.pending(accounts, first, most, _active(view), owner)
            numbers = [number for (number,) in view.rows(f"select {sql}", given)]
            found = view.drafts("-number = any(?::bigint[])", [-one for one in numbers]) if numbers else []
            places = {number: place for place, number in enumerate(numbers)}
            return sorted(found, key=lambda draft: places[draft.number])

        return self._tables.read(listed)

    def undecided(self, accounts: Iterable[str], owner: str | None = None) -> int:
        """See `Drafts`."""
        names = {*accounts}

        def count(view: DraftTransaction) -> int:
            active = _active(view)
            sql, given = draft_queries.undecided(names, active, owner)
            return int(view.rows(f"select {sql}", given)[0][0]) + draft_queries.undecided_imports(names, active, owner)

        return self._tables.read(count)

    def discard_cancelled(self, now: int, most: int) -> int:
        """See `Drafts`. A second attempt discards the next ones, which are to be discarded as well."""
        cancelled = [one for one in self._tables.read(_active) if one.state == ImportState.CANCELLED]
        discarded = set[str]()

        def discard(view: DraftTransaction) -> int:
            one = cancelled[0]
            given = [now, view.counted(), view.call, one.account, one.first, one.last, most]
            discarded.update(token for (token,) in view.rows(DISCARD, given))
            return len(discarded)

        return self._tables.write(discard) if cancelled else 0

    def last_change(self) -> int:
        """See `Drafts`."""
        return self._tables.last_change()

    def counts(self, owner: str | None = None) -> dict[tuple[str, DraftState], int]:
        """See `Drafts`."""
        seen, given = draft_queries.of_owner(owner)
        sql = f"select account, state, count(*) from drafts where {seen} group by account, state"
        known, found = {*DraftState}, self._tables.read(lambda view: view.rows(sql, given))
        return {(account, DraftState(state)): count for account, state, count in found if state in known}

    def holders(self, item_ids: Iterable[str]) -> list[DraftRow]:
        """See `Drafts`."""
        return self._tables.drafts("item_id = any(?::text[]) order by number", [*item_ids])

    def claimed(self, since: int) -> list[str]:
        """See `Drafts`."""
        sql = "select item_id from drafts where item_created > ? and item_id is not null order by item_created"
        return [item_id for (item_id,) in self._tables.read(lambda view: view.rows(sql, [since]))]

    def forget(self, before: int) -> int:
        """See `Drafts`. What a first attempt has deleted is counted with what the second deletes."""
        states, forgotten = [*map(str, SETTLED)], set[str]()
        if not self._tables.drafts("state = any(?::text[]) and changed < ? limit 1", states, before):
            return 0

        def forget(view: DraftTransaction) -> int:
            view.counted()
            forgotten.update(token for (token,) in view.rows(FORGET, [states, before]))
            view.rows(FORGET_IMPORTS, [before])
            return len(forgotten)

        return self._tables.write(forget)

    def forget_person(self, user_id: str) -> dict[DraftState, int]:
        """Delete all drafts of a person; how many in each state, counted as by `forget`.

        The database frees their place in its files by itself.
        """
        forgotten = dict[str, str]()

        def forget(view: DraftTransaction) -> dict[DraftState, int]:
            view.counted()
            forgotten.update(view.rows("delete from drafts where user_id = ? returning token, state", [user_id]))
            return dict(Counter(map(DraftState, forgotten.values())))

        return self._tables.write(forget) if self._tables.drafts("user_id = ? limit 1", user_id) else {}

    def close(self) -> None:
        """Nothing: the database is whoever's opened it."""


def _active(view: DraftTransaction) -> list[Active]:
    return [Active(*row) for row in view.rows(f"select {draft_queries.ACTIVE.format('owner')}")]
