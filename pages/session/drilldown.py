"""The drill-down in the link: opening the items behind a number, showing the drill-down, and leaving it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from loop_client.mirror.columns import texts_of
from loop_client.mirror.snapshot_cache import SnapshotCache
from loop_client.query import (
    ALL_TIME,
    CLUSTER,
    WORD,
    ClusterOf,
    DrillDown,
    Name,
    Question,
    UsesOf,
    described,
    drill_down_of,
    link_parts,
    rows_with_names,
)
from loop_client.report import uses_of
from pages.session import displayed, hidden_filters, runtime, share_safe
from pages.session.state import session

if TYPE_CHECKING:
    from loop_client.mirror import Zone
    from loop_client.query import Filters

INBOX: Final = "inbox.py"

QUOTED: Final = 60
"""Most characters of the item that a cluster is called by."""

_uses: Final = SnapshotCache[UsesOf](most=64, size=lambda made: 100 * len(made.ids))
_clusters: Final = SnapshotCache[ClusterOf](size=lambda made: 100 * len(made.ids))
_quotes: Final = SnapshotCache[str](most=64)


def current() -> DrillDown:
    """The drill-down in the link, including its hidden parts."""
    parts = [*st.query_params.get_all(Name.ONLY), *hidden_filters.applied().get(Name.ONLY, [])]
    return with_items(drill_down_of(parts)[0], session.filters)


def with_items(only: DrillDown, filters: Filters) -> DrillDown:
    """The drill-down with the items of its cluster, as a snapshot is clustered now, and those that use its word.

    `filters`: applied beside it.
    """
    snapshot = session.snapshot
    if only.cluster is not None:
        item, clustered = only.cluster.item, runtime.clustered(snapshot)
        found = _clusters.get(snapshot, (clustered, item), lambda: clustered.cluster_of(snapshot.frame, item))
        only = replace(only, cluster=found)
    if only.word is None:
        return only
    word, rest = only.word, replace(only, word=None)
    used = _uses.get(snapshot, (word, filters, rest), lambda: uses_of(snapshot, word, filters, rest))
    return replace(only, word=used)


def query(only: DrillDown) -> dict[str, list[str]]:
    """The query of a link to these items.

    It omits the filters: their widgets carry them to the page, and with them in the query, each would be in the link
    twice.
    """
    return link_parts(Question(drill_down=only))


def linked(query: dict[str, list[str]], *, is_of_all_time: bool = False) -> dict[str, list[str]]:
    """The query with the period of the page, or with all time: in another tab the link shows the same then."""
    period = ALL_TIME if is_of_all_time else session.chosen(Name.LAST)
    return {**query, Name.LAST.value: [period]} if period else query


def may_be_linked(only: DrillDown) -> bool:
    """Whether a link to these items reveals nothing that share-safe masks."""
    return all(map(share_safe.may_be_shown, only.names)) and not (only.word and share_safe.is_on())


def offer(page: str, label: str, only: DrillDown) -> None:
    """Draw a link to these items on a page; a button, while share-safe is on, if it would reveal a masked value."""
    icon = ":material/arrow_forward:"
    if may_be_linked(only):
        parts = {name: values for name, values in query(only).items() if page == INBOX or name != Name.VIEW}
        st.page_link(page, label=label, icon=icon, query_params=linked(parts))
    elif st.button(label, icon=icon, type="tertiary"):
        show_hidden(only, page)


def show(only: DrillDown | None, *, is_of_all_time: bool = False) -> None:
    """Open the items of a mark, unless share-safe is on and the link would reveal a masked value."""
    if only is None:
        st.toast("The items have changed since this was drawn. Click again.", icon=":material/info:")
    elif not may_be_linked(only):
        st.toast("This link would reveal a masked value. Turn share-safe off to open it.", icon=":material/info:")
    else:
        session.next_period = ALL_TIME if is_of_all_time else None  # Streamlit refuses what is bound to a widget here
        st.switch_page(INBOX, query_params=query(only))


def show_hidden(only: DrillDown, page: str = INBOX) -> None:
    """Open these items with share-safe on: they are selected by what neither page nor link shows."""
    hidden_filters.put(Name.ONLY, only.parts)
    parts = {name: values for name, values in query(only).items() if name != Name.ONLY and page == INBOX}
    st.switch_page(page, query_params={**parts, Name.HIDDEN.value: [Name.ONLY.value]})


def leave() -> None:
    """Callback: leave the drill-down."""
    st.query_params.pop(Name.ONLY, None)
    hidden_filters.forget(Name.ONLY)


def in_words(only: DrillDown, zone: Zone) -> str:
    """The drill-down in masked words."""
    return described(only, zone, _shown)


def _shown(field: str, value: str) -> str:
    """A value of a drill-down, masked; of a cluster, what its item says; "" for a word, which may be part of a name."""
    if field == WORD:
        return "" if share_safe.is_on() else value
    if field == CLUSTER:
        return _quote(value)
    return share_safe.pseudonym(value) if field == Name.USER else share_safe.name(value)


def _quote(item: str) -> str:
    """The beginning of an item, in quotes; its id where there is no such item."""
    snapshot = session.snapshot

    def quoted() -> str:
        ids = texts_of(snapshot.frame, "id")
        at = np.flatnonzero(rows_with_names(ids, np.arange(len(ids)), [item]))
        return f"“{displayed.quote(snapshot, int(at[0]), QUOTED)}”" if len(at) else displayed.item_id(item)[:QUOTED]

    return _quotes.get(snapshot, (item, displayed.is_masked()), quoted)
