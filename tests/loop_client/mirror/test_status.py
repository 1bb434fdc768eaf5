"""When an error is told, and when it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from loop_client import LoopError
from loop_client.mirror import Mirror
from tests.answers import loop

if TYPE_CHECKING:
    from tests.loop_client.mirror.world import World


def errors_before_requests(world: World, mirror: Mirror, failing: set[int]) -> list[LoopError | None]:
    """The error that is told when each request is sent; those of these numbers are reset."""
    told: list[LoopError | None] = []

    def note(_: int) -> str:
        told.append(mirror.state().error)
        return "reset" if len(told) in failing else ""

    world.before_each = note
    return told


def test_an_error_goes_with_the_next_page(world: World, url: str) -> None:
    """A first walk can take hours: it is told until a page has come, and as the last error afterwards."""
    world.size = 3
    mirror = Mirror(loop(world, max_retries=0), url)
    told = errors_before_requests(world, mirror, {1})
    with pytest.raises(LoopError):
        mirror.sync()
    mirror.sync()

    assert told[1] is not None
    assert told[2] is None
    assert mirror.state().last_error is not None
    mirror.close()


def test_an_error_does_not_come_and_go(world: World, url: str) -> None:
    """Where the head of the list answers and what follows fails each time, the error stays told meanwhile."""
    mirror = Mirror(loop(world, max_retries=0), url)
    mirror.sync()
    told = errors_before_requests(world, mirror, {2, 4})
    for _ in range(2):
        with pytest.raises(LoopError):
            mirror.sync(full=True)

    assert None not in told[2:]
    mirror.sync(full=True)
    assert mirror.state().error is None
    mirror.close()
