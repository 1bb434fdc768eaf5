"""Draws the page again when the outbox has changed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import streamlit as st

from pages.session import runtime, sending

if TYPE_CHECKING:
    from collections.abc import Hashable
    from datetime import datetime

    from pages.components.outbox.draft_list import Page


WHILE_SENDING, AT_REST = 2.0, 10.0
"""Seconds between two looks at the outbox's version, which read no draft."""

SOON: Final = timedelta(seconds=1)


def interval(shown: Page | None) -> float:
    """Seconds between two looks. `shown`: None where the outbox cannot be read."""
    if shown is None:
        return AT_REST
    states = runtime.DraftState
    is_sending = shown.counts[states.SENDING] or (shown.counts[states.WAITING] and not sending.is_paused())
    return WHILE_SENDING if is_sending else AT_REST  # other people decide, too


def follow(version: Hashable, every: float) -> None:
    """Draw the page again once the version is another one. `version`: of what is drawn."""
    st.fragment(_look, run_every=every, key="outbox-version")(version, runtime.now())


def _look(drawn: Hashable, drawn_at: datetime) -> None:
    if runtime.now() - drawn_at > SOON and sending.version() != drawn:
        st.rerun()
