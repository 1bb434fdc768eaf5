"""The team's own `people.csv`: what was loaded of it, and what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from pages.session import displayed, notices

if TYPE_CHECKING:
    from pages.components.people.model import PeopleModel

LISTED: Final = 20
"""Most problems that are listed."""

HOW: Final = """
A CSV file in UTF-8 with a header. The column `person` has ids as the items have them. Any other column is yours, such
as `name`, `company` or `plan`. The dashboard reads it again when it changes, and never writes it.
"""


def details(model: PeopleModel) -> None:
    """Draw a button that opens what was loaded."""
    loaded = model.loaded
    with st.popover("people.csv", icon=":material/badge:", type="tertiary", key="people-file"):
        if loaded.table is not None:
            rows, here = loaded.table.num_rows, len(model.persons.ids)
            st.text(f"{_people(rows)}, {model.matched:,} of the {here:,} here. Columns: {_columns(model)}.")
        if loaded.is_example:
            st.markdown(":material/science: **This is an example that comes with the sample items.** Yours goes here:")
        elif not loaded.is_there:
            st.text("There is no such file. With one, people have names, companies or plans here:")
        st.code(displayed.value(str(loaded.path)), language=None, wrap_lines=True)
        _problems(model)
        st.caption(HOW)


def _problems(model: PeopleModel) -> None:
    problems = model.loaded.problems
    for problem in problems[:LISTED]:
        st.text(problem.what)
    left = len(problems) - LISTED + model.loaded.more
    if left > 0:
        st.caption(f"and {left:,} more")


def notice(model: PeopleModel) -> None:
    """Say that the file cannot be used, or that parts of it are not; nothing where all is well."""
    loaded = model.loaded
    if not loaded.problems:
        return
    if loaded.table is None:
        notices.plain("people.csv is not used", [problem.what for problem in loaded.problems])
        return
    count = len(loaded.problems) + loaded.more
    said = "1 problem" if count == 1 else f"{count:,} problems"
    st.caption(f":material/warning: people.csv has {said}, listed under “people.csv”.")


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count:,} people"


def _columns(model: PeopleModel) -> str:
    return ", ".join(map(displayed.value, model.columns.column_names)) or "none but the person"
