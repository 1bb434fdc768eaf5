"""The export menu: the listed items as a file, written during the download, with its filters and coverage inside."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

import streamlit as st

from loop_client import report
from loop_client.query import VIEWS, DrillDown, Name, filters_by_name
from loop_client.report.export import MOST_ROWS, About, Export, Items, file_name
from pages.components import download_menu
from pages.server import downloads
from pages.session import coverage_line, displayed, drilldown, runtime

if TYPE_CHECKING:
    from collections.abc import Generator

    from loop_client.mirror import Snapshot
    from loop_client.query import Question
    from loop_client.report.export import Format
    from pages.components.inbox.sort_order import Listing

FILES: Final[dict[Format, tuple[str, str]]] = {
    "csv": ("CSV, for any program", "text/csv; charset=utf-8"),
    "xlsx": ("Excel, for spreadsheets", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "json": ("JSON, for programs", "application/json"),
    "jsonl": ("JSON Lines, for data tools", "application/jsonl"),
    "markdown": ("Markdown, to paste", "text/markdown; charset=utf-8"),
}
"""Format → label and media type."""

MOST_IN_A_WORKBOOK: Final = 200_000
"""Most items of a workbook: 100,000 take about 10 s, and the download starts only when the file is finished."""


def offer(snapshot: Snapshot, listing: Listing, question: Question) -> None:
    """Draw the menu to export the listed items, in their order."""
    menu = st.popover("Export", icon=":material/download:", type="tertiary", key="export", on_change="rerun")
    if (links := download_menu.links_of(menu)) is None:
        return
    origin, count, view = about(snapshot, question), len(listing.listed), VIEWS[question.view].label
    mask = displayed.mask(snapshot)
    items = Items(snapshot.frame, listing.listed, snapshot.zone, listing.ranks, listing.clustered, mask)
    with menu:
        kind_of = "sample items" if origin.sample else "items"
        st.caption(f"Exports the {count:,} {kind_of} listed, with filters, link and coverage.")
        for form, (label, kind) in FILES.items():
            if form == "xlsx" and count > MOST_IN_A_WORKBOOK:
                st.button(label, disabled=True, key=f"export-{form}", width="stretch")
                continue
            name = file_name(view, form, origin, coverage_line.now(snapshot), share_safe=mask is not None)
            file = downloads.File(name, kind, partial(_pieces, items, origin, form))
            download_menu.link(links, label, f"export-{form}", file)
        if count > MOST_IN_A_WORKBOOK:
            st.caption(f"An Excel workbook holds up to {MOST_IN_A_WORKBOOK:,} items here. Filter, or choose CSV.")
        if count >= MOST_ROWS:
            st.caption(f"Spreadsheets show the first {MOST_ROWS:,} rows of a file, including the header.")


def about(snapshot: Snapshot, question: Question) -> About:
    """The metadata of this reader's export."""
    filters = {**filters_by_name(question.filters, displayed.filter_value), Name.VIEW.value: VIEWS[question.view].label}
    if question.drill_down != DrillDown():
        filters[Name.ONLY.value] = drilldown.in_words(question.drill_down, snapshot.zone)
    covered = report.coverage_sentence(snapshot, coverage_line.as_of(snapshot))
    return About(filters, displayed.page_url(), covered, snapshot.zone.name, sample=runtime.is_sandbox())


def _pieces(items: Items, about: About, form: Format) -> Generator[bytes]:
    """The file, with the time of the click: the page may have been drawn long before."""
    return Export(items, replace(about, made_at=runtime.now())).pieces(form)
