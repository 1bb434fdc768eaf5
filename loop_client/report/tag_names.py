"""Which tags are shown as others, and which look alike and might be.

Tags look alike if they differ only in case, width, accents, blanks, hyphens, underscores or invisible characters, see
`folding`; but "v1-0" and "v10" do not: a sign between digits counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from loop_client.mirror.columns import codes, shown_tag
from loop_client.mirror.snapshot_cache import SnapshotCache
from loop_client.query import named
from loop_client.query.folding import folded
from loop_client.report.counting import sums

if TYPE_CHECKING:
    from loop_client.mirror.snapshot import Snapshot

_LOOSE: Final = re.compile(r"(?<!\d)[ _-]+|[ _-]+(?!\d)")
_SIGNS: Final = re.compile("[ _-]+")


@dataclass(frozen=True, slots=True, eq=False)
class AliasedTags:
    """The tags of all items of a snapshot: how many were `sent`, as how many they are `shown`, and which as which.

    `rows`: one per tag that is shown as another one, by that one's name and then its own.

    | column | dtype | meaning |
    |---|---|---|
    | tag | str | the tag as sent, as `naming.named` calls it |
    | shown_as | str | the tag that it is shown as, in the same way |
    | items | int64 | how many items it was sent with |
    """

    rows: pd.DataFrame
    sent: int
    shown: int


_aliased: Final = SnapshotCache[AliasedTags]()


def aliased_tags(snapshot: Snapshot) -> AliasedTags:
    """The tags that aliases show as others; computed once per snapshot, 4 ms for 1,000,000 items."""
    return _aliased.get(snapshot, None, lambda: _counted(snapshot))


def _counted(snapshot: Snapshot) -> AliasedTags:
    column = snapshot.frame["tag_raw"]
    values = column.cat.categories.tolist()
    items = dict.fromkeys(map(shown_tag, values), 0)
    numbers = np.bincount(codes(column).astype(np.int64) + 1, minlength=len(values) + 1)[1:]
    for value, number in zip(values, numbers.tolist(), strict=True):
        items[shown_tag(value)] += number
    sent = {tag: number for tag, number in items.items() if tag and number}
    shown = {tag: snapshot.aliases.get(tag, tag) for tag in sent}
    found = sorted((target, tag) for tag, target in shown.items() if target != tag)
    rows = {
        "tag": pd.array([named("tag", tag) for _, tag in found], dtype="str"),
        "shown_as": pd.array([named("tag", target) for target, _ in found], dtype="str"),
        "items": np.array([sent[tag] for _, tag in found], np.int64),
    }
    return AliasedTags(pd.DataFrame(rows), len(sent), len({*shown.values()}))


@dataclass(frozen=True, slots=True)
class LookAlikes:
    """Tags that look alike: `target`, which the others might be shown as, and each of `others`, with their items."""

    target: str
    items: int
    others: tuple[tuple[str, int], ...]

    @property
    def tags(self) -> tuple[tuple[str, int], ...]:
        """All of them with their items, first the target."""
        return ((self.target, self.items), *self.others)

    @property
    def rules(self) -> str:
        """The lines of `aliases.toml` that show them as one."""
        return "".join(f"{_in_toml(tag)} = {_in_toml(self.target)}\n" for tag, _ in self.others)


@dataclass(frozen=True, slots=True)
class ComparedTags:
    """The tags of all items, compared: `tags`, how many; `is_unlike`, whether no two of them look alike.

    `alike`: those that rules can show as one, most items first. The target is the tag with most items, or one that is a
    target by now. Of several of those the others are left out: a rule cannot show a target as another tag.
    """

    alike: tuple[LookAlikes, ...]
    tags: int
    is_unlike: bool


_compared: Final = SnapshotCache[ComparedTags]()


def compared_tags(snapshot: Snapshot) -> ComparedTags:
    """The tags of all items, compared with each other; computed once per snapshot, from its cells."""
    return _compared.get(snapshot, None, lambda: _found(snapshot))


def _found(snapshot: Snapshot) -> ComparedTags:
    column, targets = snapshot.cells["tag"], {*snapshot.aliases.values()}
    tags = column.cat.categories.tolist()
    counts = sums(codes(column).astype(np.int64) + 1, len(tags) + 1, snapshot.cells["items"].to_numpy())[1:].tolist()
    groups: dict[str, list[tuple[str, int]]] = {}
    for tag, items in zip(tags, counts, strict=True):
        if items and (key := _key(tag)):
            groups.setdefault(key, []).append((tag, items))
    found = []
    for group in groups.values():
        (target, items), *others = sorted(group, key=lambda one: (one[0] not in targets, -one[1], one[0]))
        if others := [one for one in others if one[0] not in targets]:
            found.append(LookAlikes(target, items, tuple(others)))
    found.sort(key=lambda one: (-sum(items for _, items in one.tags), one.target))
    is_unlike = all(len(group) == 1 for group in groups.values())
    return ComparedTags(tuple(found), sum(map(bool, counts)), is_unlike)


def _key(tag: str) -> str:
    """What tags that look alike have in common."""
    return _SIGNS.sub("-", _LOOSE.sub("", folded(tag)))


def _in_toml(text: str) -> str:
    """A text as a TOML string on one line, in which nothing is invisible."""
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable():
        return character
    return f"\\U{ord(character):08x}" if ord(character) > 0xFFFF else f"\\u{ord(character):04x}"
