"""The coverage line: what the numbers cover, how current they are, and errors of the sync."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zlib import crc32

import streamlit as st

from loop_client import report
from loop_client.query import newer_count, newer_to_answer, newest_time
from loop_client.query.text import item_count
from pages.session import generations, notices, runtime, share_safe, sign_in
from pages.session.state import session

if TYPE_CHECKING:
    from datetime import date

    from loop_client.mirror import Snapshot

WHILE_WALKING, AT_REST = 2.0, 60.0
"""Seconds between two drawings of the line, for a new snapshot during the first walk, then for its times. They never
call the API. What is new is told by `pages.server.news`, or looked for by the script of `browser_history`."""

AS_OF_EVERY = timedelta(minutes=1)
"""Minimum interval between updates of times relative to now."""

TITLE = "Loop feedback"

ANNOUNCED = (
    "The title of this tab counts, in brackets, the new open negative items that the tab does not show yet; the line "
    "at the top offers them. For a chat, let cron post what changed:"
)

POSTED = "python -m loop_client digest --post URL"

NO_ALIASES = "aliases.toml is not used"

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
    """The snapshot that this reader sees until requesting a newer one; during the first walk, the latest.

    A tab that is far behind moves on by itself: its old snapshot takes memory that no other tab shares.
    """
    snapshot = session.pinned
    is_too_old = snapshot is not None and generations.is_too_old(snapshot, runtime.snapshot())
    if snapshot is None or not snapshot.coverage.complete or is_too_old:
        advance()
        snapshot, session.moved_on = session.snapshot, is_too_old
    return snapshot


def advance() -> None:
    """Show this reader the latest snapshot; also a callback."""
    session.as_of = runtime.sync_state().checked_at
    session.moved_on = False
    session.pinned = snapshot = runtime.snapshot()
    generations.show(snapshot)


def show_own_item() -> None:
    """Show this reader the latest snapshot, which has the item that was submitted on this page."""
    drawn = session.snapshot
    advance()
    if session.snapshot is not drawn:
        st.rerun()  # the line was drawn for the snapshot before, and would offer the item as new


def remember_opening(snapshot: Snapshot) -> None:
    """Store, once per tab, the time after which items count as new."""
    if session.newest_at_first is None:
        session.newest_at_first = newest_time(snapshot, runtime.now())


def new_since_opening(snapshot: Snapshot) -> int:
    """The number of items that arrived since the tab was opened."""
    return newer_count(snapshot, session.newest_at_first) if session.newest_at_first is not None else 0


def tab_title() -> str:
    """The title of the browser's tab, with the number of new open negative items that it does not show yet."""
    unseen = _unseen()
    return f"({unseen:,}) {TITLE}" if unseen else TITLE


def _unseen() -> int:
    """The number of new open negative items that the tab does not show yet; 0 while it follows by itself."""
    shown, latest = session.pinned, runtime.snapshot()
    if shown is None or not shown.coverage.complete or shown.change == latest.change:
        return 0
    return newer_to_answer(latest, shown, runtime.now())


def _news(new: int) -> str:
    """What a click shows, in words. `new`: how many more items there are."""
    if new <= 0:
        return "Updated"
    unseen = _unseen()
    return f"{new:,} new, {unseen:,} open negative" if 0 < unseen <= new else f"{new:,} new"


def announced() -> None:
    """Say where new open negative items are announced, and how a chat gets what changed."""
    st.caption(ANNOUNCED)
    st.text(POSTED)


def as_of(shown: Snapshot) -> datetime | None:
    """The time up to which all items are in the snapshot shown; None before the first sync.

    It follows the process's syncs only as long as they bring nothing that is not shown.
    """
    last = session.as_of
    checked_at = runtime.sync_state().checked_at
    is_news = runtime.snapshot().change != shown.change
    # after the clock was set back, a sync can be earlier than the last one shown
    if checked_at and not is_news and (last is None or not timedelta() <= checked_at - last < AS_OF_EVERY):
        last = session.as_of = checked_at
    return last


def now(shown: Snapshot) -> datetime:
    """The reference time of relative times: `as_of`, or the current time before the first sync."""
    return as_of(shown) or runtime.now()


def line(shown: Snapshot) -> None:
    """Draw the line for the snapshot shown; it refreshes itself."""
    every = AT_REST if shown.coverage.complete else WHILE_WALKING
    st.fragment(_freshness, run_every=every, key="freshness")(shown, _state(shown))


def mark() -> int:
    """A number that is another one once the line of some tab would be: all that a tab is told of what is new.

    It is the same in all processes that show the same: a tab's page and what it listens to may be of two of them.
    """
    latest, problem = runtime.snapshot(), runtime.problem()
    aliases, are_clustered = sorted(latest.aliases.items()), runtime.are_clustered()
    shown = latest.change, len(latest.frame), latest.coverage.complete, aliases, are_clustered
    trouble = (str(problem), next_attempt(runtime.next_sync())) if problem else None
    said = shown, runtime.is_connected(), trouble, str(runtime.aliases_problem())
    return crc32(repr(said).encode())  # not `hash`, which differs between processes


