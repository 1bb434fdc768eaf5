"""The file: broken, foreign, newer, private, in odd places, on a full disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from loop_client.mirror import Mirror, StoreError, arrow_copy
from tests.answers import loop
from tests.loop_client.mirror.world import World, held, path_of, sql

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("content", [b"garbage" * 1000, b"SQLite format 3\x00" + b"\x00" * 5000])
def test_a_broken_file_is_set_aside_and_built_anew(world: World, filled: str, content: bytes) -> None:
    """The dashboard starts, walks again, and what was there is kept under another name."""
    path = path_of(filled)
    path.write_bytes(content)
    mirror = Mirror(loop(world), filled)
    mirror.sync()

    assert held(mirror) == set(world.statuses())
    assert [file.read_bytes() for file in path.parent.glob("mirror.db.broken-*")] == [content]
    mirror.close()


def test_an_empty_file_is_a_new_one(world: World, filled: str) -> None:
    """Nothing in it is nothing lost."""
    path_of(filled).write_bytes(b"")
    mirror = Mirror(loop(world), filled)
    mirror.sync()
    assert held(mirror) == set(world.statuses())
    mirror.close()


def test_damage_inside_is_found_by_the_check(world: World, filled: str) -> None:
    """A file that opens but is damaged further in is set aside too, and walked again."""
    path = path_of(filled)
    content = bytearray(path.read_bytes())
    for start in range(8192, len(content), 4096):
        content[start : start + 64] = b"\xff" * 64
    path.write_bytes(content)
    arrow_copy.remove(path)
    try:
        mirror = Mirror(loop(world), filled)
    except StoreError:
        pytest.fail("a damaged file must not keep the dashboard from starting")
    mirror.check()
    mirror.sync()
    assert held(mirror) == set(world.statuses())
    mirror.close()


def test_a_newer_schema_is_refused(filled: str) -> None:
    """It is neither downgraded nor set aside."""
    sql(filled, "pragma user_version=99")
    with pytest.raises(StoreError, match="newer version"):
        Mirror(loop(World()), filled)
    assert list(path_of(filled).parent.glob("*broken*")) == []


def test_another_programs_database_is_refused(url: str) -> None:
    """A place that was given by mistake loses nothing."""
    sql(url, "create table precious (x)", "insert into precious values (1)")
    with pytest.raises(StoreError, match="another program"):
        Mirror(loop(World()), url)
    sql(url, "select x from precious")


def test_a_read_only_folder_is_one_sentence(tmp_path: Path) -> None:
    """Where nothing can be kept, that is said."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be kept"):
        Mirror(loop(World()), f"sqlite:///{tmp_path}/file/mirror.db")


def test_a_place_that_cannot_be_opened_is_one_sentence(world: World, tmp_path: Path, url: str) -> None:
    """A folder where the file should be: our own error, and the lock is let go of."""
    (tmp_path / "mirror.db").mkdir()
    with pytest.raises(StoreError, match="cannot be used"):
        Mirror(loop(world), url)
    (tmp_path / "mirror.db").rmdir()
    mirror = Mirror(loop(world), url)
    mirror.sync()
    mirror.close()


def test_the_files_are_private(filled: str) -> None:
    """Feedback is nobody else's on this machine."""
    for file in path_of(filled).parent.iterdir():
        assert file.stat().st_mode & 0o077 == 0, file.name


def test_the_key_is_in_no_file(filled: str) -> None:
    """Accounts are told apart by a hash."""
    for file in path_of(filled).parent.iterdir():
        assert b"canary" not in file.read_bytes()


def test_a_full_disk_is_told_and_loses_no_page(world: World, url: str) -> None:
    """While nothing can be written the copy is readable, says why, and afterwards goes on without a hole."""
    mirror = Mirror(loop(world), url)
    mirror.sync()
    sql_pages = mirror._store.rows("pragma page_count")[0][0]  # noqa: SLF001 - the file may not grow
    mirror._store.rows(f"pragma max_page_count={sql_pages}")  # noqa: SLF001
    for _ in range(300):
        world.insert(message="x" * 500)
    with pytest.raises(StoreError, match="full"):
        mirror.sync()
    assert len(held(mirror)) >= 20
    assert isinstance(mirror.state().error, StoreError)

    mirror._store.rows("pragma max_page_count=1000000")  # noqa: SLF001
    mirror.sync()
    assert held(mirror) == set(world.statuses())
    assert mirror.snapshot().coverage.complete
    mirror.close()


def test_the_check_reads_the_file_whatever_its_folder_is_called(world: World, tmp_path: Path) -> None:
    """Signs that mean something in an address are part of a name here: a sound file is not set aside for them."""
    for name in ("a%41b", "a?b", "a#b", "a b"):
        mirror = Mirror(loop(world), f"sqlite:///{tmp_path}/{name}/mirror.db")
        mirror.sync()
        assert mirror.check()
        assert held(mirror) == set(world.statuses())
        mirror.close()
    assert {file.name for file in tmp_path.iterdir()} == {"a%41b", "a?b", "a#b", "a b"}
