"""Imports: files whose rows are drafts of the outbox, with their progress and what a person can do about them."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from loop_client.mirror import StoreError
from loop_client.mirror.store import DraftState, ImportRow, ImportState
from loop_client.service import pace
from loop_client.service.drafts import EPOCH, row_of, storable
from loop_client.service.receipt import Receipt, ReceiptRow

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from loop_client.mirror import Mirror
    from loop_client.mirror.store import DraftRow
    from loop_client.mirror.store import Imports as Store
    from loop_client.service.drafts import Draft
    from loop_client.service.outbox import Outbox

GIVEN_UP: Final = (DraftState.DISCARDED, DraftState.REFUSED)
"""States after which a row of the same file may be imported again."""

CHANGED: Final = "This import has another state by now. Look at it again."


@dataclass(frozen=True, slots=True)
class Import:
    """An import as it is now; ask again for its progress.

    `rows`: of the file. `left_out`: those that were not written down, see the receipt. `counts`: how many of the others
    are in each state; of a cancelled import, nothing waits. `written_at`: UTC. `is_ours`: it was written for the
    account that is connected; another account's is not sent. `ends_at`: when all of it will be sent, UTC; None where
    nothing waits, or that cannot be said.
    """

    token: str
    name: str
    digest: str
    rows: int
    left_out: int
    state: ImportState
    counts: Mapping[DraftState, int]
    written_at: datetime
    is_ours: bool
    ends_at: datetime | None = None

    @property
    def waiting(self) -> int:
        """How many rows are still to be sent, or on their way."""
        return self.counts[DraftState.WAITING] + self.counts[DraftState.SENDING]

    @property
    def done(self) -> int:
        """How many rows need no more sending."""
        return self.rows - self.waiting

    @property
    def is_done(self) -> bool:
        """Whether no row needs sending any more."""
        return not self.waiting


def import_of(row: ImportRow, counts: Mapping[DraftState, int], *, is_ours: bool = True) -> Import:
    """The view of a row with its drafts' states, without an end time."""
    seen, state = dict(counts), ImportState(row.state)
    if state == ImportState.CANCELLED:
        seen[DraftState.DISCARDED] += seen[DraftState.WAITING]
        seen[DraftState.WAITING] = 0
    whole = row.rows, row.left_out
    return Import(row.token, row.name, row.digest, *whole, state, seen, _moment(row.created), is_ours)


