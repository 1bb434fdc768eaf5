"""The decision after each outcome of a request, as a table."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_client import retry
from loop_client.errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    LoopError,
    QuotaExceededError,
    ResponseError,
    TooLargeError,
    status_error,
)

NOW = datetime(2026, 6, 19, 14, 2, 11, tzinfo=UTC)


UNTRUSTED = APIConnectionError("x", sent=False)
UNTRUSTED.__cause__ = ssl.SSLCertVerificationError("self-signed")


def status(code: int) -> APIStatusError:
    """The error of an answer with this status."""
    return status_error(code, b"", "GET /v2/feedback", None, "a-key")


@pytest.mark.parametrize(
    ("error", "get", "post"),
    [
        (APIConnectionError("refused", sent=False), "retry", "retry"),
        (APIConnectionError("reset"), "retry", "unknown"),
        (APITimeoutError("slow"), "retry", "unknown"),
        (UNTRUSTED, "raise", "raise"),
        (ResponseError("no JSON"), "retry", "unknown"),
        (TooLargeError("bomb"), "raise", "unknown"),
        (QuotaExceededError("x", 429), "raise", "raise"),
        (status(301), "raise", "raise"),
        (status(400), "raise", "raise"),
        (status(401), "raise", "raise"),
        (status(404), "raise", "raise"),
        (status(408), "retry", "unknown"),
        (status(429), "retry", "retry"),
        (status(500), "retry", "retry"),
        (status(502), "retry", "unknown"),
        (status(503), "retry", "unknown"),
        (status(504), "retry", "unknown"),
    ],
    ids=str,
)
def test_an_outcome_decides(error: LoopError, get: str, post: str) -> None:
    """Reads are retried, and creates only if they certainly were not stored or the API says that it is safe."""
    assert (retry.decision("GET", error), retry.decision("POST", error)) == (get, post)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        (" 2.5 ", 2.5),
        (None, None),
        ("", None),
        ("-5", None),
        ("nan", None),
        ("inf", None),
        ("1e3", None),
        ("٣", None),
        ("soon", None),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(NOW - timedelta(seconds=1), usegmt=True), None),
        ("Fri, 99 Jun 2026 14:02:11 GMT", None),
        ("Fri, 19 Jun 2026 ١٤:02:41 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 -2300", None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", retry.LONGEST_RETRY_AFTER),
        ("999999999", retry.LONGEST_RETRY_AFTER),
        ("9" * 5000, retry.LONGEST_RETRY_AFTER),
        ("0." + "3" * 50, 1 / 3),
    ],
)
def test_a_retry_after_is_read_or_ignored(header: str | None, seconds: float | None) -> None:
    """A Retry-After counts if it is seconds or a future date; past, absent and invalid ones do not."""
    assert retry.retry_after(header, NOW) == seconds


@given(st.text())
def test_no_retry_after_breaks_anything(header: str) -> None:
    """Any text as Retry-After gives a finite wait of zero or more, or none."""
    seconds = retry.retry_after(header, NOW)

    assert seconds is None or 0 <= seconds < float("inf")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "in 1 s"),
        (119.5, "in 120 s"),
        (121.0, "in 3 min"),
        (7200.0, "in 120 min"),
        (7201.0, "in 3 h"),
        (172_801.0, "in 3 days"),
        (retry.LONGEST_RETRY_AFTER, "in more than a month"),
    ],
)
def test_a_duration_is_formatted_in_words(seconds: float, words: str) -> None:
    """A duration is rounded up, in a readable unit."""
    error = status_error(429, b"", "GET /v2/feedback", seconds, "a-key")

    assert f"Try again {words}, or" in str(error)


@given(st.integers(min_value=1, max_value=200), st.floats(min_value=0, max_value=1))
def test_a_backoff_grows_and_stays_bounded(attempt: int, chance: float) -> None:
    """A backoff never shrinks with attempts, and lasts from a quarter of a second to eight seconds."""
    failure = APIConnectionError("reset")

    assert 0.25 <= retry.pause(failure, attempt, chance) <= 8
    assert retry.pause(failure, attempt + 1, chance) >= retry.pause(failure, attempt, chance)


def test_a_retry_after_is_respected_exactly() -> None:
    """The pause equals the Retry-After exactly, zero included."""
    assert [retry.pause(APIStatusError("x", 429, retry_after=seconds), 2, 0.9) for seconds in (0.0, 7.0)] == [0.0, 7.0]
