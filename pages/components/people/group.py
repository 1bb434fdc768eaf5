"""The group that is selected in the table of groups, with the way to its people.

The arrow keys of the table select, so that a selection alone must not replace the table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from loop_client.query.text import first_line
from pages.components import room
from pages.session import displayed, people_choice, session

if TYPE_CHECKING:
    from pages.components.people.model import PeopleModel

NONE: Final = "(none)"
"""The row of the people without a value."""

LONGEST: Final = 40
"""Most characters of a group's name above the table."""


def place_of(model: PeopleModel) -> int | None:
    """The row of `model.table` of the selected group; None without one."""
    column, value = session.people_group or ("", None)
    if column != model.chosen.group_by:
        return None
    values = model.groups[0]
    number = len(values) - 1 if value is None else values.index(value).as_py()
    found = np.flatnonzero(model.table.rows["group"].to_numpy() == number)
    return int(found[0]) if len(found) else None


def bar(model: PeopleModel) -> None:
    """Draw the selected group, with a button that lists its people, and if none is selected, how to see them."""
    row = place_of(model)
    with room.as_high(room.BAR, "group"), st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if row is None:
            st.caption("Select a group to see its people.", width="content")
            return
        column, value = str(model.chosen.group_by), model.values(np.array([row]))[0]
        people = int(model.table.rows["people"].iloc[row])
        st.text(first_line(displayed.about_person(value), LONGEST) or NONE, width="content")
        label = "Show this person" if people == 1 else f"Show these {people:,} people"
        icon, args = ":material/arrow_forward:", (column, value)
        st.button(label, key="show-group", icon=icon, type="tertiary", on_click=people_choice.show_group, args=args)
