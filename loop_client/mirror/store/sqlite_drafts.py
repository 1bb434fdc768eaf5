"""The drafts of the outbox over SQLite: what is written down, changed and found in its two files."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from loop_client.mirror.store import draft_queries
from loop_client.mirror.store.draft_queries import LATER_AT_MOST, OF_AN_IMPORT, Active
from loop_client.mirror.store.drafts import SETTLED, DraftRow, DraftState
from loop_client.mirror.store.imports import ImportState
from loop_client.mirror.store.sqlite_draft_pair import DraftPair
from loop_client.mirror.store.sqlite_draft_tables import DRAFTS, IMPORTS
from loop_client.mirror.store.sqlite_imports import SqliteImports

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


class SqliteDrafts:
    """`Drafts` in `outbox.db` and `outbox.second.db`, which are made with the first draft. Any process may write.

    `imports`: the `Imports` in the same files.
    """

    def __init__(self, folder: Path) -> None:
        """Open nothing yet."""
        self._pair = DraftPair(folder)
        self.imports = SqliteImports(self._pair)

    @property
    def news(self) -> str | None:
        """See `Drafts`."""
        return self._pair.news

    def add(self, drafts: Sequence[DraftRow]) -> list[DraftRow]:
        """See `Drafts`."""
        return self._pair.mended(lambda: self._add(drafts))

    def _add(self, drafts: Sequence[DraftRow]) -> list[DraftRow]:
        with self._pair.changing() as changed:
            stored, number = self._pair.by_token(draft.token for draft in drafts), self._pair.next_number()
            for draft in drafts:
                if draft.token not in stored:
                    stored[draft.token] = draft._replace(number=number)
                    changed.append(stored[draft.token])
                    number += 1
        return [stored[draft.token] for draft in drafts]

    def change(self, draft: DraftRow, expected: DraftState, new: DraftRow | None = None) -> bool:
        """See `Drafts`."""
        return self._pair.mended(lambda: self._change(draft, expected, new))

    def _change(self, draft: DraftRow, expected: DraftState, new: DraftRow | None) -> bool:
        with self._pair.changing() as changed:
            found = self._pair.by_token([draft.token]).get(draft.token)
            if found is None or found.state != expected:
                return False
            changed.append(draft._replace(number=found.number))
            if new is not None:
                changed.append(new._replace(number=self._pair.next_number()))
        return True

    def find(self, token: str) -> DraftRow | None:
        """See `Drafts`."""
        return next(iter(self._pair.drafts("token = ?", token)), None)

    def next_waiting(self, accounts: Iterable[str], now: int) -> DraftRow | None:
        """See `Drafts`."""
        names = [*accounts]
        due, limits = "not_before <= ? or not_before > ?", [now, now + LATER_AT_MOST]

        def number() -> int | None:
            excluded = [one for one in self._active() if not one.is_sent]
            for condition, given, order in ((due, limits, "is_bulk, number"), ("true", [], "not_before, number")):
                query = draft_queries.first_waiting(names, excluded, condition, given, order)
                for (found,) in self._pair.rows(query):
                    return int(found)
            return None

        found = self._pair.mended(number) if names else None
        return next(iter(self._pair.drafts("number = ?", found)), None) if found is not None else None

    def in_states(self, states: Iterable[DraftState]) -> list[DraftRow]:
        """See `Drafts`."""
        return self._pair.drafts("state in (select value from json_each(?)) order by number", json.dumps([*states]))

    def pending(self, accounts: Iterable[str], first: int, most: int, owner: str | None = None) -> list[DraftRow]:
        """See `Drafts`."""

        def read() -> list[DraftRow]:
            query = draft_queries.pending(accounts, first, most, self._active(), self._seen_by(owner))
            numbers = [number for (number,) in self._pair.rows(query)]
            found = (
                self._pair.drafts("number in (select value from json_each(?))", json.dumps(numbers)) if numbers else []
            )
            places = {number: place for place, number in enumerate(numbers)}
            return sorted(found, key=lambda draft: places[draft.number])

        return self._pair.mended(read)

    def undecided(self, accounts: Iterable[str], owner: str | None = None) -> int:
        """See `Drafts`."""
        names = {*accounts}

        def count() -> int:
            active = self._active()
            found = self._pair.rows(draft_queries.undecided(names, active, self._seen_by(owner)))
            return sum(int(number) for (number,) in found) + draft_queries.undecided_imports(names, active, owner)

        return self._pair.mended(count)

    def _active(self) -> list[Active]:
        query = draft_queries.ACTIVE.format("owner" if self._pair.has_owners() else "null")
        return [Active(*row) for row in self._pair.import_rows((query, []))]

    def _seen_by(self, owner: str | None) -> str | None:
        """The owner whose drafts are selected; None where no draft has one yet, so that all are selected."""
        return owner if owner is not None and self._pair.has_owners() else None

    def discard_cancelled(self, now: int, most: int) -> int:
        """See `Drafts`."""
        cancelled = [one for one in self._pair.mended(self._active) if one.state == ImportState.CANCELLED]
        return self._pair.mended(lambda: self._discard(cancelled[0], now, most)) if cancelled else 0

    def _discard(self, one: Active, now: int, most: int) -> int:
        given = (DraftState.WAITING, one.account, one.first, one.last, most)
        condition = f"state = ? and {OF_AN_IMPORT} order by number limit ?"
        with self._pair.changing() as changed:
            waiting = self._pair.first.drafts(condition, given)
            changed += [draft._replace(state=DraftState.DISCARDED, changed=now, error=None) for draft in waiting]
        return len(waiting)

    def last_change(self) -> int:
        """See `Drafts`."""
        return self._pair.last_change()

    def counts(self, owner: str | None = None) -> dict[tuple[str, DraftState], int]:
        """See `Drafts`."""

        def count() -> list[tuple[str, str, int]]:
            seen, given = draft_queries.of_owner(self._seen_by(owner))
            return self._pair.rows(
                (f"account, state, count(*) from drafts where {seen} group by account, state", given)
            )

        known, found = {*DraftState}, self._pair.mended(count)
        return {(account, DraftState(state)): count for account, state, count in found if state in known}

    def holders(self, item_ids: Iterable[str]) -> list[DraftRow]:
        """See `Drafts`."""
        ids = json.dumps([*item_ids])
        return self._pair.drafts("item_id in (select value from json_each(?)) order by number", ids)

    def claimed(self, since: int) -> list[str]:
        """See `Drafts`."""
        found = self._pair.drafts("item_created > ? order by item_created", since)
        return [draft.item_id for draft in found if draft.item_id is not None]

    def forget(self, before: int) -> int:
        """See `Drafts`."""
        old = f"state in {(*map(str, SETTLED),)} and changed < ?"
        if not self._pair.drafts(f"{old} limit 1", before):
            return 0
        return self._pair.mended(lambda: self._forget(old, before))

    def _forget(self, old: str, before: int) -> int:
        left = "exists (select 1 from drafts where is_bulk = 1 and number between first and last)"
        with self._pair.changing():
            count = self._pair.delete(DRAFTS, old, before)
            self._pair.delete(IMPORTS, f"not {left} and changed < ?", before)
        return count

    def forget_person(self, user_id: str) -> dict[DraftState, int]:
        """Delete all drafts of a person, so that no text of theirs is left anywhere; how many in each state."""
        if not self._pair.drafts("user_id = ? limit 1", user_id):
            return {}

        def forget() -> dict[DraftState, int]:
            with self._pair.changing():
                counts = Counter(
                    DraftState(draft.state) for draft in self._pair.first.drafts("user_id = ?", (user_id,))
                )
                self._pair.delete(DRAFTS, "user_id = ?", user_id)
            return dict(counts)

        forgotten = self._pair.mended(forget)
        self._pair.compact()
        return forgotten

    def close(self) -> None:
        """See `Drafts`."""
        self._pair.close()
