"""A mirror shows tags by the aliases it was told, whatever happens to its file, and asks Loop by the tags as sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from loop_client.mirror import Mirror, Snapshot
from loop_client.mirror.plan import resolved_since
from tests.answers import loop
from tests.frames import item, items_frame, snapshot_of
from tests.loop_client.mirror.world import World, path_of

if TYPE_CHECKING:
    from collections.abc import Iterator

RULES: Final = {"t1": "t0", "t2": "other"}


def tags(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """Each item's tag as sent and as shown."""
    yield from zip(snapshot.frame["tag_raw"].astype(str), snapshot.frame["tag"].astype(str), strict=True)


def counted(snapshot: Snapshot) -> dict[str, int]:
    """The items of each tag by the cube."""
    found = snapshot.cells.groupby("tag", observed=True)["items"].sum()
    return {str(tag): int(items) for tag, items in found.items()}


def test_aliases_hold_for_what_comes_later(world: World, filled: str) -> None:
    """Stored items, new ones and those of a file that was started over are shown by the same rules."""
    mirror = Mirror(loop(world), filled)
    mirror.alias(RULES)
    assert set(tags(mirror.snapshot())) == {("t0", "t0"), ("t1", "t0"), ("t2", "other")}
    assert counted(mirror.snapshot()) == {"t0": 14, "other": 6}

    world.insert(tag="t2")
    mirror.sync()
    assert counted(mirror.snapshot()) == {"t0": 14, "other": 7}

    mirror._start_over()  # noqa: SLF001 - as when the file is found damaged
    assert mirror.snapshot().frame.empty
    mirror.sync()
    assert counted(mirror.snapshot()) == {"t0": 14, "other": 7}
    mirror.close()


def test_another_account_is_shown_by_the_same_aliases(world: World, filled: str) -> None:
    """Rules stay when the mirror enters the stored items of another account, from the Arrow copy or from rows."""
    mirror = Mirror(loop(World()), filled, "another")
    mirror.alias(RULES)

    mirror.reconnect(loop(world), loop(world).account)

    assert counted(mirror.snapshot()) == {"t0": 14, "other": 6}
    mirror.close()
    path_of(filled).with_name("mirror.db.arrow").unlink()
    mirror = Mirror(loop(World()), filled, "another")
    mirror.alias(RULES)
    mirror.reconnect(loop(world), loop(world).account)
    assert counted(mirror.snapshot()) == {"t0": 14, "other": 6}
    mirror.close()


def test_taking_aliases_back_shows_tags_as_sent(world: World, filled: str) -> None:
    """Without rules each tag is shown as it was sent again."""
    mirror = Mirror(loop(world), filled)
    plain = dict(tags(mirror.snapshot()))
    mirror.alias(RULES)
    mirror.alias({})

    assert dict(tags(mirror.snapshot())) == plain
    mirror.close()


def test_the_search_for_resolved_items_counts_an_alias_by_what_it_is_shown_as() -> None:
    """The estimate for a tag as sent is that of the tag that it is shown as, and not zero."""
    frame = items_frame(item(number, tag=tag, status="resolved") for number, tag in enumerate(["t0", "t1", "t2"]))
    snapshot = snapshot_of(frame).aliased(RULES)

    estimates = [resolved_since(snapshot, 0, None, tag) for tag in ("t0", "t1", "t2", "none", None)]

    assert estimates == [2, 2, 1, 0, 3]
