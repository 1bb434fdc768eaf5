"""The Arrow copy of the snapshot is used only if the database's state names it."""

from __future__ import annotations

import json
import resource
import zlib
from contextlib import closing
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from loop_client.mirror import Mirror, arrow_copy
from loop_client.mirror.state import decoded, encoded
from loop_client.mirror.store import Lease, PostgresDatabase, PostgresStore, SqliteStore
from tests.answers import loop
from tests.loop_client.mirror.world import World, ids_of, path_of

if TYPE_CHECKING:
    from pathlib import Path


def _about(path: Path) -> bytes:
    with pa.memory_map(str(arrow_copy.place(path))) as source:
        about: bytes = pa.ipc.open_file(source).schema.metadata[b"about"]
        return about


def _vouch(url: str, content: bytes) -> None:
    """Write this content as the Arrow copy, with its checksum in the database."""
    place = arrow_copy.place(path_of(url))
    place.write_bytes(content)
    store = SqliteStore(url)
    state = decoded(store.state(1))
    state.copy = (str(json.loads(_about(path_of(url)))["name"]), zlib.crc32(content))
    store.upsert(1, encoded(state), ())
    store.close()


def test_the_arrow_copy_is_patched_with_what_is_newer(world: World, filled: str) -> None:
    """Rows stored after the Arrow copy was written are read from the database."""
    before = arrow_copy.place(path_of(filled)).read_bytes()
    state = loop(world)
    mirror = Mirror(state, filled)
    new = world.insert()
    world.items[5]["status"] = "resolved"
    deleted = world.items.pop(7)["id"]
    mirror.sync(full=True)
    mirror.close()
    assert arrow_copy.place(path_of(filled)).read_bytes() != before
    _vouch(filled, before)

    mirror = Mirror(loop(world), filled)
    assert ids_of(mirror) == set(world.statuses())
    assert new in ids_of(mirror)
    assert deleted not in ids_of(mirror)
    frame = mirror.snapshot().frame
    assert dict(zip(frame["id"], frame["status"], strict=True)) == world.statuses()
    mirror.close()


def _as_written(url: str) -> tuple[int, ...]:
    """The file's identity, times and size, which differ once it is written again, even with the same content."""
    file = arrow_copy.place(path_of(url)).stat()
    return file.st_ino, file.st_mtime_ns, file.st_ctime_ns, file.st_size


