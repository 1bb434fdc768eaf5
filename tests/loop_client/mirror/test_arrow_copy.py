"""The Arrow copy of the snapshot: read only when it is the one that the database knows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from adbc_driver_sqlite import dbapi

from loop_client.mirror import Mirror, arrow_copy
from tests.answers import loop
from tests.loop_client.mirror.world import World, held, path_of, sql

if TYPE_CHECKING:
    from pathlib import Path


def _about(path: Path) -> bytes:
    import pyarrow as pa  # noqa: PLC0415 - for this line

    with pa.memory_map(str(arrow_copy.place(path))) as source:
        about: bytes = pa.ipc.open_file(source).schema.metadata[b"about"]
        return about


def _state(url: str) -> dict[str, list[str]]:
    with dbapi.connect(url.removeprefix("sqlite:///"), autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("select state from accounts")
        found: dict[str, list[str]] = json.loads(cursor.fetchall()[0][0])
        return found


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
    names = _state(filled)["copy"]
    arrow_copy.place(path_of(filled)).write_bytes(kept)
    about = json.loads(_about(path_of(filled)))
    sql(filled, "update accounts set state = json_set(state, '$.copy[0]', '" + about["name"] + "')")  # noqa: S608 - ours

    mirror = Mirror(loop(world), filled)
    assert names[0] != about["name"]
    assert held(mirror) == set(world.statuses())
    assert new in held(mirror)
    assert gone not in held(mirror)
    frame = mirror.snapshot().frame
    assert dict(zip(frame["id"], frame["status"], strict=True)) == world.statuses()
    mirror.close()


def test_an_arrow_copy_that_the_database_does_not_know_is_not_read(world: World, filled: str) -> None:
    """Another one's copy, half a copy and nonsense: the rows come from the database."""
    place = arrow_copy.place(path_of(filled))
    whole = place.read_bytes()
    for content in (whole[: len(whole) // 2], b"nonsense", b"", whole.replace(b'"change": ', b'"chance": ')):
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


def test_a_rotten_arrow_copy_is_found_by_the_check(world: World, filled: str) -> None:
    """A flipped bit in a text shows in the checksum; the rows are then those of the database."""
    place = arrow_copy.place(path_of(filled))
    place.write_bytes(place.read_bytes().replace(b"Message 1", b"Massage 1"))
    mirror = Mirror(loop(World()), filled)
    assert any(mirror.snapshot().frame["message"].str.contains("Massage"))

    seen = mirror.snapshot().version
    mirror.check()

    assert not any(mirror.snapshot().frame["message"].str.contains("Massage"))
    assert mirror.snapshot().version > seen
    assert held(mirror) == set(world.statuses())
    mirror.close()


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
