"""Numbers and changes in words."""

from __future__ import annotations

from math import isinf
from typing import TYPE_CHECKING, Final

from loop_client.mirror.zones import written
from loop_client.query.text import percent
from loop_client.report.changes import FEWEST_FIRST, Kind
from loop_client.report.comparison import NOT_CLEAR, TOO_FEW

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from loop_client.report.changes import Changes, Moved, Selection
    from loop_client.report.comparison import Change, Period

DAY = 86_400

MOST_DECIMALS: Final = 6
"""Most decimals of the ends of an interval."""

RULE: Final = (
    "A change is said only where its 95 % interval leaves no doubt. What is new is listed "
    f"from {FEWEST_FIRST} items or people on."
)

Lengths = tuple[float, float] | None
"""The lengths of both periods in days; None where they are equal."""


def days_of(selection: Selection, period: Period) -> str:
    """The days of a period."""
    return days_between(selection.first_day(period), selection.last_day(period))


def days_between(first: date, last: date) -> str:
    """Days in words."""
    return written(first) if first == last else f"{written(first)} to {written(last)}"


def counted(count: int, one: str, plus: str = "") -> str:
    """A count with its unit: "1 item", "2,400+ items"."""
    several = "people" if one == "person" else f"{one}s"
    return f"{count:,}{plus} {one if count == 1 and not plus else several}"


def what_happened(number: Moved, unit: str, lengths: Lengths) -> str:
    """A change of a count in words, with the earlier number: "rose to 30 items from 12 (1.6 to 3.9 times as many)".

    `lengths`: of both periods, as `Changes` has them.
    """
    now = f"{counted(number.now, unit)}{_a_day(number.now, lengths, 0)}"
    before = f"{number.before:,}{_a_day(number.before, lengths, 1)}"
    match number.kind:
        case Kind.FIRST:
            return f"is there for the first time: {now}"
        case Kind.NEW:
            return f"is new: {now}, none in the period before{_in_brackets(number, lengths)}"
        case Kind.RISING:
            return f"rose to {now} from {before}{_in_brackets(number, lengths)}"
        case Kind.FALLING:
            return f"fell to {now} from {before}{_in_brackets(number, lengths)}"
        case Kind.GONE:
            gone = f"{counted(number.before, unit)}{_a_day(number.before, lengths, 1)}"
            return f"is gone: none, after {gone} in the period before{_in_brackets(number, lengths)}"
        case kind:
            return f"has {now}, {before} before: {kind}"


def _in_brackets(number: Moved, lengths: Lengths) -> str:
    limits = times(number, lengths)
    if not limits:
        return ""
    return f" ({limits})" if lengths is None else f"; {limits}"


def _a_day(count: int, lengths: Lengths, which: int) -> str:
    """The number a day, for periods that differ in length."""
    return "" if lengths is None else f" ({count / lengths[which]:,.1f} a day)"


def times(number: Moved, lengths: Lengths) -> str:
    """The interval of a ratio in words; "" if there is none."""
    if number.low is None or number.high is None:
        return ""
    if isinf(number.high):
        limits = f"at least {limits_of([number.low], 1)[0]}"
    else:
        limits = " to ".join(limits_of([number.low, number.high], 1, 1 if number.high >= 1 else 2))
    return f"{limits} times as many" if lengths is None else f"{limits} times as many a day"


def limits_of(ends: Sequence[float], even: int, decimals: int = 1, sign: str = "") -> list[str]:
    """The ends of an interval, with at least so many decimals, and as many as tell them from `even`, no change."""
    while decimals < MOST_DECIMALS and any(float(f"{end:.{decimals}f}") == even for end in ends):
        decimals += 1
    return [f"{end:{sign}.{decimals}f}" for end in ends]


def verdict(number: Moved) -> str:
    """A change of a count as a percentage; or why there is none."""
    if number.kind in {Kind.TOO_FEW, Kind.NOT_CLEAR} or number.relative is None:
        return str(number.kind)
    return f"{number.relative:+.0%}"


def share(part: int, total: int) -> str:
    """A share in percent; "unknown" without items."""
    return percent(part / total) if total else "unknown"


def points(change: Change) -> tuple[str, str]:
    """A change of a share in points, and its interval; or why there is none, and ""."""
    if change.reason == TOO_FEW:
        return str(Kind.TOO_FEW), ""
    if change.reason == NOT_CLEAR or change.difference is None or change.low is None or change.high is None:
        return str(Kind.NOT_CLEAR), ""
    limits = limits_of([change.low * 100, change.high * 100], 0, sign="+")
    return f"{limits_of([change.difference * 100], 0, sign='+')[0]} points", " to ".join(limits)


def span(seconds: float) -> str:
    """A time to resolution, as exact as its bounds are: "40 minutes", "5 hours", "3.2 days"."""
    if seconds < 2 * 3600:
        return counted(max(round(seconds / 60), 1), "minute")
    if seconds < 2 * DAY:
        return f"{seconds / 3600:.0f} hours"
    return f"{seconds / DAY:,.1f} days"


def said_of(changes: Changes) -> str:
    """How the periods are compared."""
    if changes.reason:
        return changes.reason
    if changes.lengths is None:
        return f"The periods are equally long. {RULE}"
    counts, before = changes.numbers, changes.numbers.before
    items = "" if before is None else f" with {counts.now.items:,} and {before.items:,} items"
    now, earlier = changes.lengths
    return (
        f"The periods have {now:,.1f} and {earlier:,.1f} days{items}, so counts are compared by day. People are not "
        f"compared: each counts once, however long a period is. {RULE}"
    )
