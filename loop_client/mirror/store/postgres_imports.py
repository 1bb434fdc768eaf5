"""The imports of the outbox in PostgreSQL, in the transactions of their drafts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from loop_client.mirror.store.draft_queries import DONE, OF_AN_IMPORT
from loop_client.mirror.store.drafts import DraftState
from loop_client.mirror.store.imports import ImportState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from loop_client.mirror.store.drafts import DraftRow
    from loop_client.mirror.store.imports import ImportRow
    from loop_client.mirror.store.postgres_draft_tables import DraftTables, DraftTransaction

USED: Final = "select number from drafts where -number between -(?::bigint) and -(?::bigint) order by -number limit 1"
"""The highest number of an import's drafts, by its last and first number."""

COUNTED: Final = f"select state, count(*) from drafts where {OF_AN_IMPORT} group by state"

STATES: Final = ", ".join(f"'{state}'" for state in DONE)

FINISHED: Final = f"""select changed from
    (select changed, is_bulk, state from drafts order by change desc limit ?) as newest
    where is_bulk = 1 and state in ({STATES}) order by changed"""


class PostgresImports:
    """`Imports` in the database of the drafts."""

    def __init__(self, tables: DraftTables) -> None:
        """Connect to nothing yet."""
        self._tables = tables

    def begin(self, new: ImportRow, drafts: Sequence[DraftRow], known: Collection[str] | None = None) -> bool:
        """See `Imports`. A second attempt knows by `begun` that the first has written it, whatever it is by then."""
        if not drafts:
            raise ValueError("an import without drafts has nothing to send")

        def begin(view: DraftTransaction) -> bool:
            for (begun,) in view.rows("select begun from imports where token = ?", [new.token]):
                return bool(begun == view.call)
            same = "select token from imports where digest = ? and account = ?"
            others = {token for (token,) in view.rows(same, [new.digest, new.account])}
            if known is not None and not others <= {*known}:
                return False
            first = view.next_number()
            last = first + new.drafts - 1
            view.add(_fresh(view, drafts, first, last))
            view.add_import(new._replace(first=first, last=last))
            return True

        return self._tables.write(begin)

    def extend(self, token: str, drafts: Sequence[DraftRow]) -> bool:
        """See `Imports`. A second attempt finds the drafts of the first by their tokens."""

        def extend(view: DraftTransaction) -> bool:
            found = view.imports("token = ? and state = ?", token, str(ImportState.WRITING))
            for one in found:
                used = [number for (number,) in view.rows(USED, [one.last, one.first])]
                view.add(_fresh(view, drafts, used[0] + 1 if used else one.first, one.last))
            return bool(found)

        return self._tables.write(extend)

    def find(self, token: str) -> ImportRow | None:
        """See `Imports`."""
        return next(iter(self._tables.imports("token = ?", token)), None)

    def all(self) -> list[ImportRow]:
        """See `Imports`."""
        return self._tables.imports("true order by first")

    def of_content(self, digest: str, accounts: Iterable[str]) -> list[ImportRow]:
        """See `Imports`."""
        names = [*accounts]
        return self._tables.imports("digest = ? and account = any(?::text[]) order by first", digest, names)

    def change(self, row: ImportRow, expected: ImportState) -> bool:
        """See `Imports`. A second attempt knows by `written` what the first has stored, as that of a draft does."""

        def change(view: DraftTransaction) -> bool:
            found = view.rows("select state, written from imports where token = ?", [row.token])
            if not found or (found[0][0] != expected and found[0][1] != view.call):
                return False
            if found[0][1] != view.call:
                view.replace_import(row)
            return True

        return self._tables.write(change)

    def counts(self, row: ImportRow) -> dict[DraftState, int]:
        """See `Imports`."""
        found = self._tables.read(lambda view: view.rows(COUNTED, [row.account, row.first, row.last]))
        known, counts = {*DraftState}, dict.fromkeys(DraftState, 0)
        return counts | {DraftState(state): count for state, count in found if state in known}

    def drafts(self, row: ImportRow) -> dict[int, DraftRow]:
        """See `Imports`."""
        found = self._tables.many_drafts(f"{OF_AN_IMPORT} order by number", row.account, row.first, row.last)
        rows = {row.row_of(draft.token): draft for draft in found}
        return {number: draft for number, draft in rows.items() if number is not None}

    def finished(self, most: int) -> list[int]:
        """See `Imports`."""
        return [int(changed) for (changed,) in self._tables.read(lambda view: view.rows(FINISHED, [most]))]


def _fresh(view: DraftTransaction, drafts: Sequence[DraftRow], first: int, last: int) -> list[DraftRow]:
    """Those of the drafts that are not there yet, with the numbers of a range."""
    there = view.by_token(draft.token for draft in drafts)
    fresh = [draft for draft in drafts if draft.token not in there]
    return [draft._replace(is_bulk=1, number=number) for number, draft in enumerate(fresh[: last + 1 - first], first)]
