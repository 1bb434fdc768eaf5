"""Saved views are shared by everybody, survive concurrent writers, and are never thrown away."""

from __future__ import annotations

import os
import shutil
import stat
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from adbc_driver_sqlite import dbapi

from loop_client.mirror import StoreError
from loop_client.service import SavedView, SavedViews
from loop_client.service.saved_views import MOST_VIEWS

if TYPE_CHECKING:
    from collections.abc import Callable

    from loop_client.mirror.store import PostgresDatabase


@pytest.fixture
def views(tmp_path: Path) -> SavedViews:
    """Saved views of an empty folder."""
    return SavedViews(tmp_path / "loop" / "views.db")


@pytest.fixture
def either(place: Callable[..., Path | PostgresDatabase]) -> SavedViews:
    """Saved views in an empty folder, or in an empty database."""
    return SavedViews(place("views.db"))


def test_a_view_is_there_for_every_reader(either: SavedViews, place: Callable[..., Path | PostgresDatabase]) -> None:
    """Saved views are there for every reader, oldest first, with tidied names."""
    either.save("  Exports,   open ", "tag=exports", 3)
    either.save("Second", "tag=search", None)

    assert SavedViews(place("views.db")).all() == (
        SavedView("Exports, open", "tag=exports", 3),
        SavedView("Second", "tag=search", None),
    )


def test_a_name_that_is_taken_is_refused(either: SavedViews) -> None:
    """A taken name is refused with advice, and the existing view stays."""
    either.save("Exports", "tag=exports", 3)

    with pytest.raises(StoreError, match="Choose another name, or delete that one first"):
        either.save(" Exports", "tag=search", 4)

    assert either.all() == (SavedView("Exports", "tag=exports", 3),)


def test_names_are_for_the_owner_alone(views: SavedViews, tmp_path: Path) -> None:
    """Other users of the machine cannot read the saved views."""
    views.save("A", "a", 1)

    assert stat.S_IMODE((tmp_path / "loop" / "views.db").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "loop").stat().st_mode) == 0o700


def test_looking_makes_no_file(views: SavedViews, tmp_path: Path) -> None:
    """Reading the views creates no file."""
    assert views.all() == ()
    assert not (tmp_path / "loop").exists()


def test_what_it_showed_is_noted_and_a_view_can_be_deleted(either: SavedViews) -> None:
    """Opening a view stores its count, and deleting or opening a deleted view is no error."""
    either.save("A", "a", 1)
    either.opened("A", 7)
    assert either.all() == (SavedView("A", "a", 7),)

    for _ in range(2):
        either.delete(SavedView("A", "a", 1))
        either.opened("A", 8)
    assert either.all() == ()


@pytest.mark.parametrize(("name", "link"), [(" ", "a"), ("x" * 61, "a"), ("A", "x" * 8_001)])
def test_a_view_has_bounds(either: SavedViews, name: str, link: str) -> None:
    """A missing or too long name or link is refused, and nothing is stored."""
    with pytest.raises(StoreError, match=r"A view needs a name|characters at most"):
        either.save(name, link, 1)

    assert either.all() == ()


def test_the_number_of_views_is_bounded(either: SavedViews) -> None:
    """Once the maximum is reached, one view must be deleted before another is saved."""
    for number in range(MOST_VIEWS):
        either.save(f"View {number}", "a", None)

    with pytest.raises(StoreError, match="Delete one first"):
        either.save("One more", "a", None)
    either.delete(SavedView("View 0", "a", None))
    either.save("One more", "b", None)
    assert either.all()[-1].link == "b"


