"""Rows of a file that were imported before, or that repeat an item or an earlier row, and whether they are left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from loop_client.report.duplicates import ITEM, NONE, Repeats, Rows, repeats
from pages.session import dry_runs, runtime
from pages.session.state import session

if TYPE_CHECKING:
    from collections.abc import Hashable

    from pages.session.dry_runs import Checked, Place

__all__ = ["ITEM", "NONE", "earlier", "groups", "is_unfinished", "left_out", "original", "repeated"]

BEFORE: Final = "imported before"
IN_LOOP: Final = "in Loop already"
REPEATED: Final = "repeats an earlier row"
"""The reasons for which rows that could be items are left out."""

_earlier: dict[str, tuple[Hashable, frozenset[int]]] = {}
"""Digest of a file → version of the outbox, and the rows that were imported; for one file at a time."""


def earlier(one: Checked) -> frozenset[int]:
    """The rows that an earlier import of the same content sent or will send.

    Raises:
        StoreError: The outbox cannot be read right now.
    """
    digest, imports, outbox = one.run.digest, runtime.imports(), runtime.outbox()
    if imports is None or outbox is None or not any(each.digest == digest for each in imports.all()):
        return frozenset()
    version, found = outbox.version(), _earlier.get(digest)
    if found is None or found[0] != version:
        found = version, frozenset(imports.earlier(digest))
        _earlier.clear()
        _earlier[digest] = found
    return found[1].difference(one.run.skipped)


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


def groups(one: Checked) -> dict[str, list[Place]]:
    """What a row repeats, as a sentence → the rows; without empty groups."""
    found = repeated(one)
    masks = {
        "Has the person and message of an item in Loop": found.same == ITEM,
        "Has the person and message of an earlier row": found.same >= 0,
        "Near-duplicate of an item in Loop": found.near == ITEM,
        "Near-duplicate of an earlier row": found.near >= 0,
    }
    rows = one.groups.get(dry_runs.ITEMS, ())
    return {name: [rows[place] for place in np.flatnonzero(mask)] for name, mask in masks.items() if mask.any()}


def original(one: Checked, place: int) -> str:
    """What a row repeats, in words: a row, or an item in Loop; "" for nothing. `place`: among the items."""
    found = repeated(one)
    for of, nearly in ((int(found.same[place]), ""), (int(found.near[place]), ", nearly")):
        if of != NONE:
            return f"{'an item in Loop' if of == ITEM else f'row {one.groups[dry_runs.ITEMS][of][0]:,}'}{nearly}"
    return ""


def left_out(one: Checked) -> dict[int, str]:
    """The rows that could be items and are left out → the reason.

    By default, these are those of an earlier import.
    """
    found = dict.fromkeys(sorted(earlier(one)), BEFORE) if not session.import_again else {}
    if session.import_once:
        same, rows = repeated(one).same, one.groups.get(dry_runs.ITEMS, ())
        for place in np.flatnonzero(same != NONE):
            found.setdefault(rows[place][0], IN_LOOP if same[place] == ITEM else REPEATED)
    return found
