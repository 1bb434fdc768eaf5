"""How long an import takes: from the pace of the last minutes, and at first from the budget of calls. Pure rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from loop_client.service.budget import BULK_SHARE
from loop_client.service.sync_thread import REFRESH_EVERY

if TYPE_CHECKING:
    from collections.abc import Sequence

SECOND: Final = 1_000_000
"""µs."""

WINDOW: Final = 300 * SECOND
"""µs over which the pace is measured at most."""

BURST: Final = 30 * SECOND
"""µs at the beginning that are left out once there is as much after them: a full budget sends many rows at once."""

STANDSTILL: Final = 75 * SECOND
"""µs without a row after which a new beginning is assumed: pauses while Loop fails last a minute at most."""

EXPECTED: Final = 0.9
"""Share of the budget's rows that is expected before there is a measure: some calls may fail."""

ENOUGH: Final = 8
"""Rows from which a pace can be measured."""

FINISHED_AT_MOST: Final = 2_000
"""Changes of drafts among which the last rows are looked for."""


def budgeted(per_minute: float) -> float:
    """Rows per second that a budget of calls leaves to bulk rows beside the looks at the list."""
    return max(per_minute - 60 / REFRESH_EVERY, per_minute / BULK_SHARE) / 60


def seconds_left(rows: int, finished: Sequence[int], now: int, since: int, per_minute: float) -> float | None:
    """Seconds until so many rows are sent; None where that cannot be said, because nothing was sent lately.

    `finished`: when rows got an outcome (µs), rising. `now`: µs. `since`: when these rows were written down or resumed,
    µs: what happened before is no measure.
    """
    if not rows:
        return 0.0
    recent, most = _latest_stretch([at for at in finished if at >= max(now - WINDOW, since)]), budgeted(per_minute)
    if not recent:
        return rows / (EXPECTED * most) if now - since < STANDSTILL else None
    is_early = now - recent[0] < 2 * BURST
    begun = recent[0] if is_early else recent[0] + BURST
    counted = sum(at > begun for at in recent)
    if counted < ENOUGH and now - begun < BURST:  # too early to tell
        return rows / (EXPECTED * most)
    measured = max(counted, 1) * SECOND / max(now - begun, 1)
    return rows / min(EXPECTED * most if is_early else most, measured)


def _latest_stretch(finished: list[int]) -> list[int]:
    """The last of these moments without a standstill between them."""
    for place in range(len(finished) - 1, 0, -1):
        if finished[place] - finished[place - 1] > STANDSTILL:
            return finished[place:]
    return finished
