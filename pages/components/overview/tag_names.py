"""Below the tags: which of them are shown as others, and which look alike, with rules that show them as one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import streamlit as st

from loop_client import report
from loop_client.query import Question, named
from pages.session import displayed, sidebar

if TYPE_CHECKING:
    from loop_client.mirror import Snapshot

MOST: Final = 200
"""Most names that look alike of which rules are drawn."""

LONGEST: Final = 200
"""Most characters of a name in a table."""

HIGHEST: Final = 213
"""Pixels of the highest table, five rows, so that the rules below it are seen."""

OF_ALL: Final = "Of all items, whatever the filters."

ALIKE: Final = "They differ only in case, accents, blanks, hyphens or underscores. Of all items, whatever the filters."

UNLIKE: Final = (
    "Each tag was compared with each other one, whatever their case, width, accents, blanks, hyphens and underscores. "
    "Of all items, whatever the filters."
)

TO_COPY: Final = (
    "To show them as one, add these lines to `aliases.toml`, in `.streamlit` unless `LOOP_ALIASES` names another file. "
    "They are used with the next sync; what Loop has stays as it is."
)

HEADER: Final = "The first line stands once in the file, above all rules."


def draw(snapshot: Snapshot) -> None:
    """Draw what is known of the names of the tags of all items: which look alike, or that none do."""
    aliased, compared = report.aliased_tags(snapshot), report.compared_tags(snapshot)
    options: dict[str, Any] = {"type": "tertiary", "on_change": "rerun"}
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        if not aliased.rows.empty:
            shown = st.popover(sidebar.tags_shown(snapshot), icon=":material/merge:", key="tags-shown", **options)
            if shown.open:
                with shown:
                    _aliased(snapshot, aliased.rows)
        if compared.alike:
            more, count = Question().completeness(snapshot).plus, sum(len(one.tags) for one in compared.alike)
            label = f"{count:,}{more} tags look alike"
            opened = st.popover(label, icon=":material/compare_arrows:", key="tags-alike", **options)
            if opened.open:
                with opened:
                    _alike(snapshot, compared.alike)
        elif compared.is_unlike and compared.tags > 1:
            so_far = "" if Question().completeness(snapshot).is_complete else " loaded so far"
            st.caption(f"No two of the {compared.tags:,} tags{so_far} look alike.", help=UNLIKE, width="content")


def _aliased(snapshot: Snapshot, rows: pd.DataFrame) -> None:
    """Draw which tag is shown as which."""
    st.caption(OF_ALL)
    names = {"As sent": map(_shown, rows["tag"]), "Shown as": map(_shown, rows["shown_as"])}
    _table(snapshot, {**names, "Items": rows["items"]})


def _alike(snapshot: Snapshot, alike: tuple[report.LookAlikes, ...]) -> None:
    """Draw the tags that look alike, and the rules to copy. With share-safe on, rules name nobody."""
    st.caption(ALIKE)
    rows = [(named("tag", one.target), named("tag", tag), items) for one in alike[:MOST] for tag, items in one.tags]
    targets, tags, items = zip(*rows, strict=True)
    _table(snapshot, {"Tag": map(_shown, tags), "Items": items, "Would be shown as": map(_shown, targets)})
    if len(alike) > MOST:
        st.caption(f"The first {MOST:,} of {len(alike):,} names.")
    named_openly = [one for one in alike[:MOST] if all(displayed.may_be_shown(tag) for tag, _ in one.tags)]
    if not named_openly:
        st.caption("Turn share-safe off to copy rules: each of them names something that it masks.")
        return
    st.caption(TO_COPY)
    header = "" if snapshot.aliases else "[tags]\n"
    st.code(header + "".join(one.rules for one in named_openly), language=None, height=140)
    if header:
        st.caption(HEADER)


def _shown(name: str) -> str:
    return displayed.tag(name, LONGEST)


def _table(snapshot: Snapshot, columns: dict[str, Any]) -> None:
    """Draw a table; its number of items says whether more are being loaded."""
    titled = {
        Question().completeness(snapshot).titled(name) if name == "Items" else name: [*values]
        for name, values in columns.items()
    }
    height = min(35 * len(titled[next(iter(titled))]) + 38, HIGHEST)
    st.dataframe(pd.DataFrame(titled), hide_index=True, width="content", height=height)
