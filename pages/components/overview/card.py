"""A card of the overview: its title row with its table, its chart, and a sentence in place of an empty chart."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import streamlit as st

from pages.components.overview import chart_clicks, data_tables, vega_specs
from pages.session import session, sidebar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    import pandas as pd
    from streamlit.delta_generator import DeltaGenerator

    from pages.components.overview.data_tables import Table

CONTROL: Final = 40
"""Pixels: the height of the controls beside a title."""


@contextmanager
def titled(title: str, caption: str | None = None, *, table: str | None) -> Iterator[Table | None]:
    """A card with a title and the control of its table. `table`: its name, unique on the page; None for no table."""
    with st.container(border=True):
        with st.container(horizontal=True, wrap=False, vertical_alignment="center"):
            st.subheader(title, anchor=False, width="stretch")
            opened = data_tables.control(table) if table else None
        if caption:
            st.caption(caption)
        yield opened


@contextmanager
def title_row() -> Iterator[DeltaGenerator]:
    """The title row of a card whose title depends on controls beside it: yields the place of the title."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        title = st.container(
            horizontal=True, height=CONTROL, width="content", vertical_alignment="center", border=False
        ).empty()
        with st.container(horizontal=True, width="content", vertical_alignment="center"):
            yield title


def sent(data: pd.DataFrame, *unsent: str) -> pa.Table:
    """What the browser gets of a frame: a frame itself takes three times as long. `unsent`: stay on the server."""
    return pa.table({name: data[name].array for name in data if name not in unsent})


def chart(
    data: pa.Table | dict[str, pa.Table],
    spec: dict[str, Any],
    key: str,
    alt: str,
    *,
    shown: tuple[date, date] | None = None,
    **more: Any,  # noqa: ANN401 - the chart's
) -> list[dict[str, Any]]:
    """Draw a chart, and return the fields of the marks that were clicked in this run.

    Streamlit keeps a selection after its click, so the click is noted separately. `data`: from `sent`; several by their
    names in the spec. `shown`: the first and last day, if dragging over the chart sets the dates.
    """
    if isinstance(data, dict):
        spec, data = {**spec, "datasets": data}, None
    chosen: Any = st.vega_lite_chart(data, spec, key=key, alt=alt, on_select=partial(_selected, key, shown), **more)
    if session.clicked != key:
        return []
    del session.clicked
    return list(chosen["selection"].get(vega_specs.PICKED) or [])


def _selected(key: str, shown: tuple[date, date] | None) -> None:
    """Callback: note the click, or set the dates to the days that were dragged over."""
    session.clicked = key
    times = session.selection(key).get(vega_specs.BRUSH, {}).get("start")
    if times and shown:
        sidebar.set_dates(*chart_clicks.dragged([chart_clicks.moment(time) for time in times], shown))


def empty(sentence: str) -> None:
    """Draw a sentence in place of an empty chart."""
    with st.container(horizontal_alignment="center", height=120, vertical_alignment="center", border=False):
        st.markdown(f":material/check_circle: {sentence}", width="content")
