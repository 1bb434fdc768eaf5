"""The table of people, or of groups of them: one page of rows, of which one can be opened."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import streamlit as st

from loop_client.query.text import first_line, item_count
from pages.components import item_table
from pages.components.people import group
from pages.session import displayed, people_choice, session

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pages.components.people.model import PeopleModel

ROW, HEADER, HEIGHT = 35, 38, 724
"""Pixels: a row, the header, and the greatest height of the table."""

LONGEST: Final = 80
"""Most characters of a text in a cell."""

BESIDE: Final = 2
"""Columns of the team's file that stand right beside the person; the others are at the end."""

NUMBERS: Final = (
    *("weight", "complaints", "open_negative", "open", "items", "negative", "trend", "tags", "first_said", "last_said"),
)

CONFIG: Final[dict[str, Any]] = {
    "people": st.column_config.NumberColumn("People", width=62),
    "weight": st.column_config.NumberColumn(
        "Weight", width=68, format="%.2f", help="Whom to call: see below the table."
    ),
    "complaints": st.column_config.NumberColumn(
        "Complaints", width=82, help="Open negative items; those of one person that say the same count once."
    ),
    "open_negative": st.column_config.NumberColumn(
        "Open negative", width=102, help="Items that are open and negative."
    ),
    "open": st.column_config.NumberColumn("Open", width=58),
    "items": st.column_config.NumberColumn("Items", width=58),
    "negative": st.column_config.NumberColumn(
        "Negative", width=76, format="%.0f%%", help="Share of negative items among those with a sentiment."
    ),
    "trend": st.column_config.BarChartColumn(
        "Trend", width=72, help="Items in each of the last 12 weeks, the newest at the right.", y_min=0
    ),
    "tags": st.column_config.TextColumn("Main tags", width=160, help="The tags with most items, three at most."),
    "first_said": st.column_config.TextColumn("First said", width=78, help="Age of the oldest item."),
    "last_said": st.column_config.TextColumn("Last said", width=78, help="Age of the newest item."),
}


def height(count: int) -> int:
    """The height in pixels of a table of so many rows."""
    return min(ROW * count + HEADER, HEIGHT)


def table(model: PeopleModel, rows: np.ndarray, opened: str | None, now: datetime) -> None:
    """Draw these rows of `model.table`. Selecting one opens the person, or offers the people of the group.

    `opened`: the id of the open person.
    """
    page = model.page(rows)
    tags = {tag: displayed.tag(tag, LONGEST) for tag in {*chain.from_iterable(page["tags"])}}
    facts = {
        **{name: page[name].to_numpy() for name in ("weight", "complaints", "open_negative", "open", "items")},
        "negative": 100 * page["share"].to_numpy(),
        "trend": page["trend"],
        "tags": [", ".join(map(tags.__getitem__, some)) for some in page["tags"]],
        "first_said": [item_table.age(now - moment) for moment in page["first_said"]],
        "last_said": [item_table.age(now - moment) for moment in page["last_said"]],
    }
    if model.is_grouped:
        values = model.values(rows)
        names = {"0": [text or group.NONE for text in _cells(values)]}
        frame = pd.DataFrame({**names, "people": page["people"].to_numpy(), **facts})
        config = {"0": st.column_config.TextColumn(displayed.value(str(model.chosen.group_by)), width=170)}
        at = next(iter(np.flatnonzero(rows == group.place_of(model)).tolist()), None)
        _drawn(model, frame, config, ["0", "people", *NUMBERS], values, at)
        return
    ids, known = model.ids(rows), model.known(rows)
    cells: list[Sequence[str | None]] = [ids, *known.values()]
    texts = {str(number): _cells(column) for number, column in enumerate(cells)}
    labels = ["Person", *map(displayed.value, known)]
    config = {
        str(number): st.column_config.TextColumn(label, width=110 if number else 100)
        for number, label in enumerate(labels)
    }
    beside = [*texts][: BESIDE + 1]
    order = [*beside, *NUMBERS, *[*texts][BESIDE + 1 :]]
    at = ids.index(opened) if opened in ids else None
    _drawn(model, pd.DataFrame({**texts, **facts}), config, order, ids, at)


def _drawn(  # noqa: PLR0913, PLR0917 - a table in all its parts
    model: PeopleModel,
    frame: pd.DataFrame,
    config: dict[str, Any],
    order: list[str],
    keys: Sequence[str | None],
    at: int | None,
) -> None:
    """Draw the table. `keys`: what each row is opened by. `at`: the row that is selected."""
    key = f"items-people-{model.snapshot.version}-{hash((model.chosen, tuple(keys)))}"  # see `browser.css`
    session.select(key, [] if at is None else [(at, "0")])
    what = "the people of a group" if model.is_grouped else "a person"
    st.dataframe(
        frame,
        key=key,
        hide_index=True,
        column_order=order,
        column_config={**CONFIG, **config},
        height=height(len(frame)),
        row_height=ROW,
        on_select=lambda: _open(key, keys, model.chosen.group_by),
        selection_mode="single-cell",
        alt=f"{len(frame)} rows. Select a row to see {what}.",
    )


def _cells(texts: Sequence[str | None]) -> list[str]:
    return [first_line(text, LONGEST) for text in displayed.about_people(texts)]


def _open(key: str, keys: Sequence[str | None], group_by: str | None) -> None:
    """Callback: open the selected row."""
    if not (cells := session.selection(key)["cells"]):
        return
    chosen = keys[cells[0][0]]
    if group_by is not None:
        session.people_group = group_by, chosen
    elif chosen is not None:
        people_choice.show(chosen)


def span(model: PeopleModel, first: int, shown: int) -> str:
    """What the table has, such as "1-50 of 148 people, of 2,401 items"."""
    count, items, plus = len(model.shown), model.items, model.question.completeness(model.snapshot).plus
    what = "groups" if model.is_grouped else "people"
    what = {"groups": "group", "people": "person"}[what] if count == 1 and not plus else what
    part = f"{first + 1:,}-{first + shown:,} of " if shown < count else ""
    wrote = item_count(items) if not plus else f"{items:,}+ items"
    example = " Names are an example that comes with the sample items." if model.loaded.is_example else ""
    return f"{part}{count:,}{plus} {what} with {wrote}.{example}"
