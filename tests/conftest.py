"""What every test shares: a clean environment, the --long switch, and a sandbox to talk to."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.sandboxes import RunningSandbox, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")  # how long an example takes is the machine's affair, not the property's


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --long, which runs the tests that are marked so."""
    parser.addoption("--long", action="store_true", help="run the long settings too")
    parser.addoption("--require-browser", action="store_true", help="fail where a browser test would be skipped")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long tests out unless they were asked for."""
    if config.getoption("--long"):
        return
    long = [item for item in items if item.get_closest_marker("long")]
    config.hook.pytest_deselected(items=long)
    items[:] = [item for item in items if item not in long]


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run without the developer's own LOOP_ settings and proxies."""
    for name in list(os.environ):
        if name.startswith("LOOP_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[RunningSandbox]:
    """A sandbox without items."""
    with running_sandbox(tmp_path / "sandbox") as running:
        yield running