def test_several_can_write_at_once(place: Callable[..., Path | PostgresDatabase]) -> None:
    """Concurrent writers lose no view."""
    writers = [SavedViews(place("views.db")) for _ in range(4)]
    threads = [
        threading.Thread(target=lambda own=own, writer=writer: [own.save(f"{writer} {n}", "a", n) for n in range(5)])
        for writer, own in enumerate(writers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {view.name for view in SavedViews(place("views.db")).all()} == {
        f"{writer} {number}" for writer in range(4) for number in range(5)
    }


DAMAGE = {
    "garbage": lambda _: b"no database " * 500,
    "nothing": lambda _: b"",
    "cut": lambda content: content[:5000],
    "half a header": lambda content: content[:62],
    "first page": lambda content: bytes(4096) + content[4096:],
    "second page": lambda content: content[:4096] + bytes(4096) + content[8192:],
    "one letter": lambda content: content.replace(b"tag=exports", b"tag=expobts"),
    "no letter": lambda content: content.replace(b"tag=exports", b"tag=exp\xeerts"),
    "mark": lambda content: content.replace(b"LOOV", b"LOOW"),
    "version": lambda content: content[:60] + b"\x00\x40\x00\x01" + content[64:],
    "read-only": lambda content: content[:18] + b"\x05" + content[19:],
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_file_loses_no_view(views: SavedViews, tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    """After damage to the database all views come from the second copy, the file is set aside, and saving works."""
    views.save("Exports", "tag=exports", 3)
    views.save("Überfällig", "view=old", None)
    file = tmp_path / "loop" / "views.db"
    damaged = damage(file.read_bytes())
    file.write_bytes(damaged)

    for one in (views, SavedViews(file)):
        assert one.all() == (SavedView("Exports", "tag=exports", 3), SavedView("Überfällig", "view=old", None))
    views.save("Third", "tag=search", 1)
    assert [view.name for view in SavedViews(file).all()] == ["Exports", "Überfällig", "Third"]
    aside = list(file.parent.glob("views.db.broken-*"))
    assert [one.read_bytes() for one in aside] in ([], [damaged])
    assert views.news is None or aside[0].name in views.news


@pytest.mark.parametrize("damage", [lambda _: b"", lambda content: content.replace(b"exports", b"expobts")])
def test_a_damaged_second_copy_is_written_anew(
    views: SavedViews, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    """A damaged second copy is restored from the database."""
    views.save("Exports", "tag=exports", 3)
    second = tmp_path / "loop" / "views.db.second"
    intact = second.read_bytes()
    second.write_bytes(damage(intact))

    assert SavedViews(tmp_path / "loop" / "views.db").all() == (SavedView("Exports", "tag=exports", 3),)
    assert second.read_bytes() == intact


@pytest.mark.parametrize("count", [0, 1], ids=["without views", "with one"])
@pytest.mark.parametrize("while_running", [True, False])
def test_an_older_database_does_not_undo_what_was_saved_since(
    views: SavedViews, tmp_path: Path, count: int, *, while_running: bool
) -> None:
    """An older database restored alone is set aside, and the newer second copy is used."""
    file = tmp_path / "loop" / "views.db"
    views.save("A", "a", 1)
    if not count:
        views.delete(SavedView("A", "a", 1))
    old, before = file.read_bytes(), views.all()
    views.save("B", "b", 2)
    views.save("C", "c", 3)
    now = views.all()
    file.write_bytes(old)

    looking = views if while_running else SavedViews(file)
    assert looking.all() == now
    aside = next(one for one in file.parent.iterdir() if ".broken-" in one.name)
    assert aside.read_bytes() == old
    news = f"older than their second copy: they are restored from their second copy. The older file is now {aside.name}"
    assert news in str(looking.news)
    looking.save("D", "d", 4)
    assert SavedViews(file).all() == (*now, SavedView("D", "d", 4))
    assert len(before) == count


def test_an_older_second_copy_undoes_nothing(views: SavedViews, tmp_path: Path) -> None:
    """An older second copy, as after a kill between the two writes, is replaced from the database."""
    second = tmp_path / "loop" / "views.db.second"
    views.save("A", "a", 1)
    old = second.read_bytes()
    views.save("B", "b", 2)
    newest = second.read_bytes()
    second.write_bytes(old)

    looking = SavedViews(tmp_path / "loop" / "views.db")
    assert [view.name for view in looking.all()] == ["A", "B"]
    assert looking.news is None
    assert second.read_bytes() == newest


def test_both_files_of_a_backup_are_taken_as_they_are(views: SavedViews, tmp_path: Path) -> None:
    """A backup of both files is used as it is, without a report."""
    folder = tmp_path / "loop"
    views.save("A", "a", 1)
    backup = {name: (folder / name).read_bytes() for name in ("views.db", "views.db.second")}
    views.save("B", "b", 2)
    for name, content in backup.items():
        (folder / name).write_bytes(content)

    looking = SavedViews(folder / "views.db")
    assert [view.name for view in looking.all()] == ["A"]
    assert looking.news is None


def test_views_of_which_nothing_is_left_are_begun_anew(views: SavedViews, tmp_path: Path) -> None:
    """Views that cannot be restored are set aside with a report, and saving works."""
    file = tmp_path / "loop" / "views.db"
    file.parent.mkdir()
    file.write_bytes(b"no database " * 500)

    assert views.all() == ()
    views.save("A", "a", 1)
    aside = list(file.parent.glob("views.db.broken-*"))
    assert [one.read_bytes() for one in aside] == [b"no database " * 500]
    assert aside[0].name in str(views.news)
    assert views.all() == (SavedView("A", "a", 1),)


@pytest.mark.parametrize(
    "damage",
    [lambda content: content.replace(b"exports", b"expobts"), lambda content: content + b" " * (1 << 23)],
    ids=["another letter", "larger than any views"],
)
def test_a_second_copy_that_is_not_what_was_stored_restores_nothing(
    views: SavedViews, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    """A second copy with a wrong checksum restores nothing, and the damage is reported."""
    views.save("Exports", "tag=exports", 3)
    file, second = tmp_path / "loop" / "views.db", tmp_path / "loop" / "views.db.second"
    file.write_bytes(b"no database " * 500)
    second.write_bytes(damage(second.read_bytes()))

    again = SavedViews(file)

    assert again.all() == ()
    assert "the readable ones were restored" in str(again.news)


def test_readable_views_of_two_damaged_copies_are_restored(views: SavedViews, tmp_path: Path) -> None:
    """Damage to one view does not lose the others."""
    views.save("Exports", "tag=exports", 3)
    views.save("Search", "tag=search", 1)
    file, second = tmp_path / "loop" / "views.db", tmp_path / "loop" / "views.db.second"
    file.write_bytes(file.read_bytes().replace(b"tag=exports", b"tag=expobts"))
    second.write_bytes(b"")

    assert [view.name for view in SavedViews(file).all()] == ["Exports", "Search"]


def test_a_damaged_database_of_another_program_keeps_its_name(views: SavedViews, tmp_path: Path) -> None:
    """A damaged database of another program is not touched, even if the views are known from the second copy."""
    views.save("Exports", "tag=exports", 3)
    file = tmp_path / "loop" / "views.db"
    file.unlink()
    with dbapi.connect(str(file), autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("create table precious (x)")
    broken = file.read_bytes()[:100] + bytes(64) + file.read_bytes()[164:]
    file.write_bytes(broken)

    with pytest.raises(StoreError, match="another program"):
        SavedViews(file).save("Search", "tag=search", 1)
    assert file.read_bytes() == broken
    assert list(file.parent.glob("*broken*")) == []


def test_views_of_an_earlier_version_are_taken_over(views: SavedViews, tmp_path: Path) -> None:
    """Views of an earlier version get their checksum and second copy at the first read."""
    views.save("A", "a", 1)
    folder = tmp_path / "loop"
    (folder / "views.db.second").unlink()
    with dbapi.connect(str(folder / "views.db"), autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("drop table seal")

    assert SavedViews(folder / "views.db").all() == (SavedView("A", "a", 1),)
    (folder / "views.db").write_bytes(b"")
    assert SavedViews(folder / "views.db").all() == (SavedView("A", "a", 1),)


def test_another_programs_views_are_left_alone(views: SavedViews, tmp_path: Path) -> None:
    """A database of another program is neither read, written nor renamed."""
    file = tmp_path / "loop" / "views.db"
    file.parent.mkdir()
    with dbapi.connect(str(file), autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("create table precious (x)")
    content = file.read_bytes()

    for action in (views.all, lambda: views.save("A", "a", 1)):
        with pytest.raises(StoreError, match="another program"):
            action()
    assert file.read_bytes() == content


def test_what_is_wrong_around_the_file_sets_nothing_aside(views: SavedViews, tmp_path: Path) -> None:
    """When the second copy cannot be written, saving fails with an error and works again later."""
    views.save("A", "a", 1)
    file = tmp_path / "loop" / "views.db"
    (file.parent / "views.db.second.new").mkdir()
    with pytest.raises(StoreError, match="cannot be used"):
        views.save("B", "b", 1)
    (file.parent / "views.db.second.new").rmdir()
    views.save("B", "b", 1)
    assert [view.name for view in views.all()] == ["A", "B"]
    assert list(file.parent.glob("*broken*")) == []


def test_what_could_not_be_saved_does_not_come_back(views: SavedViews, tmp_path: Path) -> None:
    """A view that the database did not store is not in the second copy either."""
    folder = tmp_path / "loop"
    views.save("A", "a", 1)
    with dbapi.connect(str(folder / "views.db"), autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("begin immediate")
        with pytest.raises(StoreError, match="locked"):
            SavedViews(folder / "views.db").save("B", "b", 1)
    assert {file.name for file in folder.iterdir()} == {"views.db", "views.db.lock", "views.db.second"}
    (folder / "views.db").unlink()
    assert SavedViews(folder / "views.db").all() == (SavedView("A", "a", 1),)


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_what_is_no_file_is_one_sentence(views: SavedViews, tmp_path: Path, make: Callable[[Path], None]) -> None:
    """A folder or a pipe in place of either file neither crashes nor blocks."""
    views.save("A", "a", 1)
    for name, shown in (("views.db.second", ["A"]), ("views.db", None)):
        (tmp_path / "loop" / name).unlink()
        make(tmp_path / "loop" / name)
        if shown is None:
            with pytest.raises(StoreError, match="not a file"):
                SavedViews(tmp_path / "loop" / "views.db").all()
        else:
            assert [view.name for view in SavedViews(tmp_path / "loop" / "views.db").all()] == shown


def _link_to_nothing(path: Path) -> None:
    path.symlink_to(path.with_name("nothing"))


@pytest.mark.parametrize("make", [os.mkfifo, _link_to_nothing, Path.touch], ids=["pipe", "link", "file"])
def test_what_is_in_the_place_of_the_next_copy_stops_no_save(
    views: SavedViews, tmp_path: Path, make: Callable[[Path], None]
) -> None:
    """A pipe, link or file in place of the temporary copy is removed, not opened."""
    views.save("A", "a", 1)
    make(tmp_path / "loop" / "views.db.second.new")
    views.save("B", "b", 1)
    assert [view.name for view in SavedViews(tmp_path / "loop" / "views.db").all()] == ["A", "B"]
    assert not (tmp_path / "loop" / "nothing").exists()


@pytest.mark.parametrize("name", ["views.db-journal", "views.db.second", "views.db.second.new"])
@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_what_is_no_file_beside_the_views_is_named(
    views: SavedViews, tmp_path: Path, name: str, make: Callable[[Path], None]
) -> None:
    """A side file that stops a save is named in the error, and nothing is stored."""
    views.save("A", "a", 1)
    place = tmp_path / "loop" / name
    place.unlink(missing_ok=True)
    make(place)
    try:
        views.save("B", "b", 1)
    except StoreError as error:
        assert str(place) in str(error)  # noqa: PT017 - some of them stop nothing
        shutil.rmtree(place) if place.is_dir() else place.unlink()
        assert [view.name for view in views.all()] == ["A"]
    else:
        assert [view.name for view in views.all()] == ["A", "B"]


def test_a_newer_file_is_refused(views: SavedViews, tmp_path: Path) -> None:
    """A file of a newer version is refused."""
    views.save("A", "a", 1)
    file = str(tmp_path / "loop" / "views.db")
    with dbapi.connect(file, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("pragma user_version = 4")

    with pytest.raises(StoreError, match="newer version"):
        views.all()


def test_a_view_is_renamed_in_its_place(either: SavedViews) -> None:
    """A renamed view has its old place, link and count; taken, empty and long names are refused."""
    either.save("One", "view=all", 3)
    either.save("Two", "", None)

    for name, new in (("One", "Two"), ("One", " "), ("One", "x" * 61), ("Gone", "Three")):
        with pytest.raises(StoreError, match=r"\.$"):
            either.rename(name, new)
    either.rename("One", " The  first ")
    either.rename("Two", "Two")

    assert either.all() == (SavedView("The first", "view=all", 3), SavedView("Two", "", None))
