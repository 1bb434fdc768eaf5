"""What each row of the file becomes: a page of a table, which can be filtered by verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import pandas as pd
import streamlit as st

from pages.session import displayed, import_rows, imported, session

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PAGE: Final = 100
"""Rows of a page."""

LONGEST: Final = 200
"""Characters of a cell."""

ALL: Final = "All rows"

COLUMNS: Final = ["Row", "Verdict", "Message", "Person", "Sentiment", "Tag", "Source", "Tags left out", "Repeats"]
WIDTHS: Final[dict[str, Literal["medium", "large"]]] = {"Message": "large", "Person": "medium", "Verdict": "medium"}

LINE, HIGHEST = 35, 560
"""Pixels of a line, and of the whole table."""


def table(one: imported.Checked) -> None:
    """Draw the filter, and a page of the rows that pass it."""
    left_out, found = import_rows.left_out(one), import_rows.repeated(one)
    by_reason = {f"Left out: {reason}": rows for reason, rows in left_out.groups.items()}
    groups: dict[str, Sequence[imported.Place]] = {ALL: one.rows, **one.groups, **import_rows.groups(one), **by_reason}
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.subheader("What each row becomes", anchor=False, width="content")
        chosen = st.selectbox(
            "Show",
            [*groups],
            format_func=lambda name: f"{displayed.value(name)} ({len(groups[name]):,})",
            key=f"import-shown-{session.import_version}",
            on_change=imported.to_first_page,
            label_visibility="collapsed",
            width=420,
        )
    rows = groups.get(chosen, one.rows)
    pages = max(-(-len(rows) // PAGE), 1)
    page = min(session.import_page or 1, pages)
    shown = pd.DataFrame(
        [_cells(one, at, left_out.reasons, found) for at in rows[(page - 1) * PAGE : page * PAGE]], columns=COLUMNS
    )
    shown = shown.drop(columns=[name for name in COLUMNS[-2:] if not shown[name].any()])
    texts = {name: st.column_config.TextColumn(width=WIDTHS.get(name)) for name in COLUMNS[1:]}
    height = min(LINE * (len(shown) + 1) + 3, HIGHEST)
    st.dataframe(shown, hide_index=True, column_config=texts, key="import-rows", height=height)
    if pages > 1:
        if (session.import_page or 1) > pages:
            session.import_page = pages
        st.pagination(pages, key="import_page")


def _cells(
    one: imported.Checked, at: imported.Place, left_out: Mapping[int, str], found: import_rows.Repeats
) -> list[object]:
    row, place = at
    if place < 0:
        return [row, displayed.value(f"Left out: {one.run.skipped[row]}"), *[""] * 7]
    item = imported.item(one, place)
    shown = displayed.planned(item.draft, LONGEST)
    verdict = f"Left out: {left_out[row]}" if row in left_out else "Becomes an item"
    person = f"Stand-in {shown.person}" if item.stands_in else shown.person
    tags = displayed.value(", ".join(item.other_tags))[:LONGEST]
    original = import_rows.original(one, found, place)
    return [row, verdict, shown.message, person, shown.sentiment, shown.tag, shown.source, tags, original]
