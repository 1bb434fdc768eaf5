"""Nothing that was acknowledged is lost when a machine of the database fails, and writes go through again.

Processes work against a primary and a synchronous standby, see `tests.database_load`. A plain kill of the primary
loses nothing even with careless code; the second and the third failure do.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.failovers import freeze, kill, stray
from tests.postgres import Server, running_server, url_of
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ROOT: Final = Path(__file__).parents[1]
RECOVERED_WITHIN: Final = 30.0
"""Seconds from the promotion until each thread has written again."""
WRITERS: Final = ("first", "second")


@dataclass
class Load:
    """A process that works with the database, and what it has said so far."""

    name: str
    process: subprocess.Popen[bytes]
    said: Path

    def events(self, *kinds: str) -> list[dict[str, Any]]:
        """What has happened, of these kinds; of all kinds without them."""
        lines = self.said.read_bytes().split(b"\n")[:-1]  # the last one may be half written
        found = map(json.loads, lines)
        return [event for event in found if not kinds or event["kind"] in kinds]

    def wrote_since(self, moment: float) -> bool:
        """Whether each thread that writes drafts has done so since."""
        return {each["thread"] for each in self.events("draft") if each["at"] > moment} == {*WRITERS}


@dataclass
class Outcome:
    """What was acknowledged, and what of it the database has. `pause`: the longest of a thread, in seconds."""

    acknowledged: int
    lost: int
    doubled: int
    pause: float
    after_promotion: float


@contextmanager
def loads(folder: Path, *urls: str, name: str = "load") -> Iterator[list[Load]]:
    """A process for each URL, all of which work; they are killed when the block ends."""
    with ExitStack() as stack:
        made = []
        for number, url in enumerate(urls):
            said = folder / f"{name}-{number}"
            with said.open("wb") as output:
                command = [sys.executable, "-m", "tests.database_load", url, f"{name}-{number}"]
                process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=output, cwd=ROOT, env=_environment())
            stack.enter_context(process)
            stack.callback(process.kill)
            made.append(Load(f"{name}-{number}", process, said))
        until(lambda: all(load.wrote_since(0) for load in made), RECOVERED_WITHIN)
        yield made


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}


@pytest.fixture
def pair(postgres_server: Server) -> Iterator[tuple[Server, Server]]:  # noqa: ARG001 - skipped without a server
    """A primary and its synchronous standby."""
    with running_server(durable=True) as primary:
        yield primary, primary.standby()


@pytest.mark.parametrize("failure", [kill, stray, freeze])
def test_a_failover_loses_and_doubles_nothing(
    pair: tuple[Server, Server], tmp_path: Path, failure: Callable[[Server, Server], float]
) -> None:
    """What was acknowledged is on the promoted server, once, and all write again within 30 s, without a restart."""
    url = url_of(*pair)
    with loads(tmp_path, url, url) as working:
        time.sleep(1)
        moment = failure(*pair)
        until(lambda: all(load.wrote_since(moment) for load in working), RECOVERED_WITHIN)
        until(lambda: any(pages_since(load, moment) for load in working), RECOVERED_WITHIN)
        if failure is freeze:
            starts_again_beside_the_old_one(*pair, tmp_path)
    outcome = found(working, pair[1], moment)
    print(f"\n{failure.__name__}: {outcome}")  # noqa: T201 - figures, with -s
    assert (outcome.lost, outcome.doubled) == (0, 0)
    says_sentences(working)
    has_one_holder(working)


def starts_again_beside_the_old_one(primary: Server, standby: Server, folder: Path) -> None:
    """A process that is started now, with the old primary first in its URL, writes to the promoted one alone."""
    with loads(folder, url_of(primary, standby), name="fresh") as (fresh,):
        time.sleep(1)
    tokens = {event["token"] for event in fresh.events("draft")}
    assert tokens
    assert tokens <= stored_drafts(standby)
    assert not tokens & stored_drafts(primary)


def test_a_restart_of_the_database_loses_and_doubles_nothing(postgres_server: Server, tmp_path: Path) -> None:  # noqa: ARG001 - skipped without a server
    """It is stopped and started after 3 s; all go on by themselves."""
    with running_server(durable=True) as server, loads(tmp_path, server.url, server.url) as working:
        time.sleep(1)
        server.stop()
        time.sleep(3)
        server.start()
        moment = time.monotonic()
        until(lambda: all(load.wrote_since(moment) for load in working), RECOVERED_WITHIN)
        outcome = found(working, server, moment)
        print(f"\nrestart: {outcome}")  # noqa: T201 - figures, with -s
        assert (outcome.lost, outcome.doubled) == (0, 0)
        says_sentences(working)
        has_one_holder(working)


def test_a_frozen_holder_of_the_lease_is_refused_when_it_wakes(postgres_url: str, tmp_path: Path) -> None:
    """Another process syncs within 30 s; what the old one was about to store is refused."""
    with loads(tmp_path, postgres_url, postgres_url) as working:
        until(lambda: any(load.events("page") for load in working))
        holder, other = sorted(working, key=lambda load: not load.events("page"))
        holder.process.send_signal(signal.SIGSTOP)
        moment = time.monotonic()
        until(lambda: pages_since(other, moment), RECOVERED_WITHIN)
        pause = time.monotonic() - moment
        holder.process.send_signal(signal.SIGCONT)
        awake = time.monotonic()
        until(lambda: any(event["at"] > awake for event in holder.events("lost", "follows")))
        until(lambda: holder.wrote_since(awake))
        until(lambda: len(pages_since(other, awake)) > 5)
    print(f"\nfrozen holder: another one syncs after {pause:.1f} s")  # noqa: T201 - figures, with -s
    taken = min(event["lease"] for event in pages_since(other, moment))
    assert [event for event in pages_since(holder, awake) if event["lease"] < taken] == []
    has_one_holder(working)
    says_sentences(working)


def pages_since(load: Load, moment: float) -> list[dict[str, Any]]:
    """The pages that a process has stored since."""
    return [event for event in load.events("page") if event["at"] > moment]


def stored_drafts(server: Server) -> set[str]:
    """The tokens of the drafts that a server has."""
    return {token for (token,) in server.ask("select token from loop.drafts")}


def found(working: Sequence[Load], server: Server, moment: float) -> Outcome:
    """Compare what was acknowledged with what a server has."""
    tokens = [event["token"] for load in working for event in load.events("draft")]
    pages = [event["number"] for load in working for event in load.events("page")]
    items = [item for (item,) in server.ask("select id from loop.items")]
    drafts = server.ask("select token, number from loop.drafts")
    there = {token for token, _ in drafts}
    expected = {f"fb_{5 * page + place}" for page in pages for place in range(5)}
    ((state,),) = server.ask("select state from loop.accounts")
    behind = max(0, max(pages) - int(json.loads(state)["page"]))
    return Outcome(
        acknowledged=len(tokens) + len(expected),
        lost=len({*tokens} - there) + len(expected - {*items}) + behind,
        doubled=sum(len(ones) - len({*ones}) for ones in (items, tokens, pages, *zip(*drafts, strict=True))),
        pause=max(map(longest_pause, working)),
        after_promotion=max(first_draft(load, moment) for load in working),
    )


def longest_pause(load: Load) -> float:
    """The longest time in which one of its threads wrote no draft."""
    times = [[event["at"] for event in load.events("draft") if event["thread"] == who] for who in WRITERS]
    return float(round(max(late - early for some in times for early, late in pairwise(some)), 1))


def first_draft(load: Load, moment: float) -> float:
    """The seconds after which the last of its threads wrote its first draft since."""
    times = [[event["at"] for event in load.events("draft") if event["thread"] == who] for who in WRITERS]
    return float(round(max(min(at for at in some if at > moment) - moment for some in times), 1))


def says_sentences(working: Sequence[Load]) -> None:
    """Every error was one of the store, with a sentence."""
    assert [event for load in working for event in load.events("fault")] == []
    said = {event["sentence"] for load in working for event in load.events("error")}
    assert [sentence for sentence in said if not sentence.startswith(("The database at ", "The feedback in "))] == []


def has_one_holder(working: Sequence[Load]) -> None:
    """No number of the lease was used by two processes."""
    used = {(event["lease"], load.name) for load in working for event in load.events("page", "begins")}
    numbers = [number for number, _ in used]
    assert len(numbers) == len({*numbers}), sorted(used)
