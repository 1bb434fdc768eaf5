"""An import that was started: its progress, what a person can do with it, its receipt; and the imports so far."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import streamlit as st

from loop_client.mirror import StoreError
from loop_client.query.text import row_count
from loop_client.report.export import ExportError, receipt_csv, receipt_json
from pages.components import room
from pages.components.imports import source
from pages.components.outbox import decisions, import_list, updates
from pages.server import downloads
from pages.session import displayed, imported, link, notices, runtime, sending, session

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable


RECENT: Final = 5
"""Imports that are listed."""

GONE: Final = (
    "If it is older than 60 days, its items are in the inbox. A file that was only checked must be chosen again."
)

FILES: Final = {"csv": ("CSV, for any program", "text/csv; charset=utf-8"), "json": ("JSON", "application/json")}
"""Format of a receipt → label and media type."""

WORDS: Final = {
    "stored": "stored",
    "refused": "refused",
    "unknown": "with an unknown outcome",
    "discarded": "cancelled",
    "waiting": "waiting",
    "sending": "being sent",
}
"""State → words."""


def show(imports: runtime.Imports, token: str) -> None:
    """Draw the import with that token, and draw it again as it goes on."""
    version, one = sending.version(), imports.find(token)
    if one is None:
        notices.plain("There is no such import", [GONE])
    else:
        decisions.problem()
        if one.is_done:
            _done(one)
        else:
            import_list.cards([one])
            st.text(counts(one))
        if one.counts[runtime.DraftState.REFUSED] or one.counts[runtime.DraftState.UNKNOWN]:
            label = "Decide about refused and unknown rows in the outbox"
            st.page_link("outbox.py", label=label, icon=":material/outbox:", query_params=link.query({}))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if one is not None:
            _receipt(imports, token)
        key = "import-next"
        st.button("Import another file", key=key, icon=":material/upload_file:", on_click=imported.leave)
    if one is not None:
        updates.follow(version, updates.AT_REST if one.is_done else updates.WHILE_SENDING)


def _done(one: runtime.Import) -> None:
    with st.container(border=True, gap="xsmall", width=room.LINE):
        is_cancelled = one.state == runtime.ImportState.CANCELLED
        icon, word = (":material/cancel:", "cancelled") if is_cancelled else (":material/task_alt:", "done")
        st.markdown(f"{icon} **The import is {word}.**")
        st.text(source.name(one.name))
        st.text(counts(one))


def counts(one: runtime.Import) -> str:
    """How many rows are in each state, as a sentence."""
    parts = [f"{one.counts[runtime.DraftState(state)]:,} {words}" for state, words in WORDS.items()]
    shown = [part for part in parts if not part.startswith("0 ")]
    left_out = [f"{one.left_out:,} left out"] if one.left_out else []
    return f"Of {row_count(one.rows)}: {', '.join([*shown, *left_out])}."


def recent(imports: Iterable[runtime.Import]) -> None:
    """Draw the newest imports, each with a button that shows it."""
    newest = [*imports][:RECENT]
    if not newest:
        return
    st.subheader("Imports so far", anchor=False)
    for one in newest:
        with st.container(border=True, width=room.LINE, gap="xsmall", key=f"recent-{one.token}"):
            with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
                st.text(source.name(one.name), width="content")
                key = f"show-{one.token}"
                st.button("Show", key=key, type="tertiary", on_click=imported.follow, args=(one.token,))
            written = session.snapshot.zone.formatted(one.written_at, "%a %-d %b %Y, %H:%M %Z")
            st.caption(f"{written} · {counts(one)}")


def _receipt(imports: runtime.Imports, token: str) -> None:
    """Draw the menu of the receipt. A link is made only while it is open, and revoked once it is not shown."""
    menu = st.popover("Receipt", icon=":material/download:", key="receipt", on_change="rerun")
    for earlier in session.receipt_links[:-1]:  # the last ones may just have been clicked
        downloads.forget(earlier)
    session.receipt_links = session.receipt_links[-1:]
    if not menu.open:
        return
    links: list[str] = []
    with menu:
        st.caption("What became of each row, with the look-up of each id.")
        for form, (label, kind) in FILES.items():
            pieces = partial(_pieces, imports, token, form, is_masked=displayed.is_masked())
            links.append(downloads.link(downloads.File(f"import-receipt.{form}", kind, pieces)))
            st.link_button(label, links[-1], on_click="rerun", key=f"receipt-{form}", width="stretch")
    session.receipt_links = (*session.receipt_links, links)


def _pieces(imports: runtime.Imports, token: str, form: str, *, is_masked: bool) -> Generator[bytes]:
    """The receipt as it is at the time of the click. `imports`: those of the reader who gets the link."""
    try:
        receipt = imports.receipt(token)
    except StoreError as error:
        raise ExportError(str(error)) from error
    yield _file(receipt, form, is_masked=is_masked)


def _file(receipt: runtime.Receipt, form: str, *, is_masked: bool) -> bytes:
    """`is_masked`: without the file's name, and without sentences of Loop, which may quote a text."""
    name = "a file" if is_masked else receipt.name
    rows = [one.without_words() for one in receipt.rows] if is_masked else receipt.rows
    if form == "csv":
        return receipt_csv(rows, receipt.found, f"Import of {name}. {receipt.sentence()}")
    about = {"file": name, "sha256": receipt.digest, "written_at": receipt.written_at.isoformat()}
    return receipt_json(rows, receipt.found, {**about, "sentence": receipt.sentence()})
