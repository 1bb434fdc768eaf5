"""Our pages in the benchmarks: with a snapshot in memory, timed without Streamlit's work around them."""

from __future__ import annotations

import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import streamlit as st
from streamlit.runtime.scriptrunner import script_runner
from streamlit.testing.v1 import AppTest

from loop_client.mirror import Snapshot
from loop_client.query import ALL_TIME, offered
from pages.session import runtime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parent
FRAME = HERE.parents[1] / "pages" / "frame.py"
ORDINARY = HERE / "ordinary.py"

CHOICES: tuple[list[str], ...] = (["negative"], ["positive"], ["negative", "neutral"], [])
"""The sentiments that are chosen in turn."""

HELD = Snapshot()
"""The snapshot that every page shows."""

SECONDS: list[float] = []
"""The seconds of each run of a script."""


@contextmanager
def showing(snapshot: Snapshot) -> Iterator[None]:
    """Let every page show this snapshot, and what replaces it in `HELD`."""
    global HELD  # noqa: PLW0603 - the scripts read it
    HELD = snapshot
    st.cache_data.clear()  # for the ordinary dashboard, which identifies an account by its size
    offered(snapshot)
    with mock.patch.object(runtime, "snapshot", _held):
        yield


def _held() -> Snapshot:
    return HELD


def people(snapshot: Snapshot) -> list[str]:
    """The people that the filter offers, most frequent first."""
    return offered(snapshot)["user"]


@contextmanager
def timed(clock: Callable[[], float] = time.process_time) -> Iterator[None]:
    """Record in `SECONDS` the processor time, or another clock's, of each run of a script."""
    name = "exec_func_with_error_handling"
    execute = getattr(script_runner, name)

    def noted(*given: Any) -> Any:  # noqa: ANN401 - passed on
        started = clock()
        result = execute(*given)
        SECONDS.append(clock() - started)
        return result

    with mock.patch.object(script_runner, name, noted):
        yield


def opened(script: Path = FRAME, **query: str) -> AppTest:
    """A viewer of the overview, drawn once. `query`: of its link; by default all time."""
    app = AppTest.from_file(script, default_timeout=300)
    app.query_params.update(query or {"last": ALL_TIME})  # the items are older than the overview's first period
    app.run()
    assert not app.exception, app.exception
    return app


def chosen(app: AppTest, **values: list[str]) -> float:
    """Seconds of the script after a viewer chose these values of these filters at once."""
    for name, value in values.items():
        app.multiselect(key=name).set_value(value)
    return ran(app)


def ran(app: AppTest) -> float:
    """Seconds until the page is complete."""
    SECONDS.clear()
    app.run()
    assert not app.exception, app.exception
    return sum(SECONDS)
