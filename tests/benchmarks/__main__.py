"""`python -m tests.benchmarks` runs them all; each prints ratios against a peer or a floor of the same run."""

from __future__ import annotations

import subprocess
import sys

for name in ("walk", "sandbox", "keeping", "rerun", "searching", "busy", "viewers", "clicks", "exporting"):
    subprocess.run([sys.executable, "-m", f"tests.benchmarks.{name}"], check=True)
