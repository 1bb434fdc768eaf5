"""Records are read from disk only once they have changed, and every change is seen."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from loop_client.service import SavedView, SavedViews, file_records
from loop_client.service.file_records import TICK
from loop_client.service.record_file import RecordFile

if TYPE_CHECKING:
    from pathlib import Path

A, B = SavedView("A", "a", 1), SavedView("B", "b", 1)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """One entry for each read of a database."""
    reads = list[None]()
    original = RecordFile.read

    def counted(file: RecordFile[SavedView]) -> tuple[tuple[SavedView, ...], bool]:
        reads.append(None)
        return original(file)

    monkeypatch.setattr(RecordFile, "read", counted)
    return reads


def test_what_did_not_change_is_not_read_again(tmp_path: Path, read: list[None]) -> None:
    """Once the files are older than the clock tick of the file system, they are read once and not again."""
    views = SavedViews(tmp_path / "views.db")
    views.save("A", "a", 1)
    views.all()
    time.sleep(2 * TICK)
    views.all()
    before = len(read)

    assert [views.all() for _ in range(20)] == [(A,)] * 20
    assert len(read) == before


def test_a_change_by_another_is_seen_at_once(tmp_path: Path) -> None:
    """What another reader changes is in the next answer, however often the views were read before."""
    views, other = (SavedViews(tmp_path / "views.db") for _ in range(2))
    seen, expected = [], []
    for number in range(40):
        other.delete(B) if number % 2 else other.save("B", "b", 1)
        expected.append(() if number % 2 else (B,))
        seen.append(views.all())
        if not number % 10:
            time.sleep(2 * TICK)
            views.all()

    assert seen == expected


def test_a_change_within_the_clock_tick_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read just after a change is read again: another change may leave the same time and size."""
    monkeypatch.setattr(file_records, "TICK", 60.0)
    monkeypatch.setattr(RecordFile, "state", lambda _: "the same")
    views, other = (SavedViews(tmp_path / "views.db") for _ in range(2))
    other.save("A", "a", 1)
    first = [views.all() for _ in range(3)]
    other.save("B", "b", 1)

    assert first == [(A,)] * 3
    assert views.all() == (A, B)


def test_damage_is_seen_after_the_views_were_cached(tmp_path: Path) -> None:
    """A file that is damaged while its views are in memory is repaired at the next look."""
    views = SavedViews(tmp_path / "views.db")
    views.save("A", "a", 1)
    for _ in range(3):
        views.all()
        time.sleep(2 * TICK)
    (tmp_path / "views.db").write_bytes(b"no database")

    assert views.all() == (A,)
    assert "damaged" in str(views.news)
