"""All tags in one table: how much, how negative, from how many people, and how it changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from loop_client.mirror.zones import UTC_DAYS
from loop_client.query import ABSENT
from loop_client.report.comparison import FEWEST, on_whole_days, wilson_ends
from loop_client.report.counting import is_value, numbered, sums

if TYPE_CHECKING:
    from loop_client.mirror.zones import Zone
    from loop_client.report.comparison import Period


def tag_table(
    cells: pd.DataFrame, people: pd.DataFrame, compared: tuple[pd.Series, pd.Series] | None = None
) -> pd.DataFrame:
    """One row per tag that has items, by name. Time grows with the number of cells and of tags.

    `people`: of each tag, see `people_counts`. `compared`: `tags_in` of the current and the previous period; without
    it, the last four columns have missing values.

    | column | dtype | meaning |
    |---|---|---|
    | tag | str | as `naming.named` calls it |
    | items | int64 | how many |
    | negative | int64 | negative ones among them |
    | share | float64 | 0-1, negative items of those with a sentiment; missing without any |
    | share_low | float64 | the lower end of its 95 % interval (Wilson) |
    | people | int64 | distinct people who wrote its items |
    | note | str | see `people_counts` |
    | before | Int64 | items of the previous period |
    | change | float64 | change of the items against it, 0.25 for a quarter more; missing with fewer than 8 in either |
    | change_low | float64 | the lower end of the 95 % interval of their ratio; missing with fewer than 8 in both |
    | is_clear | bool | the interval does not contain 1 |
    """
    names, tags = numbered(cells["tag"])
    items, size = cells["items"].to_numpy(), len(names)
    in_all = sums(tags, size, items)
    negative = sums(tags, size, items * is_value(cells["sentiment"], "negative"))
    rated = in_all - sums(tags, size, items * is_value(cells["sentiment"], ABSENT["sentiment"]))
    chosen = np.array(sorted(np.flatnonzero(in_all[:-1]).tolist(), key=names.__getitem__), np.int64)
    named = pd.array([names[number] for number in chosen], dtype="str")
    in_all, negative, rated = in_all[chosen], negative[chosen], rated[chosen]
    theirs = people.set_index("tag").reindex(named)
    return pd.DataFrame(
        {
            "tag": named,
            "items": in_all,
            "negative": negative,
            "share": np.where(rated > 0, negative / np.maximum(rated, 1), np.nan),
            "share_low": np.where(rated > 0, wilson_ends(negative, np.maximum(rated, 1))[0], np.nan),
            "people": theirs["people"].fillna(0).to_numpy(np.int64),
            "note": theirs["note"].array,
            **_change(named, compared),
        }
    )


def _change(named: pd.api.extensions.ExtensionArray, compared: tuple[pd.Series, pd.Series] | None) -> dict[str, object]:
    """The last columns of `tag_table`."""
    if compared is None:
        missing, unknown = np.full(len(named), np.nan), pd.array([pd.NA] * len(named), dtype="Int64")
        return {"before": unknown, "change": missing, "change_low": missing, "is_clear": np.zeros(len(named), bool)}
    now, before = (one.reindex(named, fill_value=0).to_numpy(np.int64) for one in compared)
    enough, comparable = np.minimum(now, before) >= FEWEST, now + before >= FEWEST
    low, high = (end / np.maximum(1 - end, 1e-12) for end in wilson_ends(now, np.maximum(now + before, 1)))
    return {
        "before": pd.array(before, dtype="Int64"),
        "change": np.where(enough, (now - before) / np.maximum(before, 1), np.nan),
        "change_low": np.where(comparable, low, np.nan),
        "is_clear": comparable & ~((low <= 1) & (high >= 1)),
    }


def tags_in(period: Period, cells: pd.DataFrame, partial_day_items: pd.DataFrame, zone: Zone = UTC_DAYS) -> pd.Series:
    """The items of a period by tag, as `naming.named` calls it. The arguments are those of `counts_in`."""
    names, numbers = numbered(cells["tag"])
    whole = sums(numbers, len(names), cells["items"].to_numpy() * on_whole_days(period, cells, zone))
    last_names, last = numbered(partial_day_items["tag"])
    parts = [pd.Series(whole, names), pd.Series(sums(last, len(last_names)), last_names)]
    counted: pd.Series = pd.concat(parts).groupby(level=0).sum().drop(ABSENT["tag"])
    return counted


def ordered_tags(tags: pd.DataFrame, column: str) -> pd.DataFrame:
    """The rows of a `tag_table` with the greatest values of this column first, missing ones last.

    Of equal ones, most negative items first, then most items, then by name.
    """
    keys = list(dict.fromkeys((column, "negative", "items")))
    return tags.sort_values([*keys, "tag"], ascending=[*[False] * len(keys), True], ignore_index=True)
