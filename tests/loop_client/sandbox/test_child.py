"""The sandbox as a child of the dashboard: found again, restarted, and ended with its parent."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from loop_client.sandbox.child import LocalSandbox
from tests.loop_client.sandbox.processes import created, eventually, newest

if TYPE_CHECKING:
    from pathlib import Path


def child_of(local: LocalSandbox) -> int:
    """The process id of the child that this object started."""
    assert local._child is not None  # noqa: SLF001 - a test that kills has to know whom
    return local._child.pid  # noqa: SLF001


def test_a_killed_child_comes_back_with_its_items_port_and_key(local: LocalSandbox) -> None:
    """After kill -9, `ensure` starts another child with the same items, port and key."""
    local.ensure()
    item, port, key = created(local), local.port, local.api_key
    os.kill(child_of(local), signal.SIGKILL)
    local.ensure()
    assert (newest(local), local.port, local.api_key) == (item, port, key)


def test_a_hung_child_is_replaced(local: LocalSandbox) -> None:
    """A child that does not answer is killed, and the next one has its items."""
    local.ensure()
    item, hung = created(local), child_of(local)
    os.kill(hung, signal.SIGSTOP)
    local.ensure()
    assert child_of(local) != hung
    assert newest(local) == item


def test_another_object_finds_the_running_one(local: LocalSandbox, tmp_path: Path) -> None:
    """A second LocalSandbox on the same folder uses the running child, and stopping it stops nothing."""
    local.ensure()
    item = created(local)
    other = LocalSandbox(tmp_path / "loop")
    other.ensure()
    other.stop()
    assert (other.port, other.api_key) == (local.port, local.api_key)
    assert newest(local) == item


def test_the_next_start_has_the_same_items_port_and_key(local: LocalSandbox, tmp_path: Path) -> None:
    """The next start has the same items, port and key."""
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
    """Of concurrent processes and threads that call `ensure`, one starts a child, and all use it."""
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
        lines = [process.stdout.readline().split() for process in processes if process.stdout is not None]
    finally:
        for process in processes:
            process.communicate(timeout=20)
    assert len({tuple(words[:2]) for words in lines}) == 1
    assert sorted(words[2] for words in lines) == ["False", "False", "True"]


def test_threads_share_one_child(local: LocalSandbox) -> None:
    """Concurrent threads that call `ensure` start one child."""

    def child(_: int) -> int:
        local.ensure()
        return child_of(local)

    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(child, range(4)))) == 1


def test_a_child_ends_with_its_parent(tmp_path: Path) -> None:
    """After its parent is killed with -9, the child ends by itself."""
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
    """Whether a server listens there."""
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex(("127.0.0.1", port)) == 0
