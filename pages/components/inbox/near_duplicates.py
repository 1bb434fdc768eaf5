"""Who else says nearly this: the near-duplicates of an item among the rows of the view."""

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
"""Items of a view up to which it costs next to nothing; in a larger one it is done when it is asked for."""

_compared: Final = SnapshotCache[tuple[np.ndarray, WordIndex]]()
"""Views and their texts taken apart, by the view's id, which is its own as long as it is held here, and by an item
that is outside the view."""


def near_duplicates(snapshot: Snapshot, listed: np.ndarray, place: int, key: str) -> None:
    """Draw how many people say nearly what the item at `place` says, their items, and the words that they share."""
    others = len(listed) - int(np.count_nonzero(listed == place))
    if len(listed) <= AT_ONCE:
        found = word_index(snapshot, listed, place).near_duplicates_of(place, SHOWN)
        people = f"{found.people:,} people say" if found.people > 1 else "The same person says"
        more = f", the {SHOWN} most alike of {found.count:,} here" if found.count > SHOWN else ""
        if found.count:
            with st.expander(f"{people} nearly this{more}"):
                _draw(snapshot, found, others, key)
        return
    asked = st.expander("Who else says nearly this?", key=f"who-{key}", on_change="rerun")
    if asked.open:
        with asked:
            found = word_index(snapshot, listed, place).near_duplicates_of(place, SHOWN)
            st.caption(
                f"{found.people:,} people, the item's own included." if found.count else "No near-duplicates found."
            )
            _draw(snapshot, found, others, key)


def _draw(snapshot: Snapshot, found: NearDuplicates, others: int, key: str) -> None:
    """The items, what they share, and what they were compared with."""
    if found.count:
        rows = snapshot.rows(np.array([item.position for item in found.items]))
        item_table.table(displayed.rows(rows), "", ("message", "age"), f"alike-{key}", snapshot.zone)
        if (words := displayed.shared_words(found)) is not None:
            st.caption("They share these words, the rarest first:")
            st.text(", ".join(visible(word[:40]) for word in words[:12]))
    st.caption(compared_with(found, others))


def compared_with(found: NearDuplicates, others: int) -> str:
    """With which of the view's other items it was compared, in a sentence."""
    newest = f"newest {found.compared:,} of the " if found.compared < others else ""
    return f"Compared with the {newest}{others:,} other item{'' if others == 1 else 's'} of this view."


def word_index(snapshot: Snapshot, listed: np.ndarray, place: int) -> WordIndex:
    """The rows' texts as words, and the item's; kept while the snapshot lives.

    `listed`: the array that the filters keep, which names the rows.
    """
    _, compared = _compared.get(snapshot, id(listed), lambda: (listed, WordIndex(snapshot.frame, listed)))
    if compared.has(place):
        return compared
    _, included = _compared.get(snapshot, (id(listed), place), lambda: (listed, compared.including(place)))
    return included
