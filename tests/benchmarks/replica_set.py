"""Several processes of the dashboard as a team would run them: behind nginx, on one PostgreSQL, before one account.

All of it is real and on loopback, in a temporary folder: the sandbox with a rate limit, a PostgreSQL server or two,
processes of `streamlit run app.py`, an nginx with `docs/deploy/nginx.conf` before them, and another one before the
sandbox, which writes down the calls to the API.
"""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
import time
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, NamedTuple

import httpx

from tests.benchmarks.replica import WITHIN, Process, Replica
from tests.browser.signing_in import free_port
from tests.nginx import ROOT, Nginx, Place, running_nginx
from tests.postgres import Server, running_server, url_of
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY: Final = "sandbox-key"

SECRET: Final = token_hex(20)
"""The end of the webhook's address."""

API: Final = """
    log_format api '$msec $request_method $remote_port $status';
    upstream sandbox {{ server 127.0.0.1:{sandbox}; keepalive 8; }}
    server {{
        listen 127.0.0.1:{port};
        access_log {folder}/api.log api;
        location / {{
            proxy_pass http://sandbox;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_next_upstream off;
        }}
    }}"""
"""The API as the processes see it, with a line for each call."""


@dataclass(frozen=True, slots=True)
class Setup:
    """How many processes and items, and how often the API may be called."""

    replicas: int = 3
    items: int = 2_400
    calls_per_minute: int = 120
    """By the dashboard. The sandbox refuses what is above twice as many."""
    webhook: bool = True
    standby: bool = False
    """Whether the database has a synchronous standby."""


class Call(NamedTuple):
    """One call to the API: when it was answered, in seconds since 1970, and the port that it came from."""

    at: float
    method: str
    port: int
    status: int


@dataclass
class ReplicaSet:
    """What runs. `address`: of nginx. `api`: the port of the API as processes see it. `sandbox`: its own address.

    `server`: the database that takes writes. `nginx`: before the dashboard. `gateway`: before the API.
    """

    folder: Path
    address: str
    api: int
    sandbox: str
    replicas: list[Replica]
    server: Server
    loop: subprocess.Popen[str]
    """The process of the sandbox."""
    nginx: Nginx
    gateway: Nginx
    others: list[Process] = field(default_factory=list)
    """Those that may sync and send besides the dashboard's."""

    @contextmanager
    def drained(self, one: Replica) -> Iterator[None]:
        """Let nginx send nothing new to a process during the block, as somebody does who edits the file and reloads."""
        self._route([one.port])
        try:
            yield
        finally:
            self._route([])

    def _route(self, down: list[int]) -> None:
        self.nginx.reload(replace(self.nginx.place, down=down))
        time.sleep(1.0)

    def wait_until_ready(self) -> None:
        """Wait until every process has items to show."""
        until(lambda: all(one.is_ready() for one in self.replicas), WITHIN)

    def calls(self, since: float = 0.0) -> list[Call]:
        """The calls to the API, oldest first."""
        file = self.folder / "gateway" / "api.log"
        lines = file.read_text().splitlines() if file.exists() else []
        parts = (line.split() for line in lines)
        calls = (Call(float(at), method, int(port), int(status)) for at, method, port, status in parts)
        return [call for call in calls if call.at > since]

    def syncing(self, since: float | None = None) -> tuple[Process, float]:
        """The process that makes the next call to the API after a time, and when; found by its connection."""
        asked, deadline = time.time() if since is None else since, time.monotonic() + WITHIN
        while time.monotonic() < deadline:
            for call in self.calls(asked):
                for one in (*self.replicas, *self.others):
                    if one.has_connection(call.port, self.api):
                        return one, call.at
            time.sleep(0.1)
        raise AssertionError("no process calls the API")

    def wait_until_complete(self) -> None:
        """Wait until the shared copy has every item."""
        until(lambda: self.stored_ids() == self.ids(), WITHIN)

    def drafts(self) -> dict[str, str]:
        """Message → the state of its draft."""
        return {str(text): str(state) for text, state in self.server.ask("select message, state from loop.drafts")}

    def messages(self) -> list[str]:
        """The message of each item that Loop has."""
        return [message for _, message in self._listed()]

    def ids(self) -> set[str]:
        """The ids of all items that Loop has."""
        return {one for one, _ in self._listed()}

    def _listed(self) -> list[tuple[str, str]]:
        with closing(sqlite3.connect(f"file:{self.folder / 'sandbox.db'}?mode=ro", uri=True)) as connection:
            return connection.execute("select id, json_extract(body, '$.message') from items").fetchall()

    def stored_ids(self) -> set[str]:
        """The ids of all items in the shared copy."""
        return {str(one) for (one,) in self.server.ask("select id from loop.items")}

    def create(self, message: str) -> str:
        """Let somebody give feedback to the product, past the dashboard; the id of the item."""
        body = {"user": {"id": "u_outside"}, "message": message, "sentiment": "negative"}
        headers = {"Authorization": f"Bearer {KEY}"}
        answer = httpx.post(f"{self.sandbox}/feedback", json=body, headers=headers, timeout=10)
        return str(answer.raise_for_status().json()["id"])


