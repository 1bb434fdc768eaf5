"""What rose and what fell: the tags whose negative items changed significantly against the previous period.

Both periods are counted as for the changes of the overview's numbers: whole days from the cells, a partial last day
from the rows. A tag is compared if it has at least 8 negative items in both periods together, so that one with none
before is compared too: the interval of a ratio exists then, and is wide, which is honest. Choosing by the sum favours
neither period. The intervals are corrected for the number of tags compared: of 200 tags that only vary at random,
mostly none is found. Items that do not come independently vary more, as when one person writes most of a tag's.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from loop_client.mirror.zones import EPOCH
from loop_client.query import DrillDown
from loop_client.report.comparison import (
    FEWEST,
    Period,
    compared_periods,
    is_baseline,
    partial_last_day,
    quantile,
    ratio_of_counts,
    rows_in,
)
from loop_client.report.counting import is_value, numbered, sums
from loop_client.report.headline.findings import Fell, Rose, TagChange

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import pandas as pd

    from loop_client.mirror.snapshot import Snapshot
    from loop_client.query import Filters
    from loop_client.report.headline.outbreaks import Outbreak

EXPLAINED: Final = 0.8
"""A change is not said if one cluster that broke out is this share of it, and so the same news."""


def tag_changes(
    snapshot: Snapshot, filters: Filters, now: datetime, known: Sequence[Outbreak]
) -> tuple[Rose | None, Fell | None]:
    """The tag whose negative items increased most, and the one whose decreased most; ties by name.

    None without a significant change, without a period or a baseline, and while a status is filtered: older items had
    longer to be resolved. `known`: what broke out. If one of these is 80 % of a change or more, the change is not said:
    the rise would be said twice, and what only subsides is not better yet.
    """
    both = compared_periods(filters.window, now, snapshot.zone)
    if both is None or filters.status or not is_baseline(snapshot, both[1]):
        return None, None
    later, earlier = _negative_by_tag(snapshot, filters, both)
    compared = sorted(tag for tag in later | earlier if later[tag] + earlier[tag] >= FEWEST)
    z = quantile(len(compared))
    rose, fell = list[Rose](), list[Fell]()
    for tag in compared:
        low, high = ratio_of_counts(later[tag], earlier[tag], z)
        change = (tag, later[tag], earlier[tag], low, high, DrillDown(sentiment=("negative",), tag=(tag,)))
        if low > 1:
            rose.append(Rose(*change))
        elif high < 1:
            fell.append(Fell(*change))
    of_known = [_rises(snapshot, one.positions, both) for one in known]

    def is_news(change: TagChange) -> bool:
        return all(rises[change.tag] / _difference(change) < EXPLAINED for rises in of_known)

    risen, fallen = filter(is_news, rose), filter(is_news, fell)
    return max(risen, key=_difference, default=None), min(fallen, key=_difference, default=None)


def _difference(change: TagChange) -> int:
    return change.items - change.before


def _negative_by_tag(snapshot: Snapshot, filters: Filters, periods: Sequence[Period]) -> list[Counter[str]]:
    """For each period: tag → negative items that pass the filters except their days; only tags with items."""
    zone, of_all_times = snapshot.zone, replace(filters, since=None, until=None)
    cells, times = of_all_times.cells(snapshot), snapshot.frame["created_at"].array.asi8
    days, items = cells["day"].to_numpy(), cells["items"].to_numpy()
    found = []
    for period in periods:
        first, last = ((zone.day(moment) - EPOCH).days for moment in (period.start, period.end))
        rows = of_all_times.passing(snapshot, rows_in(times, partial_last_day(period, zone)))
        whole = _by_tag(cells, items * ((days >= first) & (days < last)))
        found.append(whole + _by_tag(rows, np.ones(len(rows), np.int64)))
    return found


def _by_tag(columns: pd.DataFrame, items: np.ndarray) -> Counter[str]:
    """Tag → negative items; only tags with some. `items`: how many each row counts."""
    names, numbers = numbered(columns["tag"])
    negative = sums(numbers, len(names), items * is_value(columns["sentiment"], "negative"))
    return Counter({name: count for name, count in zip(names[:-1], negative[:-1].tolist(), strict=True) if count})


def _rises(snapshot: Snapshot, positions: np.ndarray, periods: Sequence[Period]) -> Counter[str]:
    """Tag → how many more of the negative items at these positions the later period has than the earlier one."""
    times, columns = snapshot.frame["created_at"].array.asi8, snapshot.frame[["tag", "sentiment"]]
    later, earlier = (rows_in(times, one, positions) for one in periods)
    rises = _by_tag(columns.iloc[later], np.ones(len(later), np.int64))
    rises.subtract(_by_tag(columns.iloc[earlier], np.ones(len(earlier), np.int64)))
    return rises
