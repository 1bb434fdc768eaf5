"""What costs something is made once, as long as it is in use."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakSet

from loop_client.mirror.snapshot_cache import MOST_BYTES, RECENT, SnapshotCache
from tests.frames import items_frame, snapshot_of

if TYPE_CHECKING:
    from collections.abc import Callable


class Result:
    """Something that was made."""


def asking(cache: SnapshotCache[str]) -> tuple[Callable[[str], str], list[str]]:
    """A question to a cache about one snapshot, and the keys for which a result was made."""
    snapshot, made = snapshot_of(items_frame([])), list[str]()

    def asked(key: str) -> str:
        def make() -> str:
            made.append(key)
            return key

        return cache.get(snapshot, key, make)

    return asked, made


def test_results_in_use_stay_cached() -> None:
    """Of more than are kept, the one that was not asked for the longest goes."""
    asked, made = asking(SnapshotCache[str](most=2))

    assert [asked(key) for key in "abacab"] == list("abacab")
    assert made == ["a", "b", "c", "b"]


def test_another_snapshot_is_computed_again() -> None:
    """Its results are its own, and one snapshot's do not push out another's."""
    kept, first, second = SnapshotCache[int](most=1), snapshot_of(items_frame([])), snapshot_of(items_frame([]))

    assert kept.get(first, "key", lambda: 1) == 1
    assert kept.get(second, "key", lambda: 2) == 2
    assert kept.get(first, "key", lambda: 3) == 1


def test_what_two_make_at_once_takes_one_place() -> None:
    """Nothing else is pushed out for it."""
    kept, snapshot = SnapshotCache[int](most=2), snapshot_of(items_frame([]))
    kept.get(snapshot, "other", lambda: 1)

    kept.get(snapshot, "key", lambda: kept.get(snapshot, "key", lambda: 2))

    assert kept.get(snapshot, "other", lambda: 3) == 1


def test_five_viewers_in_turn_make_each_result_once() -> None:
    """Each asks three questions at every look, ten times, and nobody's results push out another's."""
    asked, made = asking(SnapshotCache[str]())

    questions = [f"viewer {viewer}, part {part}" for viewer in range(5) for part in range(3)]
    for _ in range(10):
        assert [asked(question) for question in questions] == questions

    assert made == questions


def test_a_cache_is_bounded() -> None:
    """A thousand questions to one snapshot leave the last few results."""
    snapshot, results = snapshot_of(items_frame([])), [Result() for _ in range(1000)]
    alive = WeakSet(results)
    cache = SnapshotCache[Result]()
    while results:
        cache.get(snapshot, len(results), results.pop)

    assert len(alive) == RECENT


def test_large_results_leave_room_for_fewer() -> None:
    """Together they take no more than they may, and the last used stay; one alone is kept however large it is."""
    snapshot, made = snapshot_of(items_frame([])), list[int]()
    cache, half = SnapshotCache[int](size=lambda result: result), MOST_BYTES // 2

    def asked(size: int) -> None:
        def make() -> int:
            made.append(size)
            return size

        cache.get(snapshot, size, make)

    for size in (half, half - 1, 1, half, 2, half, 1, MOST_BYTES + 1, MOST_BYTES + 1, 2):
        asked(size)

    assert made == [half, half - 1, 1, 2, MOST_BYTES + 1, 2]
