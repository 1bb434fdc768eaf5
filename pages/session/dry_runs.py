"""Files to import and their dry runs, shared by all readers of the process, with a bound on the memory they take."""

from __future__ import annotations

import hashlib
import sys
import threading
from collections import Counter, OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from loop_client.service.importer import (
    FORMATS,
    LARGEST,
    SCALES,
    DryRun,
    ImportItem,
    ImportOptions,
    ImportRefusedError,
    read_file,
    read_pasted,
)

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping, Sequence

__all__ = ["FORMATS", "LARGEST", "SCALES", "Checked", "DryRun", "ImportItem", "ImportOptions", "ImportRefusedError"]

MOST_BYTES: Final = 4 * LARGEST
"""Most bytes of files that are in memory; the one that was used least recently goes first."""

MOST_CHECKED: Final = 8 * LARGEST
"""Most bytes that the dry runs in memory take."""

PER_ROW: Final = 200
"""Bytes that a row takes beside its texts."""

MOST_OBJECTS: Final = 40
"""Most files, and most dry runs, however small."""

Place = tuple[int, int]
"""A row, and its place among the items; -1 where it is left out."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file, or rows that were pasted."""

    name: str
    data: bytes
    is_pasted: bool

    def key(self) -> str:
        """The same for the same content under the same name."""
        kind = "pasted" if self.is_pasted else "file"
        return hashlib.sha256(f"{kind}\0{self.name}\0".encode("utf-8", "replace") + self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class Opened:
    """What a reader looks at: the key of a file, and the choices about it, see `session`.

    `owner`: whoever chose the file, if somebody was signed in.
    """

    source: str
    choices: ImportOptions
    tags: Mapping[str, str]
    again: bool | None
    once: bool | None
    recalled: bool
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """A dry run, with its rows in the order of the file, all and by what they have in common.

    `groups`: a sentence → rows, those left out by their reason; `left_out` has these by the reason alone. `tags`: how
    many items have each tag. `size`: bytes, about.
    """

    run: DryRun
    rows: tuple[Place, ...]
    groups: Mapping[str, tuple[Place, ...]]
    left_out: Mapping[str, Sequence[Place]]
    tags: Mapping[str, int]
    size: int


ITEMS: Final = "Becomes an item"
NO_SENTIMENT: Final = "Becomes an item without a sentiment"
STANDS_IN: Final = "Becomes an item with a stand-in person"
TAGS_LEFT_OUT: Final = "Becomes an item with one of several tags"


def _checked(run: DryRun) -> Checked:
    groups: dict[str, list[Place]] = {name: [] for name in (ITEMS, NO_SENTIMENT, STANDS_IN, TAGS_LEFT_OUT)}
    tags, size = Counter[str](), PER_ROW * (len(run.items) + len(run.skipped))
    for place, item in enumerate(run.items):
        at = item.row, place
        groups[ITEMS].append(at)
        for name, belongs in (
            (NO_SENTIMENT, item.draft.sentiment is None),
            (STANDS_IN, item.stands_in),
            (TAGS_LEFT_OUT, bool(item.other_tags)),
        ):
            if belongs:
                groups[name].append(at)
        size += sys.getsizeof(item.draft.message) + sys.getsizeof(item.draft.user_id)
        if item.draft.tag is not None:
            tags[item.draft.tag] += 1
    left_out: dict[str, list[Place]] = {}
    for row, reason in run.skipped.items():
        left_out.setdefault(reason, []).append((row, -1))
    groups |= {f"Left out: {reason}": found for reason, found in left_out.items()}
    rows = sorted([*groups[ITEMS], *((row, -1) for row in run.skipped)])
    filled = {name: tuple(group) for name, group in groups.items() if group}
    return Checked(run, tuple(rows), filled, left_out, tags, size)


_lock: Final = threading.Lock()
_reading: Final = threading.Lock()
_opened: Final = OrderedDict[str, Opened]()
_sources: Final = OrderedDict[str, Source]()
_checks: Final = OrderedDict[tuple[str, "Hashable"], Checked]()


def keep(source: Source) -> str:
    """Keep a file, and return its key."""
    key = source.key()
    with _lock:
        _sources[key] = source
        _sources.move_to_end(key)
        while len(_sources) > MOST_OBJECTS or sum(len(one.data) for one in _sources.values()) > MOST_BYTES:
            _sources.popitem(last=False)
    return key


def remember(token: str, opened: Opened) -> None:
    """Keep what a reader looks at, for the link with that token, which leads nobody but its owner there."""
    with _lock:
        if token in _opened and _opened[token].owner != opened.owner:
            return
        _opened[token] = opened
        _opened.move_to_end(token)
        while len(_opened) > MOST_OBJECTS:
            _opened.popitem(last=False)


def opened(token: str, person: str | None) -> Opened | None:
    """What the link with that token leads to; None once it was put aside or imported, or had to make room.

    `person`: who follows the link, None without a sign-in; None also for the file of somebody else.
    """
    with _lock:
        found = _opened.get(token)
    return found if found is not None and found.owner == person else None


def forget(token: str, person: str | None) -> None:
    """Forget what the link with that token leads to; nothing if it is the file of somebody else."""
    with _lock:
        if token in _opened and _opened[token].owner == person:
            del _opened[token]


def source(key: str) -> Source | None:
    """The file with that key; None once it had to make room."""
    with _lock:
        if key in _sources:
            _sources.move_to_end(key)
        return _sources.get(key)


def checked(key: str, choices: ImportOptions) -> Checked | None:
    """The dry run of a file with these choices, read once; None once the file had to make room.

    Raises:
        ImportRefusedError: The file cannot be read, or a choice does not fit it.
    """
    named = key, _frozen(choices)
    with _reading:  # one at a time, so that they need the memory of one
        if (found := _checks.get(named)) is None:
            if (one := source(key)) is None:
                return None
            read = read_pasted(one.data.decode(), choices) if one.is_pasted else read_file(one.name, one.data, choices)
            found = _checks[named] = _checked(read)
        _checks.move_to_end(named)
        while len(_checks) > 1 and (
            len(_checks) > MOST_OBJECTS or sum(each.size for each in _checks.values()) > MOST_CHECKED
        ):
            _checks.popitem(last=False)
        return found


def key(source: str, choices: ImportOptions) -> Hashable:
    """The same for the same dry run. `source`: the key of its file."""
    return source, _frozen(choices)


def texts_key(key: str, choices: ImportOptions) -> Hashable:
    """The same for all dry runs of a file whose rows have the same people and messages."""
    return key, _frozen(replace(choices, scale=None, ratings={}, columns=dict(_of_texts(choices))))


def _of_texts(choices: ImportOptions) -> Iterator[tuple[str, tuple[str, ...]]]:
    return ((name, columns) for name, columns in choices.columns.items() if name in {"message", "user_id"})


def _frozen(choices: ImportOptions) -> Hashable:
    columns, ratings = tuple(sorted(choices.columns.items())), tuple(sorted(choices.ratings.items()))
    return choices.format, columns, choices.scale, ratings, choices.user_id, choices.source, choices.encoding
