"""What is done after which outcome, as a table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_client import retry

NOW = datetime(2026, 6, 19, 14, 2, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "get", "post"),
    [
        (200, "answer", "answer"),
        (201, "answer", "answer"),
        (204, "answer", "answer"),
        (301, "raise", "raise"),
        (400, "raise", "raise"),
        (401, "raise", "raise"),
        (404, "raise", "raise"),
        (408, "retry", "unknown"),
        (429, "retry", "retry"),
        (500, "retry", "retry"),
        (502, "retry", "unknown"),
        (503, "retry", "unknown"),
        (504, "retry", "unknown"),
    ],
)
def test_a_status_decides(status: int, get: str, post: str) -> None:
    """Reads are repeated; a create only where it provably was not stored, or where the API says that it is safe."""
    assert (retry.after_status("GET", status), retry.after_status("POST", status)) == (get, post)


@pytest.mark.parametrize(
    ("method", "sent", "decision"),
    [("GET", True, "retry"), ("GET", False, "retry"), ("POST", False, "retry"), ("POST", True, "unknown")],
)
def test_a_failure_decides_by_whether_it_was_sent(method: str, decision: str, *, sent: bool) -> None:
    """Only a create that may have arrived is not sent again."""
    assert retry.after_failure(method, sent=sent) == decision


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
    ],
)
def test_a_retry_after_is_read_or_ignored(header: str | None, seconds: float | None) -> None:
    """Seconds and future dates count; what is past, absent or nonsense does not."""
    assert retry.retry_after(header, NOW) == seconds


@given(st.text())
def test_no_retry_after_breaks_anything(header: str) -> None:
    """Whatever stands there gives a finite wait that is not negative, or none."""
    seconds = retry.retry_after(header, NOW)

    assert seconds is None or 0 <= seconds < float("inf")


@given(st.integers(min_value=1, max_value=200), st.floats(min_value=0, max_value=1))
def test_a_backoff_grows_and_stays_bounded(attempt: int, chance: float) -> None:
    """Never less than a quarter of a second, never more than eight, never shorter than that of an earlier attempt."""
    assert 0.25 <= retry.backoff(attempt, chance) <= 8
    assert retry.backoff(attempt + 1, chance) >= retry.backoff(attempt, chance)
