"""What to do after which outcome: pure functions, without a clock and a sleep of their own.

No library: the pauses of all pages of a walk share one budget, a pause reports itself while it lasts, and a longer
Retry-After ends the call at once; stamina and tenacity decide per attempt and sleep in silence.
"""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Literal

from loop_client.errors import (
    APIConnectionError,
    APIStatusError,
    LoopError,
    QuotaExceededError,
    ResponseError,
    TooLargeError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

Decision = Literal["answer", "retry", "raise", "unknown"]
"""Use the answer; send again; give up; or, for a POST, look whether it arrived."""


@dataclass(slots=True)
class Call:
    """What one call of a public method has spent: seconds `waited` in pauses, and `requests` sent.

    `on_wait` is called about once a second of a pause, with the seconds left.
    """

    on_wait: Callable[[float], None] = lambda _: None
    waited: float = 0.0
    requests: int = 0


def after_status(method: str, status: int) -> Decision:
    """What to do with an answer that has this status.

    A POST is sent again only where the API documents that it is safe (500) or did not take it (429). After 408, 502,
    503 and 504 it may have been stored behind the proxy that answered. Source: "Errors" in the API reference.
    """
    if 200 <= status < 300:
        return "answer"
    if status in {429, 500}:
        return "retry"
    if status == 408 or status > 500:
        return "retry" if method == "GET" else "unknown"
    return "raise"


def after_failure(method: str, *, sent: bool) -> Decision:
    """What to do when there was no answer; `sent`: whether the request may have arrived."""
    return "unknown" if sent and method != "GET" else "retry"


def pause_after(method: str, error: LoopError, attempt: int, chance: float) -> float | None:
    """Seconds to pause before the next attempt; None where there must not be one."""
    decision: Decision = "raise"
    told = None
    if isinstance(error, APIStatusError) and not isinstance(error, QuotaExceededError):
        decision, told = after_status(method, error.status_code), error.retry_after
    elif isinstance(error, APIConnectionError) and not isinstance(error.__cause__, ssl.SSLCertVerificationError):
        decision = after_failure(method, sent=error.sent)
    elif isinstance(error, ResponseError) and not isinstance(error, TooLargeError):
        decision = after_failure(method, sent=True)
    if decision != "retry":
        return None
    return backoff(attempt, chance) if told is None else told


def backoff(attempt: int, chance: float) -> float:
    """Seconds to wait after failed attempt number `attempt` (from 1), where the API names none.

    Doubling from half a second up to 8 s, less up to half of it by `chance` (0-1), so that many clients spread out.
    """
    return min(8.0, 0.5 * 2.0 ** (attempt - 1)) * (1 - chance / 2)


def retry_after(header: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After asks to wait; None for one that is absent, past or nonsense.

    Only ASCII digits count: float() would take "nan", "-5" and Arabic digits.
    """
    text = (header or "").strip()
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text):
        return float(text)
    moment = http_date(text)
    seconds = (moment - now).total_seconds() if moment else 0.0
    return seconds if seconds > 0 else None


def http_date(header: str | None) -> datetime | None:
    """The moment that a header names, in UTC; None for one that is absent or nonsense."""
    try:
        moment = parsedate_to_datetime(header or "")
    except (ValueError, TypeError):
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
