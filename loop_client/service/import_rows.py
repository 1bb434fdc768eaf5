"""What became of the rows of imports, and which rows of a file need not be sent again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from loop_client.mirror.store import DraftState, ImportState
from loop_client.service.receipt import ReceiptRow

if TYPE_CHECKING:
    from loop_client.mirror.store import DraftRow, ImportRow
    from loop_client.mirror.store import Imports as Store
    from loop_client.service.outbox import Outbox

GIVEN_UP: Final = (DraftState.DISCARDED, DraftState.REFUSED)
"""States after which a row of the same file may be imported again."""

NOT_WRITTEN: Final = "not written down"
"""The reason of a row that its import was to have, and whose writer died or was stopped before."""


class ImportRows:
    """The rows of the imports in a store."""

    def __init__(self, store: Store, outbox: Outbox) -> None:
        """Read nothing yet."""
        self._store, self._outbox = store, outbox

    def earlier(self, digest: str) -> dict[int, ReceiptRow]:
        """See `Imports`."""
        rows: dict[int, ReceiptRow] = {}
        for one in self._store.of_content(digest, self._outbox.names()):
            for row in self._outcomes(one):
                is_better = row.row not in rows or row.state == DraftState.STORED
                if is_better and row.state not in GIVEN_UP:
                    rows[row.row] = row
        return rows

    def all(self, one: ImportRow) -> list[ReceiptRow]:
        """All rows of an import's file in order, with those that are skipped and those that are not written down."""
        skipped = [ReceiptRow(row, None, reason=reason) for row, reason in one.reasons.items()]
        rows = {row.row: row for row in [*self._outcomes(one), *skipped]}
        missing = [row for row in range(1, one.rows + 1) if row not in rows][: one.rows - len(rows)]
        rows |= {row: ReceiptRow(row, None, reason=NOT_WRITTEN) for row in missing}
        return [rows[row] for row in sorted(rows)]

    def _outcomes(self, one: ImportRow) -> list[ReceiptRow]:
        drafts = self._store.drafts(one)
        return [self._outcome(row, draft, one.state) for row, draft in drafts.items()]

    def _outcome(self, row: int, draft: DraftRow, state: str) -> ReceiptRow:
        """What became of a row: of the draft that a person sent in its place, if there is one."""
        while draft.state == DraftState.DISCARDED and draft.error is not None:
            again = self._outbox.repeat_of(draft.token)
            if again is None:
                break
            draft = again
        now = DraftState(draft.state)
        if now == DraftState.WAITING and draft.is_bulk and state == ImportState.CANCELLED:
            now = DraftState.DISCARDED
        return ReceiptRow(row, now, draft.item_id, draft.said or draft.error)
