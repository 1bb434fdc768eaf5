"""What a search costs as the account grows, as the viewer meets it: a whole rerun of the page.

`python -m tests.benchmarks.searching [--sizes 10000 1000000]` filters the overview by a source, for which it counts
distinct people, and by a person, and the inbox's open negative items by a word, each time another one; then asks for
the last ones again, which are kept. To hold: with 100 times the items at most 15 times the time.
"""

# ruff: noqa: T201 - a command prints
from __future__ import annotations

import argparse
import logging
import statistics
from typing import TYPE_CHECKING
from unittest import mock

from streamlit.testing.v1 import AppTest

from pages.shared import data
from pages.shared.filters import offered
from tests.benchmarks import generated, rerun

if TYPE_CHECKING:
    from collections.abc import Iterable

WORDS = [*("refund", "billing", "inbox", "export"), *(f"because {number}" for number in range(100))]
KINDS = ("distinct people of a source", "a person", "a word in open negative")


def seconds(app: AppTest, field: str, values: Iterable[str]) -> float:
    """Median seconds of the script, filtered by one value after the other."""
    rerun.SECONDS.clear()
    for value in values:
        if field in {"user", "source"}:
            app.multiselect(key=field).set_value([value]).run()
        else:
            app.text_input(key="text").set_value(value).run()
        assert not app.exception, app.exception
    return statistics.median(rerun.SECONDS)


def measure(size: int, rounds: int) -> dict[str, tuple[float, float]]:
    """Kind → seconds of a search, and of the same once it is kept."""
    rerun.HELD = generated.snapshot(size)
    people = offered(rerun.HELD)["user"][:rounds]
    with mock.patch.object(data, "snapshot", return_value=rerun.HELD), rerun.timed():
        overview = AppTest.from_file(rerun.FRAME, default_timeout=120).run()
        inbox = AppTest.from_file(rerun.FRAME, default_timeout=120).run().switch_page("inbox.py").run()
        sources, words = [f"source-{number}" for number in range(6)], WORDS[:rounds]
        by_source = seconds(overview, "source", sources), seconds(overview, "source", sources[-4:] * 3)
        overview.multiselect(key="source").set_value([]).run()
        return {
            KINDS[0]: by_source,
            KINDS[1]: (seconds(overview, "user", people), seconds(overview, "user", people[-4:] * 3)),
            KINDS[2]: (seconds(inbox, "text", words), seconds(inbox, "text", words[-4:] * 3)),
        }


def main() -> None:
    """Print the times and their growth."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs=2, default=[10_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    small, large = (measure(size, options.rounds) for size in options.sizes)
    for kind in KINDS:
        times = [1000 * one for one in (*small[kind], *large[kind])]
        print(f"{kind}: {times[0]:.1f} ms and {times[2]:.1f} ms, {times[2] / times[0]:.1f} times", end="")
        print(f"  (at most 15); kept: {times[1]:.1f} ms and {times[3]:.1f} ms")


if __name__ == "__main__":
    main()
