"""The mirror's database file: damaged, foreign, newer, private, in odd places, on a full disk."""

from __future__ import annotations

import re
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
import time_machine
from adbc_driver_sqlite import dbapi

from loop_client.mirror import Mirror, StoreError, arrow_copy
from loop_client.mirror.store import set_aside, those_set_aside
from tests.answers import loop
from tests.loop_client.mirror.world import World, ids_of, path_of, sql, store_of, store_state

if TYPE_CHECKING:
    from pathlib import Path


HALF_A_HEADER = b"SQLite format 3\x00\x10\x00\x02\x02\x00@  " + bytes(40)


@pytest.mark.parametrize("content", [b"garbage" * 1000, b"SQLite format 3\x00" + b"\x00" * 5000, HALF_A_HEADER])
def test_a_broken_file_is_set_aside_and_built_anew(world: World, filled: str, content: bytes) -> None:
    """A broken file is renamed, and the dashboard starts and syncs into a new one."""
    path = path_of(filled)
    path.write_bytes(content)
    mirror = Mirror(loop(world), filled)
    mirror.sync()

    assert ids_of(mirror) == set(world.statuses())
    assert [file.read_bytes() for file in path.parent.glob("mirror.db.broken-*")] == [content]
    mirror.close()


def test_an_empty_file_is_a_new_one(world: World, filled: str) -> None:
    """An empty file is used as a new database."""
    path_of(filled).write_bytes(b"")
    mirror = Mirror(loop(world), filled)
    mirror.sync()
    assert ids_of(mirror) == set(world.statuses())
    mirror.close()


def test_damage_inside_is_found_by_the_check(world: World, filled: str) -> None:
    """A file that opens but is damaged further in is set aside and synced again."""
    path = path_of(filled)
    content = bytearray(path.read_bytes())
    for start in range(8192, len(content), 4096):
        content[start : start + 64] = b"\xff" * 64
    path.write_bytes(content)
    arrow_copy.place(path).unlink()
    try:
        mirror = Mirror(loop(world), filled)
    except StoreError:
        pytest.fail("a damaged file must not keep the dashboard from starting")
    mirror.check()
    mirror.sync()
    assert ids_of(mirror) == set(world.statuses())
    mirror.close()


def _flip(path: Path, place: int, bit: int = 0) -> None:
    """Flip one bit of a byte."""
    content = bytearray(path.read_bytes())
    content[place] ^= 1 << bit
    path.write_bytes(content)


HEADER = {"page size": 16, "write version": 18, "read version": 19, "encoding": 59, "version": 63, "mark": 71}


@pytest.mark.parametrize("bit", [1, 2])
@pytest.mark.parametrize("place", HEADER.values(), ids=HEADER)
def test_a_flipped_bit_in_the_header_is_mended(world: World, filled: str, place: int, bit: int) -> None:
    """A flipped header bit does not make the mirror read-only, foreign or too new for ever."""
    _flip(path_of(filled), place, bit)
    for _ in range(2):
        mirror = Mirror(loop(world), filled)
        world.insert()
        with suppress(StoreError):
            mirror.sync()
        mirror.sync()
        assert ids_of(mirror) == set(world.statuses())
        mirror.close()
    assert path_of(filled).read_bytes()[68:72] == b"LOOP"
    assert path_of(filled).read_bytes()[60:64] == bytes([0, 0, 0, 1])


@pytest.mark.parametrize("words", [b"CREATE TABLE items", b"sentiment text", b"account, change", b"tombstones"])
def test_a_flipped_bit_in_the_schema_is_set_aside(world: World, filled: str, words: bytes) -> None:
    """A damaged schema is set aside, whether SQLite finds it at opening or when preparing a statement."""
    _flip(path_of(filled), path_of(filled).read_bytes().index(words))
    mirror = Mirror(loop(world), filled)
    mirror.sync()

    assert ids_of(mirror) == set(world.statuses())
    assert mirror.state().error is None
    aside = {file.name for file in path_of(filled).parent.glob("mirror.db.broken-*")}
    assert len(aside) == 1
    assert aside.pop() in str(mirror.state().last_error)
    mirror.close()


CHANGES = ("drop table accounts", "drop index items_by_walk", "alter table items drop column extra")


