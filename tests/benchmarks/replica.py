"""One process among several: of the dashboard, or of the command that imports files."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx

from tests.nginx import ROOT

WITH_PARENT: Final = ("setpriv", "--pdeathsig", "KILL") if shutil.which("setpriv") else ()
"""The words before a command that end it with the thread that started it."""

WITHIN: Final = 120.0
"""Seconds that a start or a takeover may take, on a machine that is busy with other things."""


@dataclass
class Process:
    """A process that can be killed, stopped and started again. `folder`: of its log."""

    folder: Path
    settings: dict[str, str]
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False, kw_only=True)

    @property
    def process(self) -> int:
        """The id of the process."""
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> Path:
        """What it has printed, over all starts."""
        return self.folder / "process.log"

    def command(self) -> list[str]:
        """What comes after `python -m`."""
        raise NotImplementedError

    def start(self) -> None:
        """Start it; it is not ready yet. It ends with the thread that started it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*WITH_PARENT, sys.executable, "-m", *self.command()],
                cwd=ROOT,
                env=self.settings,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C ends the benchmark, which then ends this
            )

    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def wait(self) -> int:
        """Wait for its end; the exit code."""
        assert self._process is not None
        return self._process.wait(timeout=WITHIN)

    def send(self, number: signal.Signals) -> None:
        """Send a signal, and wait for the end if it is one that ends a process."""
        if self._process is None or not self.is_running():
            return
        self._process.send_signal(number)
        if number in {signal.SIGKILL, signal.SIGTERM}:
            self.wait()

    def end(self) -> None:
        """End it, frozen or not, if it runs."""
        with suppress(subprocess.TimeoutExpired):
            self.send(signal.SIGCONT)
            self.send(signal.SIGTERM)

    def has_connection(self, own: int, other: int) -> bool:
        """Whether it has a TCP connection on loopback between these two ports."""
        lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
        ends = f":{own:04X}", f":{other:04X}"
        found = [one.split() for one in lines]
        inodes = {one[9] for one in found if one[1].endswith(ends[0]) and one[2].endswith(ends[1])}
        with suppress(FileNotFoundError, ProcessLookupError):
            for link in Path(f"/proc/{self.process}/fd").iterdir():
                with suppress(FileNotFoundError):
                    target = str(link.readlink())
                    if target.removeprefix("socket:[").removesuffix("]") in inodes - {"0"}:
                        return True
        return False


@dataclass
class Replica(Process):
    """One process of the dashboard."""

    number: int
    port: int

    @property
    def address(self) -> str:
        """Its own address, past nginx."""
        return f"http://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        """What comes after `python -m`."""
        return ["streamlit", "run", "app.py", "--server.port", str(self.port), "--server.headless", "true"]

    def is_ready(self) -> bool:
        """Whether it has items to show."""
        if not self.is_running():
            return False
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.address}/readyz", timeout=5).status_code == httpx.codes.OK
        return False

    def seconds(self) -> float:
        """Processor time that it has used."""
        fields = Path(f"/proc/{self.process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> int:
        """Bytes in memory."""
        status = Path(f"/proc/{self.process}/status").read_text()
        return 1024 * int(re.findall(r"^VmRSS:\s+(\d+)", status, re.MULTILINE)[0])
