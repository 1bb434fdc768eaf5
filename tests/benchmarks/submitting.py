"""Submit 1,000 texts under random faults and kills, in three ways, and count what became of each text.

`python -m tests.benchmarks.submitting [--creates 1000] [--kills 25] [--seed 1]` starts a sandbox for each way, in a
process of its own. A share of its requests fails before anything is stored, and a share of creates is stored and gets
no answer. The process that submits is killed (SIGKILL) at random moments and started again. The rates, the sandbox's
seed and the moments of the kills (after so many stored items, so many seconds later) are the same for all three.

- naive retry: sends again after any error, five times at most. It notes a text once it has an outcome, and goes on
  after a kill with the first text that has none.
- never retry: notes that it sends a text, and sends it once. It goes on after a kill with the next one.
- ours: writes the texts down in the outbox of a service, one in ten as a form does, the others as bulk rows.

Each text is submitted once, so that its items can be counted in the complete list at the end:

- 0 items, 1 item, > 1 items: the texts of which Loop has so many.
- lost: texts without an item of which nobody learned that. They were reported neither as refused nor as unknown, or
  even as stored, and are in no outbox.
- unknown for ever: texts whose outcome nobody learned, with an item or without. The last answer did not arrive, or the
  process was killed in mid-send. Of ours: drafts that are still unknown after two more syncs.
"""

from __future__ import annotations

import argparse
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from loop_client import Loop
from loop_client.mirror.store import DraftState, SqliteDrafts
from loop_client.sandbox.__main__ import main as sandbox
from tests.benchmarks.submitting_ways import KEY, Job
from tests.benchmarks.table import Bound, show

if TYPE_CHECKING:
    from collections.abc import Iterator

WAYS: Final = {"naive retry": "submitting_ways", "never retry": "submitting_ways", "ours": "submitting_outbox"}
"""Way → the module that submits so."""

MID_SEND: Final = 0.25
"""Seconds that hold at least one create, so that a kill meets each of its steps."""

