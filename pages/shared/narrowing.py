"""From a number to its rows: the inbox narrowed to what a mark or a count stands for, beside the shared filters.

A link says it as `only=tag:exports&only=sentiment:negative`. It is the page's own, not a filter: the filters stay as
they are, and Back leads to the page with the number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from loop_client.report.text import first_line
from pages.shared.filters import CHOICES, Filters, day

if TYPE_CHECKING:
    from collections.abc import Iterable

LABELS = {"status": "Status", "sentiment": "Sentiment", "tag": "Tag", "source": "Source", "user": "Person"}

NAMED = 3
"""Values of one kind that are named in words."""


def parts(only: Filters) -> list[str]:
    """The narrowing as a link says it."""
    said = [f"{field}:{value}" for field in CHOICES for value in getattr(only, field)]
    return said + [f"{field}:{limit}" for field in ("since", "until") if (limit := getattr(only, field))]


def narrowed(said: Iterable[str]) -> tuple[Filters, list[str]]:
    """What the parts ask for, and those that cannot be obeyed."""
    values: dict[str, Any] = {}
    wrong = []
    for part in said:
        field, _, value = part.partition(":")
        asked = day(value) if field in {"since", "until"} else None
        if field in CHOICES and value:
            values[field] = (*values.get(field, ()), value)
        elif asked is not None:
            values[field] = asked
        else:
            wrong.append(part)
    return Filters(**values), wrong


def asked() -> Filters:
    """What the link narrows the inbox to."""
    return narrowed(st.query_params.get_all("only"))[0]


def query(only: Filters) -> dict[str, list[str] | str]:
    """The link's part that leads to these rows."""
    return {"view": "all", "only": parts(only)}


def show(only: Filters) -> None:
    """Go to these rows."""
    st.switch_page("inbox.py", query_params=query(only))


def note(only: Filters) -> None:
    """Say what the inbox is narrowed to, with a way out; nothing when it is not."""
    if only == Filters():
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", border=True):
        st.text(f"Only {described(only)}", width="content")
        st.button("Show all", icon=":material/close:", type="tertiary", on_click=_widen, key="widen")


def _widen() -> None:
    """Ask for all again; a callback."""
    st.query_params.pop("only", None)


def described(only: Filters) -> str:
    """In words, as in "tag exports, sentiment negative, 3 Nov 2026"."""
    words = []
    for field, label in LABELS.items():
        if values := getattr(only, field):
            more = f" or {len(values) - NAMED} more" if len(values) > NAMED else ""
            words.append(f"{label.lower()} {' or '.join(first_line(value, 60) for value in values[:NAMED])}{more}")
    first, last = only.window
    if first and last:
        words.append(f"{first:%-d %b %Y}" if first == last else f"{first:%-d %b %Y} to {last:%-d %b %Y}")
    elif first or last:
        words.append(f"since {first:%-d %b %Y}" if first else f"until {last:%-d %b %Y}")
    return ", ".join(words)