@pytest.mark.parametrize("statement", CHANGES)
def test_a_copy_that_lacks_a_part_is_set_aside(world: World, filled: str, statement: str) -> None:
    """A file with a missing table, index or column is set aside, and the sync goes on."""
    sql(filled, statement)
    mirror = Mirror(loop(world), filled)
    mirror.sync()
    assert ids_of(mirror) == set(world.statuses())
    assert len(list(path_of(filled).parent.glob("mirror.db.broken-*"))) == 1
    mirror.close()


@pytest.mark.parametrize("copy", [True, False], ids=["with the Arrow copy", "without it"])
def test_a_letter_that_is_none_any_more_stops_no_sync(world: World, filled: str, *, copy: bool) -> None:
    """Invalid UTF-8 from a flipped bit is replaced by the next full scan, without an error."""
    path = path_of(filled)
    path.write_bytes(path.read_bytes().replace(b"Message", bytes([ord("M") | 0x80]) + b"essage"))
    if not copy:
        arrow_copy.place(path).unlink()
    mirror = Mirror(loop(world), filled)
    assert len(mirror.snapshot().frame.to_dict("records")) == 20
    mirror.sync(full=True)

    messages = dict(zip(mirror.snapshot().frame["id"], mirror.snapshot().frame["message"], strict=True))
    assert messages == {one["id"]: one["message"] for one in world.items}
    assert list(path.parent.glob("*broken*")) == []
    mirror.close()


ROWS = {
    "time far away": "update items set created_at = 1 << 62",
    "time that is a text": "update items set created_at = 'soon' where rowid = 1",
    "negative walk": "update items set walk = -1 where rowid = 3",
    "change ahead of the last": "update items set change = 1 << 40 where rowid = 3",
    "last change before the others": "update store set value = -7",
    "no last change": "delete from store",
    "state of another account": "update accounts set account = 3",
    "state that was not stored": "update accounts set state = replace(state, 'true', 'null')",
    "state that is a number": "update accounts set state = 7",
}


@pytest.mark.parametrize("copy", [True, False], ids=["with the Arrow copy", "without it"])
@pytest.mark.parametrize("statement", ROWS.values(), ids=ROWS)
def test_impossible_values_are_repaired(world: World, filled: str, statement: str, *, copy: bool) -> None:
    """Impossible values in the database are found before use, and the file is set aside and synced again."""
    sql(filled, statement)
    if not copy:
        arrow_copy.place(path_of(filled)).unlink()
    mirror = Mirror(loop(world), filled)
    world.insert()
    for _ in range(2):
        with suppress(StoreError):
            mirror.sync(full=True)
    mirror.sync()

    frame = mirror.snapshot().frame
    assert dict(zip(frame["id"], frame["created_at"], strict=True)) == {
        one["id"]: one["created"] for one in world.items
    }
    assert mirror.snapshot().coverage.complete
    assert len(list(path_of(filled).parent.glob("mirror.db.broken-*"))) == 1
    mirror.close()


@pytest.mark.parametrize(
    "statement",
    [
        """update accounts set state = replace(state, '"rejected":0', '"rejected":7')""",
        "update accounts set account = 3",
    ],
    ids=["another one", "another account's"],
)
def test_a_state_that_was_not_stored_is_not_believed(world: World, filled: str, statement: str) -> None:
    """A state without its checksum is rejected, even if it parses, because it could hide new items."""
    sql(filled, statement)

    mirror = Mirror(loop(world), filled)
    mirror.sync()

    assert mirror.snapshot().coverage.rejected == 0
    assert ids_of(mirror) == set(world.statuses())
    assert len(list(path_of(filled).parent.glob("mirror.db.broken-*"))) == 1
    mirror.close()


def test_a_lock_of_another_program_sets_nothing_aside(world: World, filled: str) -> None:
    """A locked database is reported, not set aside, and the next sync goes on."""
    mirror = Mirror(loop(world), filled)
    store_of(mirror).execute("pragma busy_timeout=1")
    world.insert()
    with dbapi.connect(str(path_of(filled)), autocommit=True) as other, other.cursor() as cursor:
        cursor.execute("begin immediate")
        with pytest.raises(StoreError, match=r"database is locked\. Close the other program"):
            mirror.sync()
    mirror.sync()
    assert ids_of(mirror) == set(world.statuses())
    mirror.close()
    assert list(path_of(filled).parent.glob("*broken*")) == []