@pytest.mark.parametrize("items", ["some", "none"])
def test_no_copy_is_written_when_nothing_changed(world: World, filled: str, items: str) -> None:
    """A start, a look, a full scan and a stop without changes leave the file untouched, even an empty one."""
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
    """After a new, resolved or deleted item, or the loss of the Arrow copy, closing writes a current one."""
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
    """A foreign, truncated or invalid Arrow copy is ignored, and the rows come from the database."""
    place = arrow_copy.place(path_of(filled))
    content_before = place.read_bytes()
    for content in (
        content_before[: len(content_before) // 2],
        b"nonsense",
        b"",
        content_before.replace(b"Message 1", b"Massage 1"),
    ):
        place.write_bytes(content)
        mirror = Mirror(loop(World()), filled)
        assert ids_of(mirror) == set(world.statuses())
        mirror._closed.set()  # noqa: SLF001 - to write no new copy
        mirror._store.close()  # noqa: SLF001


def test_the_check_keeps_an_arrow_copy_that_was_just_written(world: World, filled: str) -> None:
    """A check right after a sync finds no damage and leaves the published snapshot as it is."""
    mirror = Mirror(loop(world), filled)
    world.insert()
    mirror.sync()
    shown = mirror.snapshot()

    assert mirror.check()
    assert mirror.snapshot() is shown
    assert arrow_copy.place(path_of(filled)).exists()
    mirror.close()


def test_a_rotten_arrow_copy_is_never_shown(world: World, filled: str) -> None:
    """A changed text fails the checksum before it is shown, and the rows come from the database."""
    place = arrow_copy.place(path_of(filled))
    place.write_bytes(place.read_bytes().replace(b"Message 1", b"Massage 1"))

    mirror = Mirror(loop(World()), filled)

    assert not any(mirror.snapshot().frame["message"].str.contains("Massage"))
    assert ids_of(mirror) == set(world.statuses())
    mirror.close()
    mirror = Mirror(loop(World()), filled)
    assert place.read_bytes().count(b"Massage") == 0  # closing wrote a new copy
    mirror.close()


def _with(table: pa.Table, what: str) -> pa.Table:
    """The table of an Arrow copy with one value that our writer never produces."""
    name, kind = what.split()
    if kind == "fewer":
        return table.slice(1)
    number = table.column_names.index(name)
    beyond = len(json.loads(table.schema.metadata[b"about"]).get(name, ()))  # the first code without a value
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
    """Invalid UTF-8, codes and times in an Arrow copy crash nothing, even if its checksum is right."""
    with pa.memory_map(str(arrow_copy.place(path_of(filled)))) as source:
        table = _with(pa.ipc.open_file(source).read_all(), what)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    _vouch(filled, sink.getvalue().to_pybytes())

    mirror = Mirror(loop(World()), filled)

    assert ids_of(mirror) == set(world.statuses())
    assert len(mirror.snapshot().frame.to_dict("records")) == 20
    mirror.close()


def test_a_copy_that_is_newer_than_the_database_is_not_read(world: World, filled: str) -> None:
    """An Arrow copy newer than the database is ignored, because patching it would miss changes."""
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
    """A half-written Arrow copy is deleted when the disk is full."""
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
    """The Arrow copy is not memory-mapped, so a later change of the file does not reach the process."""
    place = arrow_copy.place(path_of(filled))
    mirror = Mirror(loop(World()), filled)
    with place.open("r+b") as file:
        file.truncate(10)

    assert ids_of(mirror) == set(world.statuses())
    assert len(mirror.snapshot().frame.to_dict("records")) == 20
    mirror.close()


def test_a_copy_larger_than_all_that_is_stored_is_not_read(
    world: World, filled: str, caplog: pytest.LogCaptureFixture
) -> None:
    """An oversized Arrow copy is not read, not even for its checksum, and no damage is logged."""
    with arrow_copy.place(path_of(filled)).open("r+b") as file:
        file.truncate(1 << 24)
    mirror = Mirror(loop(World()), filled)
    assert ids_of(mirror) == set(world.statuses())
    assert not caplog.records
    mirror.close()


def test_a_copy_beside_no_file_of_a_database_is_read(tmp_path: Path, postgres_url: str) -> None:
    """With a database on a server, a large copy in the data folder is read at the next start."""
    world = World(size=100)
    for number in range(400):
        world.insert(message=f"{number} {'long ' * 1_000}")

    with closing(PostgresDatabase(postgres_url, "The feedback")) as database:
        first = Mirror(loop(world), PostgresStore(database, Lease(database), tmp_path / "mirror.db"))
        first.sync()
        first.close()
        assert arrow_copy.place(tmp_path / "mirror.db").stat().st_size > 1 << 20
        second = Mirror(loop(World()), PostgresStore(database, Lease(database), tmp_path / "mirror.db"))
        copy = arrow_copy.read(tmp_path / "mirror.db", second._state.copy)  # noqa: SLF001 - only this says which it is
        assert ids_of(second) == set(world.statuses())
        assert copy is not None
        assert len(copy[0]) == 400
        second.close()


@pytest.mark.parametrize("name", ["mirror.db.new", "mirror.db.arrow"])
def test_another_programs_file_is_not_overwritten(world: World, tmp_path: Path, url: str, name: str) -> None:
    """A file is recognized as ours by its content, and another program's file stays untouched."""
    (tmp_path / name).write_bytes(b"precious")
    mirror = Mirror(loop(world), url)
    mirror.sync()
    mirror.close()

    assert (tmp_path / name).read_bytes() == b"precious"


def test_an_arrow_copy_that_cannot_be_written_stops_nothing(world: World, tmp_path: Path, url: str) -> None:
    """Without an Arrow copy the sync still succeeds, and closing still releases the lock."""
    (tmp_path / "mirror.db.new").mkdir()
    mirror = Mirror(loop(world), url)
    mirror.sync()
    mirror.close()

    mirror = Mirror(loop(world), url)
    assert ids_of(mirror) == set(world.statuses())
    mirror.sync()
    world.insert()
    mirror.sync()
    assert mirror.state().error is None
    assert mirror._store.writable  # noqa: SLF001 - the lock was released
    mirror.close()
