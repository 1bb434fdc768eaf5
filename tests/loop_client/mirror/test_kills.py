"""A kill -9 at any moment of a sync loses nothing that was stored."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from loop_client import Loop
from loop_client.mirror import Mirror
from tests.loop_client.mirror.world import ids_of

if TYPE_CHECKING:
    from pathlib import Path


KILLED = """
import os, sys
from loop_client import Loop
from loop_client.mirror import Mirror
mirror = Mirror(Loop(api_key="k", base_url=sys.argv[2], max_retries=0), sys.argv[1])
print("go", flush=True)
while True:
    mirror.sync()
    print(mirror.snapshot().change, len(mirror.snapshot().frame), flush=True)
"""


def kills(sandbox_url: str, key: str, url: str, times: int) -> None:
    """Kill a syncing process again and again; all items that it reported as stored are there afterwards."""
    for number in range(times):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED.replace('"k"', repr(key)), url, sandbox_url],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(1 + number % 4)]
        process.send_signal(signal.SIGKILL)
        lines += process.communicate(timeout=20)[0].splitlines()
        numbers = [int(words[1]) for words in map(str.split, lines) if len(words) == 2]
        with Loop(api_key=key, base_url=sandbox_url) as client:
            mirror = Mirror(client, url)
            assert len(ids_of(mirror)) >= max(numbers, default=0)
            assert mirror._store.is_sound()  # noqa: SLF001
            mirror._store.close()  # noqa: SLF001 - without the other steps of a clean close


def _sandbox(tmp_path: Path, times: int) -> None:
    from tests.sandboxes import running_sandbox  # noqa: PLC0415 - only for these lines

    rows = [
        {
            "id": f"fb_{number}",
            "user_id": "u",
            "message": f"m {number}",
            "sentiment": None,
            "source": None,
            "tag": None,
            "status": "open",
            "created_at": f"2026-06-19T14:{number // 60 % 60:02}:{number % 60:02}.000Z",
        }
        for number in range(1500)
    ]
    with running_sandbox(tmp_path / "loop", items=rows) as sandbox:
        url = f"sqlite:///{tmp_path}/mirror.db"
        kills(sandbox.base_url, sandbox.api_key, url, times)
        with Loop(api_key=sandbox.api_key, base_url=sandbox.base_url) as client:
            mirror = Mirror(client, url)
            mirror.sync()
            assert len(ids_of(mirror)) == 1500
            mirror.close()


def test_a_kill_loses_nothing_that_was_stored(tmp_path: Path) -> None:
    """Nothing stored is lost by a few kills; `make test-long` does 200."""
    _sandbox(tmp_path, 4)


@pytest.mark.long
def test_no_kill_loses_anything_that_was_stored(tmp_path: Path) -> None:
    """Nothing stored is lost by 200 kills."""
    _sandbox(tmp_path, 200)
