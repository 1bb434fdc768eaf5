"""Sends the drafts of the outbox, one after the other, and finds out what became of those whose answer was lost.

One thread of the process that syncs the copy does all of it, so that no two drafts are on their way at the same time.
Each change is durable before what follows it: a draft is `sending` before its request leaves.
"""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from loop_client import LoopError
from loop_client.mirror.store import DraftState
from loop_client.service import lookup, outcomes
from loop_client.service.drafts import EPOCH

if TYPE_CHECKING:
    from collections.abc import Callable

    from loop_client import Feedback
    from loop_client.mirror import StoreError
    from loop_client.mirror.store import DraftRow, Drafts
    from loop_client.service.account import Account
    from loop_client.service.outcomes import Pause

IDLE: Final = 2.0
"""Seconds after which there may be something to do without a wake: another process wrote a draft down."""

WRITTEN_AGAIN_EVERY: Final = 1.0
"""Seconds between two attempts to store an outcome, as on a full disk."""

HEARD_WITHIN: Final = 10.0
"""Seconds in which the first look at the list tells what time it is for Loop; until then nothing is sent."""

REMEMBERED: Final = 60 * 86_400 * lookup.SECOND
"""µs for which a draft is kept once nothing is left to do: so long a link finds its outcome."""

FORGETTING_EVERY: Final = 3600.0
"""Seconds."""

DISCARDED_AT_ONCE: Final = 2_000
"""Drafts of a cancelled import that one step discards: others want to write, too."""

logger = logging.getLogger(__name__)


