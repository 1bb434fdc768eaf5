"""Whether the list that the API shows is the one that was seen before: another's items must not mix with these."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loop_client.mirror.errors import UnexpectedListError
from loop_client.mirror.head import NEWEST
from loop_client.mirror.intake import PAGE_SIZE, PAST_CACHES
from loop_client.mirror.state import Doubt

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from loop_client import Feedback
    from loop_client.mirror.head import Look
    from loop_client.mirror.intake import Intake
    from loop_client.models import Text

ACCEPTED_AFTER, ACCEPTED_LOOKS = 3600.0, 30
"""Seconds, and looks in a row, after which an unexpected list is taken for what the account holds now."""


class Guard:
    """Judges looks at the head, and pages on which nothing is known. `is_empty`: the last look showed nothing."""

    def __init__(self, intake: Intake) -> None:
        """Trust what was stored."""
        self.is_empty = self._are_unreadable = False
        self._in, self._asked_again = intake, set[tuple[str | None, str | None]]()

    @property
    def expected(self) -> dict[str, int]:
        """Id and time of the items by which the list is known: of those it showed, else of those that are stored."""
        state = self._in.state
        if state.newest or not state.begun:
            return state.newest
        stored = self._in.store.newest(self._in.account, NEWEST + len(state.unproven))
        return {row.id: row.created_at for row in stored if row.id not in state.unproven}

    @property
    def problem(self) -> UnexpectedListError | None:
        """What is wrong with the list, though it is this account's; None when all is well."""
        if self._in.state.unexpected is None:
            return None
        if self.is_empty:
            return UnexpectedListError(UNREADABLE if self._are_unreadable else EMPTY)
        return UnexpectedListError(SET_BACK)

    def doubted(self, look: Look) -> list[frozenset[str]]:
        """The pages of a look on which nothing is known, though it is on others: as ids.

        One answer from another account may be among answers from this one.
        """
        if not look.expected:
            return []
        known = {item.id for item in self._vouched(look.items)}
        pages = [page for page in look.ids_by_page if known.isdisjoint(page)]
        return [] if len(pages) == look.pages else pages

    def accepts(self, look: Look) -> bool:
        """Whether a look at another list is one look too many: it is the account's list now.

        Raises:
            UnexpectedListError: It is not, and nothing of it may be stored.
        """
        state, clock = self._in.state, self._in.clock
        if not look.items and state.watermark is None and not state.newest:  # it does not show yet what was added
            look.accept()
            return False
        doubt = state.unexpected or Doubt(clock())
        if doubt.since > clock() or not doubt.looks:
            doubt = Doubt(clock())
        doubt.looks += 1
        state.unexpected, self.is_empty, self._are_unreadable = doubt, not look.items, look.rejected > 0
        is_ours = bool(self._vouched(look.items))
        state.doubt = state.doubt or is_ours
        if self.is_empty or is_ours:  # an outage never empties the copy
            doubt.looks = 0  # only looks at another's list count, and only those in a row
            return False
        if doubt.looks >= ACCEPTED_LOOKS and clock.is_due(doubt.since, ACCEPTED_AFTER):
            state.unexpected = None
            look.accept()
            return True
        self._in.save_state()
        raise UnexpectedListError(_another(len(look.expected)))

    def trust(self, look: Look) -> None:
        """Delete what a cut look took from another, and note by what the next look tells that it is the same list.

        Before the look moves the watermark: what is deleted is stored at once, and what the look shows is not yet.
        """
        state = self._in.state
        if look.proves and state.unproven:
            shown = {item.id: item for item in look.items}
            rows = self._in.rows(state.unproven)
            self._in.delete([row for row in rows if row.id not in shown or not row.is_of(shown[row.id])])
            state.unproven = []
        if not look.is_another:
            state.unexpected, self.is_empty = None, False
            state.newest = look.newest()

    def asks_again(self, status: Text, cursor: Text, items: Sequence[Feedback]) -> bool:
        """Whether nothing on a page is known, for the first time: the head then tells whose list it is."""
        page = (status, cursor)
        if not self.expected or page in self._asked_again or self._vouched(items):
            return False
        self._asked_again.add(page)
        return True

    def page_size(self, status: Text, cursor: Text) -> int:
        """Of a walk that goes on at this page."""
        return PAST_CACHES if (status, cursor) in self._asked_again else PAGE_SIZE

    def _vouched(self, items: Iterable[Feedback]) -> list[Feedback]:
        """Those of these items that are stored, and not from a look that was cut off."""
        unproven = frozenset(self._in.state.unproven)
        return [item for item in self._in.known(items) if item.id not in unproven]


EMPTY = (
    "Loop's list is empty, but it held items before (GET /v2/feedback). They are shown as they were. If the account "
    "was emptied, delete this copy: python -m loop_client purge."
)

CHANGING = (
    "Loop's list shows other items each time that it is asked for (GET /v2/feedback). Some may be another account's: "
    "nothing of them was stored. The list is asked for again."
)

UNREADABLE = (
    "None of the items in Loop's list can be read (GET /v2/feedback). What was stored before is shown as it was. The "
    "API may have changed: look for a newer version of this program."
)

SET_BACK = (
    "Loop's list lacks the newest items that it showed before, and shows others that are stored here (GET "
    "/v2/feedback). It may have been set back in time, or they were deleted. What is missing stays until two complete "
    "walks have not found it."
)


def _another(count: int) -> str:
    which = "the newest item" if count == 1 else f"any of the {count} newest items"
    return (
        f"Loop's list does not show {which} stored here (GET /v2/feedback). It may be another account's: "
        "nothing of it was stored. If it stays so for an hour, it is accepted as this account's. Check LOOP_API_KEY "
        "and LOOP_BASE_URL."
    )
