"""Imports: files whose rows are drafts of the outbox, with their progress and what a person can do about them."""

from __future__ import annotations

import logging
import threading
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from loop_client.mirror import StoreError
from loop_client.mirror.store import DraftState, ImportRow, ImportState
from loop_client.service import pace
from loop_client.service.drafts import EPOCH
from loop_client.service.import_rows import ImportRows
from loop_client.service.import_writer import ImportWriter, StoppedError
from loop_client.service.receipt import Receipt

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

    from loop_client.mirror import Mirror
    from loop_client.mirror.store import Imports as Store
    from loop_client.service.drafts import Draft
    from loop_client.service.outbox import Outbox
    from loop_client.service.receipt import ReceiptRow

LOOKED_EVERY: Final = 0.02
"""Seconds between two looks whether an import is there that a thread writes."""

CHANGED: Final = "This import has another state by now. Look at it again."

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Import:
    """An import as it is now; ask again for its progress.

    `rows`: of the file. `left_out`: those that are not to be sent, see the receipt. `counts`: how many of the others
    are in each state, as far as they are written down; of a cancelled import, nothing waits. `written_at`: when it was
    begun, UTC. `is_ours`: it was written for the account that is connected; another account's is not sent. `ends_at`:
    when all of it will be sent, UTC; None where nothing waits, or that cannot be said. `problem`: why a thread of this
    process stopped writing it down, as a sentence; "" while nothing is wrong.
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
    problem: str = ""

    @property
    def written(self) -> int:
        """How many rows are written down."""
        return sum(self.counts.values())

    @property
    def unwritten(self) -> int:
        """How many rows are still to be written down."""
        is_writing = self.state == ImportState.WRITING
        return max(self.rows - self.left_out - self.written, 0) if is_writing else 0

    @property
    def waiting(self) -> int:
        """How many rows are still to be sent, or on their way."""
        return self.counts[DraftState.WAITING] + self.counts[DraftState.SENDING] + self.unwritten

    @property
    def done(self) -> int:
        """How many rows need no more sending."""
        return self.rows - self.waiting

    @property
    def progress(self) -> str:
        """How far it is, as a sentence."""
        if self.state == ImportState.WRITING:
            return f"{self.written:,} of {self.written + self.unwritten:,} rows are written down."
        return f"{self.waiting:,} of {self.rows:,} rows {'waits' if self.waiting == 1 else 'wait'}."

    @property
    def is_done(self) -> bool:
        """Whether no row needs sending any more."""
        return not self.waiting and self.state != ImportState.WRITING


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
    any restart. Every method raises StoreError, with a sentence, where the outbox cannot do it; then nothing changed,
    except that of an import that was being written down, the rows that are there stay, and wait for the others.
    """

    def __init__(self, store: Store, outbox: Outbox, mirror: Mirror, per_minute: float) -> None:
        """Open nothing yet. `per_minute`: calls to the API."""
        self._store, self._outbox, self._mirror, self._per_minute = store, outbox, mirror, per_minute
        self._seen: tuple[Hashable, dict[str, Import]] | None = None
        self._problems: dict[str, str] = {}
        self.writer, self._rows = ImportWriter(store, outbox, mirror), ImportRows(store, outbox)
        self._by_owner: dict[str, Imports] = {}

    def of(self, owner: str | None) -> Imports:
        """The imports that a person sees who is signed in: their own, and nobody's. All without a sign-in, None."""
        if owner is not None and owner not in self._by_owner:
            self._by_owner[owner] = one = copy(self)
            one._seen, one.writer = None, self.writer.of(owner)  # noqa: SLF001 - its own
        return self._by_owner[owner] if owner is not None else self

    def write(
        self, token: str, name: str, digest: str, drafts: Mapping[int, Draft], skipped: Mapping[int, str]
    ) -> Import:
        """Write a file's rows down, durably, to be sent once each; what is there under that token.

        A file of more than 1,000 rows takes seconds, in which `find` shows it as `writing`, with `written` as its
        progress. It is sent once its last row is there. Called again after this process died, it writes the rest.

        `digest`: SHA-256 of the file's content, in hexadecimal digits. `drafts`: row → what is to be sent, at least
        one. `skipped`: row → reason, for the rows that are no drafts.
        """
        self.writer.write(self.writer.new(token, name, digest, len(drafts), skipped), drafts)
        self._outbox.wake()
        return self._found(token)

    def write_new(
        self, token: str, name: str, digest: str, drafts: Mapping[int, Draft], skipped: Mapping[int, str]
    ) -> dict[int, ReceiptRow]:
        """Write those of the rows down, as `write` does, that are not in `earlier`; what that was, and is left out.

        Each row is written once, also where other processes do the same at this moment. An import of this content
        whose writer died is finished with these rows. Where somebody cancels what is being written, the rest is not.
        """
        found = self._store.find(token)
        if found is not None and found.state != ImportState.WRITING:
            return self.earlier(digest)
        before = self.writer.write_new(self.writer.new(token, name, digest, 0, skipped), drafts, self.earlier)
        self._outbox.wake()
        return before

    def start(self, token: str, name: str, digest: str, drafts: Mapping[int, Draft], skipped: Mapping[int, str]) -> str:
        """Begin to `write`, and return the token once the first rows are there; a thread writes the others."""
        return self._started(token, lambda: self.write(token, name, digest, drafts, skipped))

    def start_new(
        self, token: str, name: str, digest: str, drafts: Mapping[int, Draft], skipped: Mapping[int, str]
    ) -> str:
        """Begin to `write_new`, as `start` does; the token of the import that is finished, where its writer died."""
        known = self._store.of_content(digest, self._outbox.names())
        begun = [one.token for one in known if one.state == ImportState.WRITING and one.owner == self.writer.owner]
        return self._started(begun[0] if begun else token, lambda: self.write_new(token, name, digest, drafts, skipped))

    def _started(self, token: str, write: Callable[[], object]) -> str:
        """Write in a thread, and return the token once its import is there; what fails then is a `problem` of it."""
        errors: list[Exception] = []
        self._problems.pop(token, None)

        def run() -> None:
            try:
                write()
            except StoppedError:
                logger.info("The process ends; an import is written down in part, and waits to be finished")
            except StoreError as error:
                errors.append(error)
                self._problems[token] = str(error)
                logger.warning("An import could not be written down completely: %s", error)
            except Exception as error:
                errors.append(error)
                self._problems[token] = "It failed unexpectedly; the log says more."
                logger.exception("An import could not be written down")

        thread = threading.Thread(target=run, name="write import", daemon=True)
        thread.start()
        while thread.is_alive() and self._store.find(token) is None:
            thread.join(LOOKED_EVERY)
        if errors and self._store.find(token) is None:
            raise StoreError(str(errors[0])) from errors[0]
        return token

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
        """Discard the rows of an import that wait, for good; the row that is on its way arrives.

        One that is still being written down ends with the batch at hand.
        """
        others = [state for state in ImportState if state != ImportState.CANCELLED]
        return self._decided(token, ImportState.CANCELLED, others)

    def seconds_for(self, rows: int) -> float:
        """How long so many rows take at the pace that the budget allows, in seconds."""
        return rows / (pace.EXPECTED * pace.budgeted(self._per_minute))

    def earlier(self, digest: str) -> dict[int, ReceiptRow]:
        """The rows of files with this content that were sent or will be, for this account: not to be sent again.

        Neither the refused nor the discarded ones, nor those that a cancelled import left.
        """
        return self._rows.earlier(digest)

    def receipt(self, token: str) -> Receipt:
        """What became of each row of an import's file; the ids of items are looked up in the copy.

        Raises:
            StoreError: There is no such import, or it cannot be read.
        """
        one = self._stored(token)
        rows = self._rows.all(one)
        ids = [row.item_id for row in rows if row.item_id is not None]
        return Receipt(one.name, one.digest, _moment(one.created), rows, frozenset(self._mirror.listed(ids)))

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
                if one.state == ImportState.WRITING:
                    one = replace(one, problem=self._problems.get(row.token, ""))
                found[row.token] = one
            self._seen = version, {row.token: found[row.token] for row in filter(self._is_seen, rows)}
        return self._seen[1]

    def _end(self, row: ImportRow, ahead: int, finished: list[int]) -> datetime | None:
        """When so many rows will be sent, the last of them of this import."""
        now, pause = self._mirror.now(), self._outbox.pause()
        left = pace.seconds_left(ahead, finished, now, row.changed, self._per_minute)
        if left is None:
            return None
        begin = max(_moment(now), pause.until) if pause else _moment(now)
        return begin + timedelta(seconds=left)

    def _decided(self, token: str, state: ImportState, expected: Sequence[ImportState]) -> Import:
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
        if row is None or not self._is_seen(row):
            raise StoreError("There is no such import any more.")
        return row

    def _is_seen(self, row: ImportRow) -> bool:
        return row.is_seen_by(self.writer.owner)

    def _found(self, token: str) -> Import:
        self._seen = None
        found = self.find(token)
        if found is None:
            raise StoreError("There is no such import any more.")
        return found


def _moment(microseconds: int) -> datetime:
    return EPOCH + timedelta(microseconds=microseconds)
