"""Measure what the running sync costs the viewers, and what viewers cost the API.

`python -m tests.benchmarks.busy` prints the median script time of a filter change while the sync walks a sandbox at
20 ms a page, against the same at rest (bound: at most 1.25), and the requests of a simulated hour with 1 viewer and
with 20 (bound: the same).
"""

from __future__ import annotations

import argparse
import logging
import re
import statistics
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from unittest import mock

from loop_client import Loop
from loop_client.mirror import Mirror, MirrorClosedError, SyncSchedule, state
from tests.answers import loop
from tests.benchmarks import generated, page
from tests.benchmarks.table import Bound, ratio, show
from tests.loop_client.mirror.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator

LATENCY_MS = 20
STEP, HOUR = 10, 3600
"""Simulated seconds between two syncs, and in total."""


class Viewer:
    """A viewer of the overview, of the snapshot that `data.snapshot` returns."""

    def __init__(self) -> None:
        """Open the page."""
        self._app, self._number = page.opened(), 0

    def change(self) -> float:
        """Change the filter of sentiments, and return the seconds of the script."""
        self._number += 1
        return page.chosen(self._app, sentiment=page.CHOICES[self._number % len(page.CHOICES)])

    def median(self, rounds: int) -> float:
        """The median seconds of the script after a change."""
        times = []
        for _ in range(rounds):
            times.append(self.change())
            time.sleep(0.05)  # a viewer reads while the sync goes on
        return statistics.median(times)


@contextmanager
def walking(folder: Path, items: int) -> Iterator[None]:
    """A mirror that walks a sandbox in another process, again and again."""
    command = ["--port", "0", "--db", folder / "loop.db", "--items", items, "--latency-ms", LATENCY_MS]
    sandbox = [sys.executable, "-m", "loop_client.sandbox", "--api-key", "key", *map(str, command)]
    with subprocess.Popen(sandbox, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        address = re.search(r"http://\S+", server.stdout.readline())
        assert address is not None
        ended, mirrors = threading.Event(), list[Mirror]()

        def walk() -> None:
            number = 0
            while not ended.is_set():
                number += 1
                with Loop(api_key="key", base_url=address[0]) as client:
                    mirrors.append(Mirror(client, f"sqlite:///{folder / f'{number}.db'}"))
                    try:
                        mirrors[-1].sync()
                    except MirrorClosedError:
                        return
                    mirrors[-1].close()

        thread = threading.Thread(target=walk)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            mirrors[-1].close()
            thread.join()
            server.kill()


def while_walking(items: int, rounds: int) -> tuple[float, float]:
    """The median seconds of a change at rest and during the sync, in alternating turns."""
    rest, busy = [], []
    with page.showing(generated.snapshot(items)), page.timed(time.perf_counter), TemporaryDirectory() as folder:
        viewer = Viewer()
        viewer.median(8)
        for turn in range(3):
            rest.append(viewer.median(rounds))
            (Path(folder) / str(turn)).mkdir()
            with walking(Path(folder) / str(turn), items):
                time.sleep(1)
                busy.append(viewer.median(rounds))
    return statistics.median(rest), statistics.median(busy)


def requests_of_an_hour(viewers: int) -> int:
    """Requests of an hour in which 60 items arrive, 30 are resolved, and each viewer changes a filter every minute."""
    world, clock = World(size=100), mock.Mock(return_value=state.now())
    for _ in range(1000):
        world.insert()
    with TemporaryDirectory() as folder:
        mirror = Mirror(loop(world), f"sqlite:///{folder}/mirror.db", schedule=SyncSchedule(clock=clock))
        mirror.sync()
        with page.showing(mirror.snapshot()):
            pages = [Viewer() for _ in range(viewers)]
            for second in range(0, HOUR, STEP):
                clock.return_value += STEP * 1_000_000
                if second % 60 == 0:
                    world.insert()
                    world.items[second % 7]["status"] = "resolved" if second % 120 else "open"
                    for one in pages:
                        one.change()
                mirror.sync()
                page.HELD = mirror.snapshot()
        mirror.close()
    return len(world.requests)


def main() -> None:
    """Print both figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=60)
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    rest, busy = while_walking(options.items, options.rounds)
    show(
        f"Script time of a change of the filter, median, while the sync walks; {options.items:,} items.",
        ["at rest", "while the sync walks", "ratio", "to hold"],
        [[f"{1000 * rest:.1f} ms", f"{1000 * busy:.1f} ms", ratio(busy / rest), Bound(most=1.25).judged(busy / rest)]],
    )
    one, many = requests_of_an_hour(1), requests_of_an_hour(20)
    show(
        "Requests of a simulated hour.",
        ["with 1 viewer", "with 20", "ratio", "to hold"],
        [[f"{one:,}", f"{many:,}", ratio(many / one), Bound(most=1).judged(many / one)]],
    )


if __name__ == "__main__":
    main()
