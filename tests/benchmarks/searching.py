"""What a search costs as the account grows, as the viewer meets it: a whole rerun of the page.

`python -m tests.benchmarks.searching [--sizes 10000 1000000] [--all]` filters the overview by a source, for which it
counts distinct people, and by a person, and the inbox's open negative items by a word, each time another one; with
`--all` also the overview, all items, by a word. Then it asks for the last ones again, which are kept. To hold: with 100
times the items at most 15 times the time. The peer is pandas' search for the same word in all messages, nothing shown.
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

WORDS = [*("refund", "billing", "inbox", "export"), *(f"because {number}" for number in range(100))]
PEER = "a word, by pandas alone"


def seconds(app: AppTest, field: str, values: Sequence[str]) -> tuple[float, float]:
    """Median seconds of the script, filtered by one value after the other, and by the last ones again."""
    times = []
    for value in [*values, *list(values[-4:]) * 3]:
        if field == "text":
            app.text_input(key="text").set_value(value)
        else:
            app.multiselect(key=field).set_value([value])
        times.append(page.ran(app))
    return statistics.median(times[: len(values)]), statistics.median(times[len(values) :])


def measure(size: int, rounds: int, *, is_all: bool) -> dict[str, tuple[float, float]]:
    """Kind → seconds of a search, and of the same once it is kept."""
    held, words = generated.snapshot(size), WORDS[:rounds]
    people = page.people(held)[:rounds]
    with page.showing(held), page.timed():
        overview = page.opened()
        found = {"distinct people of a source": seconds(overview, "source", [f"source-{one}" for one in range(6)])}
        overview.multiselect(key="source").set_value([]).run()
        found["a person"] = seconds(overview, "user", people)
        overview.multiselect(key="user").set_value([]).run()
        inbox = page.opened().switch_page("inbox.py").run()
        found["a word in open negative items"] = seconds(inbox, "text", words)
        if is_all:
            found["a word on the overview"] = seconds(overview, "text", words)
    times = []
    for word in words[:5]:
        started = time.process_time()
        held.frame["message"].str.contains(word, case=False, regex=False)
        times.append(time.process_time() - started)
    return {**found, PEER: (statistics.median(times), 0.0)}


def main() -> None:
    """Print the times and their growth."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs=2, default=[10_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--all", action="store_true", help="also a word on the overview")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    small, large = (measure(size, options.rounds, is_all=options.all) for size in options.sizes)
    rows = []
    for kind in small:
        growth, to_peer = large[kind][0] / small[kind][0], large[kind][0] / large[PEER][0]
        times = [f"{1000 * one:.1f}" for one in (small[kind][0], large[kind][0])]
        if kind == PEER:
            rows.append([kind, *times, ratio(growth), "", "1", ""])
        else:
            kept = f"{1000 * large[kind][1]:.1f}"
            rows.append([kind, *times, ratio(growth), Bound(most=15).judged(growth), ratio(to_peer), kept])
    names = [f"{size:,} items ms" for size in options.sizes]
    header = ["search", *names, "growth", "to hold", "of pandas' search", "again ms"]
    show(
        "Processor time of a rerun with a filter that nobody asked for before, and of the larger one again.",
        header,
        rows,
    )


if __name__ == "__main__":
    main()
