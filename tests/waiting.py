"""Wait for what another thread does."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from loop_client.service import Submission


def until(condition: Callable[[], Any], seconds: float = 20.0) -> None:
    """Wait until a condition that another thread causes is true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def outcome(submission: Callable[[str], Submission | None], token: str) -> Submission:
    """Wait for the outcome of a submission; `submission` looks it up."""
    until(lambda: (found := submission(token)) is not None and found.is_done)
    done = submission(token)
    assert done is not None
    return done
