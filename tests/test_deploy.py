"""What `docs/deploy/` installs and copies is what the project has."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / "requirements.lock").read_text()
ENTRY = re.compile(r"^([\w.-]+)==([^ ;\\]+)[^\\\n]*((?: \\\n +--hash=sha256:[0-9a-f]{64})*)$", re.MULTILINE)


def spelt(name: str) -> str:
    """A package's name in its one spelling."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_lock_has_the_packages_that_the_tests_ran_with() -> None:
    """Each version is that of constraints.txt, and all that pyproject.toml asks for is there."""
    locked = {spelt(name): version for name, version, _ in ENTRY.findall(LOCK)}
    pinned = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text().split())
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]

    ran = {spelt(name): version for name, version in pinned.items()}
    assert {name: ran.get(name) for name in locked if name in ran} == {
        name: locked[name] for name in locked if name in ran
    }
    assert {spelt(re.split("[><=]", one)[0]) for one in asked} <= locked.keys()


def test_each_package_of_the_lock_has_a_hash() -> None:
    """Nothing but packages with hashes is in it, and no address."""
    entries = ENTRY.findall(LOCK)

    assert all(hashes for _, _, hashes in entries)
    assert ENTRY.sub("", LOCK).strip() == ""


def test_what_the_container_copies_is_there() -> None:
    """Each file and folder is one of the project, and everything that a page needs is among them."""
    copied = re.findall(r"^COPY (?!--from)(\S+) ", (ROOT / "docs/deploy/Containerfile").read_text(), re.MULTILINE)

    assert all((ROOT / one).exists() for one in copied)
    assert {"app.py", "pages", "loop_client", ".streamlit/config.toml"} <= {*copied}
    assert ".streamlit" not in copied  # its secrets stay out of an image
