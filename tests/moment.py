"""The moment at which every test starts, so that a run does not depend on the time of day.

`TESTS_AT=2028-02-28T23:59:58Z make test` lets each begin there instead. The clock runs on from it, here and in the
Python processes that a test starts. Pauses and deadlines are measured by the monotonic clock, which is left alone.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import time_machine

if TYPE_CHECKING:
    from collections.abc import Iterator

AT: Final = os.environ.get("TESTS_AT", "2026-06-19T14:30:00Z")
NOW: Final = datetime.fromisoformat(AT).astimezone(UTC)

CLOCKS: Final = str(Path(__file__).parent / "clocks")
"""The folder of the module that Python imports first and that sets a process's clock."""


@contextmanager
def begun(*, goes: bool = True) -> Iterator[None]:
    """Set the clock to that moment, here and in processes started from now on.

    With `goes=False` it stands still in this process.
    """
    others = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path not in {"", CLOCKS}]
    with time_machine.travel(NOW, tick=goes):
        os.environ["PYTHONPATH"] = os.pathsep.join([CLOCKS, *others])
        os.environ["TESTS_CLOCK_AHEAD"] = str(NOW.timestamp() - time_machine.escape_hatch.time.time())
        yield
