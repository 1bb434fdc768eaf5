"""The near-duplicates of an item among the items of its view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from loop_client.mirror.snapshot_cache import SnapshotCache
from loop_client.query.text import visible
from loop_client.report.similar import NearDuplicates, WordIndex
from pages.components import item_table
from pages.session import displayed

if TYPE_CHECKING:
    from loop_client.mirror import Snapshot

SHOWN = 20
AT_ONCE = 2_000
"""Largest view in which near-duplicates are searched without a click."""

_compared: Final = SnapshotCache[tuple[np.ndarray, WordIndex]]()
"""Word indexes of views, by the id of the positions' array, and for an item outside the view, its position. The value
holds the array, so that its id stays unique."""


def near_duplicates(snapshot: Snapshot, listed: np.ndarray, place: int, key: str) -> None:
    """Draw the near-duplicates of the item at `place`: people, items and shared words."""
    others = len(listed) - int(np.count_nonzero(listed == place))
    if len(listed) <= AT_ONCE:
        found = word_index(snapshot, listed, place).near_duplicates_of(place, SHOWN)
        people = f"{found.people:,} people" if found.people > 1 else "the same person"
        more = f", the best {SHOWN} of {found.count:,}" if found.count > SHOWN else ""
        if found.count:
            with st.expander(f"Near-duplicates by {people}{more}"):
                _draw(snapshot, found, others, key)
        return
    requested = st.expander("Find near-duplicates", key=f"who-{key}", on_change="rerun")
    if requested.open:
        with requested:
            found = word_index(snapshot, listed, place).near_duplicates_of(place, SHOWN)
            st.caption(
                f"{found.people:,} people, including the item's own." if found.count else "No near-duplicates found."
            )
            _draw(snapshot, found, others, key)


def _draw(snapshot: Snapshot, found: NearDuplicates, others: int, key: str) -> None:
    """Draw the items, the words they share, and the number of items compared."""
    if found.count:
        rows = snapshot.rows(np.array([item.position for item in found.items]))
        item_table.table(displayed.rows(rows), "", ("message", "age"), f"alike-{key}", snapshot.zone)
        if (words := displayed.shared_words(found)) is not None:
            st.caption("They share these words, the rarest first:")
            st.text(", ".join(visible(word[:40]) for word in words[:12]))
    st.caption(compared_with(found, others))


def compared_with(found: NearDuplicates, others: int) -> str:
    """A sentence about the items that it was compared with."""
    newest = f"newest {found.compared:,} of the " if found.compared < others else ""
    return f"Compared with the {newest}{others:,} other item{'' if others == 1 else 's'} of this view."


def word_index(snapshot: Snapshot, listed: np.ndarray, place: int) -> WordIndex:
    """The word index of the view and the item; cached with the snapshot.

    `listed`: the array that the filters cache; its identity is the key.
    """
    _, compared = _compared.get(snapshot, id(listed), lambda: (listed, WordIndex(snapshot.frame, listed)))
    if compared.has(place):
        return compared
    _, included = _compared.get(snapshot, (id(listed), place), lambda: (listed, compared.including(place)))
    return included
