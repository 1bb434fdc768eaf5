"""Shared by all tests: a clean environment, a clock, the --long option, and a sandbox."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import HealthCheck, settings

from tests.moment import begun
from tests.postgres import HOW_TO_GET_ONE, Server, programs, running_server
from tests.sandboxes import RunningSandbox, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator


# the time of an example depends on the machine
UNHURRIED: Final[dict[str, Any]] = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("short", max_examples=40, **UNHURRIED)
settings.register_profile("long", max_examples=400, **UNHURRIED)

MEMORY: Final = Path("/dev/shm")  # noqa: S108 - each test makes a folder of its own in it
"""A file system in memory, for the databases of thousands of histories; used where it has this much room, in bytes."""
ROOM: Final = 4 * 1024**3


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --long, which runs the tests marked as long."""
    parser.addoption("--long", action="store_true", help="run the long settings too")
    parser.addoption("--require-browser", action="store_true", help="fail where a browser test would be skipped")
    parser.addoption("--require-postgres", action="store_true", help="fail where a test of PostgreSQL would be skipped")
    parser.addoption("--require-nginx", action="store_true", help="fail where a test of nginx would be skipped")


def pytest_configure(config: pytest.Config) -> None:
    """Import the tests at the moment at which all tests start, in worker processes too."""
    settings.load_profile("long" if config.getoption("--long") else "short")
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM:
        tempfile.tempdir = str(MEMORY)
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        return
    clock = ExitStack()
    clock.enter_context(begun(goes=False))
    config.add_cleanup(clock.close)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip the long tests unless --long is given."""
    if config.getoption("--long"):
        return
    long = [item for item in items if item.get_closest_marker("long")]
    config.hook.pytest_deselected(items=long)
    items[:] = [item for item in items if item not in long]


@pytest.fixture(scope="session", autouse=True)
def _no_certificates(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Spare each new httpx client the reading of all certificates of the machine, 50 ms: tests talk plain HTTP."""
    os.environ.pop("SSL_CERT_FILE", None)
    os.environ["SSL_CERT_DIR"] = str(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    """Start at the moment at which all tests start."""
    with begun():
        yield


@pytest.fixture
def still(_clock: None) -> Iterator[None]:
    """Stop the clock at that moment, for numbers that change when an hour or a day ends."""
    with begun(goes=False):
        yield


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


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A PostgreSQL server of this test process; without one the test is skipped, or fails under --require-postgres."""
    if programs() is None:
        (pytest.fail if request.config.getoption("--require-postgres") else pytest.skip)(HOW_TO_GET_ONE)
    with running_server() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: Server) -> Iterator[str]:
    """The URL of an empty PostgreSQL database, which the test has alone."""
    url = postgres_server.new_database()
    yield url
    postgres_server.drop(url)