def test_what_is_set_aside_does_not_fill_the_disk(filled: str) -> None:
    """Only the newest three damaged files remain, and a file with a similar name is left alone."""
    folder = path_of(filled).parent
    (folder / "mirror.db.broken-1").write_text("precious")
    for number in range(5):
        path_of(filled).write_bytes(b"garbage %d " % number * 1000)
        Mirror(loop(World()), filled).close()
    remaining = sorted(folder.glob("mirror.db.broken-*"))

    assert (folder / "mirror.db.broken-1").read_text() == "precious"
    assert [file.read_bytes()[:9] for file in remaining[1:]] == [b"garbage 2", b"garbage 3", b"garbage 4"]


@pytest.mark.usefixtures("still")
def test_what_is_set_aside_takes_its_log_along_and_no_name_that_is_taken(tmp_path: Path) -> None:
    """A file is set aside with its log, under a name that is still free."""
    path = tmp_path / "mirror.db"
    for number in "12":
        for end in ("", "-wal", "-shm"):
            path.with_name(f"mirror.db{end}").write_text(f"{number}{end}")
        new = set_aside(path)
        assert new.read_text() == number
        assert new.with_name(f"{new.name}-wal").read_text() == f"{number}-wal"
        assert not list(tmp_path.glob("mirror.db-*"))

    assert len(list(tmp_path.iterdir())) == 6


@time_machine.travel("1970-01-01T00:10:00Z")
def test_damaged_files_are_recognized_whatever_the_clock_was(tmp_path: Path) -> None:
    """Damaged files are recognized and limited even if their names date from 1970."""
    path = tmp_path / "mirror.db"
    for _ in range(5):
        path.write_text("garbage")
        set_aside(path)

    assert len(those_set_aside(path)) == len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("version", [1_001, 2_000_000_001])
def test_a_version_that_no_program_writes_is_damage(world: World, filled: str, version: int) -> None:
    """An impossible schema version is repaired as damage, not reported as a newer version."""
    sql(filled, f"pragma user_version={version}")

    mirror = Mirror(loop(World()), filled)

    assert ids_of(mirror) == set(world.statuses())
    mirror.close()


def _damage_index(path: Path, item_id: bytes) -> None:
    """Damage an item's id in the index of ids."""
    content = path.read_bytes()
    in_index = re.compile(b'(?<!")%s(?!u_)' % item_id)  # in the state it is quoted, in a row a person's id follows
    assert len(in_index.findall(content)) == 1
    path.write_bytes(in_index.sub(item_id.upper(), content))


def test_a_row_that_an_index_lacks_is_found_by_the_check(world: World, filled: str) -> None:
    """The check finds a row that is missing in an index, and the file is synced again."""
    _damage_index(path_of(filled), world.items[5]["id"].encode())

    mirror = Mirror(loop(world), filled)

    assert not mirror.check()
    mirror.sync()
    assert ids_of(mirror) == set(world.statuses())
    mirror.close()


def test_the_check_leaves_alone_what_the_sync_has_begun_anew(world: World, filled: str) -> None:
    """When the check and the sync find the same damage, only the damaged file is set aside."""
    _damage_index(path_of(filled), world.items[5]["id"].encode())
    mirror = Mirror(loop(world), filled)
    checking = threading.Thread(target=mirror.check)
    with mirror._syncing:  # noqa: SLF001 - as while a page is requested
        checking.start()
        checking.join(1.0)
        store_state(filled, "damaged#00000000")
        with pytest.raises(StoreError):
            mirror.sync()
        mirror.sync()
    checking.join()

    assert ids_of(mirror) == set(world.statuses())
    assert len(list(path_of(filled).parent.glob("mirror.db.broken-*"))) == 1
    mirror.close()


def test_a_reader_follows_to_the_new_file(world: World, filled: str) -> None:
    """When the writing process has started a new file, reading processes show its items."""
    writer = Mirror(loop(world), filled)
    reader = Mirror(loop(World()), filled)
    new = world.insert()
    writer._start_over()  # noqa: SLF001
    writer.sync()
    reader.sync()

    assert ids_of(reader) == {new, *world.statuses()}
    reader.close()
    writer.close()


