"""The share-safe switch: with it on, the reading pages and exports show nobody's id, address or long number."""

from __future__ import annotations

import secrets
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import streamlit as st
from streamlit.errors import StreamlitAPIException

from loop_client.mirror import columns
from loop_client.report.masking import DOCUMENTED, MASK, People, masked_person, masked_text
from pages.shared.kept import Kept

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from loop_client.mirror import Snapshot

SALT = secrets.token_bytes(32)
"""Makes the aliases of this process: they cannot be traced back, and are others after the next start."""

PERSONAL = ("user", "text")
"""Filters that are off, and not in the link, while the switch is on; `user` also as a part of `only`."""

IMPERSONAL = frozenset(
    {"view", "sort", "last", "since", "until", "bucket", "measure", "columns", "safe", "item", "page"}
    | {"submission", "embed", "embed_options"}
)
"""Parts of a link that tell of nobody, whatever digits they have; of any other, one that does is left out."""

NAMES = ("status", "sentiment", "tag", "source")
"""Filters by names that strangers gave; one that is an address, a long number or somebody's id is off too."""

HELP = """
For screens and files that others see: masks people, e-mail addresses, phone and other long numbers.
The filters by person and by text are off meanwhile, and so not in the link.
"""


def switch() -> bool:
    """Draw the switch, bound to the link; with it on, what tells of people leaves the link."""
    on = st.toggle("Share-safe", key="safe", bind="query-params", help=HELP, on_change=leave_out)
    st.session_state["safe_last"] = on
    safe = link()
    for name in list(st.query_params):
        if st.query_params.get_all(name) != safe.get(name, []):
            with suppress(StreamlitAPIException):  # still bound to its widget, which is gone after this run
                if name in safe:
                    st.query_params[name] = safe[name]
                else:
                    del st.query_params[name]
                if name in NAMES:
                    st.rerun()  # its widget would begin with what the link said
    return on


def link() -> dict[str, list[str]]:
    """What this reader's link asks for, as far as it may be shared."""
    return shareable({name: st.query_params.get_all(name) for name in st.query_params})


def shareable(query: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """What of a link's query may be shared; all of it while the switch is off."""
    if not is_on():
        return dict(query)
    parts = {name: [part for part in values if not _tells(name, part)] for name, values in query.items()}
    return {name: values for name, values in parts.items() if values}


def _tells(parameter: str, value: str) -> bool:
    """Whether a part of a link tells of a person."""
    if parameter == "only":
        parameter, _, value = value.removeprefix("not-").partition(":")
    return parameter in PERSONAL or (parameter not in IMPERSONAL and is_personal(value))


def leave_out() -> None:
    """Ask no more for names that tell of a person, and say so; a callback."""
    for field in NAMES if is_on() else ():
        asked = st.session_state.get(field, [])
        st.session_state[field] = [value for value in asked if not is_personal(value)]
        if st.session_state[field] != asked:
            st.toast(f"A {field} that tells of a person is left out while share-safe is on.", icon=":material/info:")


def is_on() -> bool:
    """Whether this reader has it on: before it is drawn, as the link says; on a page without it, whether it was."""
    kept = st.session_state.get("safe", st.session_state.get("safe_last"))
    return st.query_params.get("safe") == "true" if kept is None else bool(kept)


_people: Final = Kept[People](most=1)


def people(snapshot: Snapshot) -> People:
    """All who wrote what a reader is shown."""
    ids = columns.texts_of(snapshot.frame, "user_id")
    return _people.get(snapshot, None, lambda: People.of(ids.unique().to_pylist()))


def _named_in(text: str) -> list[str]:
    return people(st.session_state["snapshot"]).named_in(text)


def is_personal(value: str) -> bool:
    """Whether there is anything to mask in a name that a stranger gave."""
    return value not in DOCUMENTED and (_masked(value) != value or bool(_named_in(value)))


def is_told(value: str) -> bool:
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


def message(text: str, user_id: str) -> str:
    """What was said, or as much of it as may be shared."""
    return masked_text(text, [user_id, *_named_in(text)], SALT) if is_on() else text
