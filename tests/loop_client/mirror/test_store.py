"""The copy on disk: broken, foreign, newer, shared, of another account, killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from adbc_driver_sqlite import dbapi

from loop_client import APIConnectionError, Loop
from loop_client.mirror import Mirror, StoreError, arrow_copy, sync
from loop_client.mirror.store import Store
from tests.answers import URL, loop
from tests.loop_client.mirror.world import World

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def world() -> World:
    """An account with 20 items."""
    world = World(size=100)
    for number in range(20):
        world.insert(tag=f"t{number % 3}")
    return world


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Where the copy is."""
    return f"sqlite:///{tmp_path}/mirror.db"


@pytest.fixture
def filled(world: World, url: str) -> str:
    """A copy that holds the account, and is closed."""
    mirror = Mirror(loop(world), url)
    mirror.sync()
    mirror.close()
    return url


def sql(url: str, *statements: str) -> None:
    """Do something to the file behind the program's back."""
    with dbapi.connect(url.removeprefix("sqlite:///"), autocommit=True) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def held(mirror: Mirror) -> set[str]:
    """The ids of the snapshot."""
    return set(mirror.snapshot().frame["id"])


def test_the_next_start_shows_what_was_held_without_asking(world: World, filled: str) -> None:
    """Rows, coverage and counts are there before the first request, from the Arrow copy or without it."""
    for copy in (True, False):
        if not copy:
            (arrow_copy.place(_path(filled))).unlink()
        script = World()
        mirror = Mirror(loop(script), filled)

        assert held(mirror) == set(world.statuses())
        assert mirror.snapshot().coverage.complete
        assert int(mirror.snapshot().cells["items"].sum()) == 20
        assert script.requests == []
        mirror.close()


def _path(url: str) -> Path:
    from pathlib import Path  # noqa: PLC0415 - for this line

    return Path(url.removeprefix("sqlite:///"))


def test_the_arrow_copy_is_patched_with_what_is_newer(world: World, filled: str) -> None:
    """What was stored after the copy was written is read from the database."""
    kept = arrow_copy.place(_path(filled)).read_bytes()
    state = loop(world)
    mirror = Mirror(state, filled)
    new = world.insert()
    world.items[5]["status"] = "resolved"
    gone = world.items.pop(7)["id"]
    mirror.sync(full=True)
    mirror.close()
    names = _state(filled)["copy"]
    arrow_copy.place(_path(filled)).write_bytes(kept)
    about = json.loads(_about(_path(filled)))
    sql(filled, "update accounts set state = json_set(state, '$.copy[0]', '" + about["name"] + "')")  # noqa: S608 - ours

    mirror = Mirror(loop(world), filled)
    assert names[0] != about["name"]
    assert held(mirror) == set(world.statuses())
    assert new in held(mirror)
    assert gone not in held(mirror)
    frame = mirror.snapshot().frame
    assert dict(zip(frame["id"], frame["status"], strict=True)) == world.statuses()
    mirror.close()


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


def test_an_arrow_copy_that_the_database_does_not_know_is_not_read(world: World, filled: str) -> None:
    """Another one's copy, half a copy and nonsense: the rows come from the database."""
    place = arrow_copy.place(_path(filled))
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
    assert arrow_copy.place(_path(filled)).exists()
    mirror.close()


def test_a_rotten_arrow_copy_is_found_by_the_check(world: World, filled: str) -> None:
    """A flipped bit in a text shows in the checksum; the rows are then those of the database."""
    place = arrow_copy.place(_path(filled))
    place.write_bytes(place.read_bytes().replace(b"Message 1", b"Massage 1"))
    mirror = Mirror(loop(World()), filled)
    assert any(mirror.snapshot().frame["message"].str.contains("Massage"))

    mirror.check()

    assert not any(mirror.snapshot().frame["message"].str.contains("Massage"))
    assert held(mirror) == set(world.statuses())
    mirror.close()


