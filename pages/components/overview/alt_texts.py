"""The charts' alt texts: one sentence each, for screen readers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from loop_client.query import ABSENT
from loop_client.query.text import item_count, percent
from loop_client.report import FEWEST_WEEKS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    import pandas as pd

    from loop_client.report import CatchAlls, Dimension

NOTHING = "No items."

PARTS = 4
"""Most partial buckets that a text lists: each date cuts one, and one is not over."""


MARKERS = 8
"""Most markers that a text lists."""


def written(day: date) -> str:
    """A day in words."""
    return f"{day.day} {day:%B} {day.year}"


def volume(volume: pd.DataFrame, bucket: str, measure: str = "items") -> str:
    """Alt text of the chart over time. `measure`: the column that it draws."""
    if volume.empty:
        return NOTHING
    kinds = list(dict.fromkeys(volume["sentiment"]))  # every bucket has a row per sentiment
    starts, counts = volume["start"].array[:: len(kinds)], volume["items"].to_numpy().reshape(-1, len(kinds))
    in_each, of_kind = counts.sum(axis=1), dict(zip(kinds, counts.T, strict=True))
    none = np.zeros(len(starts), np.int64)
    negative, rated_in_each = of_kind.get("negative", none), in_each - of_kind.get(ABSENT["sentiment"], none)
    total, bad, rated = (int(each.sum()) for each in (in_each, negative, rated_in_each))
    parts = _parts(volume.iloc[:: len(kinds)], bucket)
    if measure == "share":
        if not rated:
            return "No item has a sentiment."
        of_rated = f"of {item_count(rated)} with a sentiment"
        start_of_text = f"Share of each sentiment per {bucket}: {percent(bad / rated)} {of_rated} negative in all"
        shares = negative / np.maximum(rated_in_each, 1)
        worst = int(shares.argmax())
        most = f", most in the {bucket} from {written(starts[worst])} with {percent(shares[worst])}"
        return f"{start_of_text}{most if bad else ''}.{parts}"
    peak = int(in_each.argmax())
    share = f", {percent(bad / rated)} of those with a sentiment negative" if rated else ""
    return (
        f"Items per {bucket} by sentiment: {total:,} in all{share}; "
        f"most in the {bucket} from {written(starts[peak])} with {in_each[peak]:,}.{parts}"
    )


def _parts(buckets: pd.DataFrame, bucket: str) -> str:
    """A sentence about partial buckets; "" if there are none."""
    names = [
        f"the {bucket} from {written(start)} ({' and '.join(why)})"
        for start, running, cut in buckets[["start", "running", "cut"]].itertuples(index=False)
        if (why := ["not over"] * running + ["cut"] * cut)
    ]
    return f" Partial: {', '.join(names[:PARTS])}." if names else ""


def marked(days: Mapping[date, Sequence[str]]) -> str:
    """A sentence about the markers of these days; "" if there are none. `days`: their names by day."""
    found = [f"{name} on {written(day)}" for day, names in days.items() for name in names]
    more = f" and {len(found) - MARKERS} more" if len(found) > MARKERS else ""
    return f" Markers: {', '.join(found[:MARKERS])}{more}." if found else ""


def other_values(others: int, by: Dimension) -> str:
    """A number of other tags or sources in words: "1 other tag", "192 other tags"."""
    return f"{others:,} other {by}{'' if others == 1 else 's'}"


def left_out(catch_alls: CatchAlls, by: Dimension) -> str:
    """A sentence about what has no bar or row; "" if all items have one."""
    others = f"{other_values(catch_alls.others, by)} with {item_count(catch_alls.other_items)}"
    absent = f"{item_count(catch_alls.absent)} without a {by}"
    parts = [others] * bool(catch_alls.others) + [absent] * bool(catch_alls.absent)
    return f" Not shown: {' and '.join(parts)}." if parts else ""


def breakdown(counts: pd.DataFrame, by: Dimension, catch_alls: CatchAlls, order: str) -> str:
    """Alt text of the bars by tag or source. `order`: in words, such as "most negative items first"."""
    if counts.empty:
        return NOTHING
    rest = left_out(catch_alls, by)
    kinds, worst = counts["sentiment"].tolist(), counts["items"].to_numpy()[counts["rank"].to_numpy() == 0].tolist()
    label, items = counts["label"].iloc[0], sum(worst)
    negative = worst[kinds.index("negative")] if "negative" in kinds[: len(worst)] else 0
    if not negative:
        first = f"{label} leads with {item_count(items)}, none of them negative"
        return f"Items by {by} and sentiment, {order}: {first}.{rest}"
    return f"Items by {by} and sentiment, {order}: {label} leads with {negative:,} negative of {items:,}.{rest}"


def heat(counts: pd.DataFrame, catch_alls: CatchAlls) -> str:
    """Alt text of the heat map. It is of all weeks, of which the browser draws the last ones that fit."""
    if counts.empty:
        return NOTHING
    most = int(counts["items"].to_numpy().argmax())
    weeks = counts[counts["rank"] == 0]
    since = written(weeks["start"].iloc[0])
    fitting = f" of the {len(weeks)} weeks from {since}, of which a narrow screen shows the last"
    parts = _parts(weeks, "week")
    label, start, items, negative = (counts[name].array[most] for name in ("label", "start", "items", "negative"))
    return (
        f"Items by tag and week{fitting if len(weeks) > FEWEST_WEEKS else ''}: "
        f"the most of one tag in a week are {item_count(int(items))} of {label} "
        f"in the week from {written(start)}, {negative:,} of them negative.{parts}{left_out(catch_alls, 'tag')}"
    )


def ages(bands: pd.DataFrame) -> str:
    """Alt text of the chart by age."""
    waiting, oldest = int(bands["items"].sum()), int(bands["items"].iloc[-1])
    if not waiting:
        return "No open negative items."
    each = ", ".join(f"{items:,} of {band}" for band, items in zip(bands["band"], bands["items"], strict=True))
    name = "1 open negative item" if waiting == 1 else f"{waiting:,} open negative items"
    return f"{name}, {oldest:,} of them {bands['band'].iloc[-1]} old: {each}."
