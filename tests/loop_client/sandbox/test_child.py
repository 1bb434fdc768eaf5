"""The sandbox as a child of the dashboard: private, found again, revived, and gone with its parent."""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import httpx
import pytest

from loop_client.sandbox.child import LocalSandbox, SandboxError
from tests.loop_client.sandbox.processes import eventually
from tests.loop_client.sandbox.test_create import PLAIN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def local(tmp_path: Path) -> Iterator[LocalSandbox]:
    """A sandbox in a folder of its own, ended with the test."""
    local = LocalSandbox(tmp_path / "loop")
    yield local
    local.stop()


def created(local: LocalSandbox) -> str:
    """The id of an item that was created just now."""
    headers = {"Authorization": f"Bearer {local.api_key}"}
    answer = httpx.post(f"{local.base_url}/feedback", json=PLAIN, headers=headers, timeout=10)
    return str(answer.raise_for_status().json()["id"])


def newest(local: LocalSandbox) -> str:
    """The id of its newest item."""
    headers = {"Authorization": f"Bearer {local.api_key}"}
    answer = httpx.get(f"{local.base_url}/feedback?limit=1", headers=headers, timeout=10)
    return str(answer.raise_for_status().json()["data"][0]["id"])


def child_of(local: LocalSandbox) -> int:
    """The process id of the child that this object started."""
    assert local._child is not None  # noqa: SLF001 - a test that kills has to know whom
    return local._child.pid  # noqa: SLF001


def test_everything_in_its_folder_is_private(local: LocalSandbox, tmp_path: Path) -> None:
    """A new folder is 0700 and each file 0600, whatever the umask, even where a wider one was there before."""
    folder, before = tmp_path / "loop", os.umask(0)
    try:
        local.ensure()
        local.stop()
        for name in ("sandbox.log", "sandbox.json.new", "sandbox.lock"):
            (folder / name).touch()
            (folder / name).chmod(0o644)
        local.ensure()
    finally:
        os.umask(before)
    created(local)
    assert folder.stat().st_mode & 0o777 == 0o700
    modes = {file.name: oct(file.stat().st_mode & 0o777) for file in folder.iterdir()}
    names = ("db", "db-wal", "db-shm", "log", "lock", "json")
    assert modes == {f"sandbox.{name}": "0o600" for name in names}


def test_a_folder_that_others_use_too_is_left_as_it_is(local: LocalSandbox, tmp_path: Path) -> None:
    """LOOP_DATA_DIR may be anywhere: a folder that was there keeps its mode, and other programs' files theirs."""
    folder, other = tmp_path / "loop", tmp_path / "loop" / "sandbox.notes"
    folder.mkdir()
    folder.chmod(0o755)
    other.touch()
    other.chmod(0o644)
    local.ensure()
    assert (folder.stat().st_mode & 0o777, other.stat().st_mode & 0o777) == (0o755, 0o644)
    assert (folder / "sandbox.json").stat().st_mode & 0o777 == 0o600


def test_a_killed_child_comes_back_with_its_items_port_and_key(local: LocalSandbox) -> None:
    """After kill -9, ensure starts another child that is the same to those who talk to it."""
    local.ensure()
    item, port, key = created(local), local.port, local.api_key
    os.kill(child_of(local), signal.SIGKILL)
    local.ensure()
    assert (newest(local), local.port, local.api_key) == (item, port, key)


def test_a_hung_child_is_replaced(local: LocalSandbox) -> None:
    """A child that no longer answers is ended by force, and the next one has its items."""
    local.ensure()
    item, hung = created(local), child_of(local)
    os.kill(hung, signal.SIGSTOP)
    local.ensure()
    assert child_of(local) != hung
    assert newest(local) == item


def test_another_object_finds_the_running_one(local: LocalSandbox, tmp_path: Path) -> None:
    """A second LocalSandbox on the same folder starts nothing, and stopping it stops nothing."""
    local.ensure()
    item = created(local)
    other = LocalSandbox(tmp_path / "loop")
    other.ensure()
    other.stop()
    assert (other.port, other.api_key) == (local.port, local.api_key)
    assert newest(local) == item


