"""The numbers of both periods, and their items by day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from loop_client.mirror.zones import EPOCH
from loop_client.query import ABSENT
from loop_client.report.changes.rates import CHANGED, Moved, moved
from loop_client.report.changes.selected import are_equal, scale_of
from loop_client.report.comparison import share_change
from loop_client.report.counting import is_value, sums
from loop_client.report.people import people_count

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from loop_client.report.changes.selected import Both, Selection, Side
    from loop_client.report.comparison import Change, Period

BARS: Final = 45
"""Most bars of a period; a longer one has several days in each."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Items of a period, distinct people, items with a sentiment, negative ones, and those among them that are open."""

    items: int
    people: int
    rated: int
    negative: int
    open_negative: int


@dataclass(frozen=True, slots=True)
class Numbers:
    """The counts of both periods. `before`, `items`, `people`, `share`: None if nothing is compared.

    `people`: None too for periods that differ in length. `share`: of negative items. Open ones are never compared.
    """

    now: Counted
    before: Counted | None = None
    items: Moved | None = None
    people: Moved | None = None
    share: Change | None = None

    @property
    def is_news(self) -> bool:
        """Whether one of them changed."""
        counts = any(one is not None and one.kind in CHANGED for one in (self.items, self.people))
        return counts or (self.share is not None and self.share.reason is None)


@dataclass(frozen=True, slots=True)
class Volume:
    """The items of some days of a period: `first` to `last`, both included, and the negative ones among them."""

    side: Side
    first: date
    last: date
    items: int
    negative: int


def numbers_of(selection: Selection, both: Both, *, is_compared: bool) -> Numbers:
    """The numbers of both periods; of the later one alone unless `is_compared`."""
    now = _counted(selection, both[0])
    if not is_compared:
        return Numbers(now)
    before = _counted(selection, both[1])
    shares = ((one.negative, one.rated) for one in (now, before))
    return Numbers(
        now,
        before,
        moved(now.items, before.items, scale_of(both, selection.snapshot.zone)),
        moved(now.people, before.people) if are_equal(both, selection.snapshot.zone) else None,
        share_change(*shares, more="worse"),
    )


def _counted(selection: Selection, period: Period) -> Counted:
    rows = selection.rows(period)
    items = selection.snapshot.frame[["sentiment", "status"]].iloc[rows]
    negative, is_open = is_value(items["sentiment"], "negative"), is_value(items["status"], "open")
    return Counted(
        len(rows),
        people_count(selection.snapshot.frame, rows),
        int((~is_value(items["sentiment"], ABSENT["sentiment"])).sum()),
        int(negative.sum()),
        int((negative & is_open).sum()),
    )


def volume_of(selection: Selection, periods: Sequence[Period]) -> tuple[Volume, ...]:
    """The items by day, each period from its first day on; by several days each if there are more than 45."""
    longest = max((selection.last_day(one) - selection.first_day(one)).days + 1 for one in periods)
    width = -(-longest // BARS)
    sides: tuple[Side, Side] = ("now", "before")
    found = []
    for side, period in zip(sides, periods, strict=False):
        rows, first, last = selection.rows(period), selection.first_day(period), selection.last_day(period)
        count = (last - first).days // width + 1
        bars = (selection.snapshot.zone.days(selection.times[rows]) - (first - EPOCH).days) // width
        negative = is_value(selection.snapshot.frame["sentiment"].iloc[rows], "negative")
        both = zip(sums(bars, count).tolist(), sums(bars[negative], count).tolist(), strict=True)
        for number, (items, bad) in enumerate(both):
            start = first + timedelta(days=number * width)
            found.append(Volume(side, start, min(start + timedelta(days=width - 1), last), items, bad))
    return tuple(found)
