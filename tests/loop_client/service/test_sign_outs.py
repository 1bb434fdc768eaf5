"""Ended sessions, in one process and in others on the same data folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loop_client.service import Session, SignOuts
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from loop_client.mirror.store import PostgresDatabase

ONE, OTHER = Session("n1", "lena@example.com", 5_000.5), Session("n2", "lena@example.com", 5_000.5)


def test_a_session_that_was_ended_is_over(place: Callable[..., Path | PostgresDatabase]) -> None:
    """At once in the process that ended it; another session of the same person goes on."""
    ended = SignOuts(place())

    assert ended.add(ONE, 1_000)
    assert (ended.has(ONE), ended.has(OTHER)) == (True, False)


def test_another_process_learns_of_it(place: Callable[..., Path | PostgresDatabase]) -> None:
    """What one process wrote down, others read, and so does the next start."""
    one, other = SignOuts(place()), SignOuts(place())
    other.read()
    one.add(ONE, 1_000)
    assert not other.has(ONE)

    def learned() -> bool:
        other.read()
        return other.has(ONE)

    until(learned)  # from a database a second later


def test_it_is_read_again_after_a_while(tmp_path: Path) -> None:
    """Every two seconds at most, however many requests there are."""
    now = [10.0]
    ended = SignOuts(tmp_path, lambda: now[0])
    assert ended.is_due()

    ended.read()
    assert not ended.is_due()
    now[0] += 2.1
    assert ended.is_due()


def test_sessions_that_are_over_by_themselves_are_forgotten(place: Callable[..., Path | PostgresDatabase]) -> None:
    """The list does not grow for ever."""
    ended = SignOuts(place())
    ended.add(ONE, 1_000)
    ended.add(OTHER, 5_002)
    fresh = SignOuts(place())
    fresh.read()

    assert not fresh.has(ONE)


def test_a_sign_out_that_cannot_be_written_down_counts_in_its_process(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A full or broken disk keeps nobody signed in, and the log says what other processes miss."""
    (tmp_path / "sign_outs.db").mkdir()
    ended = SignOuts(tmp_path)

    assert not ended.add(ONE, 1_000)
    assert ended.has(ONE)
    assert "other processes" in caplog.text
