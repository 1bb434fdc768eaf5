"""The numbers of changes by name, for JSON."""

from __future__ import annotations

from math import isinf
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loop_client.report.changes import Moved
    from loop_client.report.comparison import Change


def moved_facts(number: Moved) -> dict[str, Any]:
    """The facts of a change of a count; an interval without an upper end has none."""
    high = None if number.high is None or isinf(number.high) else round(number.high, 4)
    low = None if number.low is None else round(number.low, 4)
    return {"kind": str(number.kind), "ratio_low": low, "ratio_high": high}


def share_facts(change: Change | None) -> dict[str, Any]:
    """The facts of a change of a share, from -1 to 1."""
    if change is None or change.difference is None:
        return {"difference": None, "difference_low": None, "difference_high": None}
    limits = {"difference_low": change.low, "difference_high": change.high, "difference": change.difference}
    return {name: None if limit is None else round(limit, 4) for name, limit in limits.items()}
