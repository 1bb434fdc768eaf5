"""What a reader can choose about the table of people: search, order, groups and a filter, all bound to the link."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from loop_client.query import LONGEST_TEXT, PEOPLE_ORDERS
from loop_client.query.text import first_line
from pages.components import room
from pages.components.people.model import Chosen
from pages.session import displayed, people_choice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pages.components.people.model import PeopleModel

BOUND: Final[dict[str, Any]] = {"bind": "query-params"}


def chosen(model: PeopleModel) -> Chosen:
    """Draw the controls, and return what is chosen. `model`: with any choice."""
    group_by = None
    _search()
    orders = list(PEOPLE_ORDERS)
    with _field("order", 170):
        by = st.selectbox("Order", orders, key="people_by", **BOUND)
    names = [name for name in model.columns.column_names if displayed.value(name) == name]
    if names:
        with _field("groups", 170):
            group_by = st.selectbox("Group by", names, index=None, key="group_by", placeholder="No groups", **BOUND)
    if names and not displayed.is_masked():
        options: dict[str, Any] = {"accept_new_options": True, "placeholder": "Any value of people.csv", **BOUND}
        with _field("filter", 280):
            st.multiselect("Only", model.offered, key="member_of", **options)
    group_by = group_by if group_by in names else None
    members = people_choice.chosen_members()
    unknown = model.unknown(members) if members else ()
    known = tuple(one for one in members if one not in unknown)
    return Chosen(by or orders[0], people_choice.chosen_text(), known, group_by, unknown)


def left_out(chosen: Chosen) -> None:
    """Say which values to filter by are not known; not while share-safe hides them."""
    for one in () if displayed.is_masked() else chosen.unknown:
        st.text(f"Only “{first_line(one, 80)}” is not known: no column of people.csv has it.")


def _search() -> None:
    """Draw the search; what it finds would tell whom share-safe masks."""
    with _field("search", 240):
        if displayed.is_masked():
            off = "Off while Share-safe is on"
            st.text_input("Find", key="find_is_off", disabled=True, placeholder=off)
        else:
            hint = "An id, or a word of people.csv"
            st.text_input("Find", key="find", max_chars=LONGEST_TEXT, type="search", placeholder=hint, **BOUND)


@contextmanager
def _field(key: str, width: int) -> Iterator[None]:
    """Room for a field with its label."""
    with st.container(width=width), room.as_high(room.FIELD, f"people-{key}"):
        yield
