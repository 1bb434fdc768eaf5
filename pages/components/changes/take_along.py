"""The menu to take the changes along: Markdown to copy, HTML and JSON as files."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

import streamlit as st

from loop_client.report.digest import Digest, base_of, file_name, written
from pages.components import download_menu
from pages.server import downloads
from pages.session import link

if TYPE_CHECKING:
    from collections.abc import Generator

    from loop_client.report.digest import Format
    from pages.components.changes.model import ChangesModel

FILES: Final[dict[Format, tuple[str, str]]] = {
    "html": ("HTML, two pages when printed", "text/html; charset=utf-8"),
    "json": ("JSON, for programs", "application/json"),
    "md": ("Markdown", "text/markdown; charset=utf-8"),
}
"""Format → label and media type."""


def offer(model: ChangesModel) -> None:
    """Draw the menu. What it holds is masked while share-safe is on."""
    menu = st.popover("Report", icon=":material/download:", type="tertiary", key="take_along", on_change="rerun")
    if (links := download_menu.links_of(menu)) is None:
        return
    digest = replace(model.digest, base=base_of(link.base()))
    with menu:
        for form, (label, kind) in FILES.items():
            file = downloads.File(file_name(digest, form), kind, partial(_pieces, digest, form))
            download_menu.link(links, label, f"digest-{form}", file)
        st.caption("Or copy it as Markdown:")
        st.code(written(digest, "md").decode(), language=None, height=280, width=460)


def _pieces(digest: Digest, form: Format) -> Generator[bytes]:
    yield written(digest, form)
