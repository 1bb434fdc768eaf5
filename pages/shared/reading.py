"""The inbox's parts: the table of items, and the pane that shows one of them whole."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import streamlit as st

from loop_client.report import NOT_SET
from loop_client.report.text import first_line, visible
from pages.shared import data, notices
from pages.shared.charts import SIGNS

if TYPE_CHECKING:
    from loop_client.mirror import Snapshot

LONGEST = 20_000
"""Characters of a message that are shown before asking for the rest."""


def span(shown: int, found: int, offset: int) -> str:
    """Which rows of how many, as in "51-100 of 312"."""
    if found == 1:
        return "1 item"
    if shown == found:
        return f"{found:,} items"
    return f"{offset + 1:,}-{offset + shown:,} of {found:,} items"


def table(shown: pd.DataFrame, opened: str, columns: list[str], key: str) -> None:
    """Draw a page of rows. Choosing a row puts its item into the link. `key`: another one for other rows."""
    ids = tuple(shown["id"])
    now = datetime.now(UTC)
    rows = pd.DataFrame(
        {
            "sentiment": [
                f"{SIGNS.get(value, '◆')} {first_line(value, 60)}" for value in _texts(shown["sentiment"], NOT_SET)
            ],
            "message": [first_line(message) for message in shown["message"]],
            "tag": [first_line(value, 60) for value in _texts(shown["tag"], "")],
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
        alt=f"{len(rows)} items, newest first. Choose a row to read it whole.",
    )


def _open(key: str, ids: tuple[str, ...]) -> None:
    """Put the chosen row's id into the link; a callback."""
    chosen = st.session_state[key]["selection"]["cells"]
    if chosen:
        row, _ = chosen[0]
        st.query_params["item"] = ids[row]


def _texts(column: pd.Series, absent: str) -> list[str]:
    """The values of a category column."""
    return column.astype(object).where(column.notna(), absent).to_list()


def pane(snapshot: Snapshot, item_id: str, listed: np.ndarray) -> None:
    """Show one item whole, as plain text. `listed`: the positions of the current view's items."""
    place = np.flatnonzero((snapshot.frame["id"] == item_id).to_numpy())
    with st.container(border=True):
        if not len(place):
            st.markdown(":material/search_off: **There is no such item in what has been loaded.**")
            st.text(item_id[:100])
            return
        item = snapshot.rows(place).iloc[0]
        if not (listed == place[0]).any():
            st.caption(":material/filter_alt: This item is outside the current view.")
        _badges(item["sentiment"], item["status"])
        message = visible(item["message"])
        shortened = len(message) > LONGEST and not st.session_state.get(f"whole-{item_id}")
        st.text(message[:LONGEST] if shortened else message)
        if shortened:
            show = partial(st.session_state.update, {f"whole-{item_id}": True})
            st.button(f"Show all {len(message):,} characters", on_click=show)
        observed = data.resolved_between(item_id) if item["status"] == "resolved" else None
        notices.facts(
            {
                "Person": item["user_id"],
                "Tag": item["tag"] if pd.notna(item["tag"]) else "untagged",
                "Source": item["source"] if pd.notna(item["source"]) else "not set",
                "Created": f"{item['created_at']:%a %-d %b %Y, %H:%M:%S} UTC",
                **({"Resolved": _between(*observed)} if observed else {}),
                "Id": item["id"],
            }
        )


def _between(first: datetime, last: datetime) -> str:
    """An observed stretch of time."""
    same_day = first.date() == last.date()
    return f"observed, between {first:%-d %b %Y, %H:%M} and {last:{'%H:%M' if same_day else '%-d %b %Y, %H:%M'}} UTC"


def _badges(sentiment: Any, status: Any) -> None:  # noqa: ANN401 - a cell: text, or missing
    """Sentiment and status, each with a colour and a sign."""
    with st.container(horizontal=True, gap="small"):
        if sentiment == "negative":
            st.badge("negative", color="red", icon=":material/sentiment_dissatisfied:")
        elif sentiment == "positive":
            st.badge("positive", color="blue", icon=":material/sentiment_satisfied:")
        else:
            st.badge(_word(sentiment, "sentiment not set"), color="gray", icon=":material/sentiment_neutral:")
        if status == "resolved":
            st.badge("resolved", color="green", icon=":material/check_circle:")
        else:
            st.badge(_word(status, "status not set"), color="gray", icon=":material/radio_button_unchecked:")


def _word(value: Any, absent: str) -> str:  # noqa: ANN401 - a cell
    """A value for a badge, whose label is Markdown: only letters, digits, spaces and hyphens pass as they are."""
    return "".join(c if c.isalnum() or c in " -" else "_" for c in str(value)[:40]) if pd.notna(value) else absent


def age(span: pd.Timedelta) -> str:
    """How long ago, in one unit: "12 min", "5 h", "3 d"."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 60:
        return f"{max(minutes, 0)} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h"
    return f"{minutes // (24 * 60)} d"
