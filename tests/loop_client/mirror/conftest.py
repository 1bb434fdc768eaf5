"""Fixtures of the mirror's tests: an account and a mirror of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from loop_client.mirror import Mirror
from tests.answers import loop
from tests.loop_client.mirror.world import World

if TYPE_CHECKING:
    from pathlib import Path

BOTH: Final = ("test_store", "test_sync", "test_claims")
"""Modules whose tests run with a file and with a PostgreSQL server."""


@pytest.fixture
def world() -> World:
    """An account with 20 items."""
    world = World(size=100)
    for number in range(20):
        world.insert(tag=f"t{number % 3}")
    return world


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the tests of some modules with both stores, but for those that are about files."""
    is_about_files = metafunc.definition.get_closest_marker("files") is not None
    if "url" in metafunc.fixturenames and metafunc.module.__name__.rpartition(".")[2] in BOTH:
        kinds = ["sqlite"] if is_about_files else ["sqlite", "postgresql"]
        metafunc.parametrize("url", kinds, indirect=True)


@pytest.fixture
def url(tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """The URL of an empty store."""
    is_file = getattr(request, "param", "sqlite") == "sqlite"
    return f"sqlite:///{tmp_path}/mirror.db" if is_file else str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def filled(world: World, url: str) -> str:
    """The URL of a closed mirror that has all items of the account."""
    mirror = Mirror(loop(world), url)
    mirror.sync()
    mirror.close()
    return url
