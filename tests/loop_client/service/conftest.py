"""Fixtures of the service's tests: a service without a page, stopped after the test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from loop_client.mirror.store import PostgresDatabase
from loop_client.sandbox.store import Store
from loop_client.service import Config, Service
from tests.loop_client.service.outbox_world import Process
from tests.sandboxes import row, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from loop_client.mirror.store import Drafts
    from tests.sandboxes import RunningSandbox


@pytest.fixture
def small(tmp_path: Path) -> Iterator[RunningSandbox]:
    """A sandbox with five items."""
    with running_sandbox(tmp_path / "loop", items=[row(number) for number in range(5, 0, -1)]) as sandbox:
        yield sandbox


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A data folder whose sandbox has five items, which starts and syncs sooner than the usual 2,400."""
    store = Store(tmp_path / "sandbox.db")
    store.load([row(number) for number in range(5, 0, -1)])
    store.close()
    return tmp_path


@pytest.fixture
def started() -> Iterator[Callable[[Callable[[], Config]], Service]]:
    """A function that starts a service with a function that reads its configuration."""
    services: list[Service] = []

    def start(configured: Callable[[], Config]) -> Service:
        services.append(Service(configured))
        services[-1].start()
        return services[-1]

    yield start
    for service in services:
        service.stop()


@pytest.fixture
def process(tmp_path: Path, opened: Callable[[], Drafts]) -> Iterator[Process]:
    """A process with an outbox that has looked at an empty list."""
    running = Process(tmp_path, opened=opened)
    running.sync()
    yield running
    running.close()


def config_of(sandbox: RunningSandbox, folder: Path, aliases: Path | None = None) -> Config:
    """The configuration for this sandbox, with the mirror in this folder, and optionally a file with alias rules."""
    return Config(sandbox.api_key, sandbox.base_url, folder, aliases=aliases)


@pytest.fixture
def database(postgres_url: str) -> Iterator[Callable[[], PostgresDatabase]]:
    """A function that returns the same new database, each time as another process has it."""
    opened: list[PostgresDatabase] = []

    def connected() -> PostgresDatabase:
        opened.append(PostgresDatabase(postgres_url, "The feedback"))
        return opened[-1]

    yield connected
    for one in opened:
        one.close()


@pytest.fixture(params=["files", "PostgreSQL"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., Path | PostgresDatabase]:
    """A function that returns where lists are stored, as another process has it: in files, or in a database.

    It is given the name of the file, for those that are given one.
    """
    if request.param == "files":
        return lambda name="": tmp_path / "loop" / name
    connected: Callable[[], PostgresDatabase] = request.getfixturevalue("database")
    return lambda _="": connected()
