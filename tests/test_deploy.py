"""What `docs/deploy/` installs and copies is what the project has."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / "requirements.lock").read_text()
ENTRY = re.compile(r"^([\w.-]+)==([^ ;\\]+)[^\\\n]*((?: \\\n +--hash=sha256:[0-9a-f]{64})*)$", re.MULTILINE)


def spelt(name: str) -> str:
    """A package's name in its one spelling."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_lock_has_the_packages_that_the_tests_ran_with() -> None:
    """Each version is that of constraints.txt, and all that the dashboard and its extras ask for is there."""
    locked = {spelt(name): version for name, version, _ in ENTRY.findall(LOCK)}
    pinned = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text().split())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    asked = project["dependencies"] + extras["auth"] + extras["postgres"]

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


ASKED = """
from starlette.testclient import TestClient
import app
reader = TestClient(app.app, base_url="http://localhost:8501", client=("10.89.0.1", 50_000))
print(reader.get("/healthz").status_code)
"""
"""Asks as a browser on the machine does through the port that the engine publishes."""


def test_the_composed_container_answers_to_its_machine() -> None:
    """Its readers come from the engine's network, which is not its own machine, under the name localhost."""
    text = (ROOT / "docs/deploy/compose.yaml").read_text()
    given = {name: value for name, value in os.environ.items() if not name.startswith("LOOP_")}
    given |= dict(re.findall(r"^ +(LOOP_\w+): \$\{\1:-(.*)\}$", text, re.MULTILINE))
    asked = subprocess.run(
        [sys.executable, "-c", ASKED], cwd=ROOT, env=given, capture_output=True, text=True, check=True
    )

    assert asked.stdout.split() == ["200"]


def test_the_composed_container_passes_what_a_sign_in_needs() -> None:
    """Who may sign in, for how long, and where the secrets are looked for."""
    text = (ROOT / "docs/deploy/compose.yaml").read_text()
    folder = re.findall(r"^WORKDIR (\S+)$", (ROOT / "docs/deploy/Containerfile").read_text(), re.MULTILINE)[-1]

    assert {"LOOP_ALLOWED_EMAILS", "LOOP_SIGN_IN_HOURS"} <= set(re.findall(r"^ +(LOOP_\w+):", text, re.MULTILINE))
    assert f":{folder}/.streamlit/secrets.toml:ro" in text
