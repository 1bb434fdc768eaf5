"""The table of items: one page of rows, of which one is chosen to be read whole."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from loop_client.report import NOT_SET
from loop_client.report.search import excerpt, parse
from loop_client.report.text import first_line, item_count
from pages.shared import safety
from pages.shared.charts import SIGNS

if TYPE_CHECKING:
    from collections.abc import Sequence


def span(shown: int, found: int, offset: int) -> str:
    """Which rows of how many, as in "51-100 of 312"."""
    return item_count(found) if shown == found else f"{offset + 1:,}-{offset + shown:,} of {item_count(found)}"


def table(shown: pd.DataFrame, opened: str, columns: Sequence[str], key: str, text: str = "") -> None:
    """Draw a page of rows. Choosing a row puts its item into the link. `key`: another one for other rows.

    `text`: what was searched for; a message is shown from where it has that.
    """
    ids = tuple(shown["id"])
    now, query = datetime.now(UTC), parse(text)
    length = 60 if query.words else 160  # short, so that the match is among what a narrow column shows
    rows = pd.DataFrame(
        {
            "sentiment": [
                f"{SIGNS.get(value, '◆')} {first_line(value, 60)}" for value in _texts(shown["sentiment"], NOT_SET)
            ],
            "message": [
                "".join(part for part, _ in excerpt(_shown(*said), query, length))
                for said in zip(shown["message"], shown["user_id"], strict=True)
            ],
            "tag": [first_line(safety.name(value), 60) for value in _texts(shown["tag"], "")],
            "status": [first_line(value, 60) for value in _texts(shown["status"], "")],
            "age": [age(now - moment) for moment in shown["created_at"]],
        }
    )
    st.dataframe(
        rows,
        key=key,
        hide_index=True,
        column_order=columns,
        height=min(35 * len(rows) + 38, 724),
        on_select=lambda: _open(key, ids),
        selection_mode="single-cell",  # a click anywhere in a row, and the arrow keys
        selection_default={"selection": {"cells": [(ids.index(opened), "message")] if opened in ids else []}},
        column_config={
            "message": st.column_config.TextColumn("Message", width=220 if "sentiment" in columns else 390),
            "sentiment": st.column_config.TextColumn("Sentiment", width=95),
            "tag": st.column_config.TextColumn("Tag", width=100),
            "status": st.column_config.TextColumn("Status", width=75),
            "age": st.column_config.TextColumn("Age", width=60),
        },
        alt=f"{len(rows)} items. Choose a row to read it whole.",
    )


def _shown(message: str, user_id: str) -> str:
    """What may be shown of a message's beginning; where it is searched, all of it is there."""
    return safety.message(message[:2_000], user_id) if safety.is_on() else message


def _open(key: str, ids: tuple[str, ...]) -> None:
    """Put the chosen row's id into the link; a callback."""
    chosen = st.session_state[key]["selection"]["cells"]
    if chosen:
        row, _ = chosen[0]
        st.query_params["item"] = ids[row]


def _texts(column: pd.Series, absent: str) -> list[str]:
    """The values of a category column."""
    return column.astype(object).where(column.notna(), absent).to_list()


def age(span: pd.Timedelta) -> str:
    """How long ago, in one unit: "12 min", "5 h", "3 d"."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 60:
        return f"{max(minutes, 0)} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h"
    return f"{minutes // (24 * 60)} d"
