"""What an answer to a create means for its draft, and for all others: pure rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from loop_client import (
    APIConnectionError,
    APIStatusError,
    CreateOutcomeUnknown,
    Feedback,
    LoopError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
)
from loop_client.mirror.store import DraftRow, DraftState
from loop_client.service.drafts import EPOCH

if TYPE_CHECKING:
    from datetime import datetime

SECOND: Final = 1_000_000
"""µs."""

REFUSALS: Final = {400, 409, 413, 422}
"""Statuses that say that this item is wrong, and no other is."""

SENT_WITHIN: Final = 60 * SECOND
"""µs in which a send leaves this machine, or never does: a create takes 20 s at most."""

LONGEST_PAUSE: Final = 60.0
"""Seconds between two attempts at most while the API fails, unless it asks for longer."""

LONGEST_ORDERED: Final = 3600.0
"""Seconds after which one draft is tried again, whatever an answer said: a quota can be raised, and a date be wrong."""

LATEST_QUOTA: Final = timedelta(days=32)
"""A month's quota is there again by then."""

ENDED: Final = "The dashboard ended while it sent this, so Loop may have stored it or not."
LOST: Final = "Loop's answer was lost, and the item that was found belongs to another draft: it may be stored or not."
FAULT: Final = "The dashboard failed while it sent this, so Loop may have stored it or not."


@dataclass(frozen=True, slots=True)
class Pause:
    """Why nothing is sent, and until when: `seconds` from now, and the moment that is said, UTC."""

    error: LoopError
    seconds: float
    until: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """The draft as it is to be stored, and the pause that all drafts get; None where the next may be sent at once."""

    draft: DraftRow
    pause: Pause | None = None


def stored(draft: DraftRow, item: Feedback, now: int) -> DraftRow:
    """The draft, once an answer named its item. `now`: µs, as in all of these."""
    created = round((item.created_at - EPOCH) / timedelta(microseconds=1))
    done = draft._replace(state=DraftState.STORED, changed=now, sent_until=now, error=None, said=None)
    return done._replace(item_id=item.id, item_created=created, is_matched=0)


def unknown(draft: DraftRow, sentence: str, now: int) -> DraftRow:
    """The draft, once its answer was lost. It left within `SENT_WITHIN`, however long its process has been dead."""
    until = now if draft.sent_from is None else min(now, draft.sent_from + SENT_WITHIN)
    return draft._replace(state=DraftState.UNKNOWN, changed=now, sent_until=until, error=sentence)


def outcome(draft: DraftRow, error: LoopError, failures: int, now: int) -> Outcome:
    """What becomes of a draft that was sent and not stored for this reason.

    `failures`: attempts in a row that failed before, of any draft.
    """
    status = error.status_code if isinstance(error, APIStatusError) else None
    if status in REFUSALS and isinstance(error, APIStatusError):
        refused = draft._replace(state=DraftState.REFUSED, changed=now, sent_until=now, error=str(error))
        return Outcome(refused._replace(said=error.message))
    is_unsent = isinstance(error, APIConnectionError) and not error.sent
    if isinstance(error, CreateOutcomeUnknown) or not (is_unsent or (status and status <= 500)):
        return Outcome(unknown(draft, str(error), now), _pause(error, _growing(failures), now))
    seconds = _seconds(error, failures)
    waiting = draft._replace(state=DraftState.WAITING, changed=now, sent_until=now, error=str(error), said=None)
    put_off = max(seconds, _growing(draft.tries)) if status == 500 else seconds  # it may be this draft's alone
    return Outcome(waiting._replace(not_before=now + round(put_off * SECOND)), _pause(error, seconds, now))


def _seconds(error: LoopError, failures: int) -> float:
    """The pause after an error that does not name the item."""
    if not isinstance(error, APIStatusError):
        return _growing(failures)
    is_passing = isinstance(error, RateLimitError | ServerError)
    return min(LONGEST_ORDERED, error.retry_after or (_growing(failures) if is_passing else LONGEST_PAUSE))


def _growing(failures: int) -> float:
    return min(LONGEST_PAUSE, 2.0 ** min(failures, 6))


def _pause(error: LoopError, seconds: float, now: int) -> Pause:
    """The pause as it is told: of a quota, until the date on which there is a new one."""
    until = EPOCH + timedelta(microseconds=now)
    if isinstance(error, QuotaExceededError) and error.retry_after:
        until += min(LATEST_QUOTA, timedelta(seconds=error.retry_after))
        text = f"Loop's monthly item quota is used up. The outbox goes on at {until:%-d %b %Y, %H:%M} UTC."
        return Pause(QuotaExceededError(text, 429, error.type, error.message, error.retry_after), seconds, until)
    if isinstance(error, APIStatusError) and error.message:  # Loop's words are about one draft, the pause about all
        text = str(error).removesuffix(f" Loop says: {error.message}")
        error = type(error)(text, error.status_code, error.type, None, error.retry_after)
    return Pause(error, seconds, until + timedelta(seconds=seconds))
