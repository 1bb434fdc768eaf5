"""The share-safe switch: with it on, the reading pages and exports show nobody's id, address or long number."""

from __future__ import annotations

import secrets
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from loop_client.mirror import columns
from loop_client.mirror.snapshot_cache import SnapshotCache
from loop_client.query import COUNTED, Name, reveals_person, rows_with_names
from loop_client.report.masking import DOCUMENTED, MASK, People, masked_person, masked_text
from pages.session.state import session

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from loop_client.mirror import Snapshot

SALT = secrets.token_bytes(32)
"""Makes the aliases of this process: they cannot be traced back, and are others after the next start."""


def link() -> dict[str, list[str]]:
    """What this reader's link asks for, as far as it may be shared."""
    return shareable({name: st.query_params.get_all(name) for name in st.query_params})


def shareable(query: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """What of a link's query may be shared; all of it while the switch is off."""
    if not is_on():
        return dict(query)
    parts = {
        name: [part for part in values if not reveals_person(name, part, is_personal)] for name, values in query.items()
    }
    parts |= {Name.ITEM.value: [value if _may_be_an_item(value) else name(value) for value in parts.get(Name.ITEM, [])]}
    return {name: values for name, values in parts.items() if values}


def _may_be_an_item(value: str) -> bool:
    """Whether there is such an item, or one may come yet; an id of none is a text that somebody put into the link."""
    snapshot = session.snapshot
    ids = columns.texts_of(snapshot.frame, "id")
    return not snapshot.coverage.complete or bool(rows_with_names(ids, np.arange(len(ids)), [value]).any())


def leave_out() -> None:
    """Ask for no name that tells of a person and is typed while the switch is on, and say so; a callback."""
    for field in COUNTED if is_on() else ():
        asked = session.chosen(field) or []
        may_be_asked = [value for value in asked if not is_personal(value)]
        session.choose(field, may_be_asked)
        if may_be_asked != asked:
            st.toast(f"A {field} that reveals a person is left out while share-safe is on.", icon=":material/info:")


def is_on() -> bool:
    """Whether this reader has it on: before it is drawn, as the link says; on a page without it, whether it was."""
    kept = session.safe_last if session.safe is None else session.safe
    return st.query_params.get(Name.SAFE) == "true" if kept is None else bool(kept)


_people: Final = SnapshotCache[People]()


def people(snapshot: Snapshot) -> People:
    """All who wrote what a reader is shown."""
    ids = columns.texts_of(snapshot.frame, "user_id")
    return _people.get(snapshot, None, lambda: People.of(ids.unique().to_pylist()))


def _named_in(text: str) -> list[str]:
    return people(session.snapshot).named_in(text)


def is_personal(value: str) -> bool:
    """Whether there is anything to mask in a name that a stranger gave."""
    return value not in DOCUMENTED and (_masked(value) != value or bool(_named_in(value)))


def may_be_shown(value: str) -> bool:
    """Whether a name that a stranger gave stands as it is: with the switch on, nothing in it is or was masked."""
    return not is_on() or (not is_personal(value) and not MASK.search(value))


def name(value: str) -> str:
    """A tag, a source or another name that a stranger gave, or as much of it as may be shared."""
    if not is_on() or value in DOCUMENTED:
        return value
    return masked_text(value, named, SALT) if (named := _named_in(value)) else _masked(value)


_masked: Final = lru_cache(maxsize=2_000)(masked_text)


def cells(counts: pd.DataFrame) -> pd.DataFrame:
    """Counts whose sentiments may be shown: one that is an address or a number is masked, too."""
    masked = {value: name(value) for value in counts["sentiment"].cat.categories if is_on() and is_personal(value)}
    if not masked:
        return counts
    sentiments = counts["sentiment"].map(lambda value: masked.get(value, value)).astype("category")
    return counts.assign(sentiment=sentiments)


def person(user_id: str) -> str:
    """Who it was, or an alias."""
    return masked_person(user_id, SALT) if is_on() else user_id


def alias(user_id: str) -> str:
    """The same where the word "person" stands before it already."""
    return person(user_id).removeprefix("person ") if is_on() else user_id


def message(text: str, user_id: str) -> str:
    """What was said, or as much of it as may be shared."""
    return masked_text(text, [user_id, *_named_in(text)], SALT) if is_on() else text
