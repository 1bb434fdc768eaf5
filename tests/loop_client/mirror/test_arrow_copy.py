"""The Arrow copy of the snapshot: read only when it is the one that the database knows."""

from __future__ import annotations

import json
import resource
import zlib
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from loop_client.mirror import Mirror, arrow_copy
from loop_client.mirror.state import decoded, encoded
from loop_client.mirror.store import SqliteStore
from tests.answers import loop
from tests.loop_client.mirror.world import World, held, path_of

if TYPE_CHECKING:
    from pathlib import Path


def _about(path: Path) -> bytes:
    with pa.memory_map(str(arrow_copy.place(path))) as source:
        about: bytes = pa.ipc.open_file(source).schema.metadata[b"about"]
        return about


def _vouch(url: str, content: bytes) -> None:
    """Make this the copy that the database knows."""
    place = arrow_copy.place(path_of(url))
    place.write_bytes(content)
    store = SqliteStore(url)
    state = decoded(store.state(1))
    state.copy = (str(json.loads(_about(path_of(url)))["name"]), zlib.crc32(content))
    store.upsert(1, encoded(state), ())
    store.close()


def test_the_arrow_copy_is_patched_with_what_is_newer(world: World, filled: str) -> None:
    """What was stored after the copy was written is read from the database."""
    kept = arrow_copy.place(path_of(filled)).read_bytes()
    state = loop(world)
    mirror = Mirror(state, filled)
    new = world.insert()
    world.items[5]["status"] = "resolved"
    gone = world.items.pop(7)["id"]
    mirror.sync(full=True)
    mirror.close()
    assert arrow_copy.place(path_of(filled)).read_bytes() != kept
    _vouch(filled, kept)

    mirror = Mirror(loop(world), filled)
    assert held(mirror) == set(world.statuses())
    assert new in held(mirror)
    assert gone not in held(mirror)
    frame = mirror.snapshot().frame
    assert dict(zip(frame["id"], frame["status"], strict=True)) == world.statuses()
    mirror.close()


def _as_written(url: str) -> tuple[int, ...]:
    """What differs once the copy is written again, even with the same content."""
    file = arrow_copy.place(path_of(url)).stat()
    return file.st_ino, file.st_mtime_ns, file.st_ctime_ns, file.st_size


@pytest.mark.parametrize("items", ["some", "none"])
def test_no_copy_is_written_when_nothing_changed(world: World, filled: str, items: str) -> None:
    """A start, a look, a full scan and a stop leave the file as it is, also where every item was deleted."""
    if items == "none":
        world.items.clear()
        mirror = Mirror(loop(world), filled)
        mirror.sync(full=True)
        mirror.close()
    written = _as_written(filled)
    for syncs in ([], [False], [True, True], []):
        mirror = Mirror(loop(world), filled)
        for full in syncs:
            mirror.sync(full=full)
        mirror.close()
        assert _as_written(filled) == written


@pytest.mark.parametrize("what", ["new", "resolved", "deleted", "copy lost"])
def test_a_copy_is_written_when_something_changed(world: World, filled: str, what: str) -> None:
    """The next start finds the change in it."""
    written = _as_written(filled)
    mirror = Mirror(loop(world), filled)
    if what == "new":
        world.insert()
    elif what == "resolved":
        world.items[5]["status"] = "resolved"
    elif what == "deleted":
        world.items.pop(7)
    else:
        mirror.close()
        arrow_copy.place(path_of(filled)).unlink()
        mirror = Mirror(loop(world), filled)
    mirror.sync(full=True)
    mirror.close()

    assert _as_written(filled) != written
    store = SqliteStore(filled)
    copy = arrow_copy.read(path_of(filled), decoded(store.state(1)).copy)
    store.close()
    assert copy is not None
    assert dict(zip(copy[0]["id"], copy[0]["status"], strict=True)) == world.statuses()


