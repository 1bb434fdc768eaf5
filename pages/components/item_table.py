"""The table of items: one page of rows, with one selected to be shown in full."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import streamlit as st

from loop_client.query import ABSENT, COUNTED, LIST_COLUMNS, excerpts, parse
from loop_client.query.text import first_line, item_count, row_count
from pages.components.wrapping import fitted
from pages.session import displayed, link, runtime, session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loop_client.mirror import Zone


WIDTHS: Final = {
    "sentiment": 95,
    "tag": 95,
    "source": 115,
    "person": 85,
    "status": 75,
    "age": 55,
    "created": 150,
    "rank": 54,
    "items": 52,
    "people": 60,
    "trend": 60,
    "first": 54,
}
"""Pixels of each column; the message gets the remaining width, see `WIDE` and `NARROWEST`."""

WIDE: Final = 543
"""Pixels of the list's rows in a window of 1,440, beside the item and two scrollbars; columns grow into more."""

WIDE_ON_PHONE: Final = 303
"""The same on a phone 360 pixels wide."""

ROW, HEIGHT = 66, 724
"""Pixels: height of a row, in which Streamlit wraps text to three lines; and greatest height of a list."""

NARROWEST: Final = 144
"""Least pixels of the message's column; where it would get fewer, the list goes without "first", then "trend"."""

NARROWEST_ON_PHONE: Final = 190
"""Least pixels of the message's column on a phone. Beside it, columns that somebody chose scroll sideways."""

ON_PHONE: Final = ("message", "items", "age")
"""The columns on a phone, unless others are chosen. A tap on a row shows everything about its item."""

FACTS: Final = {
    "rank": st.column_config.NumberColumn("Rank", width=WIDTHS["rank"], format="%.2f"),
    "items": st.column_config.NumberColumn(
        "Items", width=WIDTHS["items"], help="Items of the list in this row. Tag, age and others are those of one."
    ),
    "people": st.column_config.NumberColumn("People", width=WIDTHS["people"], help="People who wrote these items."),
    "first": st.column_config.TextColumn("First", width=WIDTHS["first"], help="Age of the oldest of these items."),
    "trend": st.column_config.BarChartColumn(
        "Trend",
        width=WIDTHS["trend"],
        help="Items of the list in each of the last 12 weeks, the newest at the right.",
        y_min=0,
    ),
}
"""Columns of a row that stands for several items, or that has a rank."""

SIGNS: Final = {"negative": "▼", "neutral": "■", "positive": "▲", ABSENT["sentiment"]: "□"}
"""Sentiment → the sign before its name, which tells it apart without colour."""


def columns(fitting: Sequence[str], *, of_several: bool, ranked: bool) -> Sequence[str]:
    """Draw the choice of columns, bound to the link, and return them; by default, those that fit the view.

    `of_several`: rows stand for several items, so that the person of one does not fit; nor, if they are `ranked`, does
    the age of one: the trend and the rank's parts say when these items were written, and the message needs the room.
    """
    options: dict[str, Any] = {"key": "columns", "bind": "query-params", "label_visibility": "collapsed"}
    with st.popover("Columns", icon=":material/view_column:", type="tertiary"):
        chosen = st.pills("Columns", LIST_COLUMNS, selection_mode="multi", **options)
        st.caption("With none selected, the list shows the columns of its view.")
    if chosen:
        return ("message", *(name for name in LIST_COLUMNS if name in chosen))
    left_out = ("person", "age") if ranked else ("person",)
    return [
        name for name in fitting if not (of_several and name in left_out) and (name in ON_PHONE or not _is_on_phone())
    ]


def span(shown: int, rows: int, offset: int, items: int) -> str:
    """The range of rows on this page, such as "51-100 of 312 items"; or of rows, if some have several items."""
    counted = item_count(items) if rows == items else row_count(rows)
    part = counted if shown == rows else f"{offset + 1:,}-{offset + shown:,} of {counted}"
    return part if rows == items else f"{part}, which are {item_count(items)}"


def height(count: int) -> int:
    """The height in pixels of a list of so many rows."""
    return min(ROW * count + 38, HEIGHT)


