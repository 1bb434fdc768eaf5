"""What a pasted link asks for, and what of it cannot be obeyed."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import streamlit as st

from loop_client.query import (
    COUNTED,
    DOCUMENTED,
    LONGEST_TEXT,
    PERIODS,
    VIEWS,
    Filters,
    current_name,
    day,
    drill_down_of,
    meant,
    offered,
)
from pages.shared import notices, safety
from pages.shared.ranking import SORTS
from pages.shared.reading import COLUMNS
from pages.shared.timeline import BUCKETS, MEASURES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loop_client.mirror import Snapshot

CHOICES = {
    "view": VIEWS,
    "sort": SORTS,
    "last": PERIODS,
    "measure": MEASURES,
    "bucket": BUCKETS,
    "safe": ("true", "false"),
}
"""Parameter → the values that it can have, for those that are no filters."""

NAMES = {field.name for field in fields(Filters)} | safety.IMPERSONAL | {"only"}
"""What a link can carry: the filters, and what is no filter."""

BOUND = {field.name for field in fields(Filters)} | {"last", "safe", "sort", "columns", "page", "measure", "bucket"}
"""Keys of the widgets that are bound to the link, of all pages."""


def unknown_parts(query: Mapping[str, list[str]], snapshot: Snapshot) -> list[str]:
    """What a link asks for that cannot be obeyed, a sentence each; share-safe, without what tells of people."""
    sentences = [f"“{shortened(name)}” is not a filter." for name in query if name not in NAMES]
    for name, known in DOCUMENTED.items():
        allowed = {*known, *offered(snapshot)[name]}
        sentences += [f"{name} “{shortened(v)}” is not known." for v in query.get(name, []) if v not in allowed]
    for name in ("since", "until"):
        sentences += [f"{name} “{shortened(v)}” is not a date." for v in query.get(name, []) if not day(v)]
    for name in ("since", "until", "page", "text", "item", *CHOICES):
        if len(query.get(name, [])) > 1:
            sentences.append(f"{name} is given twice.")
    for name, choices in (*CHOICES.items(), ("columns", COLUMNS)):
        sentences += [f"{name} “{shortened(v)}” is not known." for v in query.get(name, []) if v not in choices]
    sentences += [
        f"page “{shortened(v)}” is not the number of a page." for v in query.get("page", []) if not is_number(v)
    ]
    sentences += [f"only “{shortened(part)}” is not known." for part in drill_down_of(query.get("only", []))[1]]
    sentences += [
        f"{name} is left out: the link has last, too." for name in ("since", "until") if {name, "last"} <= {*query}
    ]
    if any(len(text) > LONGEST_TEXT for text in query.get("text", [])):
        sentences.append(f"The text is longer than {LONGEST_TEXT} characters.")
    return sentences


def current(query: Mapping[str, list[str]], snapshot: Snapshot) -> dict[str, list[str]]:
    """The query of a link in the names that are used here, see `current_name`.

    A link may have another normal form of a name, or an older word for an absent value.
    """
    return {part: [_name(part, value, snapshot) for value in values] for part, values in query.items()}


def _name(part: str, value: str, snapshot: Snapshot) -> str:
    name, offers = current_name(part, value), offered(snapshot)
    if part not in COUNTED or name in offers[part]:
        return name
    return next(iter(sorted(meant([name], snapshot.frame[part].cat.categories))), name)


def page_to_come(pages: int, *, complete: bool) -> int | None:
    """The page of rows that the session's link asks for, once, as soon as there is one of that number.

    `pages`: how many there are; `complete`: and there will be no more.
    """
    wanted = next((int(value) for value in st.session_state["link"].get("page", []) if is_number(value)), None)
    if wanted is None or (wanted > pages and not complete):
        return None
    st.session_state["link"]["page"] = []
    if wanted <= pages:
        return wanted
    st.toast(f"The link asks for page {wanted:,}, and there {'is one' if pages == 1 else f'are {pages:,}'}.")
    return None


def is_number(value: str) -> bool:
    """Whether a link's part is the number of a page."""
    return value.isascii() and value.isdigit() and 0 < len(value) < 8 and int(value) > 0


def keep() -> None:
    """Have the link say what is chosen, which the open page's own link leaves out.

    The browser would put it back by itself, but not once the script sets another part of the link.
    """
    for name in BOUND:
        if st.session_state.get(name) and name not in st.query_params:
            st.session_state[name] = st.session_state[name]


def report_unknown_parts(snapshot: Snapshot) -> None:
    """Say, once a session, what the link asks for that cannot be obeyed; before the widgets clean the link.

    Which values there are is known only when all items are there, so until then nothing is judged.
    """
    if "link" not in st.session_state:
        asked = {name: st.query_params.get_all(name) for name in st.query_params}
        st.session_state["link"] = current(asked, snapshot)
        _clean(asked)
        if older := [name for name in COUNTED if asked.get(name) != st.session_state["link"].get(name)]:
            st.query_params.update({name: st.session_state["link"][name] for name in older})
            st.rerun()  # the widgets would begin with what the link said
    if "judged_link" not in st.session_state and snapshot.coverage.complete:
        st.session_state["judged_link"] = dict(st.session_state["link"])
    if sentences := unknown_parts(st.session_state.get("judged_link", {}), snapshot):
        notices.plain("This link asks for something that is not known here; the rest of it is shown", sentences)
        st.button("Dismiss", on_click=lambda: st.session_state.update(judged_link={}), type="tertiary")


def _clean(query: Mapping[str, list[str]]) -> None:
    """Take out of the link what nothing reads: it may name somebody, and would go along with every copy of the link."""
    for name, values in query.items():
        read = [value for value in values if _is_read(name, value)]
        if not read:
            del st.query_params[name]
        elif read != values:
            st.query_params[name] = read


def _is_read(name: str, value: str) -> bool:
    """Whether a part of a link is one that a reading page knows what to do with; of strangers' names, any is."""
    if name == "page":
        return is_number(value)
    if name == "only":
        return not drill_down_of([value])[1]
    choices = {**CHOICES, "columns": COLUMNS}.get(name)
    return name in NAMES - {"submission"} and (choices is None or value in choices)


def shortened(value: str, length: int = 40) -> str:
    """A value of a link, safe to repeat in a sentence: masked before it is cut, which hides what there is to mask."""
    printable = "".join(character if character.isprintable() else "�" for character in safety.name(value))
    return printable if len(printable) <= length else printable[: length - 1] + "…"