@pytest.mark.parametrize("content", [b"garbage" * 1000, b"SQLite format 3\x00" + b"\x00" * 5000])
def test_a_broken_file_is_set_aside_and_built_anew(world: World, filled: str, content: bytes) -> None:
    """The dashboard starts, walks again, and what was there is kept under another name."""
    path = _path(filled)
    path.write_bytes(content)
    mirror = Mirror(loop(world), filled)
    mirror.sync()

    assert held(mirror) == set(world.statuses())
    assert [file.read_bytes() for file in path.parent.glob("mirror.db.broken-*")] == [content]
    mirror.close()


def test_an_empty_file_is_a_new_one(world: World, filled: str) -> None:
    """Nothing in it is nothing lost."""
    _path(filled).write_bytes(b"")
    mirror = Mirror(loop(world), filled)
    mirror.sync()
    assert held(mirror) == set(world.statuses())
    mirror.close()


def test_damage_inside_is_found_by_the_check(world: World, filled: str) -> None:
    """A file that opens but is damaged further in is set aside too, and walked again."""
    path = _path(filled)
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
    assert list(_path(filled).parent.glob("*broken*")) == []


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


def test_one_of_two_syncs_and_the_other_shows_it(world: World, url: str) -> None:
    """The second asks nothing, follows what the first stores, and takes over when that one ends."""
    first, script = Mirror(loop(world), url), World()
    second = Mirror(loop(script), url, loop(world).account)
    first.sync()
    second.sync()
    assert held(second) == held(first)
    assert second.snapshot().coverage == first.snapshot().coverage
    seen = first.state().checked_at
    second.sync()
    assert second.state().checked_at == seen is not None  # not when it looked into the file: nobody asked the API then

    world.insert()
    gone = world.items.pop(3)["id"]
    first.sync(full=True)
    second.sync()
    assert held(second) == set(world.statuses())
    assert gone not in held(second)
    assert script.requests == []

    first.close()
    second.reconnect(loop(world))
    new = world.insert()
    second.sync()
    assert new in held(second)
    second.close()


def test_accounts_are_kept_apart(world: World, filled: str) -> None:
    """Another account in the same file shows nothing of this one, and this one is whole afterwards."""
    other = World(size=100)
    other.made = 1000
    for _ in range(5):
        other.insert()
    mirror = Mirror(loop(other, api_key="another"), filled)
    assert held(mirror) == set()
    mirror.sync()
    assert held(mirror) == set(other.statuses())
    mirror.close()

    mirror = Mirror(loop(World()), filled)
    assert held(mirror) == set(world.statuses())
    mirror.close()


def test_a_new_key_to_the_same_feedback_continues_the_copy(world: World, filled: str) -> None:
    """Its first page holds known ids: nothing is walked again, and both keys share the copy."""
    mirror = Mirror(loop(world, api_key="rotated"), filled)
    world.requests.clear()
    mirror.sync()
    assert held(mirror) == set(world.statuses())
    assert len(world.requests) == 2  # that page, and the head
    mirror.close()


def test_the_files_are_private(filled: str) -> None:
    """Feedback is nobody else's on this machine."""
    for file in _path(filled).parent.iterdir():
        assert file.stat().st_mode & 0o077 == 0, file.name


def test_the_key_is_in_no_file(filled: str) -> None:
    """Accounts are told apart by a hash."""
    for file in _path(filled).parent.iterdir():
        assert b"canary" not in file.read_bytes()


