"""The findings of a headline, one class for each kind, with the numbers that its sentence says.

`only`: the drill-down to a finding's rows, beside the filters. `of_all_times`: its rows are of all days, also of those
that the filters leave out, so that a link to them has no days. Tags are called as `naming.named` calls them. No finding
names a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from datetime import datetime

    from loop_client.query import DrillDown


@dataclass(frozen=True, slots=True)
class BrokeOut:
    """A cluster of negative items that far more people complain about than before, of which some are still open.

    `people`, `items`: distinct people with a negative item of it within the last `days` (of 24 hours), and these items.
    `usual`: as many days' share of the people before, each counted once a day. `began`: its oldest negative item. All
    of these count only what passes the filters, whatever its day and status. `item`, `place`: the id, and the
    place in the snapshot's frame, of an open item among them: the most typical one of the cluster, else the newest. A
    link leads to it, and from there to all who say so.
    """

    people: int
    items: int
    days: int
    usual: float
    began: datetime
    item: str
    place: int
    of_all_times: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class TagChange:
    """A tag whose negative items changed significantly against the previous period of equal length.

    `items`, `before`: negative items of the period and of the previous one, which may be 0. `low`, `high`: the
    interval of their ratio, corrected for the number of tags compared; `high` is infinite with 0 before.
    """

    tag: str
    items: int
    before: int
    low: float
    high: float
    only: DrillDown
    of_all_times: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class Rose(TagChange):
    """The tag whose negative items increased most, in items."""


@dataclass(frozen=True, slots=True)
class Fell(TagChange):
    """The tag whose negative items decreased most, in items."""


@dataclass(frozen=True, slots=True)
class Dominated:
    """A tag of which one person wrote more than half.

    `most`: the items of that person. `items`, `people`: all items of the tag, and the distinct people who wrote them.
    """

    tag: str
    most: int
    items: int
    people: int
    only: DrillDown
    of_all_times: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """The open negative items that wait longest, whatever the period.

    `items`: those created at least `days` ago: 30, or 7 if none is that old. `oldest`: when the oldest was created.
    """

    items: int
    days: int
    oldest: datetime
    only: DrillDown
    of_all_times: ClassVar[bool] = True


Finding = BrokeOut | Rose | Dominated | Waiting | Fell
