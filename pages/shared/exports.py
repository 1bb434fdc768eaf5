"""Exactly what is listed, as a file: built when it is asked for, with what it covers inside it."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import streamlit as st

from loop_client import report
from loop_client.report.export import About, Export
from loop_client.report.text import item_count
from pages.shared import coverage, narrowing, safety
from pages.shared.narrowing import Only

if TYPE_CHECKING:
    import numpy as np

    from loop_client.mirror import Snapshot
    from loop_client.report.export import Format
    from pages.shared.filters import Filters

FILES: dict[Format, tuple[str, str]] = {
    "csv": ("CSV, for spreadsheets", "text/csv"),
    "json": ("JSON, for programs", "application/json"),
    "markdown": ("Markdown, to paste", "text/markdown"),
}
"""Format → label and media type."""

ENDINGS = {"markdown": "md"}


def offer(snapshot: Snapshot, listed: np.ndarray, filters: Filters, only: Only, view: str) -> None:
    """Draw the ways to export the items that are listed, in their order."""
    said, safe = about(snapshot, filters, only, view), safety.is_on()
    with st.popover("Export", icon=":material/download:", type="tertiary"):
        st.caption(f"Exactly what is listed: {item_count(len(listed))}, with filters, link and coverage.")
        for form, (label, kind) in FILES.items():
            st.download_button(
                label,
                partial(_file, snapshot, listed, said, form, safe=safe),
                f"feedback.{ENDINGS.get(form, form)}",
                kind,
                key=f"export-{form}",
                on_click="ignore",
                width="stretch",
            )


def about(snapshot: Snapshot, filters: Filters, only: Only, view: str) -> About:
    """What travels with the items that this reader is shown."""
    asked = {name: value for name, value in _plain(filters).items() if value}
    asked |= {"view": view} | ({"only": narrowing.described(only, snapshot.zone)} if only != Only() else {})
    link = f"{(st.context.url or '').partition('?')[0]}?{urlencode(safety.link(), doseq=True)}"
    return About(asked, link, report.coverage_sentence(snapshot, coverage.as_of(snapshot)), snapshot.zone.name)


def _file(snapshot: Snapshot, listed: np.ndarray, about: About, form: Format, *, safe: bool) -> bytes:
    """The file, as of the click: the page may have been drawn long before."""
    whole = Export(snapshot.rows(listed), replace(about, made_at=datetime.now(UTC)))
    return (whole.masked(safety.SALT, safety.people(snapshot)) if safe else whole).to(form)


def _plain(filters: Filters) -> dict[str, Any]:
    """What the filters ask for, as it may be told."""
    return {
        name: tuple(map(safety.name, value)) if isinstance(value, tuple) else str(value or "")
        for name, value in asdict(filters).items()
    }
