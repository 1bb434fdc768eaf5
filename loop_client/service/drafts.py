"""Drafts as pages and shell see them: what somebody wrote, and what became of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from loop_client import CreateOutcomeUnknown, Feedback, InvalidRequestError, LoopError, User
from loop_client.mirror.store import DraftRow, DraftState
from loop_client.service import lookup

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

PATIENCE: Final = timedelta(seconds=15)
"""After which somebody who waits for an outcome is told that the outbox has the draft."""

OUTCOMES: Final = {
    DraftState.STORED: "Loop stored it.",
    DraftState.REFUSED: "Not stored.",
    DraftState.UNKNOWN: "It is not known whether Loop stored this.",
    DraftState.DISCARDED: "Discarded.",
}

SURROGATES: Final = re.compile("[\ud800-\udfff]")
"""Halves of letters, which are no text: no file can hold them, and Loop refuses them."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed into the form. Absent fields are None."""

    user_id: str
    message: str
    sentiment: str | None = None
    source: str | None = None
    tag: str | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """One draft of the outbox as it is now; ask again for what became of it.

    `written_at`, `changed_at`: UTC. `item`: as Loop stored it, exactly where `state` is stored. `error`: why it was
    refused, is unknown or waits; None where nothing went wrong. `tries`: how often it was sent. `repeats`: the token
    of the draft that a person sent again with this one. `is_ours`: it was written for the account that is connected;
    another account's is not sent.
    """

    token: str
    draft: Draft
    state: DraftState
    written_at: datetime
    changed_at: datetime
    item: Feedback | None = None
    error: LoopError | None = None
    tries: int = 0
    is_bulk: bool = False
    repeats: str | None = None
    is_ours: bool = True

    @property
    def is_done(self) -> bool:
        """Whether nothing more happens by itself; an unknown one may still be found."""
        return self.state not in {DraftState.WAITING, DraftState.SENDING}

    @property
    def needs_a_person(self) -> bool:
        """Whether somebody has to decide what becomes of it."""
        return self.state in {DraftState.REFUSED, DraftState.UNKNOWN} or not (self.is_done or self.is_ours)

    @property
    def looked_for_until(self) -> datetime | None:
        """Until when its item is looked for in the list while the outcome is unknown; None in other states."""
        if self.state != DraftState.UNKNOWN or not self.is_ours:
            return None
        return self.changed_at + timedelta(microseconds=lookup.LOOKED_FOR)

    def is_left_to_the_outbox(self, now: datetime) -> bool:
        """Whether whoever submitted it need not wait: it was tried in vain, or takes long; it is sent all the same."""
        if self.is_done:
            return False
        return (self.state == DraftState.WAITING and self.error is not None) or now - self.written_at >= PATIENCE

    def sentence(self, now: datetime) -> str:
        """What became of it so far, for whoever wrote it."""
        if self.is_done:
            said = OUTCOMES[self.state]
        elif not self.is_ours:
            return "It waits in the outbox for the account that it was written for."
        elif self.is_left_to_the_outbox(now):
            said = "It is in the outbox and will be sent."
        else:
            return "Sending to Loop…"
        return f"{said} {self.error}" if self.error else said


def submission_of(row: DraftRow, account: str, item: Feedback | None, reason: LoopError | None) -> Submission:
    """The view of a row. `account`: the one that is connected. `reason`: why nothing is sent right now."""
    state = DraftState(row.state)
    error: LoopError | None = LoopError(row.error) if row.error else None
    if state == DraftState.REFUSED:
        error = InvalidRequestError(row.error or "Loop refused it.", 400, None, row.said)
    elif state == DraftState.UNKNOWN:
        error = CreateOutcomeUnknown(row.error or "Loop's answer was lost.")
    elif state == DraftState.WAITING and row.account == account:
        error = reason or error
    return Submission(
        token=row.token,
        draft=Draft(row.user_id, row.message, row.sentiment, row.source, row.tag),
        state=state,
        written_at=EPOCH + timedelta(microseconds=row.created),
        changed_at=EPOCH + timedelta(microseconds=row.changed),
        item=item,
        error=error,
        tries=row.tries,
        is_bulk=bool(row.is_bulk),
        repeats=row.repeats,
        is_ours=row.account == account,
    )


def row_of(token: str, draft: Draft, account: str, now: int) -> DraftRow:
    """The row of a draft that is written down now (µs)."""
    sentiment, source, tag = (text and storable(text) for text in (draft.sentiment, draft.source, draft.tag))
    fields = (storable(draft.user_id), storable(draft.message), sentiment, source, tag)
    return DraftRow(token, account, *fields, 0, DraftState.WAITING, now, now)


def storable(text: str) -> str:
    """The text with lone surrogates replaced."""
    return SURROGATES.sub("\ufffd", text)


def item_of(row: DraftRow) -> Feedback:
    """The item of a stored draft as it was sent, where the copy does not have it (any more)."""
    return Feedback(
        id=row.item_id or "",
        user=User(id=row.user_id),
        message=row.message,
        sentiment=row.sentiment,
        source=row.source,
        tag=row.tag,
        status="open",
        created_at=EPOCH + timedelta(microseconds=row.item_created or row.changed),
    )
