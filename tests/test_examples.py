"""The examples work, against a sandbox over HTTP."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.sandboxes import row, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.sandboxes import RunningSandbox

EXAMPLES: Final = Path(__file__).parents[1] / "examples"

ROWS: Final = [
    row(24 * 8, message="Too old"),
    row(30, message="It is slow", tag=None),
    row(3, message="I like it", sentiment="positive"),
    row(2, message="=1+1 from anna@example.com"),
    row(1, message="Solved", status="resolved"),
]


@pytest.fixture
def account(tmp_path: Path) -> Iterator[RunningSandbox]:
    """An account with five items, one of them older than a week."""
    with running_sandbox(tmp_path / "loop", items=ROWS) as sandbox:
        yield sandbox


@pytest.fixture
def run(account: RunningSandbox, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """A function that runs an example as a process, with the account's key or another one."""

    def run(*command: str, key: str | None = None) -> subprocess.CompletedProcess[str]:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        python_path = os.pathsep.join([str(EXAMPLES.parent), os.environ.get("PYTHONPATH", "")])
        settings = {"LOOP_API_KEY": account.api_key if key is None else key, "LOOP_BASE_URL": account.base_url}
        environment = {**os.environ, "PATH": path, "PYTHONPATH": python_path, **settings}
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
        )

    return run


def test_negative_week_prints_the_week_alone(run: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    """Only negative items of the last seven days are printed, with counts of their tags."""
    done = run(sys.executable, str(EXAMPLES / "negative_week.py"))

    assert done.returncode == 0, done.stderr
    assert all(text in done.stdout for text in ("It is slow", "=1+1", "Solved", "No tag"))
    assert not any(text in done.stdout for text in ("Too old", "I like it"))


def test_submit_once_stores_one_item(
    account: RunningSandbox, run: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """One item is stored, and its id is printed."""
    done = run(sys.executable, str(EXAMPLES / "submit_once.py"), "u_9", "The export timed out.")

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Stored as fb_")
    assert len(account.store) == len(ROWS) + 1


def test_submit_once_reports_that_nothing_is_stored(
    account: RunningSandbox, run: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """With a rejected key it exits with 1 and prints the reason."""
    done = run(sys.executable, str(EXAMPLES / "submit_once.py"), "u_9", "The export timed out.", key="wrong")

    assert done.returncode == 1
    assert "401" in done.stderr
    assert len(account.store) == len(ROWS)


def test_nightly_export_writes_one_masked_file(
    tmp_path: Path, run: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """One file has the open negative items, with guarded formulas and masked addresses."""
    done = run("sh", str(EXAMPLES / "nightly_export.sh"), str(tmp_path / "exports"))

    assert done.returncode == 0, done.stderr
    (file,) = (tmp_path / "exports").iterdir()
    text = file.read_text("utf-8-sig")
    assert all(part in text for part in ("It is slow", "Too old", "'=1+1 from"))
    assert not any(part in text for part in ("Solved", "I like it", "anna@example.com"))


def test_nightly_export_fails_without_a_key(
    tmp_path: Path, run: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """Without a key it exits with code 2 and writes no file."""
    done = run("sh", str(EXAMPLES / "nightly_export.sh"), str(tmp_path / "exports"), key="")

    assert done.returncode == 2
    assert not [*(tmp_path / "exports").iterdir()]