class Imports:
    """The imports of all who use the dashboard, in the outbox. Any process may write one; the one that syncs sends it.

    A token is the name of an import: unguessable, made by whoever writes it, and found again in any process and after
    any restart. Every method raises StoreError, with a sentence, where the outbox cannot do it; then nothing changed.
    """

    def __init__(self, store: Store, outbox: Outbox, mirror: Mirror, per_minute: float) -> None:
        """Open nothing yet. `per_minute`: calls to the API."""
        self._store, self._outbox, self._mirror, self._per_minute = store, outbox, mirror, per_minute
        self._seen: tuple[Hashable, dict[str, Import]] | None = None

    def write(
        self, token: str, name: str, digest: str, drafts: Mapping[int, Draft], skipped: Mapping[int, str]
    ) -> Import:
        """Write a file's rows down, durably and all at once, to be sent once each; what is there under that token.

        `digest`: SHA-256 of the file's content, in hexadecimal digits. `drafts`: row → what is to be sent, at least
        one. `skipped`: row → reason, for the rows that are no drafts.
        """
        account, now = self._outbox.names()[0], self._mirror.now()
        reasons = json.dumps({str(row): storable(reason) for row, reason in skipped.items()})
        rows = len(drafts) + len(skipped)
        counted, state = (rows, len(skipped)), ImportState.RUNNING
        new = ImportRow(token, account, storable(name), digest, *counted, state, now, now, skipped=reasons)
        written = (row_of(new.token_of(row), draft, account, now) for row, draft in drafts.items())
        self._store.add(new, [draft._replace(is_bulk=1) for draft in written])
        self._outbox.wake()
        return self._found(token)

    def all(self) -> list[Import]:
        """All imports, the newest first. Read once a second at most: pages ask in each of their runs."""
        return [*reversed(self._current().values())]

    def find(self, token: str) -> Import | None:
        """The import with that token as it is now; None where there is none."""
        return self._current().get(token)

    def pause(self, token: str) -> Import:
        """Send nothing more of an import until it is resumed; the row that is on its way arrives."""
        return self._decided(token, ImportState.PAUSED, (ImportState.RUNNING,))

    def resume(self, token: str) -> Import:
        """Send the rest of an import that was paused."""
        return self._decided(token, ImportState.RUNNING, (ImportState.PAUSED,))

    def cancel(self, token: str) -> Import:
        """Discard the rows of an import that wait, for good; the row that is on its way arrives."""
        return self._decided(token, ImportState.CANCELLED, (ImportState.RUNNING, ImportState.PAUSED))

    def seconds_for(self, rows: int) -> float:
        """How long so many rows take at the pace that the budget allows, in seconds."""
        return rows / (pace.EXPECTED * pace.budgeted(self._per_minute))

    def earlier(self, digest: str) -> dict[int, ReceiptRow]:
        """The rows of files with this content that were sent or will be, for this account: not to be sent again.

        Neither the refused nor the discarded ones, nor those that a cancelled import left.
        """
        rows: dict[int, ReceiptRow] = {}
        for one in self._store.of_content(digest, self._outbox.names()):
            for row in self._outcomes(one):
                is_better = row.row not in rows or row.state == DraftState.STORED
                if is_better and row.state not in GIVEN_UP:
                    rows[row.row] = row
        return rows

    def receipt(self, token: str) -> Receipt:
        """What became of each row of an import's file; the ids of items are looked up in the copy.

        Raises:
            StoreError: There is no such import, or it cannot be read.
        """
        one = self._stored(token)
        skipped = [ReceiptRow(int(row), None, reason=reason) for row, reason in json.loads(one.skipped).items()]
        rows = sorted([*self._outcomes(one), *skipped], key=lambda row: row.row)
        ids = [row.item_id for row in rows if row.item_id is not None]
        return Receipt(one.name, one.digest, _moment(one.created), rows, frozenset(self._mirror.listed(ids)))

    def _outcomes(self, one: ImportRow) -> list[ReceiptRow]:
        drafts = self._store.drafts(one)
        return [self._outcome(row, draft, one.state) for row, draft in drafts.items()]

    def _outcome(self, row: int, draft: DraftRow, state: str) -> ReceiptRow:
        """What became of a row: of the draft that a person sent in its place, if there is one."""
        while draft.state == DraftState.DISCARDED and draft.error is not None:
            again = self._outbox.row(self._outbox.token_of_repeat(draft.token))
            if again is None:
                break
            draft = again
        now = DraftState(draft.state)
        if now == DraftState.WAITING and draft.is_bulk and state == ImportState.CANCELLED:
            now = DraftState.DISCARDED
        return ReceiptRow(row, now, draft.item_id, draft.said or draft.error)

    def _current(self) -> dict[str, Import]:
        """All imports by token, the oldest first, read again after each change and each second."""
        version = self._outbox.version(), self._mirror.now() // pace.SECOND
        if self._seen is None or self._seen[0] != version:
            rows = self._store.all()
            finished, ahead = self._store.finished(pace.FINISHED_AT_MOST) if rows else [], 0
            found: dict[str, Import] = {}
            for row in rows:
                one = import_of(row, self._store.counts(row), is_ours=row.account in self._outbox.names())
                if one.is_ours and one.state == ImportState.RUNNING and one.counts[DraftState.WAITING]:
                    ahead += one.counts[DraftState.WAITING]
                    one = replace(one, ends_at=self._end(row, ahead, finished))
                found[row.token] = one
            self._seen = version, found
        return self._seen[1]

    def _end(self, row: ImportRow, ahead: int, finished: list[int]) -> datetime | None:
        """When so many rows will be sent, the last of them of this import."""
        now, pause = self._mirror.now(), self._outbox.pause()
        left = pace.seconds_left(ahead, finished, now, row.changed, self._per_minute)
        if left is None:
            return None
        begin = max(_moment(now), pause.until) if pause else _moment(now)
        return begin + timedelta(seconds=left)

    def _decided(self, token: str, state: ImportState, expected: tuple[ImportState, ...]) -> Import:
        """Give an import a state. One that has it already keeps it."""
        row = self._stored(token)
        if row.state != state:
            changed = row._replace(state=state, changed=self._mirror.now())
            if row.state not in expected or not self._store.change(changed, ImportState(row.state)):
                raise StoreError(CHANGED)
        self._outbox.wake()
        return self._found(token)

    def _stored(self, token: str) -> ImportRow:
        row = self._store.find(token)
        if row is None:
            raise StoreError("There is no such import any more.")
        return row

    def _found(self, token: str) -> Import:
        self._seen = None
        found = self.find(token)
        if found is None:
            raise StoreError("There is no such import any more.")
        return found


def _moment(microseconds: int) -> datetime:
    return EPOCH + timedelta(microseconds=microseconds)