def test_an_arrow_copy_that_the_database_does_not_know_is_not_read(world: World, filled: str) -> None:
    """Another one's copy, half a copy and nonsense: the rows come from the database."""
    place = arrow_copy.place(path_of(filled))
    whole = place.read_bytes()
    for content in (whole[: len(whole) // 2], b"nonsense", b"", whole.replace(b"Message 1", b"Massage 1")):
        place.write_bytes(content)
        mirror = Mirror(loop(World()), filled)
        assert held(mirror) == set(world.statuses())
        mirror._closed.set()  # noqa: SLF001 - so that no new copy is written
        mirror._store.close()  # noqa: SLF001


def test_the_check_keeps_an_arrow_copy_that_was_just_written(world: World, filled: str) -> None:
    """One that a sync has replaced since the start is sound: readers go on seeing the same snapshot."""
    mirror = Mirror(loop(world), filled)
    world.insert()
    mirror.sync()
    shown = mirror.snapshot()

    assert mirror.check()
    assert mirror.snapshot() is shown
    assert arrow_copy.place(path_of(filled)).exists()
    mirror.close()


def test_a_rotten_arrow_copy_is_never_shown(world: World, filled: str) -> None:
    """A flipped bit in a text shows in the checksum, before the text does: the rows are those of the database."""
    place = arrow_copy.place(path_of(filled))
    place.write_bytes(place.read_bytes().replace(b"Message 1", b"Massage 1"))

    mirror = Mirror(loop(World()), filled)

    assert not any(mirror.snapshot().frame["message"].str.contains("Massage"))
    assert held(mirror) == set(world.statuses())
    mirror.close()
    mirror = Mirror(loop(World()), filled)
    assert place.read_bytes().count(b"Massage") == 0  # written anew when it was closed
    mirror.close()


def _with(table: pa.Table, what: str) -> pa.Table:
    """The table of a copy with something in it that no writer of ours would have written."""
    name, kind = what.split()
    if kind == "fewer":
        return table.slice(1)
    number = table.column_names.index(name)
    beyond = len(json.loads(table.schema.metadata[b"about"]).get(name, ()))  # the first code of nothing
    values = {"times": [2**62] * len(table), "codes": [100] * len(table), "code": [beyond] * len(table)}.get(kind)
    if values is not None:
        return table.set_column(number, table.field(number), pa.array(values, table.field(number).type))
    if kind == "missing":
        return table.set_column(number, table.field(number), pa.nulls(len(table), pa.large_string()))
    binary = pa.array([value.as_py().encode() + b"\xff" for value in table[name]], pa.large_binary())
    letters = pa.Array.from_buffers(pa.large_string(), len(binary), binary.buffers())
    return table.set_column(number, table.field(number), letters)


WRONG = [
    "message letters",
    "id missing",
    "tag_raw codes",
    "status codes",
    "status code",
    "created_at times",
    "rows fewer",
]


@pytest.mark.parametrize("what", WRONG)
def test_a_copy_is_checked_before_its_first_use(world: World, filled: str, what: str) -> None:
    """Whatever vouches for it: letters, codes and times that cannot be end nothing."""
    with pa.memory_map(str(arrow_copy.place(path_of(filled)))) as source:
        table = _with(pa.ipc.open_file(source).read_all(), what)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    _vouch(filled, sink.getvalue().to_pybytes())

    mirror = Mirror(loop(World()), filled)

    assert held(mirror) == set(world.statuses())
    assert len(mirror.snapshot().frame.to_dict("records")) == 20
    mirror.close()


def test_a_copy_that_is_newer_than_the_database_is_not_read(world: World, filled: str) -> None:
    """It cannot be patched: what changed since would be taken for what it has already."""
    with pa.memory_map(str(arrow_copy.place(path_of(filled)))) as source:
        table = pa.ipc.open_file(source).read_all()
    mirror = Mirror(loop(world), filled)
    world.items[5]["status"] = "resolved"
    mirror.sync(full=True)
    mirror.close()
    about = {**json.loads(table.schema.metadata[b"about"]), "change": 1_000_000}
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema.with_metadata({"about": json.dumps(about)})) as writer:
        writer.write_table(table)
    _vouch(filled, sink.getvalue().to_pybytes())

    mirror = Mirror(loop(World()), filled)

    frame = mirror.snapshot().frame
    assert dict(zip(frame["id"], frame["status"], strict=True)) == world.statuses()
    mirror.close()


def test_half_a_copy_does_not_stay(world: World, filled: str) -> None:
    """Where a copy has no room, what was written of it is deleted: it would only fill the disk."""
    mirror = Mirror(loop(world), filled)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, limits[1]))
        with pytest.raises(OSError, match="File too large"):
            arrow_copy.write(path_of(filled), mirror.snapshot())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert not arrow_copy.draft(path_of(filled)).exists()
    assert arrow_copy.place(path_of(filled)).exists()
    mirror.close()


def test_a_copy_that_changes_after_the_start_changes_nothing(world: World, filled: str) -> None:
    """It is not mapped: another program that cuts it off or writes into it does not reach the process."""
    place = arrow_copy.place(path_of(filled))
    mirror = Mirror(loop(World()), filled)
    with place.open("r+b") as file:
        file.truncate(10)

    assert held(mirror) == set(world.statuses())
    assert len(mirror.snapshot().frame.to_dict("records")) == 20
    mirror.close()


def test_a_copy_larger_than_all_that_is_stored_is_not_read(
    world: World, filled: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It could be larger than the memory: not even its checksum is taken, so nobody is told that it is damaged."""
    with arrow_copy.place(path_of(filled)).open("r+b") as file:
        file.truncate(1 << 24)
    mirror = Mirror(loop(World()), filled)
    assert held(mirror) == set(world.statuses())
    assert not caplog.records
    mirror.close()


@pytest.mark.parametrize("name", ["mirror.db.new", "mirror.db.arrow"])
def test_another_programs_file_is_not_overwritten(world: World, tmp_path: Path, url: str, name: str) -> None:
    """A name alone does not make a file ours."""
    (tmp_path / name).write_bytes(b"precious")
    mirror = Mirror(loop(world), url)
    mirror.sync()
    mirror.close()

    assert (tmp_path / name).read_bytes() == b"precious"


def test_an_arrow_copy_that_cannot_be_written_stops_nothing(world: World, tmp_path: Path, url: str) -> None:
    """It only makes the next start faster: the sync succeeds, and closing lets go of the file."""
    (tmp_path / "mirror.db.new").mkdir()
    mirror = Mirror(loop(world), url)
    mirror.sync()
    mirror.close()

    mirror = Mirror(loop(world), url)
    assert held(mirror) == set(world.statuses())
    mirror.sync()
    world.insert()
    mirror.sync()
    assert mirror.state().error is None
    assert mirror._store.writable  # noqa: SLF001 - the lock was let go of
    mirror.close()
