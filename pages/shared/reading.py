"""The table of items: one page of rows, of which one is chosen to be read whole."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import starmap
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import streamlit as st

from loop_client.report import NOT_SET
from loop_client.report.search import excerpts, parse
from loop_client.report.text import first_line, item_count
from pages.shared import safety
from pages.shared.charts import SIGNS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loop_client.mirror import Zone


COLUMNS: Final = ("sentiment", "tag", "source", "person", "status", "age", "created")
"""Values of a link's `columns`: what can stand beside the message."""

WIDTHS: Final = {
    "sentiment": 95,
    "tag": 95,
    "source": 115,
    "person": 85,
    "status": 75,
    "age": 55,
    "created": 150,
    "rank": 60,
}
"""Pixels that a column needs; the message gets what is left, see `WIDE` and `NARROWEST`."""

WIDE: Final = 550

ROW, HEIGHT = 66, 724
"""Pixels: of a row, in which Streamlit breaks a text into lines, three of them; and of a whole list at the most."""

NARROWEST: Final = 150
"""Pixels of the message's column."""


def columns(fitting: Sequence[str]) -> Sequence[str]:
    """Draw the choice of columns, bound to the link; without one, those that fit the view."""
    kept: dict[str, Any] = {"key": "columns", "bind": "query-params", "label_visibility": "collapsed"}
    with st.popover("Columns", icon=":material/view_column:", type="tertiary"):
        chosen = st.pills("Columns", COLUMNS, selection_mode="multi", **kept)
        st.caption("Without a choice, those that fit the view.")
    return ("message", *(name for name in COLUMNS if name in chosen)) if chosen else fitting


def span(shown: int, found: int, offset: int) -> str:
    """Which rows of how many, as in "51-100 of 312"."""
    return item_count(found) if shown == found else f"{offset + 1:,}-{offset + shown:,} of {item_count(found)}"


def table(  # noqa: PLR0913, PLR0917 - a table in all its parts
    shown: pd.DataFrame,
    opened: str,
    columns: Sequence[str],
    key: str,
    zone: Zone,
    text: str = "",
    ranks: pd.Series | None = None,
) -> None:
    """Draw a page of rows. Choosing a row puts its item into the link. `key`: another one for other rows.

    `text`: what was searched for; a message is shown from where it has that. `ranks`: of the rows, where they have one.
    """
    ids = tuple(shown["id"])
    if ranks is not None:
        columns = (columns[0], "rank", *columns[1:])
    width = max(WIDE - sum(WIDTHS[name] for name in columns if name != "message"), NARROWEST)
    rows = _told(shown, zone, text, _room(width))
    if ranks is not None:
        rows["rank"] = ranks.to_numpy()
    chosen = [(ids.index(opened), "message")] if opened in ids else []
    st.session_state[key] = {"selection": {"cells": chosen}}  # it follows the steps by keys, too
    st.dataframe(
        rows,
        key=key,
        hide_index=True,
        column_order=columns,
        height=min(ROW * len(rows) + 38, HEIGHT),
        on_select=lambda: _open(key, ids),
        row_height=ROW,
        selection_mode="single-cell",  # a click anywhere in a row, and the arrow keys
        column_config={
            "message": st.column_config.TextColumn("Message", width=width),
            **{name: st.column_config.TextColumn(name.capitalize(), width=WIDTHS[name]) for name in COLUMNS},
            "rank": st.column_config.NumberColumn("Rank", width=WIDTHS["rank"], format="%.1f"),
        },
        alt=f"{len(rows)} items. Choose a row to read it whole.",
    )


def _told(shown: pd.DataFrame, zone: Zone, text: str, length: int) -> pd.DataFrame:
    """What the list says of each row, in the columns "message" and `COLUMNS`; of a message, so many characters."""
    now, query = datetime.now(UTC), parse(text)
    named = {name: _texts(shown[name], "") for name in ("tag", "source", "status")}
    messages = starmap(_shown, zip(shown["message"], shown["user_id"], strict=True))
    return pd.DataFrame(
        {
            "message": excerpts(messages, query, length),
            "sentiment": [
                f"{SIGNS.get(value, '◆')} {_name('sentiment', value)}" for value in _texts(shown["sentiment"], NOT_SET)
            ],
            **{name: [_name(name, value) for value in values] for name, values in named.items()},
            "person": [first_line(_who(value), _room(WIDTHS["person"])) for value in shown["user_id"]],
            "age": [age(now - moment) for moment in shown["created_at"]],
            "created": [zone.told(moment) for moment in shown["created_at"]],
        }
    )


def _room(width: int) -> int:
    """Characters of three lines of a column."""
    return (width - 16) * 2 // 5


def _name(column: str, value: str) -> str:
    """A name that a stranger gave, as much of it as its column has room for."""
    return first_line(safety.name(value), _room(WIDTHS[column]))


def _shown(message: str, user_id: str) -> str:
    """What may be shown of a message's beginning; where it is searched, all of it is there."""
    return safety.message(message.lstrip()[:2_000], user_id) if safety.is_on() else message


def _who(user_id: str) -> str:
    """Who it was; of an alias, which begins with what its column is called, the rest."""
    return safety.person(user_id).removeprefix("person ") if safety.is_on() else user_id


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
