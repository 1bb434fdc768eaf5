"""How the tags and sources moved between two periods: their items, and the negative share of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

from loop_client.mirror.zones import EPOCH
from loop_client.query import ABSENT, DrillDown
from loop_client.report.changes.quotes import typical
from loop_client.report.changes.rates import CHANGED, Moved, moved
from loop_client.report.changes.selected import scale_of
from loop_client.report.comparison import FEWEST, quantile, share_change
from loop_client.report.counting import is_value, numbered, sums
from loop_client.report.people import FEWEST as FEWEST_OF_ONE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loop_client.report.changes.selected import Both, Selection, Side
    from loop_client.report.comparison import Change

Field = Literal["tag", "source"]

Counted = tuple[int, int, int]
"""Items, those that have a sentiment, and negative ones."""

NOTHING: Final[Counted] = (0, 0, 0)

LISTED: Final = 10
"""Most values that a digest lists: only these are quoted."""


@dataclass(frozen=True, slots=True)
class Negative:
    """Negative items of those with a sentiment, in both periods, each as (part, total), and the change of the share."""

    now: tuple[int, int]
    before: tuple[int, int]
    change: Change


@dataclass(frozen=True, slots=True)
class ValueChange:
    """A tag or a source, as `naming.named` calls it.

    `items`: its items. `negative`: those among them. `only`: the drill-down to its rows, which are of the period
    `side`. `most`: how many of these rows one person wrote, if that is worth a note as in `people_counts`; otherwise 0.
    `quotes`: places in the snapshot's frame, see `typical`. Both are known only of the first 10, if they changed.
    """

    name: str
    items: Moved
    negative: Negative
    only: DrillDown
    side: Side = "now"
    most: int = 0
    quotes: tuple[int, ...] = ()

    @property
    def is_news(self) -> bool:
        """Whether its items or its negative share changed."""
        return self.items.kind in CHANGED or self.negative.change.reason is None

    @property
    def intervals(self) -> int:
        """How many of its two numbers have enough items for an interval: its items, and its negative share."""
        return (self.items.low is not None) + (self.negative.change.low is not None)

    def weight(self, scale: float) -> float:
        """How many items there are more or fewer than before, all or negative ones, as far as that is news.

        `scale`: how many times as long the later period is.
        """
        items, share = self.items, self.negative.change
        more = abs(items.now - items.before * scale) if items.kind in CHANGED else 0.0
        negative = abs(share.difference or 0.0) * self.negative.now[1] if share.reason is None else 0.0
        return max(more, negative)


def value_changes(selection: Selection, both: Both, field: Field) -> tuple[ValueChange, ...]:
    """All values with items in one of the periods: first what changed, by `weight`, then the others, by their items.

    Intervals are corrected for how many there are of all values: of the items of those with 8 in both periods together,
    and of the negative shares of those with 8 rated items in each. A value is the first ever if the account has no item
    with it from before the later period, and at least 3 since.
    """
    frame, positions = selection.snapshot.frame, [selection.rows(period) for period in both]
    labels, *codes = _numbered(frame[field], positions)
    now, before = (_counted(frame.iloc[rows], labels, own) for rows, own in zip(positions, codes, strict=True))
    names = sorted(now.keys() | before.keys())
    intervals = sum(_intervals(now.get(name, NOTHING), before.get(name, NOTHING)) for name in names)
    z, scale, known = (
        quantile(intervals),
        scale_of(both, selection.snapshot.zone),
        _known_before(selection, both, field),
    )
    found = []
    for name in names:
        (items, rated, negative), (items_before, rated_before, negative_before) = (
            one.get(name, NOTHING) for one in (now, before)
        )
        parts = (negative, rated), (negative_before, rated_before)
        share = share_change(*parts, more="worse", z=z)
        count = moved(items, items_before, scale, z, is_first=name not in known)
        side: Side = "now" if items else "before"
        own = DrillDown(tag=(name,)) if field == "tag" else DrillDown(source=(name,))
        days = selection.days(both[0 if items else 1])
        only = replace(own, since=days.since, until=days.until, upto=days.upto)
        found.append(ValueChange(name, count, Negative(*parts, share), only, side))
    ordered = sorted(found, key=lambda one: _order(one, scale))
    for place, one in enumerate(ordered[:LISTED]):
        if one.is_news:
            which = one.side == "before"
            ordered[place] = _quoted(selection, one, positions[which][codes[which] == labels.index(one.name)])
    return tuple(ordered)


def _intervals(now: Counted, before: Counted) -> int:
    """How many intervals a value with these counts has, see `ValueChange.intervals`."""
    return (now[0] + before[0] >= FEWEST) + (min(now[1], before[1]) >= FEWEST)


def _numbered(column: pd.Series, positions: Sequence[np.ndarray]) -> tuple[list[str], np.ndarray, np.ndarray]:
    """The names of a column's values, the absent one last, and the index into them of each row of both periods."""
    (labels, now), (_, before) = (numbered(column.iloc[rows]) for rows in positions)  # all slices have the same names
    return labels, now, before


def _order(one: ValueChange, scale: float) -> tuple[bool, float, int, str]:
    return not one.is_news, -one.weight(scale), -max(one.items.now, one.items.before), one.name


def _quoted(selection: Selection, one: ValueChange, own: np.ndarray) -> ValueChange:
    """A value with quotes, and with how many items one person wrote. `own`: the positions of its items."""
    theirs = int(np.bincount(pd.factorize(selection.snapshot.frame["user_id"].iloc[own])[0]).max(initial=0))
    most = theirs if 2 * theirs > len(own) and theirs >= FEWEST_OF_ONE else 0
    return replace(one, most=most, quotes=typical(selection.snapshot, own))


def _counted(items: pd.DataFrame, names: Sequence[str], numbers: np.ndarray) -> dict[str, Counted]:
    """Value → its counts; only values with items, and not the absent one. `numbers`: each row's index into `names`."""
    rated = ~is_value(items["sentiment"], ABSENT["sentiment"])
    masks = (np.ones(len(items), bool), rated, is_value(items["sentiment"], "negative"))
    columns = [sums(numbers[mask], len(names)).tolist() for mask in masks]
    counts = zip(names[:-1], *(column[:-1] for column in columns), strict=True)
    return {name: (items, rated, negative) for name, items, rated, negative in counts if items}


def _known_before(selection: Selection, both: Both, field: Field) -> set[str]:
    """The values that any item of the account from before the later period has, whatever the filters."""
    cells = selection.snapshot.cells
    earlier = cells[cells["day"].to_numpy() < (selection.first_day(both[0]) - EPOCH).days]
    names, numbers = numbered(earlier[field])
    items = sums(numbers, len(names), earlier["items"].to_numpy())
    return {names[number] for number in np.flatnonzero(items)}
