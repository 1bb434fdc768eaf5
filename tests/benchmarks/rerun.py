"""Measure a rerun of a page as the account grows: ours, the floor, and the ordinary dashboard.

`python -m tests.benchmarks.rerun [--sizes 10000 100000 1000000] [--news] [--unseen] [--wide] [--others]` runs the
scripts through Streamlit's own test runner and prints the processor time of the script after a change of the filter.
The floor is Streamlit's calls alone: the elements of our page from constants, see `floor`. Choices are four that were
seen before; with `--unseen` also unseen ones, with `--news` also the first rerun after 100 new items arrived, with
`--wide` also an account of three years, 200 tags and 12 sources, and with `--others` also Inbox, Changes, People and a
digest.
"""

from __future__ import annotations

import argparse
import gc
import logging
import statistics
import time
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle, islice, product
from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from loop_client.mirror.moments import moment_of
from loop_client.query import ALL_TIME, Filters
from loop_client.report import compared_periods
from loop_client.report.changes import Selection, changes, may_be_compared
from loop_client.report.clusters import Clustered
from loop_client.report.digest import Shown, digest_of, written
from loop_client.report.export import About
from tests.benchmarks import floor, generated, page
from tests.benchmarks.table import Bound, least_in_turns, ratio, show

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from streamlit.testing.v1 import AppTest

    from tests.benchmarks.generated import Spread

TURNS = 6

OTHERS: dict[str, dict[str, str]] = {
    "inbox": {"last": ALL_TIME, "view": "all"},
    "changes": {"since": f"{generated.LAST_DAY - timedelta(days=29)}", "until": f"{generated.LAST_DAY}"},
    "people": {"last": ALL_TIME},
}
"""Page → parameters of its link: Changes compares the last 30 days of the generated items."""


@dataclass(frozen=True, slots=True)
class Options:
    """What is measured, and how often: `rounds` changes in each of the turns."""

    rounds: int
    news: bool
    unseen: bool


def measure(size: int, spread: Spread, options: Options) -> tuple[dict[str, float], dict[str, int]]:
    """The seconds per page or kind of change, and the bytes sent to the browser."""
    with page.showing(generated.snapshot(size, spread)), page.timed():
        ours = page.opened()
        floor.record(ours, [tuple(choice) for choice in page.CHOICES])
        apps = {"ours": ours, "floor": page.opened(floor.SCRIPT), "ordinary": page.opened(page.ORDINARY)}
        works = {name: _changes(apps[name], options.rounds) for name in ("ours", "floor")}
        works["ordinary"] = _changes(apps["ordinary"], 2, before=())  # it caches nothing
        if options.unseen:
            works["unseen"] = _unseen(page.opened(), spread, options.rounds)
        if options.news:
            works["news"] = _new_items(page.opened(), options.rounds)
        gc.collect()
        gc.freeze()
        return least_in_turns(works, TURNS), {name: _bytes(app) for name, app in apps.items()}


def measure_page(name: str, size: int, options: Options) -> tuple[dict[str, float], dict[str, int]]:
    """The seconds of another page with all items, and of its floor; and the bytes sent to the browser."""
    with page.showing(generated.snapshot(size)), page.timed():
        ours = page.opened(page.FRAME, **OTHERS[name]).switch_page(f"{name}.py").run()
        assert not ours.exception, ours.exception
        assert name != "changes" or is_compared(ours), "Changes compares nothing"
        floor.record(ours, [tuple(choice) for choice in page.CHOICES])
        apps = {"ours": ours, "floor": page.opened(floor.SCRIPT)}
        gc.collect()
        gc.freeze()
        works = {name: _changes(app, options.rounds) for name, app in apps.items()}
        return least_in_turns(works, TURNS), {name: _bytes(app) for name, app in apps.items()}


def is_compared(app: AppTest) -> bool:
    """Whether the page Changes really compares two periods."""
    return any(", compared with " in one.value for one in app.caption)


def digest_seconds(size: int, spread: Spread) -> float:
    """The processor time of a digest of the last 30 days as HTML, the least of three."""
    snapshot = generated.snapshot(size, spread)
    now = moment_of(generated.NEWEST) + timedelta(seconds=1)
    both = compared_periods((generated.LAST_DAY - timedelta(days=29), None), now, snapshot.zone)
    assert both is not None
    seconds = []
    for _ in range(3):
        selection, started = Selection(snapshot, Filters()), time.process_time()
        clustered = Clustered.of(snapshot.frame) if may_be_compared(selection, both) else None
        made = digest_of(changes(selection, both, now, clustered), Shown(selection), About(made_at=now))
        written(made, "html")
        seconds.append(time.process_time() - started)
        assert made.before, "the digest compares nothing"
    return min(seconds)


def _changes(app: AppTest, rounds: int, before: Sequence[list[str]] = page.CHOICES) -> Callable[[], float]:
    """A turn with choices seen `before`: median seconds."""

    def turn() -> float:
        for choice in before:  # a new snapshot makes them unseen
            page.chosen(app, sentiment=choice)
        return statistics.median(page.chosen(app, sentiment=one) for one in islice(cycle(page.CHOICES), rounds))

    return turn


