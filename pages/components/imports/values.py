"""What the values of the file mean: the sentiment of each rating, and the tags that Loop has in another spelling."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import islice
from math import inf, isfinite
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from loop_client.query import SENTIMENTS
from loop_client.query.text import first_line, row_count
from pages.components.imports import labels
from pages.session import displayed, import_rows, imported, session

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MOST: Final = 30
"""Values that can be corrected one by one."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value of the file. `options`: what it can become, of which `now` is chosen. `about`: where it comes from."""

    value: str
    count: int
    options: Sequence[str]
    now: str
    about: str = ""


def ratings(one: imported.Checked) -> None:
    """Draw the scale, and the sentiment of each value that occurs."""
    mapping = one.run.mapping
    if not mapping.columns.get("sentiment"):
        return
    scales = [*imported.SCALES]
    key = f"import-scale-{session.import_version}"
    st.selectbox(
        "Scale of the rating",
        scales,
        scales.index(mapping.scale) if mapping.scale in scales else None,
        placeholder="Not certain: choose one",
        format_func=labels.SCALES.__getitem__,
        key=key,
        on_change=imported.choose,
        args=("scale", key),
    )
    about, options = ",".join(mapping.columns["sentiment"]), [*SENTIMENTS, labels.NO_SENTIMENT]
    for use in sorted(mapping.ratings[:MOST], key=lambda use: _in_order(use.value)):
        value = Value(use.value, use.count, options, use.sentiment or labels.NO_SENTIMENT, about)
        _line("Sentiment", value, imported.choose_rating)
    if len(mapping.ratings) > MOST:
        st.caption(f"{len(mapping.ratings) - MOST:,} more values have the sentiment that the scale says.")


def _in_order(rating: str) -> tuple[bool, float, str]:
    """The place of a rating among others: numbers by size, then words."""
    try:
        number = float(rating)
    except ValueError:
        number = inf
    return not isfinite(number), number if isfinite(number) else 0, rating.casefold()


def tags(one: imported.Checked) -> None:
    """Draw the tags that Loop has in another spelling: either can be chosen."""
    near = import_rows.new_tags(one).near
    if not near:
        return
    st.caption("Tags that Loop has in another spelling")
    for tag, known in islice(near.items(), MOST):
        value = Value(tag, one.tags[tag], [tag, known], session.import_tags.get(tag, tag))
        _line("Tag", value, imported.choose_tag)
    if len(near) > MOST:
        st.caption(f"{len(near) - MOST:,} more stay as they are.")


def _line(what: str, one: Value, choose: Callable[[str, str], Any]) -> None:
    name = hashlib.sha256(f"{one.about}\0{one.value}".encode("utf-8", "replace")).hexdigest()[:16]
    key = f"import-{what.lower()}-{name}-{session.import_version}"
    with st.container(horizontal=True, wrap=False, vertical_alignment="center", gap="small"):
        st.text(f"{first_line(displayed.value(one.value), 40)} · {row_count(one.count)}", width="stretch")
        st.selectbox(
            f"{what} of {displayed.plain(displayed.value(one.value))[:40]}",
            one.options,
            one.options.index(one.now),
            key=key,
            format_func=_shown,
            label_visibility="collapsed",
            width=180,
            on_change=choose,
            args=(one.value, key),
        )


def _shown(option: str) -> str:
    """A sentiment or a tag."""
    return first_line(displayed.value(option), 40)