NOBODY: Final = ("sent", "written down", None)
"""Last notes about a text that say nothing of its outcome."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What goes wrong, the same for each way. `latency_ms`: until the sandbox looks at a request."""

    creates: int
    kills: int
    seed: int = 1
    error_rate: float = 0.05
    lose_answers: float = 0.05
    latency_ms: float = 10.0

    def moments(self) -> list[tuple[int, float]]:
        """Of each kill: the number of stored items after which it comes, and the seconds until it does."""
        chance = random.Random(self.seed)  # noqa: S311 - no secret
        after = sorted(chance.sample(range(1, self.creates * 4 // 5), self.kills))
        return [(items, chance.uniform(0, MID_SEND)) for items in after]

    def faults(self) -> list[str]:
        """The options of the sandbox for its faults, which it has in common with this command."""
        faults = {"error-rate": self.error_rate, "lose-answers": self.lose_answers, "latency-ms": self.latency_ms}
        return [f"--{name}={value}" for name, value in faults.items()]

    @property
    def seconds(self) -> float:
        """Most time for one way, on a machine that is busy with other things."""
        return 120 + 0.6 * self.creates + 10 * self.kills


@dataclass(frozen=True, slots=True)
class Result:
    """What became of the texts in one way.

    `items`: the number of items of each text. `reported`: the last that was reported of it. `kills`: of its process.
    """

    items: dict[str, int]
    reported: dict[str, str | None]
    kills: int

    @property
    def doubled(self) -> int:
        """Texts with more than one item."""
        return sum(count > 1 for count in self.items.values())

    @property
    def missing(self) -> list[str]:
        """Texts without an item."""
        return [text for text, count in self.items.items() if not count]

    @property
    def lost(self) -> int:
        """Texts without an item of which nobody learned that."""
        return sum(self.reported[text] in {*NOBODY, "stored"} for text in self.missing)

    @property
    def unknown(self) -> list[str]:
        """Texts whose outcome nobody learned."""
        return [text for text, outcome in self.reported.items() if outcome in {*NOBODY, "unknown"}]

    def cells(self) -> list[str]:
        """A row of the table."""
        single = len(self.items) - len(self.missing) - self.doubled
        counts = len(self.missing), single, self.doubled, self.lost, len(self.unknown), self.kills
        return [f"{count:,}" for count in counts]


@contextmanager
def served(plan: Plan, database: Path) -> Iterator[str]:
    """The address of a sandbox with these faults, in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.submitting", f"--serve={database}", f"--seed={plan.seed}"]
    with subprocess.Popen(
        [*command, *plan.faults()], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            yield server.stdout.readline().split()[-1]
        finally:
            server.kill()


def submitted(way: str, plan: Plan, job: Job, database: Path) -> int:
    """Submit all texts, and return the number of kills."""
    command = [sys.executable, "-m", f"tests.benchmarks.{WAYS[way]}", way, job.base_url, str(job.folder)]
    command.append(str(plan.creates))
    moments, kills, until = deque(plan.moments()), 0, time.monotonic() + plan.seconds
    process = subprocess.Popen(command)
    try:
        while process.poll() is None:
            if moments and items_in(database) >= moments[0][0]:
                time.sleep(moments.popleft()[1])
                process.kill()
                kills += process.wait() == -signal.SIGKILL
                process = subprocess.Popen(command)
            if time.monotonic() >= until:
                raise SystemExit(f"{way} did not end within {plan.seconds:.0f} s, and has no figures")
            time.sleep(0.02)
    finally:
        process.kill()
        process.wait()
    if process.returncode:
        raise SystemExit(f"{way} failed, and has no figures")
    return kills


def items_in(database: Path) -> int:
    """The number of items in the sandbox's database."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return int(connection.execute("select count(*) from items").fetchone()[0])


def listed(base_url: str) -> Counter[str]:
    """Message → number of items, in the complete list."""
    with Loop(api_key=KEY, base_url=base_url, max_retries=20, max_wait=600) as loop:
        return Counter(item.message for item in loop.feedback.iter())


def in_outbox(folder: Path) -> dict[str, str]:
    """Text → the state of its draft."""
    with closing(SqliteDrafts(folder)) as drafts:
        return {row.message: str(row.state) for row in drafts.in_states(DraftState)}


def result(plan: Plan, way: str) -> Result:
    """Submit in one way, and count."""
    with TemporaryDirectory() as folder, served(plan, database := Path(folder) / "sandbox.db") as base_url:
        job = Job(base_url, Path(folder), plan.creates)
        kills = submitted(way, plan, job, database)
        found = listed(base_url)
        if found.total() != items_in(database) or not {*found} <= {*job.texts()}:
            raise SystemExit(f"The list after {way} is not what the sandbox has, and there are no figures")
        reported = in_outbox(job.folder / "data") if way == "ours" else job.notes()
    texts = job.texts()
    return Result({text: found[text] for text in texts}, {text: reported.get(text) for text in texts}, kills)


def results(plan: Plan) -> dict[str, Result]:
    """Submit in all ways at the same time, each with a sandbox of its own."""
    with ThreadPoolExecutor(len(WAYS)) as threads:
        return dict(zip(WAYS, threads.map(partial(result, plan), WAYS), strict=True))


def bounds(ours: Result) -> list[list[str]]:
    """What has to hold of ours, as rows of a table."""
    unknown = {*ours.unknown}
    rows = {
        "texts with more than one item": (ours.doubled, 0),
        "lost": (ours.lost, 0),
        "without an item, and not listed as unknown": (len({*ours.missing} - unknown), 0),
        "unknown for ever, although Loop has the item": (len(unknown - {*ours.missing}), 0),
        "unknown for ever, at most one for each kill": (len(unknown), ours.kills),
    }
    return [[name, f"{value:,}", Bound(most=most).judged(value)] for name, (value, most) in rows.items()]


def compare(plan: Plan) -> None:
    """Print the table, and what ours has to hold."""
    began = time.monotonic()
    found = results(plan)
    faults = (
        f"{plan.error_rate:.0%} of requests failed, {plan.lose_answers:.0%} of creates were stored without an answer"
    )
    show(
        f"{plan.creates:,} texts, submitted at the same time in each way, which took {time.monotonic() - began:.0f} s. "
        f"{faults}, {plan.kills} kills, seed {plan.seed}. Lost: no item, and nobody learned that. "
        "Unknown for ever: nobody learned the outcome.",
        ["way", "0 items", "1 item", "> 1 items", "lost", "unknown for ever", "kills"],
        [[way, *one.cells()] for way, one in found.items()],
    )
    show("What has to hold of ours.", ["texts", "number", "to hold"], bounds(found["ours"]))


def serve(database: Path, plan: Plan) -> int:
    """Serve a sandbox without items, whose faults are those of the seed."""
    random.seed(plan.seed)
    return sandbox([f"--db={database}", "--items=0", f"--api-key={KEY}", "--with-parent", *plan.faults()])


def main() -> int:
    """Print the table, or serve a sandbox for it."""
    parser = argparse.ArgumentParser("python -m tests.benchmarks.submitting", description=__doc__)
    parser.add_argument("--creates", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--error-rate", type=float, default=0.05, help="share of requests to fail, 0-1")
    parser.add_argument("--lose-answers", type=float, default=0.05, help="share of creates that get no answer, 0-1")
    parser.add_argument("--latency-ms", type=float, default=10.0)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    rates = options.error_rate, options.lose_answers, options.latency_ms
    plan = Plan(options.creates, options.kills, options.seed, *rates)
    if options.serve:
        return serve(options.serve, plan)
    if options.kills >= options.creates * 4 // 5:
        parser.error("--kills must be less than four fifths of --creates")
    compare(plan)
    return 0


if __name__ == "__main__":
    sys.exit(main())