def test_the_next_start_has_the_same_items_port_and_key(local: LocalSandbox, tmp_path: Path) -> None:
    """What one start made, the next one finds."""
    local.ensure()
    item = created(local)
    local.stop()
    other = LocalSandbox(tmp_path / "loop")
    other.ensure()
    try:
        assert (newest(other), other.port, other.api_key) == (item, local.port, local.api_key)
    finally:
        other.stop()


def test_many_at_once_end_up_with_one(tmp_path: Path) -> None:
    """Of processes and threads that call ensure at the same time, one starts a child, and all talk to it."""
    code = (
        "import sys; from pathlib import Path; from loop_client.sandbox.child import LocalSandbox;"
        "local = LocalSandbox(Path(sys.argv[1])); sys.stdin.readline(); local.ensure();"
        "print(local.port, local.api_key, local._child is not None, flush=True); sys.stdin.read(); local.stop()"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "loop")]
    pipe = subprocess.PIPE
    processes = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) for _ in range(3)]
    try:
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        said = [process.stdout.readline().split() for process in processes if process.stdout is not None]
    finally:
        for process in processes:
            process.communicate(timeout=20)
    assert len({tuple(words[:2]) for words in said}) == 1
    assert sorted(words[2] for words in said) == ["False", "False", "True"]


def test_threads_share_one_child(local: LocalSandbox) -> None:
    """Threads that call ensure at the same time start one child."""

    def child(_: int) -> int:
        local.ensure()
        return child_of(local)

    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(child, range(4)))) == 1


def test_a_child_ends_with_its_parent(tmp_path: Path) -> None:
    """When the parent is killed with -9, the child ends by itself."""
    code = (
        "import sys; from pathlib import Path; from loop_client.sandbox.child import LocalSandbox;"
        "local = LocalSandbox(Path(sys.argv[1])); local.ensure(); print(local.port, flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "loop")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        port = int(parent.stdout.readline())
        assert is_open(port)
        parent.kill()
    assert eventually(lambda: not is_open(port))


def is_open(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        '{"port": 1}',
        '{"port": 70000, "api_key": "k"}',
        '{"port": 4000, "api_key": "two words"}',
        '{"port": Infinity, "api_key": "k"}',
        "[" * 100_000,
        "\xff",
    ],
)
def test_an_unreadable_memory_starts_over(
    local: LocalSandbox, tmp_path: Path, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A sandbox.json that is corrupt is replaced, with a warning, and the items are still there."""
    (tmp_path / "loop").mkdir()
    (tmp_path / "loop" / "sandbox.json").write_text(content, encoding="latin-1")
    with caplog.at_level(logging.WARNING):
        local.ensure()
    assert "sandbox.json cannot be read" in caplog.text
    kept = json.loads((tmp_path / "loop" / "sandbox.json").read_text())
    assert kept == {"port": local.port, "api_key": local.api_key}
    assert created(local) == newest(local)


def test_somebody_else_on_its_port_is_left_alone_and_told_nothing(local: LocalSandbox) -> None:
    """A foreign server on the kept port does not get the key; the sandbox moves to another port with its items."""
    local.ensure()
    item, port, key = created(local), local.port, local.api_key
    local.stop()
    heard: list[str] = []

    class Foreign(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(f"{self.requestline}\n{self.headers}")
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"data": [], "nextCursor": null, "hasMore": false}')

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with HTTPServer(("127.0.0.1", port), Foreign) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            local.ensure()
        finally:
            server.shutdown()
            thread.join()
    assert heard
    assert not any(key in words for words in heard)
    assert local.port != port
    assert (newest(local), local.api_key) == (item, key)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    """Where no folder can be, there is one sentence that names it."""
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "loop"
    with pytest.raises(SandboxError) as failed:
        LocalSandbox(folder).ensure()
    assert str(failed.value) == f"The sandbox cannot be started in {folder}: Not a directory."


def test_a_database_that_is_not_ours_is_said(local: LocalSandbox, tmp_path: Path) -> None:
    """Where the child refuses the database, its own sentence is passed on."""
    (tmp_path / "loop").mkdir()
    (tmp_path / "loop" / "sandbox.db").write_text("Remember the milk. " * 50)
    with pytest.raises(SandboxError) as failed:
        local.ensure()
    database = tmp_path / "loop" / "sandbox.db"
    assert str(failed.value) == (
        f"The sandbox did not start: The database {database} cannot be used: file is not a database."
    )
