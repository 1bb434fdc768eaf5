"""What a pasted link asks for: its page of rows, once, and what of it cannot be obeyed."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import streamlit as st

from loop_client.query import COUNTED, PARAMETERS, Name, current_parts, is_read, unknown_parts
from pages.session import notices, share_safe
from pages.session.state import session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loop_client.mirror import Snapshot


def page_to_come(pages: int, *, complete: bool) -> int | None:
    """The page of rows that the session's link asks for, once, as soon as there is one of that number.

    `pages`: how many there are; `complete`: and there will be no more.
    """
    asked = (session.link or {}).get(Name.PAGE, [])
    wanted: int | None = next(filter(None, map(PARAMETERS[Name.PAGE].parse, asked)), None)
    if wanted is None or (wanted > pages and not complete):
        return None
    forget_page()
    if wanted <= pages:
        return wanted
    st.toast(f"The link asks for page {wanted:,}, and there {'is one' if pages == 1 else f'are {pages:,}'}.")
    return None


def asks_for_a_page() -> bool:
    """Whether the session's link said a page of rows."""
    return Name.PAGE in (session.link or {})


def forget_page() -> None:
    """Go to no page of rows that the session's link asks for."""
    session.link = {**(session.link or {}), Name.PAGE.value: []}


def value(name: Name) -> str | None:
    """What the link says now of a parameter; the last of several."""
    return st.query_params.get(name)


def open_item(item_id: str) -> None:
    """Put an item into the link; a callback."""
    st.query_params[Name.ITEM] = item_id


def close_item() -> None:
    """Leave the item out of the link; a callback."""
    st.query_params.pop(Name.ITEM, None)


def url(parts: Mapping[str, list[str]]) -> str:
    """The address of the page that is open, with these parts."""
    query = urlencode(parts, doseq=True)
    return (st.context.url or "").partition("?")[0] + (query and f"?{query}")


def keep() -> None:
    """Have the link say what is chosen, which the open page's own link leaves out.

    The browser would put it back by itself, but not once the script sets another part of the link.
    """
    for name, parameter in PARAMETERS.items():
        if parameter.bound and (chosen := session.chosen(name)) and name not in st.query_params:
            session.choose(name, chosen)


def report_unknown_parts(snapshot: Snapshot) -> None:
    """Say, once a session, what the link asks for that cannot be obeyed; before the widgets clean the link.

    Which values there are is known only when all items are there, so until then nothing is judged.
    """
    if session.link is None:
        asked = {name: st.query_params.get_all(name) for name in st.query_params}
        session.link = link = current_parts(asked, snapshot)
        _clean(asked)
        if older := [name for name in COUNTED if asked.get(name) != link.get(name)]:
            st.query_params.update({name: link[name] for name in older})
            st.rerun()  # the widgets would begin with what the link said
    if session.judged_link is None and snapshot.coverage.complete:
        session.judged_link = dict(session.link)
    if sentences := unknown_parts(session.judged_link or {}, snapshot, shortened):
        notices.plain("Some parts of this link were ignored", sentences)
        st.button("Dismiss", on_click=_dismiss, type="tertiary")


def _dismiss() -> None:
    session.judged_link = {}


def _clean(query: Mapping[str, list[str]]) -> None:
    """Take out of the link what nothing reads: it may name somebody, and would go along with every copy of the link."""
    for name, values in query.items():
        read = [value for value in values if is_read(name, value)]
        if not read:
            del st.query_params[name]
        elif read != values:
            st.query_params[name] = read


def shortened(value: str, length: int = 40) -> str:
    """A value of a link, safe to repeat in a sentence: masked before it is cut, which hides what there is to mask."""
    printable = "".join(character if character.isprintable() else "�" for character in share_safe.name(value))
    return printable if len(printable) <= length else printable[: length - 1] + "…"
