"""The share-safe switch: while it is on, reading pages and exports mask ids, addresses and long numbers."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from loop_client.mirror import columns
from loop_client.mirror.snapshot_cache import SnapshotCache
from loop_client.query import CLUSTER, COUNTED, Name, reveals_person, rows_with_names
from loop_client.report.masking import DOCUMENTED, MASK, People, masked_person, masked_text
from pages.session import runtime
from pages.session.state import session

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from loop_client.mirror import Snapshot


def link() -> dict[str, list[str]]:
    """The query of this reader's link, without anything that share-safe masks."""
    return shareable({name: st.query_params.get_all(name) for name in st.query_params})


def shareable(query: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """The part of a link's query that may be shared; all of it while the switch is off."""
    if not is_on():
        return dict(query)
    parts = {
        name: [part for part in values if not reveals_person(name, part, is_personal)] for name, values in query.items()
    }
    parts |= {Name.ITEM.value: [value if _may_be_an_item(value) else name(value) for value in parts.get(Name.ITEM, [])]}
    parts |= {Name.ONLY.value: [part for part in parts.get(Name.ONLY, []) if _may_be_of_an_item(part)]}
    return {name: values for name, values in parts.items() if values}


def _may_be_an_item(value: str) -> bool:
    """Whether an item with this id exists, or may still be loaded. Otherwise the id is text from outside."""
    snapshot = session.snapshot
    ids = columns.texts_of(snapshot.frame, "id")
    return not snapshot.coverage.complete or bool(rows_with_names(ids, np.arange(len(ids)), [value]).any())


def _may_be_of_an_item(part: str) -> bool:
    """Whether a part of a drill-down is of no cluster, or of that of an item that exists or may still be loaded."""
    kind, _, item = part.partition(":")
    return kind != CLUSTER or _may_be_an_item(item)


def leave_out() -> None:
    """Callback: remove typed filter values that identify a person while the switch is on, with a toast."""
    for field in COUNTED if is_on() else ():
        requested = session.chosen(field) or []
        allowed = [value for value in requested if not is_personal(value)]
        session.choose(field, allowed)
        if allowed != requested:
            st.toast(f"A {field} that reveals a person is left out while share-safe is on.", icon=":material/info:")


def is_on() -> bool:
    """Whether the switch is on: before it is drawn, by the link; on a page without it, by its last state."""
    last = session.safe_last if session.safe is None else session.safe
    if last is not None:
        return bool(last)
    return "true" in {st.query_params.get(name) for name in (Name.SAFE, Name.MASKED)}


_people: Final = SnapshotCache[People]()


def people(snapshot: Snapshot) -> People:
    """The people whose ids are masked in this snapshot."""
    ids = columns.texts_of(snapshot.frame, "user_id")
    return _people.get(snapshot, None, lambda: People.of(ids.unique().to_pylist()))


def _named_in(text: str) -> list[str]:
    return people(session.snapshot).named_in(text)


def is_personal(value: str) -> bool:
    """Whether a name from outside contains anything to mask."""
    return value not in DOCUMENTED and (_masked(value) != value or bool(_named_in(value)))


def may_be_shown(value: str) -> bool:
    """Whether a name may be shown unchanged: with the switch on, nothing in it is or was masked."""
    return not is_on() or (not is_personal(value) and not MASK.search(value))


def name(value: str) -> str:
    """A tag, a source or another name from outside, masked while the switch is on."""
    if not is_on() or value in DOCUMENTED:
        return value
    return masked_text(value, named, runtime.salt()) if (named := _named_in(value)) else _masked(value)


_masked: Final = lru_cache(maxsize=2_000)(masked_text)


def cells(counts: pd.DataFrame) -> pd.DataFrame:
    """Counts with masked sentiments, in case one is an address or a number."""
    masked = {value: name(value) for value in counts["sentiment"].cat.categories if is_on() and is_personal(value)}
    if not masked:
        return counts
    sentiments = counts["sentiment"].map(lambda value: masked.get(value, value)).astype("category")
    return counts.assign(sentiment=sentiments)


def person(user_id: str) -> str:
    """A person's id, or a pseudonym while the switch is on."""
    return masked_person(user_id, runtime.salt()) if is_on() else user_id


def pseudonym(user_id: str) -> str:
    """Like `person`, without the word "person" before a pseudonym."""
    return person(user_id).removeprefix("person ") if is_on() else user_id


def pseudonyms(texts: Iterable[str | None]) -> list[str]:
    """`pseudonym` of each text, and "" where there is none: the switch is read once for all of them."""
    on = is_on()
    return [masked_person(one, runtime.salt()).removeprefix("person ") if on and one else one or "" for one in texts]


def message(text: str, user_id: str) -> str:
    """A message, masked while the switch is on."""
    return masked_text(text, [user_id, *_named_in(text)], runtime.salt()) if is_on() else text
