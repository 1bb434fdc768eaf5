"""The line that describes the coverage."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from streamlit.testing.v1 import AppTest

from loop_client import LoopError, Progress
from loop_client.mirror import Coverage, Snapshot, SyncState
from loop_client.report import coverage_sentence as sentence
from pages.session import coverage_line, generations, runtime
from tests.frames import item, items_frame, snapshot_of
from tests.pages.conftest import number, page, texts
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandboxes import RunningSandbox

ROOT = Path(__file__).parents[3]
MOMENT = datetime(2026, 8, 3, 14, 2, 11, tzinfo=UTC)


def test_before_the_first_page_nothing_is_claimed() -> None:
    """An empty snapshot without coverage is described as loading, not as empty."""
    assert sentence(Snapshot(), None) == "Loading the first items…"


def test_a_part_is_called_a_part() -> None:
    """During the walk the line says "so far", back to when, and how long it pauses."""
    snapshot = snapshot_of(items_frame([item()]), Coverage(since=MOMENT))
    progress = Progress(pages=7, requests=9, items=700, oldest=MOMENT, waiting=41.6)

    assert sentence(snapshot, None, SyncState(progress=progress)) == (
        "1 item so far · loading, back to 3 Aug 2026 · page 7 · retrying in 42 s"
    )


def test_complete_coverage_has_its_times() -> None:
    """A complete snapshot is described by how far back it is complete, its time, and items set aside."""
    coverage = Coverage(complete=True, since=MOMENT, reconciled_at=MOMENT, rejected=2)
    snapshot = snapshot_of(items_frame([item(1), item(2)]), coverage)

    assert sentence(snapshot, MOMENT) == (
        "2 items · complete back to 3 Aug 2026 · 2 could not be read and are not counted · new as of "
        "3 Aug 2026, 14:02 UTC · statuses as of 3 Aug 2026, 14:02 UTC"
    )


def test_complete_coverage_has_the_time_of_the_full_scan() -> None:
    """The line has the time of the last full scan, after which back-dated items are missing."""
    coverage = Coverage(complete=True, since=MOMENT, reconciled_at=MOMENT, walked_at=MOMENT - timedelta(hours=20))
    snapshot = snapshot_of(items_frame([item(1), item(2)]), coverage)

    assert sentence(snapshot, MOMENT, now=MOMENT).endswith(
        "new as of 14:02 UTC · statuses as of 14:02 UTC · all items as of 2 Aug 2026, 18:02 UTC"
    )


def test_one_that_could_not_be_read_is_one() -> None:
    """One unreadable item is described in the singular."""
    snapshot = snapshot_of(items_frame([item()]), Coverage(complete=True, rejected=1))

    assert sentence(snapshot, None) == "1 item · 1 could not be read and is not counted"


def details(coverage: Coverage) -> list[str]:
    """The details of the coverage."""

    def script() -> None:
        import streamlit as st  # noqa: PLC0415 - a script of its own

        from pages.session import coverage_line  # noqa: PLC0415

        coverage_line._details(st.session_state["shown"])  # noqa: SLF001

    app = AppTest.from_function(script)
    app.session_state["shown"] = Snapshot(coverage=coverage)
    app.run()
    assert not app.exception
    return texts(app)


@pytest.mark.parametrize(("rejected", "items"), [(1, "1 item that"), (2, "2 items that"), (0, "0 items that")])
def test_the_details_count_what_was_set_aside(rejected: int, items: str) -> None:
    """The details count the items set aside, with a singular for one."""
    assert any(f"{items} could not be read" in text for text in details(Coverage(complete=True, rejected=rejected)))


def test_the_details_say_when_an_item_that_is_dated_back_comes() -> None:
    """The details explain that back-dated items arrive with the next full scan, and when the last one was."""
    shown_details = details(Coverage(complete=True, walked_at=MOMENT))

    assert "as of 3 Aug, 14:02:11 UTC; back-dated items appear with the next full scan" in shown_details


def test_a_search_of_an_empty_account_is_over() -> None:
    """In a complete, empty account a search is not described as still loading."""
    complete = snapshot_of(items_frame(()), Coverage(complete=True))

    assert coverage_line.searched(complete, None) == "searched all items"
    assert coverage_line.searched(complete, date(2026, 8, 9)) == "searched back to 9 Aug 2026"


def test_what_is_not_shown_yet_is_not_claimed(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """The line has the time of the last look, unless its new items are not shown yet."""
    connect(small)
    app = page()
    an_hour_ago = app.session_state["as_of"] - timedelta(hours=1)
    app.session_state["as_of"] = an_hour_ago
    assert app.run().session_state["as_of"] > an_hour_ago

    app.session_state["as_of"] = app.session_state["as_of"] + timedelta(days=9 * 365)  # from a wrong clock
    assert app.run().session_state["as_of"] < an_hour_ago + timedelta(days=1)

    app.session_state["as_of"] = an_hour_ago
    runtime.submit("token", runtime.Draft("u_9", "News"))
    until(lambda: len(runtime.snapshot().frame) == 6)
    assert app.run().session_state["as_of"] == an_hour_ago

    app.button(key="show_new").click().run()
    assert app.session_state["as_of"] > an_hour_ago


@pytest.mark.parametrize(
    ("sentiment", "label"), [("negative", "1 new, 1 open negative · show"), ("positive", "1 new · show")]
)
def test_the_line_says_how_many_new_items_are_open_and_negative(
    small: RunningSandbox, connect: Callable[..., None], sentiment: str, label: str
) -> None:
    """The offer of new items counts the open negative ones among them, as the tab's title does."""
    connect(small)
    app = page()
    runtime.submit("token", runtime.Draft("u_9", "News", sentiment))
    until(lambda: len(runtime.snapshot().frame) == 6)
    app.run()

    assert app.button(key="show_new").label == label


