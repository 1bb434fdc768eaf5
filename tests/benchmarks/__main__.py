"""`python -m tests.benchmarks [--write docs/performance.md]` runs them all, and makes the page that shows the figures.

Each prints ratios against a peer or a floor of the same run. It ends with 1 where a bound is missed, and runs on.
With `--only`, the other sections of the page stay as they are: each says when it was measured.
"""

# ruff: noqa: T201 - a command prints
from __future__ import annotations

import argparse
import ast
import os
import platform
import subprocess
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tests.benchmarks.table import MISSED

HERE = Path(__file__).parent

TITLES = {
    "rerun": "A rerun of a page",
    "searching": "Searches",
    "clicks": "Clicks and first visits in a browser",
    "viewers": "Many viewers",
    "idle": "Idle tabs",
    "busy": "While the sync runs",
    "keeping": "Starts and refreshes",
    "clusters": "Clusters",
    "walk": "Walking the list",
    "exporting": "Exports",
    "importing": "Imports",
    "sandbox": "The sandbox",
    "submitting": "Submissions under faults and kills",
}

PACKAGES = ("streamlit", "pandas", "pyarrow", "httpx", "msgspec", "adbc-driver-sqlite", "dlt")

HEAD = """# Performance

Made by `make bench`, which writes this page; no figure in it is typed by hand. {machine} · {packages}.

Trust the ratios: each is against a peer or a floor that was measured in the same run, where possible in turns, of which
the least counts, since whatever else a machine does only adds. The times are those of this machine on that day. “To
hold” is the bound that a change may not cross; one that is crossed is called {missed}. {verdict}

- **floor**: Streamlit's calls alone. What our page calls is recorded, and called again with the same constants.
- **ordinary**: what one writes first, a cached frame, group-bys, and all rows to the browser.
- **seen before**: four choices of the filter in turn; **not seen before**: others each time; **after news**: the first
  rerun after 100 new items came; **wide**: an account of three years, 200 tags and 12 sources, where the others have
  180 days, 15 tags and 6 sources.
"""


def commands(options: argparse.Namespace) -> dict[str, list[str]]:
    """Benchmark → its arguments."""
    large, middle, small = (str(size) for size in (options.large, options.middle, options.small))
    chart = ["--chart", str(options.write.resolve().with_name("growth.svg"))] if options.write else []
    return {
        "rerun": ["--sizes", small, middle, large, "--news", "--unseen", "--wide", "--others", *chart],
        "searching": ["--sizes", small, large, "--rounds", "10", "--all"],
        "clicks": ["--sizes", middle, "--rounds", "6", "--first"],
        "viewers": ["--items", middle, "--seconds", "8"],
        "idle": ["--viewers", "100", "--seconds", "60"],
        "busy": ["--items", middle, "--rounds", "30"],
        "keeping": ["--items", large],
        "clusters": ["--sizes", "2400", "6000", "20000"],
        "walk": ["--items", "10000", "--rounds", "5", "--mirror"],
        "exporting": ["--rows", middle, "--each", str(3 * options.middle), "--large", large],
        "importing": ["--rows", "50000"],
        "sandbox": ["--items", str(3 * options.middle), "--seconds", "0.2"],
        "submitting": ["--creates", "1000", "--kills", "25"],
    }


def measured(name: str, arguments: list[str]) -> str:
    """The section of a benchmark; prints as it goes."""
    started, load = time.monotonic(), os.getloadavg()[0]
    command = [sys.executable, "-m", f"tests.benchmarks.{name}", *arguments]
    answer = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True, cwd=HERE.parents[1])
    tables = answer.stdout if answer.returncode == 0 else f"\nIt failed and has no figures. {MISSED}\n"
    print(f"## {name}, {time.monotonic() - started:.0f} s\n{tables}", flush=True)
    about = (ast.get_docstring(ast.parse((HERE / f"{name}.py").read_text())) or "").splitlines()[0]
    shown = "\n".join(line for line, _ in _without_double_gaps(tables))
    when = f"{datetime.now(UTC):%-d %B %Y}, {load:.1f} other processes at work"
    return f"\n## {TITLES[name]}\n\n{about} (`{name}`; {when})\n{shown}".rstrip() + "\n"


def _without_double_gaps(text: str) -> list[tuple[str, str]]:
    lines = text.splitlines()
    return [(line, before) for before, line in zip(["x", *lines], lines, strict=False) if line or before]


def _versions() -> list[str]:
    """The installed packages; dlt is installed only for benchmarks."""
    found = []
    for name in PACKAGES:
        with suppress(PackageNotFoundError):
            found.append(f"{name} {version(name)}")
    return found


def page(sections: dict[str, str]) -> str:
    """The complete page, from the sections by title."""
    ordered = "".join(sections[title] for title in TITLES.values() if title in sections)
    missed = ordered.count(MISSED)
    head = HEAD.format(
        machine=f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}",
        packages=", ".join(_versions()),
        missed=MISSED,
        verdict=f"Of the bounds, {missed or 'none'} {'is' if missed < 2 else 'are'} missed here.",
    )
    return head + ordered


def written(path: Path | None) -> dict[str, str]:
    """The sections of an earlier page, by title; those not measured again stay."""
    parts = path.read_text().split("\n## ")[1:] if path and path.exists() else []
    return {part.partition("\n")[0]: f"\n## {part.rstrip()}\n" for part in parts}


def main() -> int:
    """Run them; returns 1 if a bound is missed."""
    parser = argparse.ArgumentParser("python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--write", type=Path, help="the page to make, as docs/performance.md; its chart goes beside it")
    parser.add_argument("--only", nargs="+", choices=TITLES, default=list(TITLES), help="these benchmarks alone")
    parser.add_argument("--small", type=int, default=10_000, help="items of the smallest account")
    parser.add_argument("--middle", type=int, default=100_000)
    parser.add_argument("--large", type=int, default=1_000_000)
    options = parser.parse_args()
    arguments, sections, missed = commands(options), written(options.write), 0
    for name in options.only:
        section = measured(name, arguments[name])
        sections[TITLES[name]], missed = section, missed + section.count(MISSED)
        if options.write:  # after each one, so that an interrupted run leaves its results
            options.write.write_text(page(sections))
    print(f"{missed} bounds missed" if missed else "All bounds hold")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
