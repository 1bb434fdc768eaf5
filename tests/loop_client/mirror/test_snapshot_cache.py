"""An expensive result is computed once for as long as it is in use."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakSet

from loop_client.mirror.snapshot_cache import MOST_BYTES, RECENT, SnapshotCache
from tests.frames import items_frame, snapshot_of

if TYPE_CHECKING:
    from collections.abc import Callable


class Result:
    """A computed result."""


def counting_lookup(cache: SnapshotCache[str]) -> tuple[Callable[[str], str], list[str]]:
    """A function that asks a cache about one snapshot, and the keys that were computed."""
    snapshot, made = snapshot_of(items_frame([])), list[str]()

    def lookup(key: str) -> str:
        def make() -> str:
            made.append(key)
            return key

        return cache.get(snapshot, key, make)

    return lookup, made


def test_results_in_use_stay_cached() -> None:
    """A full cache drops the least recently used result."""
    lookup, made = counting_lookup(SnapshotCache[str](most=2))

    assert [lookup(key) for key in "abacab"] == list("abacab")
    assert made == ["a", "b", "c", "b"]


def test_another_snapshot_is_computed_again() -> None:
    """Each snapshot has its own results, which do not push out another snapshot's."""
    cache, first, second = SnapshotCache[int](most=1), snapshot_of(items_frame([])), snapshot_of(items_frame([]))

    assert cache.get(first, "key", lambda: 1) == 1
    assert cache.get(second, "key", lambda: 2) == 2
    assert cache.get(first, "key", lambda: 3) == 1


def test_what_two_make_at_once_takes_one_place() -> None:
    """A result that two threads compute at once takes one place in the cache."""
    cache, snapshot = SnapshotCache[int](most=2), snapshot_of(items_frame([]))
    cache.get(snapshot, "other", lambda: 1)

    cache.get(snapshot, "key", lambda: cache.get(snapshot, "key", lambda: 2))

    assert cache.get(snapshot, "other", lambda: 3) == 1


def test_five_viewers_in_turn_make_each_result_once() -> None:
    """Five viewers with three questions each compute each result once, over ten rounds."""
    lookup, made = counting_lookup(SnapshotCache[str]())

    questions = [f"viewer {viewer}, part {part}" for viewer in range(5) for part in range(3)]
    for _ in range(10):
        assert [lookup(question) for question in questions] == questions

    assert made == questions


def test_a_cache_is_bounded() -> None:
    """After a thousand questions about one snapshot only the last few results remain."""
    snapshot, results = snapshot_of(items_frame([])), [Result() for _ in range(1000)]
    alive = WeakSet(results)
    cache = SnapshotCache[Result]()
    while results:
        cache.get(snapshot, len(results), results.pop)

    assert len(alive) == RECENT


def test_large_results_leave_room_for_fewer() -> None:
    """The cache is bounded in bytes and drops the least recently used, but one result of any size is cached."""
    snapshot, made = snapshot_of(items_frame([])), list[int]()
    cache, half = SnapshotCache[int](size=lambda result: result), MOST_BYTES // 2

    def lookup(size: int) -> None:
        def make() -> int:
            made.append(size)
            return size

        cache.get(snapshot, size, make)

    for size in (half, half - 1, 1, half, 2, half, 1, MOST_BYTES + 1, MOST_BYTES + 1, 2):
        lookup(size)

    assert made == [half, half - 1, 1, 2, MOST_BYTES + 1, 2]
