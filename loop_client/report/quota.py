"""What a monthly quota would mean for new items: the API does not tell the quota before it is used up."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

import numpy as np

from loop_client.mirror.moments import microseconds
from loop_client.query.text import item_count

if TYPE_CHECKING:
    from datetime import datetime

    from loop_client.mirror.snapshot import Snapshot


def quota_sentence(shown: Snapshot, new: int, now: datetime) -> str:
    """The sentence for so many new items. A month is one of UTC."""
    month = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    times = shown.frame["created_at"].array.asi8  # newest first
    already = len(times) - int(np.searchsorted(times[::-1], microseconds(month)))
    least = "" if shown.coverage.reaches(month) else "at least "
    return (
        f"Loop has {least}{item_count(already)} from this month so far. If the account's monthly quota is below "
        f"{already + new:,}, the rest waits in the outbox until next month."
    )
