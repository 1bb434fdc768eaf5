"""Filters that identify people: while share-safe is on, they stay applied but are neither shown nor in the link.

The link names their kinds, such as `hidden=text`, so that a reader who opens or reloads it is told that it selects
more items.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import streamlit as st
from streamlit.errors import StreamlitAPIException

from loop_client.query import COUNTED, DIMENSIONS, HIDEABLE, LONGEST_TEXT, OF_PEOPLE, Name
from pages.session import notices, share_safe
from pages.session.state import session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loop_client.query import Filters

    Query = Mapping[str, list[str]]

HELP: Final = """
For screens and files that others see: masks people, e-mail addresses, phone and other long numbers.
A search, and filters that name somebody, stay applied but are hidden, in the link too.
"""


TYPED: Final = (Name.TEXT, Name.FIND)
"""Parameters with a text field."""

WITHOUT_WIDGET: Final = (Name.ONLY, Name.PERSON)
"""Parameters that only the link has: each applies to one page."""


PEOPLE: Final = "people"
"""The path of the page that `OF_PEOPLE` apply to."""


def applied() -> dict[str, list[str]]:
    """The hidden filters in the form of a link's query; empty while the switch is off."""
    return dict(session.hidden_parts or {}) if share_safe.is_on() else {}


def added(shown: Filters) -> Filters:
    """The visible filters combined with the hidden ones."""
    parts = applied()
    values: dict[str, Any] = {kind: (*getattr(shown, kind), *parts[kind]) for kind in parts if kind in DIMENSIONS}
    text = parts[Name.TEXT][0][:LONGEST_TEXT] if Name.TEXT in parts else shown.text
    return replace(shown, **values, text=text)


def hide(query: Query) -> dict[str, list[str]]:
    """Hide the values that may not be shown, replacing earlier hidden ones, and return the others."""
    shown = share_safe.shareable(query)
    if share_safe.is_on():
        hideable = {
            name: [one for one in query.get(name, []) if one and one not in shown.get(name, [])] for name in HIDEABLE
        }
        session.hidden_parts = hidden = {name: values for name, values in hideable.items() if values}
        _mark([*hidden])
    return shown


def forget(*kinds: str) -> None:
    """Remove hidden filters of these kinds."""
    _drop(*kinds)
    _mark([kind for kind in st.query_params.get_all(Name.HIDDEN) if kind not in kinds])


def _drop(*kinds: str) -> None:
    if session.hidden_parts is not None:
        session.hidden_parts = {kind: values for kind, values in session.hidden_parts.items() if kind not in kinds}


def ask(query: Query) -> None:
    """Set the widgets and the link to the `HIDEABLE` values of a query that may be shown."""
    for name in HIDEABLE:
        values = list(query.get(name, []))
        if name in TYPED:
            session.choose(name, values[0] if values else "")
        elif name not in WITHOUT_WIDGET:
            session.choose(name, values)
        elif values:
            st.query_params[name] = values
        else:
            st.query_params.pop(name, None)


def put(name: str, values: list[str]) -> None:
    """Callback: choose values of a parameter that may identify people; they are hidden while share-safe is on."""
    if share_safe.is_on():
        session.hidden_parts = {**(session.hidden_parts or {}), name: values}
        _mark([*st.query_params.get_all(Name.HIDDEN), name])
    elif name in WITHOUT_WIDGET:
        st.query_params[name] = values
    else:
        session.choose(name, values)


def switch(known: Query) -> bool:
    """Draw the switch, bound to the link. While it is on, remove personal values from the link; list hidden filters.

    `known`: the valid values of fields; others in a link are not applied, as without the switch.
    """
    if session.safe is None and session.safe_last:  # a page without the switch was reloaded
        session.safe, st.query_params[Name.SAFE] = True, "true"
    on = st.toggle("Share-safe", key="safe", bind="query-params", help=HELP, on_change=_turn)
    session.safe_last = on
    if not on:
        del session.hidden_parts
        return False
    marks = st.query_params.get_all(Name.HIDDEN)
    if session.hidden_parts is None:
        link = {name: st.query_params.get_all(name) for name in st.query_params}
        hide({name: [one for one in values if one in known.get(name, values)] for name, values in link.items()})
    else:
        _drop(*(name for name in WITHOUT_WIDGET if name not in marks))
    _mark([*marks, *(session.hidden_parts or {})])
    _clean()
    _box()
    return True


