"""Saved views: kept for everybody, whoever writes, and never thrown away."""

from __future__ import annotations

import stat
import threading
from typing import TYPE_CHECKING

import pytest
from adbc_driver_sqlite import dbapi

from loop_client.mirror import SavedView, SavedViews, StoreError
from loop_client.mirror.saved_views import MOST_VIEWS

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def views(tmp_path: Path) -> SavedViews:
    """A place for saved views where there are none yet."""
    return SavedViews(tmp_path / "loop" / "views.db")


def test_a_view_is_there_for_the_next_who_looks(views: SavedViews, tmp_path: Path) -> None:
    """Oldest first."""
    views.save("  Exports,   open ", "tag=exports", 3)
    views.save("Second", "tag=search", None)

    assert SavedViews(tmp_path / "loop" / "views.db").all() == (
        SavedView("Exports, open", "tag=exports", 3),
        SavedView("Second", "tag=search", None),
    )


def test_a_name_that_is_taken_is_refused(views: SavedViews) -> None:
    """It may be somebody else's: theirs stays, and who saves is told what to do."""
    views.save("Exports", "tag=exports", 3)

    with pytest.raises(StoreError, match="Choose another name, or delete that one first"):
        views.save(" Exports", "tag=search", 4)

    assert views.all() == (SavedView("Exports", "tag=exports", 3),)


def test_names_are_for_the_owner_alone(views: SavedViews, tmp_path: Path) -> None:
    """Nobody else who has an account on the machine reads them."""
    views.save("A", "a", 1)

    assert stat.S_IMODE((tmp_path / "loop" / "views.db").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "loop").stat().st_mode) == 0o700


def test_looking_makes_no_file(views: SavedViews, tmp_path: Path) -> None:
    """Who never saves has none."""
    assert views.all() == ()
    assert not (tmp_path / "loop").exists()


def test_what_it_showed_is_noted_and_a_view_can_be_deleted(views: SavedViews) -> None:
    """One that is not there is no error: somebody else was faster."""
    views.save("A", "a", 1)
    views.opened("A", 7)
    assert views.all() == (SavedView("A", "a", 7),)

    for _ in range(2):
        views.delete("A")
        views.opened("A", 8)
    assert views.all() == ()


@pytest.mark.parametrize(("name", "link"), [(" ", "a"), ("x" * 61, "a"), ("A", "x" * 8_001)])
def test_a_view_has_bounds(views: SavedViews, name: str, link: str) -> None:
    """No name, a name or a link that is too long: a sentence, and nothing is kept."""
    with pytest.raises(StoreError, match=r"name"):
        views.save(name, link, 1)

    assert views.all() == ()


def test_there_are_not_endlessly_many(views: SavedViews) -> None:
    """Beyond the last one, one has to go first."""
    for number in range(MOST_VIEWS):
        views.save(f"View {number}", "a", None)

    with pytest.raises(StoreError, match="Delete one first"):
        views.save("One more", "a", None)
    views.delete("View 0")
    views.save("One more", "b", None)
    assert views.all()[-1].link == "b"


def test_several_can_write_at_once(views: SavedViews, tmp_path: Path) -> None:
    """Each as a process has it; nobody's view is lost."""
    writers = [SavedViews(tmp_path / "loop" / "views.db") for _ in range(4)]
    threads = [
        threading.Thread(target=lambda held=held, writer=writer: [held.save(f"{writer} {n}", "a", n) for n in range(5)])
        for writer, held in enumerate(writers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {view.name for view in views.all()} == {f"{writer} {number}" for writer in range(4) for number in range(5)}


def test_a_file_that_is_broken_is_one_sentence_and_stays(views: SavedViews, tmp_path: Path) -> None:
    """People made what is in it: it is not thrown away."""
    file = tmp_path / "loop" / "views.db"
    file.parent.mkdir()
    file.write_bytes(b"no database " * 500)

    with pytest.raises(StoreError, match="cannot be used"):
        views.all()
    assert file.read_bytes() == b"no database " * 500


def test_a_newer_file_is_refused(views: SavedViews, tmp_path: Path) -> None:
    """It is never made an older one."""
    views.save("A", "a", 1)
    file = str(tmp_path / "loop" / "views.db")
    with dbapi.connect(file, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("pragma user_version=2")

    with pytest.raises(StoreError, match="newer version"):
        views.all()
