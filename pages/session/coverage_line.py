"""The quiet line that says what the numbers cover, how fresh they are, and what is wrong."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import streamlit as st

from loop_client import report
from loop_client.query import newer_count, newest_time
from loop_client.query.text import item_count
from pages.session import generations, notices, runtime, share_safe
from pages.session.state import session

if TYPE_CHECKING:
    from datetime import date

    from loop_client.mirror import Snapshot

WHILE_WALKING, AT_REST = 2.0, 10.0
"""Seconds between two looks at the snapshot's version. A look asks this process, never the API."""

AS_OF_EVERY = timedelta(minutes=1)
"""Time after which what is told relative to now goes along, at the earliest."""

CONNECT = """
These are sample items from a local sandbox that keeps the rules of the Loop API.

To read your account, stop the dashboard and start it with your key, best one of its own:

```text
LOOP_API_KEY=… make run
```

or put it into `.streamlit/secrets.toml`:

```text
[loop]
api_key = "…"
```
"""


def pinned() -> Snapshot:
    """The snapshot that this reader sees until asking for the next; while the first walk goes on, the latest.

    A tab that is far behind goes on by itself: what it shows takes memory that no other tab shares.
    """
    held = session.pinned
    is_too_old = held is not None and generations.is_too_old(held, runtime.snapshot())
    if held is None or not held.coverage.complete or is_too_old:
        advance()
        held, session.moved_on = session.snapshot, is_too_old
    return held


def advance() -> None:
    """Let this reader see the latest snapshot; a callback too."""
    session.as_of = runtime.sync_state().checked_at
    session.moved_on = False
    session.pinned = snapshot = runtime.snapshot()
    generations.show(snapshot)


def remember_opening(snapshot: Snapshot) -> None:
    """Note, once a tab, what was there when it was opened."""
    if session.newest_at_first is None:
        session.newest_at_first = newest_time(snapshot, runtime.now())


def new_since_opening(snapshot: Snapshot) -> int:
    """How many items have come since the tab was opened."""
    return newer_count(snapshot, session.newest_at_first) if session.newest_at_first is not None else 0


def as_of(shown: Snapshot) -> datetime | None:
    """Every item created before is in what this reader is shown; None before the first look.

    It goes along with the process's looks only while they bring nothing that is not shown.
    """
    held = session.as_of
    looked = runtime.sync_state().checked_at
    is_news = runtime.snapshot().change != shown.change
    # a clock that was set back has looks before the last one shown
    if looked and not is_news and (held is None or not timedelta() <= looked - held < AS_OF_EVERY):
        held = session.as_of = looked
    return held


def now(shown: Snapshot) -> datetime:
    """The moment that numbers relative to now are told at: `as_of`, and before the first look the time that it is."""
    return as_of(shown) or runtime.now()


def line(shown: Snapshot) -> None:
    """Draw the line for the snapshot that the page shows; it redraws itself."""
    every = AT_REST if shown.coverage.complete else WHILE_WALKING
    st.fragment(_freshness, run_every=every, key="freshness")(shown, connected=runtime.is_connected())


def _freshness(shown: Snapshot, *, connected: bool) -> None:
    """Coverage in words; while the first walk goes on, the page follows it, afterwards it asks first."""
    latest, state = runtime.snapshot(), runtime.sync_state()
    if runtime.is_connected() != connected:
        st.rerun()  # the start has been tried again: there is somebody to submit to
    if latest.version != shown.version and (not shown.coverage.complete or generations.is_too_old(shown, latest)):
        st.rerun()
    error = runtime.problem()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if error is None or shown.coverage.since is not None:
            st.caption(report.coverage_sentence(shown, as_of(shown), state, runtime.now()), width="content")
        if session.moved_on:
            st.caption("This tab was far behind, and now shows the newest items.", width="content")
        if latest.change != shown.change and shown.coverage.complete:
            new = len(latest.frame) - len(shown.frame)
            label = f"{new:,} new" if new > 0 else "Updated"
            if st.button(
                f"{label} · show", icon=":material/refresh:", type="tertiary", key="show_new", on_click=advance
            ):
                st.rerun()
        if runtime.is_connected():
            with st.popover("Details", icon=":material/info:", type="tertiary"):
                _details(shown)
        if runtime.is_sandbox():
            with st.popover("Sample data", icon=":material/science:", type="tertiary"):
                st.markdown(CONNECT)
    if error is not None:
        loaded = shown.coverage.since is not None or shown.coverage.complete or len(shown.frame) > 0
        title = "What is shown may be out of date" if loaded else "Nothing could be loaded yet"
        notices.problem(error, title, next_attempt(runtime.next_look()))


def next_attempt(seconds: float | None) -> str:
    """When the dashboard asks Loop again, in words."""
    if seconds is None:
        return "This setting is read at the start: correct it, then start the dashboard again."
    soon = "in a few seconds" if seconds <= 10 else "within a minute" if seconds <= 60 else f"in {seconds / 60:.0f} min"
    return f"The dashboard tries again {soon}."


def _details(shown: Snapshot) -> None:
    """What stands behind the line, and a way to look again at once."""
    coverage, state, budget = shown.coverage, runtime.sync_state(), runtime.budget()
    zone = shown.zone

    def formatted(moment: datetime | None, form: str = "%-d %b, %H:%M:%S %Z") -> str:
        return zone.formatted(moment, form) if moment else "not known yet"

    facts = {"Statuses": f"as of {formatted(coverage.reconciled_at)}", "Last look": formatted(state.checked_at)}
    facts["All items"] = f"as of {formatted(coverage.walked_at)}; back-dated items appear with the next complete walk"
    facts["Time zone"] = zone.name
    if coverage.gaps:
        days = [
            (zone.formatted(since, "%-d %b %Y") if since else "the beginning", zone.formatted(until, "%-d %b %Y"))
            for since, until in coverage.gaps
        ]
        gaps = [f"{first} to {last}" for first, last in days]
        facts["Missing"] = f"{'; '.join(gaps)}; on its way"
    if budget is not None:
        facts["API calls"] = (
            f"{budget.last_minute()} of {budget.per_minute:.0f} in the last minute, {budget.used:,} since the start"
        )
    facts["Retries"] = f"{state.retries:,} since the start"
    facts["Set aside"] = f"{item_count(coverage.rejected)} that could not be read"
    facts["Last error"] = share_safe.name(str(state.last_error or "none"))
    notices.facts(facts)
    for reason in state.rejections[-5:]:
        st.text(reason)
    if st.button("Check now", icon=":material/sync:"):
        seconds = runtime.check_now()
        st.toast("Looking for new items." if seconds == 0 else next_attempt(seconds))


def searched(shown: Snapshot, first_day: date | None) -> str:
    """How far back a search went. `first_day`: of the window that was asked for."""
    since, start = shown.coverage.since, shown.zone.start(first_day) if first_day else None
    if since is None and not shown.coverage.complete:
        return "searched what is loaded so far"
    limits = [limit for limit in (since, start) if limit]
    if not limits:
        return "searched all items"
    return f"searched back to {shown.zone.formatted(max(limits), '%-d %b %Y')}"
