"""Any damage to a file of the data folder is repaired, and the process survives it."""

from __future__ import annotations

import os
import subprocess
import sys
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from tests.loop_client.mirror import damage

if TYPE_CHECKING:
    from pathlib import Path

BATCH = 100
"""Damages that one process tries in turn."""


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as a clean stop leaves it, and one as a kill leaves it."""
    folder = tmp_path_factory.mktemp("templates")
    damage.fill(folder)
    return folder


def damages(template: Path, kind: str, count: int) -> list[str]:
    """Reproducible pseudo-random damages, equally many per file, a third of them in its first 4 KiB."""
    files = sorted(file for file in template.iterdir() if file.stat().st_size)
    chosen = []
    for number in range(count):
        file = files[number % len(files)]
        size = file.stat().st_size
        within = min(size, 4096) if number // len(files) % 3 == 0 else size
        units = {"flip": 8 * within, "zero": -(-size // 4096)}.get(kind, within)
        place = int.from_bytes(sha256(f"{kind} {number}".encode()).digest()[:6], "big") % units
        chosen.append(f"{file.name}:{kind}:{place}")
    return chosen


def survive(folder: Path, template: Path, chosen: list[str]) -> None:
    """Use the folder after each damage in a subprocess, so that a crash fails only this test."""
    for start in range(0, len(chosen), BATCH):
        batch = chosen[start : start + BATCH]
        done = subprocess.run(
            [sys.executable, "-m", "tests.loop_client.mirror.damage", str(folder), str(template), *batch],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONFAULTHANDLER": "1"},
        )
        last = done.stdout.splitlines()[-1:]
        assert done.returncode == 0, f"{template.name} {last}: exit code {done.returncode}\n{done.stderr[-2000:]}"


@pytest.mark.parametrize("state", ["closed", "killed"])
def test_a_damaged_file_stops_nothing(templates: Path, tmp_path: Path, state: str) -> None:
    """After a flipped bit, a zeroed page, noise or a cut in any file, everything works again."""
    template = templates / state
    chosen = damages(template, "flip", 18) + damages(template, "zero", 6)
    survive(tmp_path, template, chosen + damages(template, "noise", 6) + damages(template, "cut", 6))


@pytest.mark.long
@pytest.mark.parametrize("state", ["closed", "killed"])
def test_no_damaged_file_stops_anything(templates: Path, tmp_path: Path, state: str) -> None:
    """The same holds for 1,200 flipped bits and 400 larger damages."""
    template = templates / state
    survive(tmp_path, template, damages(template, "flip", 600))
    for kind in ("zero", "noise", "cut"):
        survive(tmp_path, template, damages(template, kind, 66))
