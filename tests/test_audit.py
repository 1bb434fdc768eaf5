"""The audit of dependencies."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from tests.audit import CONTROL, FOUND, LOCK, NONE_FOUND, NOT_CHECKED, audited, judged, pins

ASKED = {"httpx": "0.28.1", "idna": "3.11"}
KNOWN = {"id": "PYSEC-1", "fix_versions": ["9.9"], "aliases": [], "description": ""}


def entry(name: str, version: str, *vulns: dict[str, Any]) -> dict[str, Any]:
    """What pip-audit's report says of a package."""
    return {"name": name, "version": version, "vulns": [*vulns]}


CHECKED = [entry("httpx", "0.28.1"), entry("idna", "3.11"), entry(*CONTROL, KNOWN)]


def report(*entries: dict[str, Any]) -> str:
    """A report in JSON."""
    return json.dumps({"dependencies": [*entries], "fixes": []})


def test_an_audit_passes_where_all_were_checked() -> None:
    """It says how many, and counts the package of the trial to none of it."""
    assert judged(report(*CHECKED), ASKED) == (NONE_FOUND, ["2 packages checked; no known vulnerability."])


def test_a_vulnerability_is_named() -> None:
    """With its id, and the version that has it no longer."""
    old = entry("idna", "3.11", KNOWN)
    assert judged(report(CHECKED[0], old, CHECKED[2]), ASKED) == (FOUND, ["idna 3.11: PYSEC-1, fixed in 9.9"])


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        (report(), "3 of 3 packages"),
        (report(*CHECKED[:2]), "pyyaml: not in the report"),
        (report(*CHECKED[:2], entry(*CONTROL)), "does not know that PyYAML 5.3"),
        (report(*CHECKED[1:]), "httpx: not in the report"),
        (report(*CHECKED[1:], entry("httpx", "0.28.0")), "1 of 3 packages"),
        (report(*CHECKED[1:], {"name": "httpx", "skip_reason": "It is on no index"}), "httpx: It is on no index"),
        ("[]", "cannot be read"),
        ("Found no vulnerabilities", "cannot be read"),
    ],
)
def test_an_audit_that_has_not_checked_all_does_not_pass(printed: str, said: str) -> None:
    """Whatever is missing: packages, the vulnerability of the trial, or the report."""
    code, lines = judged(printed, ASKED)
    assert code == NOT_CHECKED
    assert said in "\n".join(lines)


def test_vulnerabilities_are_named_also_where_some_were_not_checked() -> None:
    """Both count; the exit code is that of an audit that is not complete."""
    code, lines = judged(report(entry("idna", "3.11", KNOWN), CHECKED[2]), ASKED)
    assert code == NOT_CHECKED
    assert lines[0] == "idna 3.11: PYSEC-1, fixed in 9.9"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import sys; sys.exit('ConnectionError: no route')", "pip-audit has failed: ConnectionError: no route"),
        ("pass", "pip-audit has failed: it printed nothing"),
        ("import sys; print('WARNING:pip_audit._service: no', file=sys.stderr); print('{}')", "not read an"),
        ("print(open(__import__('sys').argv[-1]).read())", "cannot be read"),
    ],
)
def test_a_program_that_fails_has_checked_nothing(code: str, said: str) -> None:
    """Where the service cannot be reached, say."""
    verdict = audited([sys.executable, "-c", code], ASKED)
    assert verdict.code == NOT_CHECKED
    assert said in verdict.lines[0]


def test_a_program_that_is_not_there_has_checked_nothing() -> None:
    """The sentence names it."""
    verdict = audited(["/absent/pip-audit"], ASKED)
    assert verdict.code == NOT_CHECKED
    assert "/absent/pip-audit" in verdict.lines[0]


def test_all_packages_of_the_lock_are_asked_for() -> None:
    """Those of other systems as well, each once."""
    lock = LOCK.read_text()
    assert len(pins(lock)) == lock.count("==") - lock.count("=='") - lock.count(" == '")
    assert {"streamlit", "colorama"} <= pins(lock).keys()
