"""The outbox: what was written down to be sent to Loop, what became of it, and what a person can do about it."""

from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING, Final

from loop_client.mirror import StoreError
from loop_client.mirror.store import DraftState
from loop_client.service.drafts import Draft, Submission, item_of, row_of, submission_of

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from loop_client import Feedback
    from loop_client.mirror.store import DraftRow, Drafts
    from loop_client.service.outcomes import Pause

GIVEN_UP: Final = (DraftState.WAITING, DraftState.REFUSED, DraftState.UNKNOWN)
"""States of which a person can decide."""

LISTED: Final = (DraftState.WAITING, DraftState.SENDING, DraftState.REFUSED, DraftState.UNKNOWN)
"""States of drafts for which something is left to do."""

SENT_AGAIN: Final = "It was sent again as another draft."

CHANGED: Final = "This draft has another state by now. Look at it again."


def counted(drafts: Drafts, owner: str | None = None) -> dict[DraftState, int]:
    """How many drafts there are in each state, of all accounts. `owner`: without those that others own."""
    counts = dict.fromkeys(DraftState, 0)
    for (_, state), count in drafts.counts(owner).items():
        counts[state] += count
    return counts


class Outbox:
    """The drafts of all who use the dashboard. Any process may write them; the one that syncs the copy sends them.

    A token is the name of a draft: unguessable, made by whoever writes one, and found again in any process and after
    any restart. Every method raises StoreError, with a sentence, where the outbox cannot do it; then nothing changed.
    """

    def __init__(
        self,
        drafts: Drafts,
        names: Callable[[], list[str]],
        now: Callable[[], int],
        item: Callable[[str], Feedback | None] = lambda _: None,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        """Open nothing yet.

        `names`: of the account that is connected, the present one first. `now`: what time it is, µs. `item`: the item
        with that id, as the copy has it. `wake`: called when there is something to send.
        """
        self._drafts, self._names, self._now, self._item, self.wake = drafts, names, now, item, wake
        self._outcomes = threading.Condition()
        self._undecided: tuple[Hashable, dict[str | None, int]] | None = None
        self.pause: Callable[[], Pause | None] = lambda: None
        """Why nothing is sent right now, and until when."""
        self.problem: Callable[[], StoreError | None] = lambda: None
        """Why drafts cannot be changed right now, as on a full disk; they are tried again."""
        self.in_hand: Callable[[], str | None] = lambda: None
        """The token of the draft whose item is not in the copy yet."""

    def settled(self) -> None:
        """Tell those who wait that a draft has an outcome."""
        with self._outcomes:
            self._outcomes.notify_all()

    def wait(self, token: str, seconds: float) -> Submission | None:
        """The draft with that token, as soon as it is done or another one is, or after these seconds."""
        with self._outcomes:
            found = self.submission(token)
            if found is None or found.is_done:
                return found
            self._outcomes.wait(seconds)
        return self.submission(token)

    def names(self) -> list[str]:
        """The names of the account that is connected, the present one first."""
        return self._names()

    @property
    def news(self) -> str | None:
        """That the outbox was damaged and what became of it, as a sentence; None where it never was."""
        return self._drafts.news

    def submit(self, token: str, draft: Draft, owner: str | None = None) -> Submission:
        """Write a draft down, durably, to be sent once; what is written down under that token already, if anything.

        `owner`: whoever writes it, if somebody is signed in.
        """
        (row,) = self._drafts.add([row_of(token, draft, self._names()[0], self._now())._replace(owner=owner)])
        self.wake()
        return self._view(row)

    def submission(self, token: str) -> Submission | None:
        """The draft with that token as it is now; None where there is none."""
        row = self._drafts.find(token)
        return None if row is None else self._view(row)

    def row(self, token: str) -> DraftRow | None:
        """The draft with that token as it is stored; None where there is none."""
        return self._drafts.find(token)

    def submissions(self, states: Iterable[DraftState] = LISTED) -> list[Submission]:
        """The drafts in these states, in the order in which they were written down; by default what is left to do."""
        return [self._view(row) for row in self._drafts.in_states(states)]

    def pending(self, first: int, most: int, owner: str | None = None) -> list[Submission]:
        """What is left to do, `most` drafts from the place `first` on: what needs a person first, the newest first.

        `owner`: without the drafts that others own; None for all of them.
        """
        return [self._view(row) for row in self._drafts.pending(self._names(), first, most, owner)]

    def undecided(self, owner: str | None = None) -> int:
        """How many drafts of all accounts need a person. Counted once per change: a page asks in each of its runs.

        `owner`: as of `pending`.
        """
        version, seen = self.version(), self._undecided
        if seen is None or seen[0] != version:
            seen = self._undecided = version, {}
        if owner not in seen[1]:
            seen[1][owner] = self._drafts.undecided(self._names(), owner)
        return seen[1][owner]

    def version(self) -> Hashable:
        """Differs after each change of a draft: at once, or after two seconds where another process made it."""
        return self._drafts.last_change(), *self._names()

    def counts(self, owner: str | None = None) -> dict[DraftState, int]:
        """How many drafts there are in each state, of all accounts. `owner`: as of `pending`."""
        return counted(self._drafts, owner)

    def discard(self, token: str) -> None:
        """Give a draft up: it is not sent, or not looked for, any more. One that is discarded already stays so.

        Raises:
            StoreError: It is being sent, or stored, or not there.
        """
        row = self._decided(token)
        if row.state == DraftState.DISCARDED:
            return
        discarded = row._replace(state=DraftState.DISCARDED, changed=self._now())
        if not self._drafts.change(discarded, DraftState(row.state)):
            raise StoreError(CHANGED)

    def send_again(self, token: str, draft: Draft | None = None, person: str | None = None) -> Submission:
        """Send what a draft says, or `draft` in its place, as another one, because a person wants it.

        The first is discarded with a note, and not looked for any more: where Loop has stored it, there are two items.
        Also for a draft of another account: it goes to the one that is connected. Asked twice, it does so once.

        `person`: who wants it, if somebody is signed in; they own the new draft where nobody owned the first.

        Raises:
            StoreError: The draft is being sent, or stored, or discarded, or not there; or somebody else sent it again.
        """
        done, new_token = self._repeat(token)
        if done is not None and done.is_seen_by(person):
            return self._view(done)
        row = self._decided(token)
        if row.state == DraftState.DISCARDED:
            raise StoreError(CHANGED)
        now = self._now()
        text = draft or Draft(row.user_id, row.message, row.sentiment, row.source, row.tag)
        new = row_of(new_token, text, self._names()[0], now)._replace(repeats=token, owner=row.owner or person)
        old = row._replace(state=DraftState.DISCARDED, changed=now, error=SENT_AGAIN, said=None)
        if not self._drafts.change(old, DraftState(row.state), new):
            raise StoreError(CHANGED)
        self.wake()
        return self._view(new)

    def repeat_of(self, token: str) -> DraftRow | None:
        """The draft that was sent in the place of the one with this token, as it is stored; None if there is none."""
        return self._repeat(token)[0]

    def _repeat(self, token: str) -> tuple[DraftRow | None, str]:
        """The draft in the place of another one, and its token; None, and the one it would have, where there is none.

        Whoever knows the first token can write a draft of their own under the next one, which is then passed over.
        """
        seed = f"again {token}"
        while True:
            new_token = hashlib.sha256(seed.encode()).hexdigest()[:32]
            found = self._drafts.find(new_token)
            if found is None or found.repeats == token:
                return found, new_token
            seed += " once more"

    def _decided(self, token: str) -> DraftRow:
        """The draft of which a person decides."""
        row = self._drafts.find(token)
        if row is None:
            raise StoreError("There is no such draft any more.")
        if row.state not in {*GIVEN_UP, DraftState.DISCARDED}:
            raise StoreError(CHANGED)
        return row

    def _view(self, row: DraftRow) -> Submission:
        if row.state == DraftState.STORED and row.token == self.in_hand():
            row = row._replace(state=DraftState.SENDING)  # for a moment: its item is not in the copy yet
        names, pause, item = self._names(), self.pause(), None
        if row.account in names:
            row = row._replace(account=names[0])
        if row.state == DraftState.STORED and row.item_id is not None:
            item = self._item_of(row)
        return submission_of(row, names[0], item, pause.error if pause else None)

    def _item_of(self, row: DraftRow) -> Feedback | None:
        try:
            found = self._item(row.item_id or "")
        except StoreError:
            found = None
        return found or item_of(row)
