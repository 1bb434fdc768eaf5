"""Writes the rows of a file into the outbox: in batches, between which others can write, and each row once."""

from __future__ import annotations

import json
import secrets
import threading
from copy import copy
from typing import TYPE_CHECKING, Final

from loop_client.mirror import StoreError
from loop_client.mirror.store import ImportRow, ImportState
from loop_client.service.drafts import row_of, storable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from loop_client.mirror import Mirror
    from loop_client.mirror.store import DraftRow
    from loop_client.mirror.store import Imports as Store
    from loop_client.service.drafts import Draft
    from loop_client.service.outbox import Outbox
    from loop_client.service.receipt import ReceiptRow

ROWS_AT_ONCE: Final = 1_000
"""Rows of a batch: a person's form waits at most until it is written."""

PAUSE: Final = 0.1
"""Seconds between two batches, in which those who wait for the outbox write; another process looks every 0.01 s."""

IMPORTED_BEFORE: Final = "imported before"
"""The reason why a row of an earlier import is left out."""


ELSEWHERE: Final = "Somebody else is importing the same content. Wait until all of it is written down, and try again."


class StoppedError(Exception):
    """Somebody stopped the writer between two batches. What is written stays, and is not sent before all is."""


class ImportWriter:
    """Writes imports down. A file of more than a batch is `writing` until its last row is there.

    Where the process dies before, the rest is written by calling a method again, in any process; two that write the
    same rows at the same time write each of them once. Every method raises StoreError where the outbox cannot be used;
    then the batches that were written stay, and none of them is sent.
    """

    def __init__(self, store: Store, outbox: Outbox, mirror: Mirror) -> None:
        """Write nothing yet."""
        self._store, self._outbox, self._mirror = store, outbox, mirror
        self.owner: str | None = None
        """Whose imports it writes; None without a sign-in."""
        self.rows_at_once, self.pause = ROWS_AT_ONCE, PAUSE
        self.stopped = threading.Event()
        """Set, it ends what is being written: a StoppedError is raised after the batch at hand."""

    def of(self, owner: str) -> ImportWriter:
        """A writer of imports that a person owns, which stops with this one."""
        one = copy(self)
        one.owner = owner
        return one

    def new(self, token: str, name: str, digest: str, rows: int, skipped: Mapping[int, str]) -> ImportRow:
        """An import that is not written down yet. `rows`: how many of the file are drafts."""
        now, counted = self._mirror.now(), (rows + len(skipped), len(skipped))
        state = ImportState.RUNNING if rows <= self.rows_at_once else ImportState.WRITING
        reasons = json.dumps({str(row): storable(reason) for row, reason in skipped.items()})
        account = self._outbox.names()[0]
        times = {"created": now, "changed": now}
        return ImportRow(
            token, account, storable(name), digest, *counted, state, **times, skipped=reasons, owner=self.owner
        )

    def write(self, new: ImportRow, drafts: Mapping[int, Draft], known: Collection[str] | None = None) -> bool:
        """Write an import down, or the rest of it where it was begun; whether all of it is there.

        It is not where `known` does not name another import of the same content that is there, or where somebody else
        has cancelled this one meanwhile.
        """
        first = self._rows(new, [*drafts][: self.rows_at_once], drafts)
        is_new = self._store.begin(new, first, known)
        found = self._store.find(new.token)
        if found is not None and found.state == ImportState.WRITING:
            return self.finish(found, {row: drafts[row] for row in [*drafts][len(first) * is_new :]})
        return found is not None and found.state != ImportState.CANCELLED

    def write_new(
        self, new: ImportRow, drafts: Mapping[int, Draft], earlier: Callable[[str], dict[int, ReceiptRow]]
    ) -> dict[int, ReceiptRow]:
        """Write those of the rows down that are not in `earlier`, as `Imports.write_new` does; what that was at first.

        `new`: without a number of rows. Finishes what its owner began; StoreError while somebody else writes the same.
        """
        before: dict[int, ReceiptRow] | None = None
        while True:
            known = self._store.of_content(new.digest, self._outbox.names())
            there = earlier(new.digest)  # read after `known`: an import that is in neither is not written twice
            before = there if before is None else before
            rest = {row: draft for row, draft in drafts.items() if row not in there}
            begun = [one for one in known if one.state == ImportState.WRITING and one.owner == self.owner]
            if len(begun) < sum(one.state == ImportState.WRITING for one in known):
                raise StoreError(ELSEWHERE)
            if not begun and not rest:
                return before
            one = begun[0] if begun else self._without(new, drafts, there)
            if begun:
                self.finish(one, {row: draft for row, draft in rest.items() if row not in one.reasons})
            elif self.write(one, rest, {other.token for other in known}):
                return before
            if self._is_cancelled(one.token):
                return before

    def finish(self, one: ImportRow, drafts: Mapping[int, Draft]) -> bool:
        """Write further rows of an import that was begun, and let it be sent; False where it has another state by now.

        Rows that are there stay as they are.
        """
        rows = [*drafts]
        for begin in range(0, len(rows), self.rows_at_once):
            if self.stopped.wait(self.pause):
                raise StoppedError
            batch = self._rows(one, rows[begin : begin + self.rows_at_once], drafts)
            if not self._store.extend(one.token, batch):
                return False
        ended = one._replace(state=ImportState.RUNNING, changed=self._mirror.now())
        return self._store.change(ended, ImportState.WRITING)

    def _without(self, new: ImportRow, drafts: Mapping[int, Draft], there: Mapping[int, ReceiptRow]) -> ImportRow:
        """The import without the rows that are there."""
        left_out = {row: f"{IMPORTED_BEFORE}{_id(there[row])}" for row in drafts if row in there}
        token = new.token if self._store.find(new.token) is None else secrets.token_urlsafe(16)
        return self.new(token, new.name, new.digest, len(drafts) - len(left_out), {**new.reasons, **left_out})

    def _is_cancelled(self, token: str) -> bool:
        found = self._store.find(token)
        return found is not None and found.state == ImportState.CANCELLED

    def _rows(self, one: ImportRow, rows: Sequence[int], drafts: Mapping[int, Draft]) -> list[DraftRow]:
        """The rows of an import as drafts that are written down now."""
        now = self._mirror.now()
        fresh = [row_of(one.token_of(row), drafts[row], one.account, now) for row in rows]
        return [draft._replace(is_bulk=1, owner=one.owner) for draft in fresh]


def _id(row: ReceiptRow) -> str:
    return f": {row.item_id}" if row.item_id else ""
