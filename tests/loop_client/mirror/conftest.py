"""Fixtures of the mirror's tests: an account and a mirror of it."""

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
    """The URL of the mirror's file."""
    return f"sqlite:///{tmp_path}/mirror.db"


@pytest.fixture
def filled(world: World, url: str) -> str:
    """The URL of a closed mirror that has all items of the account."""
    mirror = Mirror(loop(world), url)
    mirror.sync()
    mirror.close()
    return url
