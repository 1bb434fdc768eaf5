"""The mirror on disk, across restarts, processes and accounts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from adbc_driver_sqlite import dbapi

from loop_client import APIConnectionError, Loop
from loop_client.mirror import Mirror, StoreError, SyncSchedule, arrow_copy
from loop_client.mirror.store import SqliteStore
from tests.answers import URL, loop
from tests.loop_client.mirror.world import World, ids_of, path_of, store_of


@pytest.mark.files
def test_the_next_start_shows_stored_items_without_a_request(world: World, filled: str) -> None:
    """Rows, coverage and counts are there before the first request, with or without the Arrow copy."""
    for copy in (True, False):
        if not copy:
            (arrow_copy.place(path_of(filled))).unlink()
        script = World()
        mirror = Mirror(loop(script), filled)

        assert ids_of(mirror) == set(world.statuses())
        assert mirror.snapshot().coverage.complete
        assert int(mirror.snapshot().cells["items"].sum()) == 20
        assert script.requests == []
        mirror.close()


def test_one_of_two_syncs_and_the_other_shows_it(world: World, url: str) -> None:
    """A second mirror sends no requests, shows what the first stores, and syncs once the first is closed."""
    first, script = Mirror(loop(world), url), World()
    second = Mirror(loop(script), url, loop(world).account)
    first.sync()
    second.sync()
    assert ids_of(second) == ids_of(first)
    assert second.snapshot().coverage == first.snapshot().coverage
    seen = first.state().checked_at
    second.sync()
    assert second.state().checked_at == seen is not None  # the time of the first one's request, not of reading the file

    world.insert()
    deleted = world.items.pop(3)["id"]
    first.sync(full=True)
    second.sync()
    assert ids_of(second) == set(world.statuses())
    assert deleted not in ids_of(second)
    assert script.requests == []

    first.close()
    second.reconnect(loop(world))
    new = world.insert()
    second.sync()
    assert new in ids_of(second)
    second.close()


def test_accounts_are_separate(world: World, filled: str) -> None:
    """Another account in the same file shows none of our items, and ours stay complete."""
    other = World(size=100)
    other.made = 1000
    for _ in range(5):
        other.insert()
    mirror = Mirror(loop(other, api_key="another"), filled)
    assert ids_of(mirror) == set()
    mirror.sync()
    assert ids_of(mirror) == set(other.statuses())
    mirror.close()

    mirror = Mirror(loop(World()), filled)
    assert ids_of(mirror) == set(world.statuses())
    mirror.close()


def test_a_new_key_to_the_same_feedback_continues_the_copy(world: World, filled: str) -> None:
    """A new key whose first page shows known ids continues the existing mirror."""
    mirror = Mirror(loop(world, api_key="rotated"), filled)
    world.requests.clear()
    mirror.sync()
    assert ids_of(mirror) == set(world.statuses())
    assert len(world.requests) == 2  # the first page, and the look
    mirror.close()


def test_an_api_that_suddenly_has_nothing_does_not_empty_the_copy(world: World, url: str) -> None:
    """Full scans that find nothing may be an outage, and delete nothing."""
    mirror = Mirror(loop(world), url, schedule=SyncSchedule(recheck_every=0.0, full_every=0.0, pause_factor=0.0))
    mirror.sync()
    there, world.items = world.items, []
    for _ in range(3):
        world.requests.clear()
        mirror.sync()
        assert world.requests[1:] == [{"limit": "100"}]  # the look, and the full scan

    assert ids_of(mirror) == {one["id"] for one in there}
    mirror.close()


@pytest.mark.files
def test_the_state_reports_a_copy_that_cannot_be_read(world: World, url: str) -> None:
    """An error that stops the sync is in the state, even if nothing can be published."""
    mirror = Mirror(loop(world), url)
    mirror.sync()
    with dbapi.connect(str(path_of(url)), autocommit=True) as other, other.cursor() as cursor:
        store_of(mirror).execute("pragma busy_timeout=1")
        cursor.execute("begin immediate")
        world.insert()
        with pytest.raises(StoreError, match="locked"):
            mirror.sync()
    assert isinstance(mirror.state().error, StoreError)
    mirror.close()
    assert list(path_of(url).parent.glob("*broken*")) == []


@pytest.mark.files
def test_any_thread_can_close_the_file(url: str) -> None:
    """The lock belongs to the process, so one thread can close a store that another has opened."""
    with ThreadPoolExecutor(1) as other:
        first = other.submit(SqliteStore, url).result()
        first.close()
        second = SqliteStore(url)
        assert second.writable
        second.close()


def test_a_failing_api_leaves_the_copy_readable(world: World, filled: str) -> None:
    """When the API fails, the stored items stay readable, with their time."""
    script = World()
    script.before_each = lambda _: "reset"
    mirror = Mirror(loop(script, max_retries=0), filled)
    with pytest.raises(APIConnectionError):
        mirror.sync()
    assert ids_of(mirror) == set(world.statuses())
    assert mirror.snapshot().coverage.reconciled_at is not None
    mirror.close()


def test_an_address_is_part_of_whose_account_it_is() -> None:
    """The same key at another address is another account, and the account's name does not contain the key."""
    one, other = (Loop(api_key="k-secret", base_url=url) for url in (URL, URL + "x"))
    assert one.account != other.account
    assert "k-secret" not in one.account
