"""Who else says nearly this: the near-duplicates of an item among the rows of the view."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np
import streamlit as st

from loop_client.report.similar import MOST_COMPARED, Compared
from loop_client.report.text import visible
from pages.shared import reading

if TYPE_CHECKING:
    from loop_client.mirror import Snapshot

KEPT = 4
"""Views of a snapshot whose texts stay taken apart."""

SHOWN = 20

_lock = threading.Lock()
_compared: WeakKeyDictionary[Snapshot, dict[int, tuple[np.ndarray, Compared]]] = WeakKeyDictionary()


def near_duplicates(snapshot: Snapshot, listed: np.ndarray, place: int, key: str) -> None:
    """Draw how many people say nearly what the item at `place` says, their items, and the words that they share."""
    found = _taken_apart(snapshot, listed).similar_to(place, SHOWN)
    if not found.count:
        return
    people = f"{found.people:,} people say" if found.people > 1 else "The same person says"
    more = f", the {SHOWN} most alike of {found.count:,} here" if found.count > SHOWN else ""
    with st.expander(f"{people} nearly this{more}"):
        rows = snapshot.rows(np.array([item.position for item in found.items]))
        reading.table(rows, "", ("message", "age"), key=f"alike-{key}")
        words = dict.fromkeys(word for item in found.items for word in item.shared_words)
        st.caption("They share these words, the rarest first:")
        st.text(", ".join(visible(word[:40]) for word in list(words)[:12]))
        newest = "the newest " if len(listed) > MOST_COMPARED else ""
        st.caption(f"Compared with {newest}{found.compared:,} of the {len(listed):,} items of this view.")


def _taken_apart(snapshot: Snapshot, listed: np.ndarray) -> Compared:
    """The rows' texts as words, kept while the snapshot lives; the array that the filters keep names the rows."""
    with _lock:
        kept = _compared.setdefault(snapshot, {})
        held = kept.get(id(listed))
    if held is None:
        held = listed, Compared(snapshot.frame, listed)
        with _lock:
            while len(kept) >= KEPT:
                kept.pop(next(iter(kept)))
            kept[id(listed)] = held
    return held[1]
