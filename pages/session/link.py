"""The reader's link: reading and changing its parameters, and reporting invalid parts of a pasted one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

import streamlit as st

from loop_client.query import (
    ALL_TIME,
    COUNTED,
    DIMENSIONS,
    PARAMETERS,
    PERIODS,
    Name,
    current_parts,
    day,
    is_read,
    unknown_parts,
)
from pages.session import notices, share_safe
from pages.session.state import session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loop_client.mirror import Snapshot


DATES: Final = (Name.SINCE, Name.UNTIL)


def requested_page(pages: int, *, complete: bool) -> int | None:
    """The page number in the link that opened the tab, once, as soon as that page exists.

    `pages`: number of pages now. `complete`: whether all items are loaded.
    """
    parts = (session.link or {}).get(Name.PAGE, [])
    wanted: int | None = next(filter(None, map(PARAMETERS[Name.PAGE].parse, parts)), None)
    if wanted is None or (wanted > pages and not complete):
        return None
    forget_page()
    if wanted <= pages:
        return wanted
    there = "is only one page" if pages == 1 else f"are only {pages:,} pages"
    st.toast(f"The link asks for page {wanted:,}, but there {there}.")
    return None


def asks_for_a_page() -> bool:
    """Whether the link that opened the tab has a page number."""
    return Name.PAGE in (session.link or {})


def forget_page() -> None:
    """Ignore the page number in the link that opened the tab."""
    session.link = {**(session.link or {}), Name.PAGE.value: []}


def value(name: Name) -> str | None:
    """The current value of a parameter in the link; the last of several."""
    return st.query_params.get(name)


def open_item(item_id: str) -> None:
    """Callback: put an item into the link."""
    st.query_params[Name.ITEM] = item_id


def close_item() -> None:
    """Callback: remove the item from the link."""
    st.query_params.pop(Name.ITEM, None)


def url(parts: Mapping[str, list[str]]) -> str:
    """The URL of the current page with this query."""
    query = urlencode(parts, doseq=True)
    return (st.context.url or "").partition("?")[0] + (query and f"?{query}")


def base() -> str:
    """The address of the dashboard, without that of a page; "" where the browser has not told it."""
    return (st.context.url or "").partition("?")[0].rpartition("/")[0]


def query(parts: Mapping[str, list[str]], *, has_switch: bool = False) -> dict[str, list[str]]:
    """The query of a link from a page without the share-safe switch: share-safe stays on, in a new tab too.

    `has_switch`: whether the linked page has the switch.
    """
    name = Name.SAFE if has_switch else Name.MASKED
    return {**parts, **({name.value: ["true"]} if share_safe.is_on() else {})}


def open_page(page: str, first_period: str | None, *, needs_period: bool = False) -> None:
    """Set the period of a page that is opened or changed to. `first_period`: of the page on its bare address.

    `needs_period`: it is that of any link without one, too, as the page shows nothing of all time.

    A link within the dashboard can name a period, which Streamlit would write into the link only. On a page with a
    period of its own the link always names a period or dates, so that its bare address is never something else.
    """
    asked, is_opened = value(Name.LAST), session.page_path != page
    if is_opened and session.next_period:
        asked = session.next_period
        del session.next_period
    if asked in PERIODS:
        if is_opened and session.has(Name.LAST):
            session.choose(Name.LAST, asked)
        if is_opened:
            _leave_dates()
    elif first_period and not any(session.chosen(name) or day(value(name) or "") for name in DATES):
        is_bare = not (st.query_params or session.hidden_parts or any(map(session.chosen, (*DIMENSIONS, Name.TEXT))))
        period = session.chosen(Name.LAST) or (first_period if is_bare or needs_period else ALL_TIME)
        if not session.has(Name.LAST):
            st.query_params[Name.LAST] = period
        session.choose(Name.LAST, period)
    session.page_path = page


def _leave_dates() -> None:
    """Clear the dates, which a period replaces."""
    if any(name in st.query_params and not session.has(name) for name in DATES):
        for name in DATES:
            st.query_params.pop(name, None)
        st.rerun()  # the fields would start with the dates of the link
    for name in DATES:
        if session.has(name):
            session.choose(name, None)


def keep() -> None:
    """Put values of bound widgets back into the link after a change of the page.

    The browser would do this by itself, but not once the script sets another parameter.
    """
    for name, parameter in PARAMETERS.items():
        if parameter.bound and (chosen := session.chosen(name)) and name not in st.query_params:
            session.choose(name, chosen)


def keep_share_safe() -> None:
    """Keep the state of the share-safe switch in the link of a page without it: a reload must show nothing masked."""
    if not share_safe.is_on():
        st.query_params.pop(Name.MASKED, None)
        return
    session.safe_last = True
    if st.query_params.get(Name.MASKED) != "true":
        st.query_params[Name.MASKED] = "true"


def report_unknown_parts(snapshot: Snapshot) -> None:
    """Show a notice about invalid parts of the link, once per session, before the widgets remove them.

    The valid values are known only when all items are loaded; until then there is no notice.
    """
    if session.link is None:
        parts = {name: st.query_params.get_all(name) for name in st.query_params}
        session.link = link = current_parts(parts, snapshot)
        _clean(parts)
        if older := [name for name in (*COUNTED, Name.ONLY) if parts.get(name) != link.get(name)]:
            st.query_params.update({name: [one for one in link[name] if is_read(name, one)] for name in older})
            st.rerun()  # the widgets would start with the old values
    if session.judged_link is None and snapshot.coverage.complete:
        session.judged_link = dict(session.link)
    if sentences := unknown_parts(session.judged_link or {}, snapshot, shortened):
        notices.plain("Some parts of this link were ignored", sentences)
        st.button("Dismiss", on_click=_dismiss, type="tertiary")


def _dismiss() -> None:
    session.judged_link = {}


def _clean(query: Mapping[str, list[str]]) -> None:
    """Remove unused parts from the link: they may identify a person, and would be copied with the link."""
    for name, values in query.items():
        read = [value for value in values if is_read(name, value)]
        if not read:
            del st.query_params[name]
        elif read != values:
            st.query_params[name] = read


def shortened(value: str, length: int = 40) -> str:
    """A value of a link for a sentence: masked, then cut. In the other order, the mask could miss a cut id."""
    printable = "".join(character if character.isprintable() else "�" for character in share_safe.name(value))
    return printable if len(printable) <= length else printable[: length - 1] + "…"
