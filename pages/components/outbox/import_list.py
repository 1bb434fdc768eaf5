"""The imports of which rows wait: each with its progress, and what a person can do with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from loop_client.query.text import first_line
from pages.components import room
from pages.components.outbox import decisions
from pages.session import displayed, runtime, session

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST: Final = 60
"""Characters of a file's name."""


def cards(imports: Iterable[runtime.Import]) -> None:
    """Draw a card for each import; its rows are listed only where they need a person."""
    for one in imports:
        with st.container(border=True, key=f"import-{one.token}", gap="xsmall", width=room.LINE):
            st.text("An import" if displayed.is_masked() else f"Import of {first_line(one.name, LONGEST)}")
            is_writing = one.state == runtime.ImportState.WRITING
            st.progress(one.written / (one.written + one.unwritten) if is_writing else one.done / one.rows)
            st.text(f"{one.progress} {_prospect(one)}")
            _buttons(one)


def _prospect(one: runtime.Import) -> str:
    """What happens next to an import, as a sentence."""
    if not one.is_ours:
        return "They were written for another account than the one that is connected now, and are not sent to this one."
    if one.problem:
        problem = displayed.value(one.problem)
        return (
            f"Writing stopped, and no row is sent. {problem} Import the same file again to finish it, or cancel this."
        )
    if one.state == runtime.ImportState.WRITING:
        return "None is sent before all are. If this number stays as it is, import the same file again, or cancel this."
    if one.state == runtime.ImportState.PAUSED:
        return "It is paused."
    if one.ends_at is None:
        return "They will be sent."
    moment = session.snapshot.zone.formatted(one.ends_at, "%a %-d %b, %H:%M %Z")
    return f"All will be sent by about {moment}. Other drafts go first."


def _buttons(one: runtime.Import) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if one.state == runtime.ImportState.PAUSED:
            key = f"resume-{one.token}"
            st.button("Resume", key=key, icon=":material/play_arrow:", on_click=_resume, args=(one.token,))
        elif one.state == runtime.ImportState.RUNNING:
            key = f"pause-{one.token}"
            st.button("Pause", key=key, icon=":material/pause:", on_click=_pause, args=(one.token,))
        with st.popover("Cancel", icon=":material/delete:", type="tertiary", key=f"cancelling-{one.token}"):
            st.text("The rows that wait will not be sent, for good. What is stored stays.")
            st.button("Cancel this import", key=f"cancel-{one.token}", on_click=_cancel, args=(one.token,))


def _pause(token: str) -> None:
    """Callback: pause an import."""
    decisions.carry_out(runtime.imports(), lambda imports: imports.pause(token), "Paused.")


def _resume(token: str) -> None:
    """Callback: resume an import."""
    decisions.carry_out(runtime.imports(), lambda imports: imports.resume(token), "It goes on.")


def _cancel(token: str) -> None:
    """Callback: cancel an import."""
    decisions.carry_out(runtime.imports(), lambda imports: imports.cancel(token), "Cancelled.")