def _state(shown: Snapshot) -> tuple[bool, runtime.Clustered]:
    """Whether submissions are possible, and which items say the same."""
    return runtime.is_connected(), runtime.clustered(shown)


def _freshness(shown: Snapshot, drawn: tuple[bool, runtime.Clustered]) -> None:
    """Draw the line. During the first walk, the page follows new snapshots by itself; later, it offers a button."""
    drawn_at, latest, state = mark(), runtime.snapshot(), runtime.sync_state()
    if _state(shown) != drawn or session.pinned is not shown:
        st.rerun()  # for what is known by now, or because the page shows a newer snapshot
    if latest.version != shown.version and (not shown.coverage.complete or generations.is_too_old(shown, latest)):
        st.rerun()
    st.set_page_config(page_title=tab_title())
    error = runtime.problem()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if error is None or shown.coverage.since is not None:
            st.caption(report.coverage_sentence(shown, as_of(shown), state, runtime.now()), width="content")
        if session.moved_on:
            st.caption("This tab was far behind, and now shows the newest items.", width="content")
        is_news = latest.change != shown.change or latest.aliases != shown.aliases
        if is_news and shown.coverage.complete:
            label = f"{_news(len(latest.frame) - len(shown.frame))} · show"
            if st.button(label, icon=":material/refresh:", type="tertiary", key="show_new", on_click=advance):
                st.rerun()
        if runtime.is_connected():
            with st.popover("Details", icon=":material/info:", type="tertiary"):
                _details(shown)
        sign_in.menu()
        if runtime.is_sandbox():
            with st.popover("Sample data", icon=":material/science:", type="tertiary"):
                st.markdown(CONNECT)
        if shown.coverage.complete:
            with st.container(key=f"news-{drawn_at}"):
                st.button("Look for news", key="look")  # pressed by the script of `browser_history`; nobody sees it
    _problems(shown, error)


def _problems(shown: Snapshot, error: Exception | None) -> None:
    """Draw why the data may be out of date, and why alias rules are not used."""
    if sentence := runtime.aliases_problem():
        shown_as = (
            "This tab still uses the rules from before." if shown.aliases else "Each tag is shown as it was sent."
        )
        notices.plain(
            NO_ALIASES, [share_safe.name(sentence), f"{shown_as} Once the file is corrected, it is read again."]
        )
    if error is not None:
        loaded = shown.coverage.since is not None or shown.coverage.complete or len(shown.frame) > 0
        title = "The data shown may be out of date" if loaded else "Nothing could be loaded yet"
        notices.problem(error, title, next_attempt(runtime.next_sync()))


def next_attempt(seconds: float | None) -> str:
    """A sentence about the next sync."""
    if seconds is None:
        return "This setting is read at the start: correct it, then start the dashboard again."
    soon = "in a few seconds" if seconds <= 10 else "within a minute" if seconds <= 60 else f"in {seconds / 60:.0f} min"
    return f"The dashboard tries again {soon}."


def _details(shown: Snapshot) -> None:
    """Draw the Details popover: the state of the sync, and "Check now"."""
    coverage, state, budget = shown.coverage, runtime.sync_state(), runtime.budget()
    zone = shown.zone

    def formatted(moment: datetime | None, form: str = "%-d %b, %H:%M:%S %Z") -> str:
        return zone.formatted(moment, form) if moment else "not known yet"

    facts = {"Statuses": f"as of {formatted(coverage.reconciled_at)}", "Last check": formatted(state.checked_at)}
    facts["All items"] = f"as of {formatted(coverage.walked_at)}; back-dated items appear with the next full scan"
    facts["Time zone"] = zone.name
    if coverage.gaps:
        days = [
            (zone.formatted(since, "%-d %b %Y") if since else "the beginning", zone.formatted(until, "%-d %b %Y"))
            for since, until in coverage.gaps
        ]
        gaps = [f"{first} to {last}" for first, last in days]
        facts["Missing"] = f"{'; '.join(gaps)}; being loaded"
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
    announced()
    if st.button("Check now", icon=":material/sync:"):
        seconds = runtime.check_now()
        st.toast("Checking for new items." if seconds == 0 else next_attempt(seconds))


def searched(shown: Snapshot, first_day: date | None) -> str:
    """How far back a search reached, in words. `first_day`: of the question."""
    since, start = shown.coverage.since, shown.zone.start(first_day) if first_day else None
    if since is None and not shown.coverage.complete:
        return "searched what is loaded so far"
    limits = [limit for limit in (since, start) if limit]
    if not limits:
        return "searched all items"
    return f"searched back to {shown.zone.formatted(max(limits), '%-d %b %Y')}"
