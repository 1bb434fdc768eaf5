"""The links of a menu with files to download: they keep in memory what the files are made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.server import downloads
from pages.session import session

if TYPE_CHECKING:
    from streamlit.elements.lib.mutable_popover_container import PopoverContainer


def links_of(menu: PopoverContainer) -> list[str] | None:
    """An empty list for the links of an open menu, None for a closed one. Links of earlier runs are revoked."""
    earlier, last = session.export_links[:-1], session.export_links[-1:]
    for links in earlier:  # the last links may just have been clicked
        downloads.forget(links)
    made: list[str] | None = [] if menu.open else None
    session.export_links = last if made is None else (*last, made)
    return made


def link(links: list[str], label: str, key: str, file: downloads.File) -> None:
    """Draw the link to a file, and add it to `links`."""
    links.append(downloads.link(file))
    st.link_button(label, links[-1], key=key, width="stretch", on_click="rerun")  # the next click needs a new link
