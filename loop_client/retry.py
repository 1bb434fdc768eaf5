"""Decisions about retries: pure functions that neither read a clock nor sleep.

No library is used: all pages of a walk share one budget of pauses, a pause reports its progress, and a longer
Retry-After ends the call at once; stamina and tenacity decide per attempt and sleep silently.
"""

import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

from loop_client.errors import APIConnectionError, APIStatusError, LoopError, QuotaExceededError, TooLargeError

LONGEST_RETRY_AFTER = 366 * 86400.0  # seconds


@dataclass(slots=True)
class Call:
    """The state of one call of a public method: seconds `waited` in pauses, and number of `requests` sent.

    `on_wait`: called about once a second of a pause, with the seconds left. `date`: the `Date` of the last answer.
    `until`: the call's deadline on the monotonic clock, if a reader waits for it.
    """

    on_wait: Callable[[float], None] = lambda _: None
    waited: float = 0.0
    requests: int = 0
    date: str | None = None
    until: float = float("inf")


def decision(method: str, error: LoopError) -> Literal["retry", "raise", "unknown"]:
    """The reaction to an error: retry, raise, or for a POST, "unknown": look whether it arrived.

    A POST is retried only if it provably did not arrive, was not accepted (429), or the API documents that a retry is
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
    """Seconds to wait after failed attempt number `attempt` (from 1): Retry-After, or else 0.5 s doubling up to 8 s.

    `chance` (0-1) shortens the latter by up to half, so that many clients spread out.
    """
    requested = error.retry_after if isinstance(error, APIStatusError) else None
    return min(8.0, 0.5 * 2.0 ** (attempt - 1)) * (1 - chance / 2) if requested is None else requested


def retry_after(header: str | None, now: datetime) -> float | None:
    """The seconds in a Retry-After header, at most a year; None if it is absent, past or invalid.

    More than a year overflows the timers of Python's `threading` and `time.sleep`. Only ASCII digits are accepted:
    float() would also accept "nan", "-5" and Arabic digits.
    """
    text = (header or "").strip(" \t")
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        return min(LONGEST_RETRY_AFTER, float(text))
    moment = http_date(text)
    return min(LONGEST_RETRY_AFTER, (moment - now).total_seconds()) if moment and moment > now else None


def http_date(header: str | None) -> datetime | None:
    """The time in a `Date` header, in UTC; None if it is absent or invalid."""
    try:
        moment = parsedate_to_datetime(header if header and header.isascii() else "")
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError):
        return None
