"""The quiet line that says what the numbers cover, how fresh they are, and what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.shared import data, notices

if TYPE_CHECKING:
    from datetime import datetime

    from loop_client.mirror import Snapshot, SyncState

WHILE_WALKING, AT_REST = 2.0, 10.0
"""Seconds between two looks at the snapshot's version. A look asks this process, never the API."""

CONNECT = """
These are sample items from a local sandbox that keeps the rules of the Loop API.

To read your account, stop the dashboard and start it with your key, best one of its own:

```sh
LOOP_API_KEY=… make run
```

or put it into `.streamlit/secrets.toml`:

```toml
[loop]
api_key = "…"
```
"""


def line(shown: Snapshot) -> None:
    """Draw the line for the snapshot that the page shows; it redraws itself."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        every = AT_REST if shown.coverage.complete else WHILE_WALKING
        st.fragment(_freshness, run_every=every, key="freshness")(shown)
        if data.is_sandbox():
            with st.popover("Sample data", icon=":material/science:", type="tertiary"):
                st.markdown(CONNECT)


def _freshness(shown: Snapshot) -> None:
    """Coverage in words; while the first walk goes on, the page follows it, afterwards it asks first."""
    latest, state = data.snapshot(), data.sync_state()
    if latest.version != shown.version and not shown.coverage.complete:
        st.rerun()
    error = data.problem()
    if error is None or shown.coverage.since is not None:
        st.caption(sentence(shown, state))
    if latest.version != shown.version:
        new = len(latest.frame) - len(shown.frame)
        label = f"{new:,} new" if new > 0 else "Updated"
        if st.button(f"{label} · show", icon=":material/refresh:", type="tertiary", key="show_new"):
            st.rerun()
    if error is not None:
        notices.problem(error)


def sentence(shown: Snapshot, state: SyncState) -> str:
    """What is held, back to when, as of when."""
    coverage, held = shown.coverage, len(shown.frame)
    if coverage.since is None and not coverage.complete:
        return "Loading the first items…"
    parts = [f"{held:,} items" if held != 1 else "1 item"]
    if not coverage.complete:
        parts[0] += " so far"
        parts.append(f"loading, back to {day(coverage.since)}")
        if state.progress:
            parts.append(f"page {state.progress.pages:,}")
    elif coverage.since is not None:
        parts.append(f"complete back to {day(coverage.since)}")
    if coverage.rejected:
        parts.append(f"{coverage.rejected:,} could not be read and are not counted")
    if state.progress and state.progress.waiting >= 1:
        parts.append(f"waiting {state.progress.waiting:.0f} s to ask again")
    if state.checked_at:
        parts.append(f"new as of {state.checked_at:%H:%M:%S}")
    if coverage.reconciled_at:
        parts.append(f"statuses as of {coverage.reconciled_at:%H:%M} UTC")
    return " · ".join(parts)


def day(moment: datetime | None) -> str:
    """A date as people write it."""
    return f"{moment:%-d %b %Y}" if moment else "?"
