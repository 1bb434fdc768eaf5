"""Sandboxes in separate processes, which a test may kill."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import httpx

from tests.loop_client.sandbox.test_create import PLAIN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from loop_client.sandbox.child import LocalSandbox

COMMAND = (sys.executable, "-m", "loop_client.sandbox")


def run(*options: object, program: tuple[str, ...] = COMMAND) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    command = [*program, *map(str, options)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@contextmanager
def started(*options: object) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running command and the base URL of its first line; interrupted at the end if it still runs."""
    command = [*COMMAND, *map(str, options)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            found = re.fullmatch(r"Loop sandbox on (http://127\.0\.0\.1:\d+/v2)\n", line)
            assert found, line + (process.stderr.read() if process.stderr is not None and not line else "")
            yield process, found[1]
        finally:
            try:
                for _ in range(2):  # the first may come while it still imports, and be dropped
                    if process.poll() is None:
                        process.send_signal(signal.SIGINT)
                    with suppress(subprocess.TimeoutExpired):
                        process.wait(timeout=5)
                process.wait(timeout=5)
            finally:
                process.kill()


def eventually(condition: Callable[[], bool], within: float = 10.0) -> bool:
    """Whether the condition becomes true within these seconds."""
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def created(local: LocalSandbox) -> str:
    """Create an item and return its id."""
    headers = {"Authorization": f"Bearer {local.api_key}"}
    answer = httpx.post(f"{local.base_url}/feedback", json=PLAIN, headers=headers, timeout=10)
    return str(answer.raise_for_status().json()["id"])


def newest(local: LocalSandbox) -> str:
    """The id of the newest item."""
    headers = {"Authorization": f"Bearer {local.api_key}"}
    answer = httpx.get(f"{local.base_url}/feedback?limit=1", headers=headers, timeout=10)
    return str(answer.raise_for_status().json()["data"][0]["id"])
