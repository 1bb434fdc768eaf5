"""When an error is shown, and when it is cleared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from loop_client import LoopError
from loop_client.mirror import Mirror
from tests.answers import loop

if TYPE_CHECKING:
    from tests.loop_client.mirror.world import World


def errors_before_requests(world: World, mirror: Mirror, failing: set[int]) -> list[LoopError | None]:
    """The error shown before each request; the requests with these numbers fail."""
    shown: list[LoopError | None] = []

    def note(_: int) -> str:
        shown.append(mirror.state().error)
        return "reset" if len(shown) in failing else ""

    world.before_each = note
    return shown


def test_an_error_goes_with_the_next_page(world: World, url: str) -> None:
    """An error is cleared by the next page that arrives, and stays as the last error."""
    world.size = 3
    mirror = Mirror(loop(world, max_retries=0), url)
    shown = errors_before_requests(world, mirror, {1})
    with pytest.raises(LoopError):
        mirror.sync()
    mirror.sync()

    assert shown[1] is not None
    assert shown[2] is None
    assert mirror.state().last_error is not None
    mirror.close()


def test_an_error_does_not_come_and_go(world: World, url: str) -> None:
    """When the head answers but the scan fails each time, the error stays shown meanwhile."""
    mirror = Mirror(loop(world, max_retries=0), url)
    mirror.sync()
    shown = errors_before_requests(world, mirror, {2, 4})
    for _ in range(2):
        with pytest.raises(LoopError):
            mirror.sync(full=True)

    assert None not in shown[2:]
    mirror.sync(full=True)
    assert mirror.state().error is None
    mirror.close()