@contextmanager
def running(setup: Setup) -> Iterator[ReplicaSet]:
    """Start everything but wait for nothing; all of it ends with the block, and its folder is deleted."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="loop-replicas-")))
        port, api = free_port(), free_port()
        hook = f"http://127.0.0.1:{port}/hooks/loop/{SECRET}" if setup.webhook else None
        loop, sandbox = stack.enter_context(_running_sandbox(setup, folder, hook))
        gateway = stack.enter_context(_running_gateway(folder / "gateway", api, sandbox))
        server = stack.enter_context(running_server(durable=True))
        url = url_of(server, server.standby()) if setup.standby else server.url
        ports = [free_port() for _ in range(setup.replicas)]
        replicas = [
            Replica(folder / f"replica-{number}", _settings(setup, folder, number, api, url), number, one)
            for number, one in enumerate(ports, 1)
        ]
        (folder / "nginx").mkdir()
        nginx = stack.enter_context(running_nginx(Place(folder / "nginx", port, ports)))
        for one in replicas:
            stack.callback(one.end)
            one.start()
        yield ReplicaSet(folder, f"http://127.0.0.1:{port}", api, sandbox, replicas, server, loop, nginx, gateway)


@contextmanager
def _running_gateway(folder: Path, port: int, sandbox: str) -> Iterator[Nginx]:
    """An nginx before the sandbox; its servers of the dashboard are never asked."""
    folder.mkdir()
    more = API.format(sandbox=sandbox.rpartition(":")[2].partition("/")[0], port=port, folder=folder)
    with running_nginx(Place(folder, free_port(), [port], more=more)) as nginx:
        yield nginx


def _settings(setup: Setup, folder: Path, number: int, api: int, url: str) -> dict[str, str]:
    """The environment of a process."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LOOP_", "STREAMLIT_"))}
    return environment | {
        "LOOP_API_KEY": KEY,
        "LOOP_BASE_URL": f"http://127.0.0.1:{api}/v2",
        "LOOP_CALLS_PER_MINUTE": str(setup.calls_per_minute),
        "LOOP_DATA_DIR": str(folder / f"data-{number}"),
        "LOOP_STORE_URL": url,
        "LOOP_HOOK_SECRET": SECRET,
        "STREAMLIT_SERVER_COOKIE_SECRET": SECRET,
        "HOME": str(folder),  # without anybody's secrets.toml
    }


@contextmanager
def _running_sandbox(setup: Setup, folder: Path, hook: str | None) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A sandbox in a process of its own, and its address."""
    command = [sys.executable, "-m", "loop_client.sandbox", "--api-key", KEY, "--db", str(folder / "sandbox.db")]
    command += ["--items", str(setup.items), "--rate-limit", str(2 * setup.calls_per_minute), "--with-parent"]
    command += ["--webhook", hook] if hook else []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://\S+", process.stdout.readline())
            assert found is not None, "the sandbox did not start"
            yield process, found[0]
        finally:
            process.terminate()
