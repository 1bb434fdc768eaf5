"""The filters that all reading pages share: one value, the sidebar that draws it, the link that carries it.

A filter's field is its widget's key and its query parameter, so a link is the widgets' own state.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from loop_client.report import NOT_SET, SENTIMENTS
from pages.shared import notices

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loop_client.mirror import Snapshot

STATUSES = ("open", "resolved")
OFFERED = 100
"""Values that a list offers, most frequent first; any other can be typed."""

OTHER_PARAMETERS = frozenset({"view", "item", "page", "submission", "embed", "embed_options"})
"""What a link can carry beside the filters."""

CHOICES = {"status": "status", "sentiment": "sentiment", "tag": "tag", "source": "source", "user": "user_id"}
"""Field of `Filters` → column, for the fields that take several values."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What to show. An empty field asks for everything; "(not set)" among the values asks for absent ones.

    `since` and `until` are whole days in UTC, both included, in either order. `text` is looked for in the message as
    it is typed, in any case.
    """

    status: tuple[str, ...] = ()
    sentiment: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    user: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    text: str = ""

    @property
    def window(self) -> tuple[date | None, date | None]:
        """The first and the last day."""
        if self.since and self.until and self.since > self.until:
            return self.until, self.since
        return self.since, self.until

    def apply(self, items: pd.DataFrame) -> pd.DataFrame:
        """The items that pass every filter, in their order; the frame itself when there is none."""
        keep: list[pd.Series[bool]] = []
        for field, column in CHOICES.items():
            if values := getattr(self, field):
                keep.append(items[column].isin(values) | (items[column].isna() & (NOT_SET in values)))
        first, last = self.window
        if first:
            keep.append(items["created_at"] >= pd.Timestamp(first, tz="UTC"))
        if last:
            keep.append(items["created_at"] < pd.Timestamp(last, tz="UTC") + pd.Timedelta(days=1))
        if self.text.strip():
            keep.append(items["message"].str.contains(re.escape(self.text.strip()), case=False, regex=True))
        for mask in keep[1:]:
            keep[0] &= mask
        return items[keep[0]] if keep else items


def unknown_parts(query: Mapping[str, list[str]], snapshot: Snapshot) -> list[str]:
    """What a link asks for that cannot be obeyed, a sentence each."""
    names = {field.name for field in fields(Filters)} | OTHER_PARAMETERS
    sentences = [f"“{shortened(name)}” is not a filter." for name in query if name not in names]
    for name, known in (("status", STATUSES), ("sentiment", (*SENTIMENTS, NOT_SET))):
        allowed = {*known, *offered(snapshot)[name]}
        sentences += [f"{name} “{shortened(v)}” is not known." for v in query.get(name, []) if v not in allowed]
    for name in ("since", "until"):
        sentences += [f"{name} “{shortened(v)}” is not a date." for v in query.get(name, []) if not _is_date(v)]
    return sentences


def report_unknown_parts(snapshot: Snapshot) -> None:
    """Say, once a session, what the link asks for that cannot be obeyed; before the widgets clean the link."""
    if "link_problems" not in st.session_state:
        query = {name: st.query_params.get_all(name) for name in st.query_params}
        st.session_state["link_problems"] = unknown_parts(query, snapshot)
    if sentences := st.session_state["link_problems"]:
        notices.plain("This link asks for something that is not known here; the rest of it is shown", sentences)
        st.button("Dismiss", on_click=lambda: st.session_state.update(link_problems=[]), type="tertiary")


def shortened(value: str, length: int = 40) -> str:
    """A value of a link, safe to repeat in a sentence."""
    printable = "".join(character if character.isprintable() else "�" for character in value)
    return printable if len(printable) <= length else printable[: length - 1] + "…"


def _is_date(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=2)
def offered(snapshot: Snapshot) -> dict[str, list[str]]:
    """The values to offer for each field, counted once per snapshot: most frequent first, then "(not set)"."""
    options: dict[str, list[str]] = {}
    for field, column in CHOICES.items():
        counts = snapshot.frame[column].value_counts(dropna=True)
        options[field] = [str(value) for value in counts.index[:OFFERED]]
    options["status"] = [*STATUSES, *(value for value in options["status"] if value not in STATUSES)]
    options["sentiment"] = [*SENTIMENTS, *(value for value in options["sentiment"] if value not in SENTIMENTS)]
    for field in ("sentiment", "tag", "source"):
        options[field].append(NOT_SET)
    return options


def sidebar(snapshot: Snapshot) -> Filters:
    """Draw the filters, bound to the link, and return what they ask for."""
    options = offered(snapshot)
    chosen: dict[str, Any] = {}
    with st.sidebar:
        st.subheader("Filters", anchor=False)
        chosen["text"] = st.text_input(
            "Text in the message", key="text", bind="query-params", max_chars=200, type="search"
        )
        for field, label in (("status", "Status"), ("sentiment", "Sentiment")):
            chosen[field] = tuple(
                st.multiselect(label, options[field], key=field, bind="query-params", placeholder="Any")
            )
        for field, label in (("tag", "Tag"), ("source", "Source"), ("user", "Person")):
            chosen[field] = tuple(
                st.multiselect(
                    label, options[field], key=field, bind="query-params", placeholder="Any", accept_new_options=True
                )
            )
        chosen["since"] = st.date_input("From (UTC)", None, key="since", bind="query-params", format="YYYY-MM-DD")
        chosen["until"] = st.date_input("To (UTC)", None, key="until", bind="query-params", format="YYYY-MM-DD")
        filters = Filters(**chosen)
        st.button("Clear filters", on_click=clear, disabled=filters == Filters(), icon=":material/filter_alt_off:")
    return filters


def clear() -> None:
    """Ask for everything again; a callback."""
    for field in fields(Filters):
        st.session_state[field.name] = [] if field.name in CHOICES else field.default
