"""Whom the page People shows: an open person, a search and a filter; hidden while share-safe is on."""

from __future__ import annotations

import streamlit as st

from loop_client.query import LONGEST_TEXT, Name, shortened
from loop_client.report import people_columns
from pages.session import hidden_filters, link
from pages.session.state import session


def current() -> str | None:
    """The name of the open person, see `naming.shortened`; None if there is none."""
    hidden = hidden_filters.applied().get(Name.PERSON, [])
    return link.value(Name.PERSON) or next(iter(hidden), None)


def show(user_id: str) -> None:
    """Callback: open a person."""
    hidden_filters.put(Name.PERSON, [shortened(user_id)])


def close() -> None:
    """Callback: close the person."""
    st.query_params.pop(Name.PERSON, None)
    hidden_filters.forget(Name.PERSON)


def chosen_text() -> str:
    """The search for people, also while share-safe hides it."""
    hidden = hidden_filters.applied().get(Name.FIND, [])
    return str(session.chosen(Name.FIND) or next(iter(hidden), ""))[:LONGEST_TEXT]


def chosen_members() -> tuple[str, ...]:
    """The filter of people by what the team knows about them, also while share-safe hides it."""
    return (*(session.chosen(Name.MEMBER_OF) or ()), *hidden_filters.applied().get(Name.MEMBER_OF, ()))


def show_group(column: str, value: str | None) -> None:
    """Callback: show the people of a group, one per row."""
    others = [one for one in chosen_members() if not people_columns.is_of(one, column)]
    hidden_filters.put(Name.MEMBER_OF, [*others, f"{column}:{value or ''}"])
    session.choose(Name.GROUP_BY, None)
