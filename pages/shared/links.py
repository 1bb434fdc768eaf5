"""What a pasted link asks for, and what of it cannot be obeyed."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import streamlit as st

from loop_client.report import SENTIMENTS, STATUSES
from pages.shared import notices, safety
from pages.shared.cards import BUCKETS, MEASURES
from pages.shared.filters import LONGEST_TEXT, PERIODS, Filters, day, offered
from pages.shared.narrowing import narrowed
from pages.shared.ranking import SORTS
from pages.shared.reading import COLUMNS
from pages.shared.views import VIEWS

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

OTHER_PARAMETERS = safety.IMPERSONAL | {"only"}
"""What a link can carry beside the filters."""


def unknown_parts(query: Mapping[str, list[str]], snapshot: Snapshot) -> list[str]:
    """What a link asks for that cannot be obeyed, a sentence each."""
    names = {field.name for field in fields(Filters)} | OTHER_PARAMETERS
    sentences = [f"“{shortened(name)}” is not a filter." for name in query if name not in names]
    for name, known in (("status", STATUSES), ("sentiment", SENTIMENTS)):
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
    sentences += [f"only “{shortened(part)}” is not known." for part in narrowed(query.get("only", []))[1]]
    sentences += [
        f"{name} is left out: the link has last, too." for name in ("since", "until") if {name, "last"} <= {*query}
    ]
    if any(len(text) > LONGEST_TEXT for text in query.get("text", [])):
        sentences.append(f"The text is longer than {LONGEST_TEXT} characters.")
    return sentences


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


def report_unknown_parts(snapshot: Snapshot) -> None:
    """Say, once a session, what the link asks for that cannot be obeyed; before the widgets clean the link.

    Which values there are is known only when all items are there, so until then nothing is judged.
    """
    if "link" not in st.session_state:
        st.session_state["link"] = {name: st.query_params.get_all(name) for name in st.query_params}
    if "link_problems" not in st.session_state and snapshot.coverage.complete:
        st.session_state["link_problems"] = unknown_parts(st.session_state["link"], snapshot)
    if sentences := st.session_state.get("link_problems"):
        masked = [safety.name(sentence) for sentence in sentences]
        notices.plain("This link asks for something that is not known here; the rest of it is shown", masked)
        st.button("Dismiss", on_click=lambda: st.session_state.update(link_problems=[]), type="tertiary")


def shortened(value: str, length: int = 40) -> str:
    """A value of a link, safe to repeat in a sentence."""
    printable = "".join(character if character.isprintable() else "�" for character in value)
    return printable if len(printable) <= length else printable[: length - 1] + "…"
