"""The imports of the outbox over SQLite, in the files and the transactions of their drafts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from loop_client.mirror.store.draft_queries import DONE, OF_AN_IMPORT
from loop_client.mirror.store.drafts import DraftState
from loop_client.mirror.store.imports import ImportState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from loop_client.mirror.store.drafts import DraftRow
    from loop_client.mirror.store.imports import ImportRow
    from loop_client.mirror.store.sqlite_draft_pair import DraftPair

HIGHEST_OF_AN_IMPORT: Final = "select max(number) from drafts where number between ? and ?"


class SqliteImports:
    """`Imports` in the two files of the outbox."""

    def __init__(self, pair: DraftPair) -> None:
        """Open nothing yet."""
        self._pair = pair

    def begin(self, new: ImportRow, drafts: Sequence[DraftRow], known: Collection[str] | None = None) -> bool:
        """See `Imports`."""
        if not drafts:
            raise ValueError("an import without drafts has nothing to send")

        def begin() -> bool:
            with self._pair.changing() as changed:
                others = self._pair.first.imports("digest = ? and account = ?", (new.digest, new.account))
                is_news = known is not None and any(one.token not in known for one in others)
                if is_news or self._pair.first.imports("token = ?", (new.token,)):
                    return False
                first = self._pair.next_number()
                last = first + new.drafts - 1
                changed.extend([*self._fresh(drafts, first, last), new._replace(first=first, last=last)])
            return True

        return self._pair.mended(begin)

    def extend(self, token: str, drafts: Sequence[DraftRow]) -> bool:
        """See `Imports`."""

        def extend() -> bool:
            with self._pair.changing() as changed:
                found = self._pair.first.imports("token = ? and state = ?", (token, ImportState.WRITING))
                for one in found:
                    (used,) = self._pair.first.rows(HIGHEST_OF_AN_IMPORT, (one.first, one.last))[0]
                    changed.extend(self._fresh(drafts, one.first if used is None else used + 1, one.last))
            return bool(found)

        return self._pair.mended(extend)

    def _fresh(self, drafts: Sequence[DraftRow], first: int, last: int) -> list[DraftRow]:
        """Those of the drafts that are not there yet, with the numbers of a range; in `changing`."""
        there = self._pair.by_token(draft.token for draft in drafts)  # from another writer, or after damage
        fresh = [draft for draft in drafts if draft.token not in there]
        numbered = enumerate(fresh[: last + 1 - first], first)
        return [draft._replace(is_bulk=1, number=number) for number, draft in numbered]

    def find(self, token: str) -> ImportRow | None:
        """See `Imports`."""
        return next(iter(self._pair.imports("token = ?", token)), None)

    def all(self) -> list[ImportRow]:
        """See `Imports`."""
        return self._pair.imports("true order by first")

    def of_content(self, digest: str, accounts: Iterable[str]) -> list[ImportRow]:
        """See `Imports`."""
        names = {*accounts}
        return [one for one in self._pair.imports("digest = ? order by first", digest) if one.account in names]

    def change(self, row: ImportRow, expected: ImportState) -> bool:
        """See `Imports`."""

        def change() -> bool:
            with self._pair.changing() as changed:
                found = self._pair.first.imports("token = ?", (row.token,))
                if not found or found[0].state != expected:
                    return False
                changed.append(row)
            return True

        return self._pair.mended(change)

    def counts(self, row: ImportRow) -> dict[DraftState, int]:
        """See `Imports`."""
        states = ", ".join(f"'{state}'" for state in DraftState)
        sql = f"state, count(*) from drafts where state in ({states}) and {OF_AN_IMPORT} group by state"
        given: list[str | int] = [row.account, row.first, row.last]
        counts = dict.fromkeys(DraftState, 0)
        counts.update(
            {DraftState(state): count for state, count in self._pair.mended(lambda: self._pair.rows((sql, given)))}
        )
        return counts

    def drafts(self, row: ImportRow) -> dict[int, DraftRow]:
        """See `Imports`."""
        found = self._pair.drafts(f"{OF_AN_IMPORT} order by number", row.account, row.first, row.last)
        rows = {row.row_of(draft.token): draft for draft in found}
        return {number: draft for number, draft in rows.items() if number is not None}

    def finished(self, most: int) -> list[int]:
        """See `Imports`."""
        newest = "select changed, is_bulk, state from drafts indexed by drafts_by_change order by change desc limit ?"
        states = ", ".join(f"'{state}'" for state in DONE)
        sql = f"changed from ({newest}) where is_bulk = 1 and state in ({states}) order by changed"
        return [int(changed) for (changed,) in self._pair.mended(lambda: self._pair.rows((sql, [most])))]
