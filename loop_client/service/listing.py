"""The outbox as a list, for a process that sends nothing."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loop_client.service.drafts import submission_of
from loop_client.service.imports import import_of
from loop_client.service.outbox import counted
from loop_client.service.storage import Storage

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from loop_client.mirror.store import DraftState
    from loop_client.service.drafts import Submission
    from loop_client.service.imports import Import


@dataclass(frozen=True, slots=True)
class Listing:
    """What is left to do, of all accounts, in the order in which it was written down.

    `drafts`: without rows of imports that only wait. `imports`: those of which rows wait. `counts`: of all drafts.
    `place`: the folder or the database.
    """

    drafts: list[Submission]
    imports: list[Import]
    counts: Mapping[DraftState, int]
    place: str


def outbox_of(folder: Path, url: str | None = None) -> Listing:
    """What is left to do in the outbox of a data folder, or in that of the database at this URL.

    Raises:
        StoreError: The outbox cannot be read.
    """
    with closing(Storage(folder, url)) as storage:
        drafts = storage.drafts
        counts = drafts.counts()
        accounts = {account for account, _ in counts}
        rows = sorted(drafts.pending(accounts, 0, sum(counts.values())), key=lambda row: row.number)
        imports = [import_of(row, drafts.imports.counts(row)) for row in drafts.imports.all()]
        return Listing(
            [submission_of(row, row.account, None, None) for row in rows],
            [one for one in imports if one.waiting],
            counted(drafts),
            storage.name,
        )