def test_a_reader_learns_where_new_negative_items_are_announced(
    small: RunningSandbox, connect: Callable[..., None]
) -> None:
    """The details, and the empty view of new items, say what the title counts and how to be told elsewhere."""
    connect(small)

    apps = [page("inbox", view=view) for view in ("all", "new")]

    assert [texts(app).count(coverage_line.ANNOUNCED) for app in apps] == [1, 2]
    assert [texts(app).count(coverage_line.POSTED) for app in apps] == [1, 2]


def test_a_line_that_was_drawn_for_an_older_snapshot_is_drawn_again() -> None:
    """It refreshes itself alone, and would go on offering as new what the page shows by now."""

    def script() -> None:
        import streamlit as st  # noqa: PLC0415 - a script of its own

        from pages.session import coverage_line  # noqa: PLC0415

        session = st.session_state
        session["runs"] = session.get("runs", 0) + 1
        session["snapshot"] = session["new"]
        snapshot = session["old" if session["runs"] == 1 else "new"]
        coverage_line._freshness(snapshot, coverage_line._state(snapshot))  # noqa: SLF001

    app = AppTest.from_function(script)
    app.session_state["old"], app.session_state["new"] = Snapshot(), Snapshot()
    app.run()

    assert not app.exception
    assert app.session_state["runs"] == 2


def test_tabs_are_told_of_all_that_changes_their_line(
    small: RunningSandbox, connect: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The number that tabs are told changes with a new item, and with a problem that begins, changes or ends."""
    connect(small)
    before = coverage_line.mark()
    assert coverage_line.mark() == before

    runtime.submit("token", runtime.Draft("u_9", "News"))
    until(lambda: len(runtime.snapshot().frame) == 6)
    arrived = coverage_line.mark()
    assert arrived != before

    monkeypatch.setattr(runtime, "next_sync", lambda: 50.0)
    marks = [arrived]
    for problem in ("Loop does not answer.", "Loop rejected the key."):
        monkeypatch.setattr(runtime, "problem", lambda problem=problem: LoopError(problem))
        marks.append(coverage_line.mark())
        assert coverage_line.mark() == marks[-1]
    monkeypatch.setattr(runtime, "next_sync", lambda: 5.0)
    marks.append(coverage_line.mark())
    assert len(set(marks)) == 4

    monkeypatch.setattr(runtime, "problem", lambda: None)
    assert coverage_line.mark() == arrived


def test_all_processes_tell_the_same_number_of_the_same_line() -> None:
    """A tab's page may be of one process and its news of another; each Python hashes strings in its own way."""
    code = "from pages.session import coverage_line; print(coverage_line.mark())"
    environments = ({**os.environ, "PYTHONHASHSEED": seed} for seed in "12")
    told = [subprocess.check_output([sys.executable, "-c", code], env=one, cwd=ROOT) for one in environments]
    assert told[0].strip().isdigit()
    assert told[0] == told[1]


def test_tabs_show_a_bounded_number_of_old_snapshots(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """Tabs far behind switch to the current snapshot at their next run, and say so."""
    connect(small)
    connection = runtime.SERVICE.connection  # new items without waiting for a sync
    assert connection is not None
    tabs = []
    for place in range(generations.MOST + 4):
        tabs.append(page())
        connection.account.loop.feedback.create(user={"id": "u_9"}, message=f"News {place}")
        connection.account.mirror.sync()
    for tab in tabs:
        tab.run()

    assert len({tab.session_state["snapshot"].change for tab in tabs}) == generations.MOST + 1
    assert "This tab was far behind, and now shows the newest items." in texts(tabs[0])
    assert number(tabs[0], "Items") == str(5 + len(tabs))
    assert number(tabs[-1], "Items") == str(5 + len(tabs) - 1)
    assert not any("far behind" in text for text in texts(tabs[-1]))
