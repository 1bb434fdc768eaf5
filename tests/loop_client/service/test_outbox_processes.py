"""Processes with an outbox, over a real or a stalled sandbox, that are killed or stopped while they send."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Final

import pytest

from loop_client.mirror.store import DraftState, SqliteDrafts
from loop_client.service import Draft, Service
from tests.loop_client.service.conftest import config_of
from tests.sandboxes import RunningSandbox, running_sandbox
from tests.waiting import outcome, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STOPPED_WITHIN: Final = 5.0
"""The longest time of a stop, in seconds."""

DASHBOARD: Final = """
import signal, sys, threading, time
from pathlib import Path
from loop_client.service import Config, Draft, Service
folder, key, url, name = sys.argv[1:]
stopped = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stopped.set())
service = Service(lambda: Config(api_key=key, base_url=url, folder=Path(folder)))
service.start()
for number in range(2):
    service.submit(f"{name}-{number}", Draft("u_9", f"{name} {number}"))
print("written down", flush=True)
while not stopped.wait(0.01):
    if service.submission(f"{name}-0").state == "sending":
        print("sending", flush=True)
        stopped.wait()
service.stop()
"""


@contextmanager
def dashboard(folder: Path, key: str, url: str, name: str = "draft") -> Iterator[subprocess.Popen[str]]:
    """A process that stores two drafts, reports that, and sends them."""
    process = subprocess.Popen(
        [sys.executable, "-c", DASHBOARD, str(folder), key, url, name],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "written down\n"
        yield process
    finally:
        process.kill()
        process.communicate(timeout=20)


def listed(sandbox: RunningSandbox) -> list[str]:
    """The messages of all items."""
    items, _ = sandbox.store.page({}, 1000, None)
    return [part.partition('"message":"')[2].partition('"')[0] for part in items]


def killed(tmp_path: Path, times: int) -> None:
    """Kill a process at various moments while it sends; the next one knows the outcome of every draft."""
    with running_sandbox(tmp_path / "loop", latency_ms=150) as sandbox:
        folder = tmp_path / "data"
        for number in range(times):
            with dashboard(folder, sandbox.api_key, sandbox.base_url, f"draft {number}") as process:
                if number % 2:
                    assert process.stdout is not None
                    assert process.stdout.readline() == "sending\n"
                time.sleep(number * 0.45 / times)
                process.send_signal(signal.SIGKILL)
        service = Service(lambda: config_of(sandbox, folder))
        service.start()
        try:
            drafts = [f"draft {number}-{which}" for number in range(times) for which in range(2)]
            until(lambda: all(outcome(service.submission, token) for token in drafts), 60)
            until(lambda: service.sync_state().checked_at is not None)
            messages = listed(sandbox)
            assert len(messages) == len({*messages}), "stored twice"
            stored = {token for token in drafts if outcome(service.submission, token).state == DraftState.STORED}
            there = {token for token in drafts if token.replace("-", " ") in messages}
            until(lambda: {t for t in drafts if outcome(service.submission, t).state == DraftState.STORED} >= there)
            assert stored <= there
            unknown = {token for token in drafts if outcome(service.submission, token).state == DraftState.UNKNOWN}
            assert unknown == {*drafts} - there
        finally:
            service.stop()


def test_a_kill_in_mid_send_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """A few kills lose no draft and send none twice; `make test-long` does more."""
    killed(tmp_path, 4)


@pytest.mark.long
def test_no_kill_in_mid_send_loses_or_doubles_anything(tmp_path: Path) -> None:
    """Forty kills lose no draft and send none twice."""
    killed(tmp_path, 40)


class Stalled(BaseHTTPRequestHandler):
    """A server with an empty list that never answers a create; with `all_of_it`, no request at all."""

    ended = threading.Event()
    all_of_it = False

    def do_GET(self) -> None:
        """Answer with an empty page."""
        if self.all_of_it:
            self.ended.wait(60)
            return
        body = b'{"data": [], "nextCursor": null, "hasMore": false}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        """Never answer."""
        self.ended.wait(60)

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def stalled() -> Iterator[str]:
    """The base URL of a stalled server."""
    Stalled.ended.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Stalled) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v2"
        Stalled.ended.set()
        server.shutdown()
        thread.join()


def stopped(process: subprocess.Popen[str], folder: Path) -> tuple[float, dict[str, str]]:
    """The seconds that a stop takes, and the state of each draft after it."""
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=30)
    took = time.monotonic() - began
    with closing(SqliteDrafts(folder)) as drafts:
        return took, {row.token: row.state for row in drafts.in_states(DraftState)}


def test_a_stop_cuts_what_is_being_sent(tmp_path: Path, stalled: str) -> None:
    """A stop during a stalled create ends within five seconds; that draft is unknown, the other waits."""
    with dashboard(tmp_path, "k", stalled) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "sending\n"
        time.sleep(0.3)  # the create is on its way
        took, states = stopped(process, tmp_path)
    assert states == {"draft-0": DraftState.UNKNOWN, "draft-1": DraftState.WAITING}
    assert process.returncode == 0
    assert took < STOPPED_WITHIN


def test_a_stop_waits_for_no_answer_at_all(tmp_path: Path, stalled: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stop during a stalled look ends within five seconds, and the drafts stay waiting."""
    monkeypatch.setattr(Stalled, "all_of_it", True)
    with dashboard(tmp_path, "k", stalled) as process:
        time.sleep(0.5)  # the first look is on its way
        took, states = stopped(process, tmp_path)
    assert states == {"draft-0": DraftState.WAITING, "draft-1": DraftState.WAITING}
    assert took < STOPPED_WITHIN


def test_twenty_people_see_their_drafts_in_the_outbox_within_20_seconds(tmp_path: Path, stalled: str) -> None:
    """With a stalled API, twenty people see within 20 s that the outbox has their drafts."""
    service = Service(lambda: config_of(RunningSandbox(stalled, "k", None), tmp_path))  # type: ignore[arg-type] # no store
    service.start()
    try:
        began = time.monotonic()
        for number in range(20):
            service.submit(f"t{number}", Draft("u_9", f"Typed {number}"))
        assert time.monotonic() - began < 5
        submissions = [service.submission(f"t{number}") for number in range(20)]
    finally:
        service.stop()

    for one in submissions:
        assert one is not None
        later = one.written_at.timestamp() + 20
        assert one.is_done or one.is_left_to_the_outbox(one.written_at.fromtimestamp(later, one.written_at.tzinfo))