def table(  # noqa: PLR0913, PLR0917 - a table in all its parts
    shown: displayed.Rows,
    opened: str,
    columns: Sequence[str],
    key: str,
    zone: Zone,
    text: str = "",
    facts: pd.DataFrame | None = None,
) -> None:
    """Draw a page of rows. Selecting a row puts its item into the link. `key`: must differ for other rows.

    `text`: the search, whose match each message's excerpt shows. `facts`: more columns of the rows, see `FACTS`.
    """
    ids = tuple(shown["id"])
    if facts is not None:
        columns = _with_facts(columns, tuple(facts.columns))
    width = _left(columns)
    rows = _formatted(shown, zone, text, width)
    if facts is not None:
        rows = rows.assign(**{name: facts[name].to_numpy() for name in facts.columns})
    chosen = [(ids.index(opened), "message")] if opened in ids else []
    key = f"items-{key}"  # `browser.css` selects lists by this prefix
    session.select(key, chosen)  # it also follows steps by keyboard
    st.dataframe(
        rows,
        key=key,
        hide_index=True,
        column_order=columns,
        height=height(len(rows)),
        on_select=lambda: _open(key, ids),
        row_height=ROW,
        selection_mode="single-cell",  # selects by a click anywhere in a row, and by arrow keys
        column_config={
            "message": st.column_config.TextColumn("Message", width=width),
            **{name: st.column_config.TextColumn(name.capitalize(), width=WIDTHS[name]) for name in LIST_COLUMNS},
            **FACTS,
        },
        alt=f"{len(rows)} rows. Select a row to read the whole message.",
    )


def _is_on_phone() -> bool:
    """Whether the browser says that it is a phone's; only the browser knows the width of its window."""
    return "Mobi" in st.context.headers.get("User-Agent", "")


def _with_facts(columns: Sequence[str], facts: Sequence[str]) -> Sequence[str]:
    """The columns with those facts, after the message, that leave enough room to it."""
    if _is_on_phone():
        facts = [name for name in facts if name in ON_PHONE]
    for name in ("first", "trend"):
        if WIDE - _taken([*facts, *columns]) < NARROWEST:
            facts = [one for one in facts if one != name]
    return (columns[0], *facts, *columns[1:])


def _left(columns: Sequence[str]) -> int:
    """Pixels of the message's column beside the others."""
    wide, narrowest = (WIDE_ON_PHONE, NARROWEST_ON_PHONE) if _is_on_phone() else (WIDE, NARROWEST)
    return max(wide - _taken(columns), narrowest)


def _taken(columns: Sequence[str]) -> int:
    """Pixels of all these columns but the message's."""
    return sum(WIDTHS[name] for name in columns if name != "message")


def _formatted(shown: displayed.Rows, zone: Zone, text: str, width: int) -> pd.DataFrame:
    """The texts of the list: "message", fitted to this width in pixels, and `LIST_COLUMNS`."""
    now, query = runtime.now(), parse(text)
    length = _room(width) if query.terms else width // 2  # a match begins after a third of the excerpt
    return pd.DataFrame(
        {
            "message": [fitted(excerpt, width) for excerpt in excerpts(shown["message"], query, length)],
            **{column: [_within(column, value) for value in shown[column]] for column in (*COUNTED, "person")},
            "sentiment": [_within("sentiment", f"{SIGNS.get(value, '◆')} {value}") for value in shown["sentiment"]],
            "age": [age(now - moment) for moment in shown["created_at"]],
            "created": [zone.formatted(moment) for moment in shown["created_at"]],
        }
    )


def _room(width: int) -> int:
    """Most characters that may fit into three lines of a column."""
    return (width - 16) * 2 // 5


def _within(column: str, text: str) -> str:
    """The text, shortened to the three lines of its column."""
    return fitted(first_line(text, _room(WIDTHS[column])), WIDTHS[column])


def _open(key: str, ids: tuple[str, ...]) -> None:
    """Callback: put the selected row's id into the link."""
    chosen = session.selection(key)["cells"]
    if chosen:
        row, _ = chosen[0]
        link.open_item(ids[row])


def age(span: pd.Timedelta) -> str:
    """An age in one unit: "12 min", "5 h", "3 d", "2 y"."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 60:
        return f"{max(minutes, 0)} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h"
    days = minutes // (24 * 60)
    return f"{days} d" if days < 1_000 else f"{days * 400 // 146_097} y"  # 400 years have 146,097 days
