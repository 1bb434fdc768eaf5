"""`make audit`: are there known vulnerabilities in the packages of requirements.lock?

It passes only where all were checked. pip-audit alone says "No known vulnerabilities found" also of packages that its
service does not know, and of an answer that has nothing. So each package must be in its report, and an old version
that has vulnerabilities is asked for as well: a service that does not find these has checked nothing.
"""

# ruff: noqa: T201 - a command prints
from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

LOCK: Final = Path(__file__).parents[1] / "requirements.lock"

CONTROL: Final = ("pyyaml", "5.3")
"""A package that the dashboard does not use, in a version with a known vulnerability (CVE-2020-1747)."""

WITHIN: Final = 600.0
"""Seconds."""

NONE_FOUND, FOUND, NOT_CHECKED = 0, 1, 2
"""Exit codes."""


class Verdict(NamedTuple):
    """The exit code, and what is printed."""

    code: int
    lines: list[str]


def pins(lock: str) -> dict[str, str]:
    """The packages of a lock, those of other systems too: name → version.

    Raises:
        ValueError: One has two versions.
    """
    found: list[tuple[str, str]] = re.findall(r"^([a-z0-9-]+)==([^\s;\\]+)", lock, re.MULTILINE)
    if len(found) > len(dict(found)):
        raise ValueError("requirements.lock has two versions of a package")
    return dict(found)


def judged(printed: str, asked: Mapping[str, str]) -> Verdict:
    """What a report in JSON says of these packages. It has to name each one, and the vulnerability of `CONTROL`."""
    try:
        report = {one["name"].lower(): one for one in json.loads(printed)["dependencies"]}
        checked = {name: one["vulns"] for name, one in report.items() if "vulns" in one}
        versions = {name: one["version"] for name, one in report.items() if name in checked}
        found = [
            f"{name} {versions[name]}: {each['id']}, fixed in {', '.join(each['fix_versions']) or 'no version yet'}"
            for name in sorted(checked.keys() & asked.keys())
            for each in checked[name]
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        return Verdict(NOT_CHECKED, ["Not checked: the report cannot be read."])
    wanted = {**asked, CONTROL[0]: CONTROL[1]}
    missing = [name for name in sorted(wanted) if versions.get(name) != wanted[name]]
    if missing:
        reasons = [f"  {name}: {report.get(name, {}).get('skip_reason', 'not in the report')}" for name in missing[:5]]
        return Verdict(NOT_CHECKED, [*found, f"Not checked: {len(missing)} of {len(wanted)} packages, as", *reasons])
    if not checked[CONTROL[0]]:
        return Verdict(NOT_CHECKED, ["Not checked: the service does not know that PyYAML 5.3 has vulnerabilities."])
    if found:
        return Verdict(FOUND, found)
    return Verdict(NONE_FOUND, [f"{len(asked)} packages checked; no known vulnerability."])


def audited(command: list[str], asked: Mapping[str, str]) -> Verdict:
    """What pip-audit finds. `command`: the program and its options."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.writelines(f"{name}=={version}\n" for name, version in [*asked.items(), CONTROL])
        file.flush()
        options = ["--no-deps", "--disable-pip", "--format", "json", "--progress-spinner", "off", "-r", file.name]
        try:
            run = subprocess.run(
                [*command, *options],
                capture_output=True,
                text=True,
                check=False,
                timeout=WITHIN,
                stdin=subprocess.DEVNULL,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return Verdict(NOT_CHECKED, [f"Not checked: {error}."])
    if run.returncode not in {0, 1} or not run.stdout.strip():
        last = next(reversed(run.stderr.strip().splitlines()), "it printed nothing")
        return Verdict(NOT_CHECKED, [f"Not checked, pip-audit has failed: {last}"])
    unread = [line for line in run.stderr.splitlines() if line.startswith("WARNING:pip_audit._service")]
    if unread:
        return Verdict(NOT_CHECKED, [f"Not checked: pip-audit could not read an answer: {unread[0]}"])
    return judged(run.stdout, asked)


def main() -> int:
    """Print the verdict. The arguments are the command that starts pip-audit."""
    asked = pins(LOCK.read_text())
    if not asked or CONTROL[0] in asked:
        print("Not checked: requirements.lock has no packages, or has the one of the trial.", file=sys.stderr)
        return NOT_CHECKED
    code, lines = audited(sys.argv[1:], asked)
    print("\n".join(lines), file=sys.stderr if code else sys.stdout)
    return code


if __name__ == "__main__":
    sys.exit(main())
