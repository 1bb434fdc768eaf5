"""Guards against a foreign list: items of another account must not be mixed with the stored ones."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from loop_client.mirror.errors import UnexpectedListError
from loop_client.mirror.head import NEWEST
from loop_client.mirror.intake import PAGE_SIZE
from loop_client.mirror.state import Mismatch

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from loop_client import Feedback
    from loop_client.mirror.head import Look
    from loop_client.mirror.intake import Intake

ACCEPTED_AFTER, ACCEPTED_LOOKS = 3600.0, 30
"""Seconds, and consecutive looks, after which an unexpected list is accepted as the account's."""

LOOKS = 4
"""Most times that a page without a known item, or a look with one, is requested until it shows the same items again."""

Place = tuple[str | int | None, str | int | None]
"""Where a walk is: status and cursor of a scan, upper and lower end of a gap. A gap's cursor is no place: each look at
the head may bring another one for the same gap, and each page would need a check again."""


class Guard:
    """Checks looks at the head, and pages without any known item. `is_empty`: the last look had no items."""

    def __init__(self, intake: Intake) -> None:
        """Start from the stored state."""
        self.is_empty = self._are_unreadable = False
        self._intake, self._shown = intake, dict[Place, list[frozenset[str]]]()
        self._page_sizes: dict[Place, int] = {}

    @property
    def expected(self) -> dict[str, int]:
        """Id → time of the items that identify the list: the newest that it showed, else the newest stored."""
        state = self._intake.state
        if state.newest or not state.begun:
            return state.newest
        stored = self._intake.store.newest(self._intake.account, NEWEST + len(state.unproven))
        return {row.id: row.created_at for row in stored if row.id not in state.unproven}

    @property
    def oldest_unproven(self) -> float:
        """The time (µs) below which a look has to go, so that it decides about all that an interrupted one took."""
        return min((row.created_at for row in self._intake.rows(self._intake.state.unproven)), default=math.inf)

    @property
    def problem(self) -> UnexpectedListError | None:
        """A problem with the account's own list; None when all is well."""
        if self._intake.state.unexpected is None:
            return None
        if self.is_empty:
            return UnexpectedListError(UNREADABLE if self._are_unreadable else EMPTY)
        return UnexpectedListError(SET_BACK)

    def unverified(self, look: Look) -> list[frozenset[str]]:
        """The pages of a look without a known item, as sets of ids, if other pages have some.

        A single answer of another account may be among the answers of this one.
        """
        if not look.expected:
            return []
        known = {item.id for item in self._proven(look.items)}
        pages = [page for page in look.ids_by_page if known.isdisjoint(page)]
        return [] if len(pages) == look.pages else pages

    def accepts(self, look: Look) -> bool:
        """Whether an unexpected list is accepted now, after enough looks.

        Raises:
            UnexpectedListError: It is not accepted, and nothing of it may be stored.
        """
        state, clock = self._intake.state, self._intake.clock
        if not look.items and state.watermark is None and not state.newest:  # it does not show the submitted item yet
            look.accept()
            return False
        mismatch = state.unexpected or Mismatch(clock())
        if mismatch.since > clock() or not mismatch.looks:
            mismatch = Mismatch(clock())
        mismatch.looks += 1
        state.unexpected, self.is_empty, self._are_unreadable = mismatch, not look.items, look.rejected > 0
        is_ours = bool(self._proven(look.items))
        state.recheck_due = state.recheck_due or is_ours
        if self.is_empty or is_ours:  # an outage never empties the copy
            mismatch.looks = 0  # only consecutive looks at a foreign list count
            return False
        if mismatch.looks >= ACCEPTED_LOOKS and clock.is_due(mismatch.since, ACCEPTED_AFTER):
            state.unexpected = None
            look.accept()
            return True
        self._intake.save_state()
        raise UnexpectedListError(_another(len(look.expected)))

    def trust(self, look: Look) -> None:
        """Delete items that an interrupted look took from another list, and store the items that identify the list.

        Call it before the look moves the watermark: deletions are stored at once, but the look's items are not yet.
        """
        state = self._intake.state
        if look.proves and state.unproven:
            shown = {item.id: item for item in look.items}
            rows = self._intake.rows(state.unproven)
            self._intake.delete([row for row in rows if row.id not in shown or not row.is_of(shown[row.id])])
            state.unproven = []
        if not look.is_another:
            state.unexpected, self.is_empty = None, False
            state.newest = look.newest()

    def needs_check(self, place: Place, items: Sequence[Feedback], page_size: int) -> bool:
        """Whether a page has no known item, nor one that its place showed before. The head shows whose list it is.

        `page_size`: with which it was requested.

        Raises:
            UnexpectedListError: The place showed other items each time.
        """
        if not self.expected or self._proven(items):
            return False
        ids, shown = frozenset(item.id for item in items), self._shown.setdefault(place, [])
        if any(ids == earlier or ids & earlier for earlier in shown):
            return False
        if len(shown) == LOOKS:
            raise UnexpectedListError(CHANGING)
        shown.append(ids)
        self._page_sizes[place] = page_size - 1 if page_size > PAGE_SIZE - LOOKS else PAGE_SIZE
        return True

    def page_size(self, place: Place) -> int:
        """The page size of a walk that resumes at this place: another one each time, to bypass a cache."""
        return self._page_sizes.get(place, PAGE_SIZE)

    def _proven(self, items: Iterable[Feedback]) -> list[Feedback]:
        """The items that are stored, and not from an interrupted look."""
        unproven = frozenset(self._intake.state.unproven)
        return [item for item in self._intake.known(items) if item.id not in unproven]


EMPTY = (
    "Loop's list is empty, but it had items before (GET /v2/feedback). They are shown as they were. If the account "
    "was emptied, delete this copy: python -m loop_client purge."
)

CHANGING = (
    "Loop's list shows other items with each request (GET /v2/feedback). Some may be another account's: "
    "nothing of them was stored. The list is requested again."
)

UNREADABLE = (
    "None of the items in Loop's list can be read (GET /v2/feedback). What was stored before is shown as it was. The "
    "API may have changed: look for a newer version of this program."
)

SET_BACK = (
    "Loop's list lacks the newest items that it showed before, and shows others that are stored here (GET "
    "/v2/feedback). It may have been set back in time, or they were deleted. What is missing stays until two full "
    "scans have not found it."
)


def _another(count: int) -> str:
    which = "the newest item" if count == 1 else f"any of the {count} newest items"
    return (
        f"Loop's list does not show {which} stored here (GET /v2/feedback). It may be another account's: "
        "nothing of it was stored. If it stays so for an hour, it is accepted as this account's. Check LOOP_API_KEY "
        "and LOOP_BASE_URL."
    )
