"""What a rerun of the overview costs as the account grows: ours, the ordinary dashboard, and the floor.

`python -m tests.benchmarks.rerun [--sizes 10000 100000 1000000]` runs the scripts through Streamlit's own test runner,
changes a filter, and prints the script's time and the bytes that go to the browser. The floor is our page with its
numbers computed beforehand: the same elements, nothing counted.
"""

# ruff: noqa: T201 - a command prints
from __future__ import annotations

import argparse
import gc
import statistics
import time
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import altair as alt
import numpy as np
import pandas as pd
from streamlit.runtime.scriptrunner import script_runner
from streamlit.testing.v1 import AppTest

from loop_client import report
from loop_client.mirror import Snapshot
from pages.shared import data
from pages.shared.filters import Filters, offered
from tests.benchmarks import generated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parent
FRAME = HERE.parents[1] / "pages" / "frame.py"
CHOICES: tuple[list[str], ...] = (["negative"], ["positive"], ["negative", "neutral"], [])
HELD = Snapshot()
SECONDS: list[float] = []


@contextmanager
def timed() -> Iterator[None]:
    """Note how long each run of a script takes, without what Streamlit does around it."""
    name = "exec_func_with_error_handling"
    execute = getattr(script_runner, name)

    def noted(*given: Any) -> Any:  # noqa: ANN401 - passed on
        started = time.perf_counter()
        result = execute(*given)
        SECONDS.append(time.perf_counter() - started)
        return result

    with mock.patch.object(script_runner, name, noted):
        yield


@contextmanager
def computed_before() -> Iterator[None]:
    """Nothing is counted: the page's numbers are what they were the last time for the same filters."""
    names = (
        "totals",
        "sentiments_in",
        "bucket_for",
        "sparklines",
        "volume",
        "counts_by",
        "labels",
        "tag_weeks",
        "ages",
    )
    with ExitStack() as stack:
        for name in ("cells", "rows"):
            stack.enter_context(mock.patch.object(Filters, name, _kept(getattr(Filters, name))))
        for name in names:
            stack.enter_context(mock.patch.object(report, name, _kept(getattr(report, name))))
        yield


def _kept(function: Callable[..., Any]) -> Callable[..., Any]:
    kept: dict[Any, Any] = {}

    def again(*given: Any) -> Any:  # noqa: ANN401 - passed on
        key = tuple(_named(one) for one in given)
        if key not in kept:
            kept[key] = function(*given)
        return kept[key]

    return again


def _named(value: Any) -> Any:  # noqa: ANN401 - an argument
    """What tells an argument from others; the time that it is does not."""
    if isinstance(value, datetime):
        return None
    if isinstance(value, np.ndarray):
        return value.ctypes.data, value.shape
    return id(value) if hasattr(value, "columns") or hasattr(value, "dtype") else value


def run(script: Path, rounds: int) -> tuple[float, float]:
    """Median seconds of the script after a filter change, and bytes to the browser."""
    app = AppTest.from_file(script, default_timeout=120)
    app.run()
    for choice in CHOICES:
        app.multiselect(key="sentiment").set_value(choice).run()
    gc.collect()
    gc.freeze()
    SECONDS.clear()
    sizes = []
    for number in range(rounds):
        app.multiselect(key="sentiment").set_value(CHOICES[number % len(CHOICES)]).run()
        assert not app.exception, app.exception
        sizes.append(_bytes(app))
    return statistics.median(SECONDS), statistics.median(sizes)


def _bytes(app: AppTest) -> int:
    return sum(element.proto.ByteSize() for element in app.main if hasattr(element, "proto") and element.proto)


def measure(size: int, rounds: int) -> dict[str, tuple[float, float]]:
    """Script → seconds and bytes."""
    global HELD  # noqa: PLW0603 - the scripts read it
    HELD = generated.snapshot(size)
    offered(HELD)
    with mock.patch.object(data, "snapshot", return_value=HELD), timed():
        ours = run(FRAME, rounds)
        with computed_before():
            floor = run(FRAME, rounds)
        ordinary = run(HERE / "ordinary.py", max(4, rounds // 4))
    return {"ours": ours, "floor": floor, "ordinary": ordinary}


def draw(measured: dict[int, dict[str, tuple[float, float]]], path: str) -> None:
    """Time against items, both growing tenfold from line to line."""
    rows = [
        {"items": size, "ms": 1000 * times[name][0], "page": name} for size, times in measured.items() for name in times
    ]
    scale, names = alt.Scale(type="log"), ["ordinary", "ours", "floor"]
    colours = alt.Scale(domain=names, range=["#CC3E30", "#3D94D6", "#7D8694"])
    lines = alt.Chart(pd.DataFrame(rows)).mark_line(point=True)
    lines.encode(
        x=alt.X("items:Q", scale=scale, title="items held", axis=alt.Axis(values=list(measured), format=",")),
        y=alt.Y("ms:Q", scale=scale, title="milliseconds a rerun"),
        color=alt.Color("page:N", scale=colours, title=None),
    ).properties(width=520, height=260, background="white").save(path)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=24)
    parser.add_argument("--chart", help="where to draw the growth, as in docs/growth.svg")
    options = parser.parse_args()
    measured = {size: measure(size, options.rounds) for size in options.sizes}
    print("items      ours ms  floor ms  ordinary ms  ours/floor  ordinary/ours  bytes ours/floor")
    for size, times in measured.items():
        ours, floor, ordinary = (1000 * times[name][0] for name in ("ours", "floor", "ordinary"))
        size_ratio = times["ours"][1] / times["floor"][1]
        print(f"{size:>9,}  {ours:7.1f}  {floor:8.1f}  {ordinary:11.1f}", end="")
        print(f"  {ours / floor:10.2f}  {ordinary / ours:13.1f}  {size_ratio:16.2f}")
    if options.chart:
        draw(measured, options.chart)
    first, last = (measured[size]["ours"][0] for size in (options.sizes[0], options.sizes[-1]))
    print(f"growth of ours from {options.sizes[0]:,} to {options.sizes[-1]:,} items: {last / first:.2f}")


if __name__ == "__main__":
    from tests.benchmarks import rerun  # the same module as the scripts import

    rerun.main()