def test_a_damaged_database_of_another_program_is_left_alone(world: World, url: str) -> None:
    """Another program's damaged database is recognized by its content, and stays untouched."""
    sql(url, "create table precious (x)", "insert into precious values (1)")
    content = path_of(url).read_bytes()
    broken = content[:100] + bytes(64) + content[164:]
    path_of(url).write_bytes(broken)
    with pytest.raises(StoreError, match="another program"):
        Mirror(loop(world), url)
    assert path_of(url).read_bytes() == broken


def test_a_newer_schema_is_refused(filled: str) -> None:
    """A newer schema is neither downgraded nor set aside."""
    sql(filled, "pragma user_version=99")
    with pytest.raises(StoreError, match="newer version"):
        Mirror(loop(World()), filled)
    assert list(path_of(filled).parent.glob("*broken*")) == []


def test_another_programs_database_is_refused(url: str) -> None:
    """A database of another program, given by mistake, stays untouched."""
    sql(url, "create table precious (x)", "insert into precious values (1)")
    with pytest.raises(StoreError, match="another program"):
        Mirror(loop(World()), url)
    sql(url, "select x from precious")


def test_a_folder_that_cannot_be_created_is_reported(tmp_path: Path) -> None:
    """A folder that cannot be created is reported as a StoreError."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be kept"):
        Mirror(loop(World()), f"sqlite:///{tmp_path}/file/mirror.db")


def test_a_folder_in_place_of_the_file_is_reported(world: World, tmp_path: Path, url: str) -> None:
    """A folder in place of the file is reported as a StoreError, and the lock is released."""
    (tmp_path / "mirror.db").mkdir()
    with pytest.raises(StoreError, match="cannot be used"):
        Mirror(loop(world), url)
    (tmp_path / "mirror.db").rmdir()
    mirror = Mirror(loop(world), url)
    mirror.sync()
    mirror.close()


def test_the_files_are_private(filled: str) -> None:
    """Other users of the machine cannot read any file."""
    for file in path_of(filled).parent.iterdir():
        assert file.stat().st_mode & 0o077 == 0, file.name


def test_the_key_is_in_no_file(filled: str) -> None:
    """No file contains the API key, because accounts are named by a hash."""
    for file in path_of(filled).parent.iterdir():
        assert b"canary" not in file.read_bytes()


def test_a_full_disk_is_reported_and_loses_no_page(world: World, url: str) -> None:
    """On a full disk the mirror stays readable and reports the error, and later completes without a hole."""
    mirror = Mirror(loop(world), url)
    mirror.sync()
    sql_pages = store_of(mirror).rows("pragma page_count")[0][0]  # the file may not grow
    store_of(mirror).rows(f"pragma max_page_count={sql_pages}")
    for _ in range(300):
        world.insert(message="x" * 500)
    with pytest.raises(StoreError, match="full"):
        mirror.sync()
    assert len(ids_of(mirror)) >= 20
    assert isinstance(mirror.state().error, StoreError)

    store_of(mirror).rows("pragma max_page_count=1000000")
    mirror.sync()
    assert ids_of(mirror) == set(world.statuses())
    assert mirror.snapshot().coverage.complete
    mirror.close()


def test_the_check_reads_the_file_whatever_its_folder_is_called(world: World, tmp_path: Path) -> None:
    """URL characters in a folder's name do not make the check set a sound file aside."""
    for name in ("a%41b", "a?b", "a#b", "a b"):
        mirror = Mirror(loop(world), f"sqlite:///{tmp_path}/{name}/mirror.db")
        mirror.sync()
        assert mirror.check()
        assert ids_of(mirror) == set(world.statuses())
        mirror.close()
    assert {file.name for file in tmp_path.iterdir()} == {"a%41b", "a?b", "a#b", "a b"}


@pytest.mark.parametrize("name", ["mirror.db.lock", "mirror.db-wal", "mirror.db-shm"])
def test_a_folder_beside_the_copy_is_named(world: World, filled: str, name: str) -> None:
    """A folder in place of a side file is named in the error, and the sync goes on once it is removed."""
    place = path_of(filled).with_name(name)
    place.unlink(missing_ok=True)
    place.mkdir()
    mirror = Mirror(loop(world), filled)
    assert ids_of(mirror) == set(world.statuses())
    with pytest.raises(StoreError, match=f"{name}: .*shown as it is"):
        mirror.sync()
    place.rmdir()
    new = world.insert()
    mirror.sync()
    assert new in ids_of(mirror)
    assert not list(place.parent.glob("*.broken-*"))
    mirror.close()