def test_an_api_that_suddenly_has_nothing_does_not_empty_the_copy(
    world: World, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Complete walks that meet nothing at all may be an outage, however many there are."""
    mirror = Mirror(loop(world), url)
    mirror.sync()
    there, world.items = world.items, []
    monkeypatch.setattr(sync, "DOUBT_EVERY", 0.0)
    monkeypatch.setattr(sync, "FULL_EVERY", 0.0)
    monkeypatch.setattr(sync, "REST", 0)
    for _ in range(3):
        world.requests.clear()
        mirror.sync()
        assert world.requests[1:] == [{"limit": "100"}]  # the head, and all there is

    assert held(mirror) == {one["id"] for one in there}
    mirror.close()


KILLED = """
import os, sys
from loop_client import Loop
from loop_client.mirror import Mirror
mirror = Mirror(Loop(api_key="k", base_url=sys.argv[2], max_retries=0), sys.argv[1])
print("go", flush=True)
while True:
    mirror.sync()
    print(mirror.snapshot().change, len(mirror.snapshot().frame), flush=True)
"""


def kills(sandbox_url: str, key: str, url: str, times: int) -> None:
    """Kill a syncing process again and again; what it said that it held is there afterwards."""
    for number in range(times):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED.replace('"k"', repr(key)), url, sandbox_url],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(1 + number % 4)]
        process.send_signal(signal.SIGKILL)
        said += process.communicate(timeout=20)[0].splitlines()
        numbers = [int(words[1]) for words in map(str.split, said) if len(words) == 2]
        with Loop(api_key=key, base_url=sandbox_url) as client:
            mirror = Mirror(client, url)
            assert len(held(mirror)) >= max(numbers, default=0)
            assert mirror._store.is_sound()  # noqa: SLF001
            mirror._store.close()  # noqa: SLF001 - not the end of a clean close


def _sandbox(tmp_path: Path, times: int) -> None:
    from tests.sandboxes import running_sandbox  # noqa: PLC0415 - for these lines

    rows = [
        {
            "id": f"fb_{number}",
            "user_id": "u",
            "message": f"m {number}",
            "sentiment": None,
            "source": None,
            "tag": None,
            "status": "open",
            "created_at": f"2026-06-19T14:{number // 60 % 60:02}:{number % 60:02}.000Z",
        }
        for number in range(1500)
    ]
    with running_sandbox(tmp_path / "loop", items=rows) as sandbox:
        url = f"sqlite:///{tmp_path}/mirror.db"
        kills(sandbox.base_url, sandbox.api_key, url, times)
        with Loop(api_key=sandbox.api_key, base_url=sandbox.base_url) as client:
            mirror = Mirror(client, url)
            mirror.sync()
            assert len(held(mirror)) == 1500
            mirror.close()


def test_a_kill_loses_nothing_that_was_held(tmp_path: Path) -> None:
    """A few kills; `make test-long` does 200."""
    _sandbox(tmp_path, 4)


@pytest.mark.long
def test_no_kill_loses_anything_that_was_held(tmp_path: Path) -> None:
    """The same, 200 times."""
    _sandbox(tmp_path, 200)


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


def test_a_copy_that_cannot_be_read_is_told_by_the_state(world: World, url: str) -> None:
    """What stopped a sync is in the state even if nothing can be published either."""
    mirror = Mirror(loop(world), url)
    mirror.sync()
    mirror._store.execute("alter table store rename to lost")  # noqa: SLF001
    with pytest.raises(StoreError):
        mirror.sync()
    assert isinstance(mirror.state().error, StoreError)
    mirror._store.execute("alter table lost rename to store")  # noqa: SLF001
    mirror.close()


def test_any_thread_can_let_go_of_the_file(url: str) -> None:
    """The lock is the process's: opened by one thread that lives on, closed by another."""
    with ThreadPoolExecutor(1) as other:
        first = other.submit(Store, url).result()
        first.close()
        second = Store(url)
        assert second.writable
        second.close()


def test_a_failing_api_leaves_the_copy_readable(world: World, filled: str) -> None:
    """Refused, reset: the last good data stays, with its time."""
    script = World()
    script.before_each = lambda _: "reset"
    mirror = Mirror(loop(script, max_retries=0), filled)
    with pytest.raises(APIConnectionError):
        mirror.sync()
    assert held(mirror) == set(world.statuses())
    assert mirror.snapshot().coverage.reconciled_at is not None
    mirror.close()


def test_an_address_is_part_of_whose_account_it_is() -> None:
    """The same key at another address is another account; the name does not tell the key."""
    one, other = (Loop(api_key="k-secret", base_url=url) for url in (URL, URL + "x"))
    assert one.account != other.account
    assert "k-secret" not in one.account
