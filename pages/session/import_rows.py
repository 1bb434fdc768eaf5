"""Rows of a file that were imported before, or that repeat an item or an earlier row, and whether they are left out.

What grows with the file is computed once, and not in each run of the page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from loop_client.mirror.snapshot_cache import SnapshotCache
from loop_client.query import known_tags
from loop_client.report.duplicates import ITEM, NONE, Repeats, Rows, repeats
from pages.session import dry_runs, runtime
from pages.session.state import session

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from pages.session.dry_runs import Checked, Place

__all__ = [
    "ITEM",
    "NONE",
    "LeftOut",
    "NewTags",
    "Repeats",
    "earlier",
    "groups",
    "is_unfinished",
    "left_out",
    "new_tags",
    "original",
    "repeated",
    "repeated_count",
    "skipped",
]

IN_LOOP: Final = "in Loop already"
REPEATED: Final = "repeats an earlier row"
"""Reasons, beside `runtime.IMPORTED_BEFORE`, for which rows that could be items are left out."""

PER_ROW: Final = 150
"""Bytes that a row takes in a result, about."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """The rows that could be items and are left out. `reasons`: row → reason. `groups`: reason → rows."""

    reasons: Mapping[int, str]
    groups: Mapping[str, list[Place]]


@dataclass(frozen=True, slots=True)
class NewTags:
    """The tags of a file that no item in Loop has, the most frequent first.

    `known`: tag → the tag of items that is spelt nearly so, or None. `near`: those of them that have one.
    """

    known: Mapping[str, str | None]
    near: Mapping[str, str]


_before: Final = SnapshotCache[dict[int, str]](size=lambda made: PER_ROW * len(made))
_left_out: Final = SnapshotCache[LeftOut](size=lambda made: PER_ROW * len(made.reasons))
_groups: Final = SnapshotCache[dict[str, list["Place"]]](size=lambda made: 8 * sum(map(len, made.values())))
_new_tags: Final = SnapshotCache[NewTags](size=lambda made: PER_ROW * len(made.known))


def _key() -> Hashable:
    """The same for the same file with the same choices."""
    return dry_runs.key(session.import_source or "", session.import_choices or dry_runs.ImportOptions())


def _version(one: Checked) -> Hashable:
    """Differs after each change of the outbox; None where no import of the same content is there."""
    imports, outbox = runtime.imports(), runtime.outbox()
    if imports is None or outbox is None or not any(each.digest == one.run.digest for each in imports.all()):
        return None
    return outbox.version()


def earlier(one: Checked) -> Mapping[int, str]:
    """The rows that an earlier import of the same content sent or will send → their items' ids, "" before they arrive.

    Raises:
        StoreError: The outbox cannot be read right now.
    """
    version = _version(one)
    return _before.get(session.snapshot, (_key(), version), lambda: _sent(one)) if version is not None else {}


def _sent(one: Checked) -> dict[int, str]:
    imports = runtime.imports()
    sent = imports.earlier(one.run.digest) if imports else {}
    return {row: sent[row].item_id or "" for row in sorted(sent) if row not in one.run.skipped}


def is_unfinished(one: Checked) -> bool:
    """Whether an import of the same content is being written down, or its writer died before the last row."""
    imports = runtime.imports()
    states = [each.state for each in imports.all() if each.digest == one.run.digest and each.is_ours] if imports else []
    return runtime.ImportState.WRITING in states


def repeated(one: Checked) -> Repeats:
    """What each item of the dry run repeats; computed once per snapshot."""
    key = dry_runs.texts_key(session.import_source or "", session.import_choices or dry_runs.ImportOptions())
    return repeats(session.snapshot, key, lambda: _rows(one))


def _rows(one: Checked) -> Rows:
    items, ids = [*one.run.items], one.run.item_ids
    return Rows(
        [item.draft.message for item in items],
        [item.draft.user_id for item in items],
        {place: ids[item.row] for place, item in enumerate(items) if item.row in ids} if ids else {},
    )


def groups(one: Checked) -> Mapping[str, list[Place]]:
    """What a row repeats, as a sentence → the rows; without empty groups."""
    return _groups.get(session.snapshot, _key(), lambda: _grouped(one))


def _grouped(one: Checked) -> dict[str, list[Place]]:
    found = repeated(one)
    masks = {
        "Has the person and message of an item in Loop": found.same == ITEM,
        "Has the person and message of an earlier row": found.same >= 0,
        "Near-duplicate of an item in Loop": found.near == ITEM,
        "Near-duplicate of an earlier row": found.near >= 0,
    }
    rows = one.groups.get(dry_runs.ITEMS, ())
    return {name: [rows[place] for place in np.flatnonzero(mask)] for name, mask in masks.items() if mask.any()}


def original(one: Checked, found: Repeats, place: int) -> str:
    """What a row repeats, in words: a row, or an item in Loop; "" for nothing. `place`: among the items."""
    for of, nearly in ((int(found.same[place]), ""), (int(found.near[place]), ", nearly")):
        if of != NONE:
            return f"{'an item in Loop' if of == ITEM else f'row {one.groups[dry_runs.ITEMS][of][0]:,}'}{nearly}"
    return ""


def left_out(one: Checked) -> LeftOut:
    """The rows that could be items and are left out: by default, those of an earlier import.

    Raises:
        StoreError: The outbox cannot be read right now.
    """
    return _rows_left_out(one, once=bool(session.import_once))


def repeated_count(one: Checked) -> int:
    """How many rows are left out, or would be, because they repeat an item or an earlier row.

    Raises:
        StoreError: The outbox cannot be read right now.
    """
    groups = _rows_left_out(one, once=True).groups
    return len(groups.get(IN_LOOP, ())) + len(groups.get(REPEATED, ()))


def _rows_left_out(one: Checked, *, once: bool) -> LeftOut:
    choices = bool(session.import_again), once
    return _left_out.get(session.snapshot, (_key(), _version(one), choices), lambda: _chosen(one, once=once))


def _chosen(one: Checked, *, once: bool) -> LeftOut:
    rows = one.groups.get(dry_runs.ITEMS, ())
    found = dict.fromkeys(earlier(one), runtime.IMPORTED_BEFORE) if not session.import_again else {}
    if once:
        same = repeated(one).same
        for place in np.flatnonzero(same != NONE):
            found.setdefault(rows[place][0], IN_LOOP if same[place] == ITEM else REPEATED)
    by_reason: dict[str, list[Place]] = {}
    for at in rows if found else ():
        if at[0] in found:
            by_reason.setdefault(found[at[0]], []).append(at)
    return LeftOut(found, by_reason)


def skipped(one: Checked) -> dict[int, str]:
    """All rows that are left out → the reason, with the id of the item that an earlier import made of it."""
    before = earlier(one)
    chosen = {
        row: f"{reason}: {before[row]}" if reason == runtime.IMPORTED_BEFORE and before.get(row) else reason
        for row, reason in left_out(one).reasons.items()
    }
    return dict(sorted({**one.run.skipped, **chosen}.items()))


def new_tags(one: Checked) -> NewTags:
    """The tags of the file that no item in Loop has."""
    return _new_tags.get(session.snapshot, _key(), lambda: _compared(one))


def _compared(one: Checked) -> NewTags:
    known = known_tags(session.snapshot, sorted(one.tags, key=lambda tag: -one.tags[tag]))
    return NewTags(known, {tag: other for tag, other in known.items() if other is not None})