def _box() -> None:
    """Draw the hidden filters, masked, with a button to remove them, in place of the search."""
    parts = applied()
    st.text_input("Search", key="search_is_off", disabled=True, placeholder="Off while Share-safe is on")
    elsewhere = () if session.page_path == PEOPLE else OF_PEOPLE
    filters = [kind for kind in parts if kind not in {*WITHOUT_WIDGET, *elsewhere}]  # the page itself shows the former
    if not filters:
        return
    with st.container(border=True, gap="xsmall"):
        st.markdown(":material/visibility_off: **Applied, but hidden**")
        for kind in filters:
            st.text(_described(kind, parts[kind]))
        st.button("Remove", key="remove_hidden", on_click=forget, args=filters, icon=":material/close:")


def _described(kind: str, values: list[str]) -> str:
    """A hidden filter in masked words."""
    if kind == Name.TEXT:
        return "Search: hidden"
    if kind in OF_PEOPLE:
        return f"{HIDEABLE[kind].removeprefix('a ').capitalize()}: hidden"
    if kind == Name.USER:
        return f"Person: {', '.join(map(share_safe.pseudonym, values))}"
    return f"{kind.capitalize()}: {', '.join(map(share_safe.name, values))}"


def note() -> None:
    """Show a notice if the link selects more items than the page that it was copied from."""
    applied = session.hidden_parts or {}
    lost = [HIDEABLE[kind] for kind in st.query_params.get_all(Name.HIDDEN) if kind in HIDEABLE and kind not in applied]
    if lost:
        named = " and ".join(filter(None, [", ".join(lost[:-1]), lost[-1]]))
        sentences = [f"Share-safe hides {named} from links. What is shown here matches the other filters."]
        notices.plain("This link selects more items than the page that it comes from", sentences)
        st.button("Dismiss", key="dismiss_hidden", on_click=forget, args=[*HIDEABLE], type="tertiary")


def _turn() -> None:
    """Callback: hide personal filters, or show them again."""
    query = {str(name): _chosen(name) for name in HIDEABLE}
    if share_safe.is_on():
        ask(hide(query))
    else:
        applied = session.hidden_parts or {}
        del session.hidden_parts
        _mark([])
        ask({name: [*query[name], *applied.get(name, [])] for name in HIDEABLE})


def _chosen(name: str) -> list[str]:
    """The values of a parameter now."""
    if name in WITHOUT_WIDGET:
        return list(st.query_params.get_all(name))
    chosen = session.chosen(name) or []
    return [chosen] if isinstance(chosen, str) else list(chosen)


def _mark(kinds: list[str]) -> None:
    """Name the kinds of hidden filters in the link."""
    kinds = [kind for kind in HIDEABLE if kind in kinds]
    if kinds and kinds != st.query_params.get_all(Name.HIDDEN):
        st.query_params[Name.HIDDEN] = kinds
    elif not kinds:
        st.query_params.pop(Name.HIDDEN, None)


def _clean() -> None:
    """Remove from the link whatever may not be shared."""
    shareable = share_safe.link()
    for name in list(st.query_params):
        if st.query_params.get_all(name) != shareable.get(name, []):
            with suppress(
                StreamlitAPIException
            ):  # still bound to its widget, which is not drawn any more after this run
                if name in shareable:
                    st.query_params[name] = shareable[name]
                else:
                    del st.query_params[name]
                if name in COUNTED:
                    st.rerun()  # its widget would start with the value from the link
