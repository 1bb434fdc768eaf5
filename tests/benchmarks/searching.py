"""Measure searches as complete reruns of the page, as the account grows.

`python -m tests.benchmarks.searching [--sizes 10000 1000000] [--all]` filters the overview by a source, for which it
counts distinct people, and by a person, and the inbox's open negative items by a word, each time another one; with
`--all` also the overview, all items, by a word. Then it repeats the last ones, which are cached. Bound: with 100
times the items at most 15 times the time. The peer is pandas' search for the same word in all messages, without a page.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import time
from typing import TYPE_CHECKING

from tests.benchmarks import generated, page
from tests.benchmarks.table import Bound, ratio, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamlit.testing.v1 import AppTest

    from loop_client.mirror import Snapshot

WORDS = [*("refund", "billing", "inbox", "export"), *(f"because {number}" for number in range(100))]
PEER = "a word, by pandas alone"


Times = dict[int, list[float]]
"""Seconds by the size of the account."""


def timed(apps: dict[int, AppTest], field: str, values: dict[int, list[str]]) -> tuple[Times, Times]:
    """Seconds of the script for one value after the other, and for the last ones again; sizes in turns."""
    found: tuple[Times, Times] = ({size: [] for size in apps}, {size: [] for size in apps})
    few = min(map(len, values.values()))
    for number in [*range(few), *range(few - 4, few), *range(few - 4, few)]:
        is_again = sum(map(len, found[0].values())) == few * len(apps)
        for size, app in apps.items():
            if field == "text":
                app.text_input(key="text").set_value(values[size][number])
            else:
                app.multiselect(key=field).set_value([values[size][number]])
            found[is_again][size].append(page.ran(app))
    for app in apps.values():
        if field != "text":
            app.multiselect(key=field).set_value([]).run()
    return found


def by_pandas(accounts: dict[int, Snapshot], words: Sequence[str]) -> Times:
    """Seconds of a search in all messages."""
    times: Times = {size: [] for size in accounts}
    for word in words:
        for size, held in accounts.items():
            started = time.process_time()
            held.frame["message"].str.contains(word, case=False, regex=False)
            times[size].append(time.process_time() - started)
    return times


def measure(sizes: Sequence[int], rounds: int, *, is_all: bool) -> dict[str, tuple[Times, Times]]:
    """Kind → seconds of a search, and of the same once it is cached."""
    accounts = {size: generated.snapshot(size) for size in sizes}
    overviews: dict[int, AppTest] = {}
    inboxes: dict[int, AppTest] = {}
    for size, held in accounts.items():
        with page.showing(held):  # a viewer keeps its first snapshot
            overviews[size], inboxes[size] = page.opened(), page.opened().switch_page("inbox.py").run()
    words = dict.fromkeys(sizes, WORDS[:rounds])
    sources = {size: [f"source-{number}" for number in range(6)] for size in sizes}
    people = {size: page.people(held)[:rounds] for size, held in accounts.items()}
    with page.showing(accounts[sizes[0]]), page.timed():
        found = {
            "distinct people of a source": timed(overviews, "source", sources),
            "a person": timed(overviews, "user", people),
            "a word in open negative items": timed(inboxes, "text", words),
        }
        if is_all:
            found["a word on the overview"] = timed(overviews, "text", words)
    return {**found, PEER: (by_pandas(accounts, WORDS[:5]), {})}


def main() -> None:
    """Print the times and their growth."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs=2, default=[10_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--all", action="store_true", help="also a word on the overview")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    small, large = options.sizes
    found = measure(options.sizes, options.rounds, is_all=options.all)
    peer, rows = statistics.median(found[PEER][0][large]), []
    for kind, (times, again) in found.items():
        least, most = (statistics.median(times[size]) for size in (small, large))
        row = [kind, f"{1000 * least:.1f}", f"{1000 * most:.1f}", ratio(most / least)]
        if kind == PEER:
            rows.append([*row, "", "1", ""])
        else:
            kept = f"{1000 * statistics.median(again[large]):.1f}"
            rows.append([*row, Bound(most=15).judged(most / least), ratio(most / peer), kept])
    names = [f"{size:,} items ms" for size in options.sizes]
    header = ["search", *names, "growth", "to hold", "of pandas' search", "again ms"]
    show(
        "Processor time of a rerun with a filter that nobody asked for before, median, and of the larger one again.",
        header,
        rows,
    )


if __name__ == "__main__":
    main()
