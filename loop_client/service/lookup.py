"""Which items unknown drafts have become: pure rules over drafts and the items of the list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from loop_client.mirror import Row
    from loop_client.mirror.store import DraftRow

SECOND: Final = 1_000_000
"""µs."""

GRAIN: Final = 2 * SECOND
"""µs by which an item may seem older than its send: servers tell the time in whole seconds."""

LATE: Final = 300 * SECOND
"""µs after the end of a send in which Loop may still store the item, as behind a proxy that gave up."""

LOOKED_FOR: Final = 86_400 * SECOND
"""µs for which an unknown draft is looked for."""


def window(draft: DraftRow) -> tuple[int, int]:
    """The first and the last moment (µs) at which Loop may have stored an unknown draft."""
    since = draft.sent_from if draft.sent_from is not None else draft.changed
    return since - GRAIN, (draft.sent_until if draft.sent_until is not None else draft.changed) + LATE


def is_looked_for(draft: DraftRow, now: int) -> bool:
    """Whether an unknown draft is still looked for at that time (µs)."""
    return now - draft.changed <= LOOKED_FOR


def can_be_of(row: Row, draft: DraftRow) -> bool:
    """Whether an item of the list can be what a draft has become.

    All five fields are equal, Loop stored it while the draft was sent, and it was not known before.
    """
    since, until = window(draft)
    return since <= row.created_at <= until and row.texts == draft.texts and row.id not in draft.known_ids


def matches(unknown: Sequence[DraftRow], rows: Sequence[Row], taken: Collection[str]) -> Iterator[tuple[DraftRow, Row]]:
    """The unknown drafts that have become one of these items, each with its own: the oldest first.

    `rows`: oldest first. `taken`: ids of items that other drafts have become.
    """
    free = {row.id: row for row in rows if row.id not in taken}
    for draft in sorted(unknown, key=lambda one: (one.sent_from or one.changed, one.number)):
        found = next((row for row in free.values() if can_be_of(row, draft)), None)
        if found is not None:
            del free[found.id]
            yield draft, found


def equal_ids(draft: DraftRow, rows: Iterable[Row]) -> list[str]:
    """The ids of the items that are equal to a draft in all five fields."""
    return [row.id for row in rows if row.texts == draft.texts]