def _unseen(app: AppTest, spread: Spread, rounds: int) -> Callable[[], float]:
    """A turn with unseen choices: a tag and a source."""
    pairs = product(range(spread.tags), range(spread.sources))
    return lambda: statistics.median(
        page.chosen(app, tag=[f"tag-{tag}"], source=[f"source-{source}"]) for tag, source in islice(pairs, rounds)
    )


def _new_items(app: AppTest, rounds: int) -> Callable[[], float]:
    """A turn in which each change follows a new snapshot that the viewer requests."""

    def seconds() -> Iterator[float]:
        for _ in range(min(rounds, 4)):
            page.HELD = generated.after(page.HELD)
            app.run()  # the line now offers the new items
            app.button(key="show_new").click()
            yield page.ran(app)

    return lambda: statistics.median(seconds())


def _bytes(app: AppTest) -> int:
    return sum(element.proto.ByteSize() for element in app.main if hasattr(element, "proto") and element.proto)


KINDS = {"ours": "seen before", "unseen": "not seen before", "news": "after news"}


def rows(name: str, seconds: dict[str, float], sizes: dict[str, int]) -> list[list[str]]:
    """A row for each kind of change."""
    shown = []
    for kind, label in KINDS.items():
        if kind in seconds:
            times = [f"{1000 * seconds[one]:.1f}" if one in seconds else "" for one in (kind, "floor", "ordinary")]
            to_ordinary = ratio(seconds["ordinary"] / seconds[kind]) if "ordinary" in seconds else ""
            kilobytes = [f"{sizes[one] / 1000:,.0f}" if one in sizes else "" for one in ("ours", "ordinary")]
            sent = kilobytes if kind == "ours" else ["", ""]
            shown.append([f"{name}, {label}", *times, ratio(seconds[kind] / seconds["floor"]), to_ordinary, *sent])
    return shown


def show_digests(size: int) -> None:
    """Print how long a digest takes."""
    accounts = {f"{size:,} items": generated.USUAL, f"{size:,} items, wide": generated.WIDE}
    seconds = {name: digest_seconds(size, spread) for name, spread in accounts.items()}
    table = [[name, f"{one:.2f}", Bound(most=3).judged(one)] for name, one in seconds.items()]
    show("Processor time of a digest of 30 days, the least of three.", ["of what", "s", "to hold"], table)


def draw(measured: dict[int, dict[str, float]], path: str) -> None:
    """Draw time against items, on axes that grow tenfold."""
    names = ["ordinary", "ours", "floor"]
    points = [
        {"items": size, "ms": 1000 * times[name], "page": name} for size, times in measured.items() for name in names
    ]
    scale = alt.Scale(type="log")
    colours = alt.Scale(domain=names, range=["#CC3E30", "#3D94D6", "#7D8694"])
    lines = alt.Chart(pd.DataFrame(points)).mark_line(point=True)
    lines.encode(
        x=alt.X("items:Q", scale=scale, title="items held", axis=alt.Axis(values=list(measured), format=",")),
        y=alt.Y("ms:Q", scale=scale, title="milliseconds a rerun"),
        color=alt.Color("page:N", scale=colours, title=None),
    ).properties(width=520, height=260, background="white").save(path)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=8, help="changes in each of six turns")
    parser.add_argument("--news", action="store_true", help="also the first rerun after a new snapshot")
    parser.add_argument("--unseen", action="store_true", help="also choices that nobody has seen")
    parser.add_argument("--wide", action="store_true", help="also the largest size over 3 years, 200 tags, 12 sources")
    parser.add_argument("--others", action="store_true", help="also Inbox, Changes and People with the largest size")
    parser.add_argument("--chart", help="where to draw the growth, as in docs/growth.svg")
    given = parser.parse_args()
    logging.disable(logging.WARNING)
    options = Options(given.rounds, news=given.news, unseen=given.unseen)
    measured, table = dict[int, dict[str, float]](), list[list[str]]()
    for size in given.sizes:
        measured[size], sizes = measure(size, generated.USUAL, options)
        table += rows(f"{size:,} items", measured[size], sizes)
    if given.wide:
        table += rows(f"{given.sizes[-1]:,} items, wide", *measure(given.sizes[-1], generated.WIDE, options))
    for name in OTHERS if given.others else ():
        table += rows(f"{name.title()}, {given.sizes[-1]:,} items", *measure_page(name, given.sizes[-1], options))
    header = [
        "choices",
        "ours ms",
        "floor ms",
        "ordinary ms",
        "ours / floor",
        "ordinary / ours",
        "ours kB",
        "ordinary kB",
    ]
    show(
        f"Processor time of the script after a change of the filter, least of {TURNS} turns, and what a page sends.",
        header,
        table,
    )
    first, last = (measured[size]["ours"] / measured[size]["floor"] for size in (given.sizes[0], given.sizes[-1]))
    name = f"ours / floor, from {given.sizes[0]:,} to {given.sizes[-1]:,} items"
    row = [name, ratio(last / first), Bound(most=2).judged(last / first)]
    show("Growth of a rerun with the account.", ["of what", "growth", "to hold"], [row])
    if given.others:
        show_digests(given.sizes[-1])
    if given.chart:
        draw(measured, given.chart)


if __name__ == "__main__":
    main()
