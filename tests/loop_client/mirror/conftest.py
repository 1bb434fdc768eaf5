"""An account, a copy of it, and what tests do to both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from loop_client.mirror import Mirror
from tests.answers import loop
from tests.loop_client.mirror.world import World

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def world() -> World:
    """An account with 20 items."""
    world = World(size=100)
    for number in range(20):
        world.insert(tag=f"t{number % 3}")
    return world


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Where the copy is."""
    return f"sqlite:///{tmp_path}/mirror.db"


@pytest.fixture
def filled(world: World, url: str) -> str:
    """A copy that holds the account, and is closed."""
    mirror = Mirror(loop(world), url)
    mirror.sync()
    mirror.close()
    return url