class Sender:
    """What is due for the drafts of one account, a step at a time.

    `names`: of the account, the present one first. `pause`: why nothing is sent right now; None where drafts go out.
    `in_hand`: the token of the draft that is being sent, until its item is in the copy. `problem`: why the outbox
    cannot be used. `stored`: called with each new item and its draft. `settled`: called when a draft has an outcome.
    """

    def __init__(
        self,
        drafts: Drafts,
        account: Account,
        stored: Callable[[Feedback, DraftRow], None],
        take_bulk: Callable[[], float],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Do nothing yet. `take_bulk`: as `Budget.take_bulk`. `clock`: seconds since any moment."""
        self._drafts, self._account, self._stored, self._take_bulk = drafts, account, stored, take_bulk
        self._clock, self._begun = clock, clock()
        self.names = account.mirror.names
        self.pause: Pause | None = None
        self.in_hand: str | None = None
        self.problem: StoreError | None = None
        self.prepaid = False
        """Whether the next request is paid from the budget of bulk rows; the client's `admit` takes it back."""
        self.is_stopping = self._is_abandoned = False
        self.settled: Callable[[], None] = lambda: None
        self.unleased: Drafts = drafts
        """The same drafts, for what may be stored without the lease."""
        self._paused_until, self._failures, self._forgot = -1.0, 0, -FORGETTING_EVERY
        self._outcome: tuple[DraftRow, Feedback | None] | None = None
        self._is_recovered = False
        self._looked: tuple[int, tuple[str, ...]] | None = None

    def step(self) -> float:
        """Do what is due; seconds after which there may be more.

        Raises:
            StoreError: The outbox or the copy cannot be used right now; what is known of a draft is kept.
        """
        self.names = self._account.mirror.names
        if not self._account.mirror.is_writer:
            self._is_recovered = False
            self._hand_over()
            return IDLE
        if self._outcome is not None:
            self._write()
        if not self._has_heard():
            return 0.2
        if not self._is_recovered:
            self._recover()
        self._look_up()
        self._forget()
        self._drafts.discard_cancelled(self._account.mirror.now(), DISCARDED_AT_ONCE)
        return self._send_next()

    def recover(self) -> None:
        """Take what a step left behind that was cut for an interrupted send."""
        self._is_recovered = False

    def abandon(self) -> None:
        """Note durably that the draft in hand has no outcome: the process ends, and its request does not."""
        self.is_stopping = self._is_abandoned = True
        draft = self._drafts.find(self.in_hand) if self.in_hand else None
        if draft is not None:
            self._drafts.change(outcomes.unknown(draft, outcomes.ENDED, self._account.mirror.now()), DraftState.SENDING)

    def _has_heard(self) -> bool:
        state = self._account.mirror.state()
        has_heard = any((state.progress, state.checked_at, state.error, state.last_error))
        return has_heard or self._clock() - self._begun >= HEARD_WITHIN

    def _recover(self) -> None:
        """What is being sent now is sent by nobody: this is the only sender, and it has nothing in hand."""
        now = self._account.mirror.now()
        for draft in self._drafts.in_states([DraftState.SENDING]):
            self._drafts.change(outcomes.unknown(draft, outcomes.ENDED, now), DraftState.SENDING)
        self.in_hand, self._is_recovered = None, True

    def _look_up(self) -> None:
        """Give unknown drafts the items of the list that they have become."""
        mirror, now = self._account.mirror, self._account.mirror.now()
        lost = [draft for draft in self._drafts.in_states([DraftState.UNKNOWN]) if lookup.is_looked_for(draft, now)]
        lost = [draft for draft in lost if draft.account in self.names]
        looked = mirror.snapshot().version, tuple(draft.token for draft in lost)
        if not lost or looked == self._looked:
            return
        windows = [lookup.window(draft) for draft in lost]
        rows = mirror.rows_between(min(since for since, _ in windows), max(until for _, until in windows))
        rows = [row for row in rows if any(lookup.can_be_of(row, draft) for draft in lost)]
        taken = {draft.item_id for draft in self._drafts.holders(row.id for row in rows)}
        for draft, row in lookup.matches(lost, rows, {one for one in taken if one}):
            found = outcomes.stored(draft, row.item(), now)._replace(sent_until=draft.sent_until, is_matched=1)
            self._drafts.change(found, DraftState.UNKNOWN)
        self._looked = looked

    def _forget(self) -> None:
        """Forget old drafts, by the time of the last look at the list: this machine's clock may have jumped since."""
        looked = self._account.mirror.state().checked_at
        if looked is not None and self._clock() - self._forgot >= FORGETTING_EVERY:
            self._forgot = self._clock()
            until = min(round((looked - EPOCH) / timedelta(microseconds=1)), self._account.mirror.now())
            self._drafts.forget(until - REMEMBERED)

    def _send_next(self) -> float:
        if (left := self._paused_until - self._clock()) > 0:
            return min(left, IDLE)
        mirror = self._account.mirror
        now = mirror.now()
        draft = self._drafts.next_waiting(self.names, now)
        if draft is None:
            self.pause = None
            return IDLE
        if now < draft.not_before <= now + outcomes.LONGEST_ORDERED * outcomes.SECOND:
            return min((draft.not_before - now) / outcomes.SECOND, IDLE)
        if draft.is_bulk:
            if (left := self._take_bulk()) > 0:
                return min(left, IDLE)
            self.prepaid = True
        try:
            self._send(draft)
        finally:
            self.prepaid = False
        return 0.0

    def _send(self, draft: DraftRow) -> None:
        """Send a draft, and store what became of it."""
        mirror, loop = self._account.mirror, self._account.loop
        now = mirror.now()
        around = mirror.rows_between(now - 2 * lookup.LATE, now + 2 * lookup.LATE)
        equal = lookup.equal_ids(draft, around)
        loop.feedback.exclude([*equal, *self._drafts.claimed(now - 2 * lookup.LATE)])
        sending = draft._replace(state=DraftState.SENDING, changed=now, sent_from=now, sent_until=None, error=None)
        sending = sending.knowing(equal)._replace(tries=draft.tries + 1)
        self.in_hand = draft.token
        self._outcome = draft, None  # until it is certain that it is stored as sending, it has not left
        is_sending = not self.is_stopping and self._drafts.change(sending, DraftState.WAITING)
        self._outcome = None
        if not is_sending:  # a person was faster
            self.recover()
            return
        item = self._created(sending)
        if item is not None:
            self._outcome = outcomes.stored(sending, item, mirror.now()), item
            self.pause, self._failures = None, 0
        self._write()

    def _created(self, draft: DraftRow) -> Feedback | None:
        """The item of a draft; None where there is none, and `_outcome` says why."""
        create = self._account.loop.feedback.create
        try:
            return create(
                user={"id": draft.user_id},
                message=draft.message,
                sentiment=draft.sentiment,
                source=draft.source,
                tag=draft.tag,
            )
        except LoopError as error:
            self._failed(draft, error)
        except Exception:
            logger.exception("A draft could not be sent")
            self._outcome = outcomes.unknown(draft, outcomes.FAULT, self._account.mirror.now()), None
        return None

    def _failed(self, draft: DraftRow, error: LoopError) -> None:
        now = self._account.mirror.now()
        outcome = outcomes.outcome(draft, error, self._failures, now)
        self._outcome = outcome.draft, None
        if outcome.pause is None:  # Loop answers, and refuses this one alone
            self.pause, self._failures = None, 0
        elif self.is_stopping:
            if outcome.draft.state == DraftState.WAITING:  # cut before it left
                self._outcome = outcome.draft._replace(error=None, not_before=0), None
        else:
            self.pause, self._failures = outcome.pause, self._failures + 1
            self._paused_until = self._clock() + outcome.pause.seconds

    def _hand_over(self) -> None:
        """Store what Loop has answered, although another process has the lease by now.

        Nothing is sent twice by that. The draft in hand was `sending`; the other process makes it unknown, and only a
        person sends it again then, as another draft. So Loop's answer to the one request is the truth, whoever stores
        it. Without an answer nothing is stored: whether the draft waits again is up to the process that sends.
        """
        draft, _ = self._outcome or (None, None)
        if draft is not None and draft.state in {DraftState.STORED, DraftState.REFUSED} and not self._is_abandoned:
            self._settle(self.unleased, draft)
            self.settled()
        self._outcome = self.in_hand = None

    def _write(self) -> None:
        """Store what became of the draft in hand."""
        if self._outcome is None or self._is_abandoned:
            return
        draft, item = self._outcome
        self._settle(self._drafts, draft)
        self._outcome = None
        if item is not None:
            try:
                with suppress(LoopError):  # as a copy on a full disk: the next sync brings the item
                    self._stored(item, draft)
            except Exception:
                logger.exception("An item could not be added to the copy")
        self.in_hand = None
        self.settled()

    def _settle(self, drafts: Drafts, draft: DraftRow) -> None:
        """Store what Loop has made of a draft; the item that an answer named is nobody else's."""
        if draft.item_id is not None:
            for other in drafts.holders([draft.item_id]):
                if other.is_matched and other.token != draft.token:
                    lost = other._replace(state=DraftState.UNKNOWN, item_id=None, item_created=None, is_matched=0)
                    drafts.change(lost._replace(error=outcomes.LOST), DraftState.STORED)
        is_answered = draft.state in {DraftState.STORED, DraftState.REFUSED}
        if not drafts.change(draft, DraftState.SENDING) and is_answered:
            drafts.change(draft, DraftState.UNKNOWN)  # it was given up, and then the answer came
