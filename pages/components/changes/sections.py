"""What changed: numbers, then sentences, each a link to its rows, with quotes behind an icon."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import streamlit as st

from loop_client.query import Question, link_parts
from pages.components import room
from pages.session import displayed, drilldown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loop_client.report.digest import Digest, Line, Number, Section

COLOURS: Final = {"better": "green", "worse": "red", "neither": "gray"}

CARD: Final = 156
"""Pixels of a number's card with its earlier number below the change. Fixed, so that there is no layout shift."""

NOT_COMPARED: Final = ("Not compared", "Not known")
"""Begin the reason of a section that could not be compared, which is said where everybody sees it."""

TABLE: Final = {"now": "Items", "before": "Before", "kind": "What happened", "negative_now": "Negative"} | {
    "negative_before": "Negative before",
    "negative_share_is": "Negative share",
}
"""Fact → heading of the table of all tags or sources."""


def draw(digest: Digest, *, is_previous: bool) -> None:
    """Draw all sections with lines, then what could not be compared, then what did not change.

    `is_previous`: of the sidebar's period.
    """
    numbers, *others = digest.sections
    st.caption(numbers.about)
    with st.grid(4, min_column_width=160):
        for number in digest.numbers:
            _number(number)
    if not digest.is_news and digest.before:
        st.markdown(":material/check_circle: **Nothing changed clearly.** What was compared is at the end.")
    for section in (one for one in others if one.lines):
        _section(section, is_previous=is_previous)
    empty = [one for one in others if not one.lines and one.about != numbers.about]
    for section in (one for one in empty if one.about.startswith(NOT_COMPARED)):
        st.caption(f"**{section.title}.** {section.about}")
    if quiet := [one for one in empty if not one.about.startswith(NOT_COMPARED)]:
        titles = ", ".join(section.title.lower() for section in quiet)
        with st.expander(f"Also compared: {titles}", icon=":material/check_circle:"):
            for section in quiet:
                st.caption(f"**{section.title}.** {section.about}")
                if section.table:
                    _table(section)


def _number(number: Number) -> None:
    is_change = bool(number.difference)
    arrow = ("up" if number.difference > 0 else "down") if is_change else "off"
    delta: dict[str, Any] = {"delta": number.change.partition(",")[0] or None, "delta_arrow": arrow}
    delta["delta_color"] = COLOURS[number.meaning] if is_change else "off"
    if number.before:
        delta["delta_description"] = f"{number.before} before"
    with st.container(border=True, height=CARD):
        st.metric(number.label, number.value, help=number.sentence, **delta)


def _section(section: Section, *, is_previous: bool) -> None:
    with st.container(border=True, gap="xsmall", key=f"changes-{section.name}"):
        with st.container(horizontal=True, wrap=False, vertical_alignment="center"):
            st.subheader(section.title, anchor=False, width="stretch")
            if section.table:
                with st.container(width=room.ICON), room.as_high(room.BAR, section.name):
                    _table(section)
        st.caption(section.about)
        _lines(section, section.lines, 0, is_previous=is_previous)
        if not section.more:
            return
        label = f"Show {len(section.more):,} more"
        with st.expander(label, key=f"more-{section.name}", on_change="rerun") as more:
            if more.open:
                _lines(section, section.more, len(section.lines), is_previous=is_previous)


def _lines(section: Section, lines: Sequence[Line], first: int, *, is_previous: bool) -> None:
    """Draw lines of a section, with their quotes. `first`: the place of the first of them."""
    for place, line in enumerate(lines, first):
        with st.container(horizontal=True, wrap=False, vertical_alignment="center", gap="xsmall"):
            _line(line, is_previous=is_previous)
            _quotes(line, f"quotes-{section.name}-{place}")


def _line(line: Line, *, is_previous: bool) -> None:
    """Draw a sentence as a link to its rows; as a text if there is none, or it would reveal a masked value."""
    is_linked = line.item is not None if line.only is None else drilldown.may_be_linked(line.only)
    if is_linked:
        query = _query(line, is_previous=is_previous)
        st.page_link("inbox.py", label=displayed.label(line.sentence), query_params=query, width="stretch")
    else:
        st.text(line.sentence, width="stretch")


def _query(line: Line, *, is_previous: bool) -> dict[str, list[str]]:
    """The query of the link to a line's rows; where they are of the sidebar's period, that goes along."""
    if line.only is None:
        return drilldown.linked(link_parts(Question(item=line.item)), is_of_all_time=True)
    if is_previous and line.side == "now":
        return drilldown.linked(drilldown.query(replace(line.only, since=None, until=None)))
    return drilldown.linked(drilldown.query(line.only), is_of_all_time=True)


def _quotes(line: Line, key: str) -> None:
    """Draw the icon that opens a line's quotes; they are sent only while it is open."""
    if not line.quotes:
        return
    said = "1 quote" if len(line.quotes) == 1 else f"{len(line.quotes)} quotes"
    options: dict[str, Any] = {"type": "tertiary", "width": room.ICON, "wrap": False, "on_change": "rerun"}
    opened = st.popover(said, icon=":material/format_quote:", key=f"table-{key}", **options)
    if opened.open:
        with opened:
            for quote in line.quotes:
                st.text(quote.text)
                with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                    st.caption(quote.said, width="content")
                    if quote.by:
                        st.text(quote.by, width="content")


def _table(section: Section) -> None:
    """Draw the icon that opens the table of all tags or sources."""
    title = f"All {section.name} as a table"
    options: dict[str, Any] = {"type": "tertiary", "width": room.ICON, "wrap": False, "on_change": "rerun"}
    opened = st.popover(title, icon=":material/table:", key=f"table-all-{section.name}", **options)
    if opened.open:
        with opened:
            rows = pd.DataFrame([*section.table]).rename(columns=TABLE | {section.name.removesuffix("s"): "Name"})
            shown = rows[["Name", *TABLE.values()]]
            st.dataframe(shown, hide_index=True, width="content", height=min(35 * len(shown) + 38, 320))
