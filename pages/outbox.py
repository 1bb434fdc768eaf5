"""What is still to be sent, and what needs a decision? The outbox of all who use this dashboard."""

from __future__ import annotations

import streamlit as st

from pages.components.outbox import decisions, draft_list, import_list, summary, updates
from pages.session import runtime, sending

st.title(sending.TITLE, anchor=False)

outbox, version = runtime.outbox(), sending.version()
if outbox is None:
    st.text("The outbox is shown once there is a connection. The reason is shown above.")
else:
    sending.pause()
    summary.news(outbox)
    decisions.problem()
    shown = draft_list.read(outbox)
    if shown is not None:
        summary.line(shown.counts)
        import_list.cards(shown.imports)
        draft_list.cards(shown)
    updates.follow(version, updates.interval(shown))
