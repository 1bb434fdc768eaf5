"""Markers are shared by everybody, survive concurrent processes and damage, and have bounds."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_client.mirror import StoreError
from loop_client.service import LONGEST_MARKER, Marker, Markers
from loop_client.service.markers import MOST_MARKERS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from loop_client.mirror.store import PostgresDatabase

DAY = date(2026, 11, 17)

WRITER = """
import sys
from datetime import date
from pathlib import Path
from loop_client.service import Markers
markers = Markers(Path(sys.argv[1]))
for number in range(10):
    markers.add(date(2026, 1, 1 + number), sys.argv[2])
"""


@pytest.fixture
def markers(tmp_path: Path) -> Markers:
    """Markers of an empty folder."""
    return Markers(tmp_path)


@pytest.fixture
def either(place: Callable[..., Path | PostgresDatabase]) -> Markers:
    """Markers in an empty folder, or in an empty database."""
    return Markers(place())


def test_markers_are_there_for_every_reader_by_day(
    either: Markers, place: Callable[..., Path | PostgresDatabase]
) -> None:
    """Markers are there for every reader, by day, with tidied names; those of one day in the order of adding."""
    added = [either.add(DAY, " v4.2 "), either.add(date(2025, 1, 31), "Prices\n up"), either.add(DAY, "A campaign")]

    assert added == [Marker(DAY, "v4.2"), Marker(date(2025, 1, 31), "Prices up"), Marker(DAY, "A campaign")]
    assert Markers(place()).all() == (added[1], added[0], added[2])


def test_looking_at_no_markers_makes_no_file(markers: Markers, tmp_path: Path) -> None:
    """Reading the markers creates no file."""
    assert markers.all() == ()
    assert [*tmp_path.iterdir()] == []


def test_a_day_has_a_name_once(either: Markers) -> None:
    """The same name on the same day is refused, on another day it is not."""
    either.add(DAY, "v4.2")
    with pytest.raises(StoreError, match="There is a marker of that name on that day already"):
        either.add(DAY, "  v4.2")
    either.add(DAY + timedelta(days=1), "v4.2")

    assert [marker.day.day for marker in either.all()] == [17, 18]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (" \n", "needs a name"),
        ("x" * (LONGEST_MARKER + 1), "60 characters at most"),
        ("a\0b", "control characters"),
        ("\x1b[31mred", "control characters"),
        ("v\udcff", "control characters"),
    ],
)
def test_a_name_has_bounds(either: Markers, name: str, reason: str) -> None:
    """A name that is empty, too long, or not a text is refused with a sentence, and nothing is stored."""
    with pytest.raises(StoreError, match=reason):
        either.add(DAY, name)

    assert either.all() == ()


def test_the_number_of_markers_is_bounded(either: Markers) -> None:
    """Once there are as many markers as there may be, one must be removed before another is added."""
    for number in range(MOST_MARKERS):
        either.add(DAY - timedelta(days=number), "v")
    with pytest.raises(StoreError, match=r"There are 200 markers already\. Remove one first"):
        either.add(DAY, "One more")
    either.remove(DAY, "v")
    either.add(DAY, "One more")

    assert either.all()[-1] == Marker(DAY, "One more")


def test_a_marker_is_removed_once(either: Markers) -> None:
    """Removing says whether the marker was there, and leaves the others."""
    either.add(DAY, "v4.2")
    either.add(DAY, "v4.3")
    removed = [either.remove(DAY, name) for name in (" v4.2", "v4.2")]

    assert removed == [True, False]
    assert not either.remove(date(2026, 1, 1), "v4.3")
    assert either.all() == (Marker(DAY, "v4.3"),)


def test_processes_that_write_at_once_lose_no_marker(markers: Markers, tmp_path: Path) -> None:
    """Two processes that add markers at the same moment lose none."""
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), name]) for name in "ab"]
    ended = [writer.wait(60) for writer in writers]

    assert ended == [0, 0]
    assert {*markers.all()} == {Marker(date(2026, 1, 1 + number), name) for number in range(10) for name in "ab"}


@pytest.mark.parametrize("content", [b"", b"no database " * 500], ids=["empty", "garbage"])
def test_damaged_markers_are_restored(markers: Markers, tmp_path: Path, content: bytes) -> None:
    """Markers of a damaged database come from its second copy, and the repair is reported."""
    markers.add(DAY, "Größer")
    (tmp_path / "markers.db").write_bytes(content)
    looking = Markers(tmp_path)

    assert looking.all() == (Marker(DAY, "Größer"),)
    assert str(looking.news).startswith("The markers were damaged: they are restored from their second copy.")


def test_a_day_that_is_none_loses_no_other_marker(markers: Markers, tmp_path: Path) -> None:
    """When both copies are damaged, the markers that can still be read are restored."""
    markers.add(date(2026, 1, 31), "v4.1")
    markers.add(DAY, "v4.2")
    database = tmp_path / "markers.db"
    database.write_bytes(database.read_bytes().replace(b"2026-01-31", b"2026-01-41"))
    (tmp_path / "markers.db.second").unlink()

    assert Markers(tmp_path).all() == (Marker(DAY, "v4.2"),)


@given(st.dates(), st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=30))
def test_every_marker_is_read_as_it_was_added(tmp_path_factory: pytest.TempPathFactory, day: date, name: str) -> None:
    """Any day with any name is read from both copies as it was added."""
    folder = tmp_path_factory.mktemp("markers")
    marker = Markers(folder).add(day, f"v{name}"[:LONGEST_MARKER])
    from_database = Markers(folder).all()
    (folder / "markers.db").unlink()

    assert from_database == Markers(folder).all() == (marker,)
