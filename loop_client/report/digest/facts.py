"""The numbers of changes by name, for JSON."""

from __future__ import annotations

from math import isinf
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loop_client.report.changes import Moved
    from loop_client.report.comparison import Change


def moved_facts(number: Moved) -> dict[str, Any]:
    """The facts of a change of a count; an interval without an upper end has none."""
    return {"kind": str(number.kind), **ratio_facts(number.low, number.high)}


def ratio_facts(low: float | None, high: float | None) -> dict[str, Any]:
    """The facts of the interval of a ratio."""
    ends = (("ratio_low", low), ("ratio_high", high))
    return {name: None if end is None or isinf(end) else round(end, 4) for name, end in ends}


def share_facts(change: Change | None) -> dict[str, Any]:
    """The facts of a change of a share, from -1 to 1."""
    if change is None or change.difference is None:
        return {"difference": None, "difference_low": None, "difference_high": None}
    limits = {"difference_low": change.low, "difference_high": change.high, "difference": change.difference}
    return {name: None if limit is None else round(limit, 4) for name, limit in limits.items()}
