"""How the file is read: its format, the columns of each field, what ratings and tags mean; all can be corrected."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from loop_client.query.text import first_line
from pages.components import room
from pages.components.imports import labels, values
from pages.session import displayed, imported, session

GENERIC: Final = "generic"


def draw(one: imported.Checked) -> None:
    """Draw what was used, in fields that change it; closed where the file says it all by itself."""
    label = f"How the file is read: {labels.FORMATS[one.run.format]}"
    with st.expander(label, expanded=_is_open(), icon=":material/tune:", key="import-mapping", width=room.LINE):
        left, right = st.columns(2, gap="medium")
        with left:
            _format(one)
            for field, name in labels.FIELDS.items():
                _columns(one, field, name)
        with right:
            _constants(one)
            values.ratings(one)
            values.tags(one)
        if imported.are_changed():
            st.button(
                "Undo all choices",
                key="import-undo",
                icon=":material/undo:",
                type="tertiary",
                on_click=imported.start_over,
            )


def _is_open() -> bool:
    """Whether somebody has to look at the columns first; it does not change with the choices."""
    first = imported.first_checked()
    return first is None or first.run.format == GENERIC or not first.run.items


def _keyed(field: str, name: str) -> dict[str, Any]:
    """The key and callback of a widget for a choice."""
    key = f"import-{name}-{session.import_version}"
    return {"key": key, "on_change": imported.choose, "args": (field, key)}


def _format(one: imported.Checked) -> None:
    st.selectbox(
        "Format",
        [*labels.FORMATS],
        [*labels.FORMATS].index(one.run.format),
        format_func=labels.FORMATS.__getitem__,
        **_keyed("format", "format"),
    )
    if one.run.encoding and (one.run.is_guess or imported.choices().encoding):
        known = dict.fromkeys([*labels.ENCODINGS, one.run.encoding])
        place = [*known].index(one.run.encoding)
        st.selectbox("Encoding", [*known], place, format_func=_encoding, **_keyed("encoding", "encoding"))
        if one.run.preview and not displayed.is_masked():
            st.text(f"Do these letters look right? {first_line(one.run.preview, 120)}")


def _encoding(name: str) -> str:
    """The label of an encoding."""
    return labels.ENCODINGS.get(name, name)


def _columns(one: imported.Checked, field: str, name: str) -> None:
    key = f"import-columns-{field}-{session.import_version}"
    there = dict.fromkeys(column.label for column in one.run.columns)
    used = [label for label in one.run.mapping.columns.get(field, ()) if label in there]
    st.multiselect(
        name,
        [*there],
        used,
        key=key,
        format_func=_shown,
        placeholder="Choose the column" if field == "message" else "No column",
        on_change=imported.choose_columns,
        args=(field, key),
    )
    examples = [text for column in one.run.columns if column.label in used[:1] for text in column.examples]
    if examples and not displayed.is_masked():
        st.text(f"e.g. {' · '.join(first_line(displayed.value(text), 40) for text in examples)}")


def _shown(column: str) -> str:
    """The name of a column."""
    return first_line(displayed.value(column), 60)


def _constants(one: imported.Checked) -> None:
    given = imported.choices()
    st.text_input(
        "Person of rows that name nobody",
        given.user_id or "",
        placeholder="Leave such rows out",
        max_chars=200,
        **_keyed("user_id", "person"),
    )
    st.text_input(
        "Source of the items",
        given.source or "",
        placeholder=displayed.value(one.run.source) or "None",
        max_chars=200,
        **_keyed("source", "source-name"),
    )
