"""Who else says nearly this: the near-duplicates of an item among the rows of the view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from loop_client.report.similar import MOST_COMPARED, Compared, Likeness
from loop_client.report.text import visible
from pages.shared import reading, safety
from pages.shared.kept import Kept

if TYPE_CHECKING:
    from loop_client.mirror import Snapshot

SHOWN = 20
AT_ONCE = 2_000
"""Items of a view up to which it costs next to nothing; in a larger one it is done when it is asked for."""

_compared: Final = Kept[tuple[np.ndarray, Compared]](most=4)
"""Views and their texts taken apart, by the view's id, which is its own as long as it is held here."""


def near_duplicates(snapshot: Snapshot, listed: np.ndarray, place: int, key: str) -> None:
    """Draw how many people say nearly what the item at `place` says, their items, and the words that they share."""
    if len(listed) <= AT_ONCE:
        found = _taken_apart(snapshot, listed).similar_to(place, SHOWN)
        people = f"{found.people:,} people say" if found.people > 1 else "The same person says"
        more = f", the {SHOWN} most alike of {found.count:,} here" if found.count > SHOWN else ""
        if found.count:
            with st.expander(f"{people} nearly this{more}"):
                _draw(snapshot, found, len(listed), key)
        return
    asked = st.expander("Who else says nearly this?", key=f"who-{key}", on_change="rerun")
    if asked.open:
        with asked:
            found = _taken_apart(snapshot, listed).similar_to(place, SHOWN)
            st.caption(f"{found.people:,} people, the item's own included." if found.count else "Nobody.")
            _draw(snapshot, found, len(listed), key)


def _draw(snapshot: Snapshot, found: Likeness, listed: int, key: str) -> None:
    """The items, what they share, and what they were compared with."""
    if found.count:
        rows = snapshot.rows(np.array([item.position for item in found.items]))
        reading.table(rows, "", ("message", "age"), f"alike-{key}", snapshot.zone)
        words = dict.fromkeys(word for item in found.items for word in item.shared_words)
        if not safety.is_on():  # a word may be part of an address
            st.caption("They share these words, the rarest first:")
            st.text(", ".join(visible(word[:40]) for word in list(words)[:12]))
    newest = "the newest " if listed > MOST_COMPARED else ""
    st.caption(f"Compared with {newest}{found.compared:,} of the {listed:,} items of this view.")


def _taken_apart(snapshot: Snapshot, listed: np.ndarray) -> Compared:
    """The rows' texts as words, kept while the snapshot lives; the array that the filters keep names the rows."""
    _, compared = _compared.get(snapshot, id(listed), lambda: (listed, Compared(snapshot.frame, listed)))
    return compared
