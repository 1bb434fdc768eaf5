"""What to do after which outcome: pure functions, without a clock and a sleep of their own.

No library: the pauses of all pages of a walk share one budget, a pause reports itself while it lasts, and a longer
Retry-After ends the call at once; stamina and tenacity decide per attempt and sleep in silence.
"""

import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

from loop_client.errors import APIConnectionError, APIStatusError, LoopError, QuotaExceededError, TooLargeError

LONGEST_RETRY_AFTER = 366 * 86400.0
"""Seconds."""


@dataclass(slots=True)
class Call:
    """What one call of a public method has spent: seconds `waited` in pauses, and `requests` sent.

    `on_wait` is called about once a second of a pause, with the seconds left. `date`: the last answer's, if it has one.
    `until`: when, on the monotonic clock, somebody who waits for the call must have its outcome.
    """

    on_wait: Callable[[float], None] = lambda _: None
    waited: float = 0.0
    requests: int = 0
    date: str | None = None
    until: float = float("inf")


def decision(method: str, error: LoopError) -> Literal["retry", "raise", "unknown"]:
    """After this error: send again, give up, or, for a POST, look whether it arrived.

    A POST is sent again only if it provably did not arrive, was not taken (429), or where the API documents that it is
    safe (500). After 408, 502, 503 and 504 it may have been stored behind the proxy that answered.
    """
    status = error.status_code if isinstance(error, APIStatusError) else None
    if isinstance(error, QuotaExceededError) or isinstance(error.__cause__, ssl.SSLCertVerificationError):
        return "raise"
    if status in {429, 500} or (isinstance(error, APIConnectionError) and not error.sent):
        return "retry"
    if status and status < 500 and status != 408:
        return "raise"
    if method == "POST":
        return "unknown"
    return "raise" if isinstance(error, TooLargeError) else "retry"


def pause(error: LoopError, attempt: int, chance: float) -> float:
    """Seconds to wait after failed attempt number `attempt` (from 1): as told, or else doubling from 0.5 s up to 8 s.

    Up to half of the latter is left out by `chance` (0-1), so that many clients spread out.
    """
    told = error.retry_after if isinstance(error, APIStatusError) else None
    return min(8.0, 0.5 * 2.0 ** (attempt - 1)) * (1 - chance / 2) if told is None else told


def retry_after(header: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After asks to wait, a year at most; None for one that is absent, past or nonsense.

    More than a year overflows the timers of Python's `threading` and `time.sleep`. Only ASCII digits count: float()
    would take "nan", "-5" and Arabic digits.
    """
    text = (header or "").strip(" \t")
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        return min(LONGEST_RETRY_AFTER, float(text))
    moment = http_date(text)
    return min(LONGEST_RETRY_AFTER, (moment - now).total_seconds()) if moment and moment > now else None


def http_date(header: str | None) -> datetime | None:
    """The moment that a header names, in UTC; None for one that is absent or nonsense."""
    try:
        moment = parsedate_to_datetime(header if header and header.isascii() else "")
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError):
        return None
