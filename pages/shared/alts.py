"""The charts' alt texts: what each shows, in a sentence, for who does not see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loop_client.report import NOT_SET
from loop_client.report.text import item_count

if TYPE_CHECKING:
    import pandas as pd

NOTHING = "No items."


def volume(volume: pd.DataFrame, bucket: str, measure: str = "items") -> str:
    """Of the chart over time. `measure`: the column that it draws."""
    if volume.empty:
        return NOTHING
    by_start = volume.groupby("start")["items"].sum()
    negative = volume[volume["sentiment"] == "negative"].set_index("start")
    if measure == "share":
        share = _percent(int(negative["items"].sum()), int(by_start.sum()))
        said = f"Share of each sentiment per {bucket}: {share} of {item_count(int(by_start.sum()))} negative in all"
        if not negative["items"].any():
            return f"{said}."
        worst = negative["share"].idxmax()
        return f"{said}, most in the {bucket} from {worst:%-d %B %Y} with {negative['share'].max():.0%}."
    rated = int(volume.loc[volume["sentiment"] != NOT_SET, "items"].sum())
    peak, top = by_start.idxmax(), int(by_start.max())
    bad = f", {_percent(int(negative['items'].sum()), rated)} of those with a sentiment negative" if rated else ""
    return (
        f"Items per {bucket} by sentiment: {int(by_start.sum()):,} in all{bad}; "
        f"most in the {bucket} from {peak:%-d %B %Y} with {top:,}."
    )


def breakdown(counts: pd.DataFrame, what: str) -> str:
    """Of the bars by label. `what`: what the labels are, as "tag"."""
    if counts.empty:
        return NOTHING
    worst = counts[counts["rank"] == 0]
    label, items = worst["label"].iloc[0], int(worst["items"].sum())
    negative = int(worst.loc[worst["sentiment"] == "negative", "items"].sum())
    if not negative:
        return f"Items by {what} and sentiment: none is negative; {label} leads with {item_count(items)}."
    return (
        f"Items by {what} and sentiment, most negative items first: "
        f"{label} leads with {negative:,} negative of {items:,}."
    )


def heat(counts: pd.DataFrame) -> str:
    """Of the tags by week."""
    if counts.empty or not counts["items"].any():
        return NOTHING
    most = int(counts["items"].to_numpy().argmax())
    label, start, items, negative = (counts[name].iloc[most] for name in ("label", "start", "items", "negative"))
    return (
        f"Items by tag and week: the most of one tag in a week are {item_count(int(items))} of {label} "
        f"in the week from {start:%-d %B %Y}, {negative:,} of them negative."
    )


def ages(bands: pd.DataFrame) -> str:
    """Of the ages of open negative items."""
    waiting, oldest = int(bands["items"].sum()), int(bands["items"].iloc[-1])
    if not waiting:
        return "No open negative items."
    each = ", ".join(f"{items:,} of {band}" for band, items in zip(bands["band"], bands["items"], strict=True))
    name = "1 open negative item" if waiting == 1 else f"{waiting:,} open negative items"
    return f"{name}, {oldest:,} of them {bands['band'].iloc[-1]} old: {each}."


def _percent(part: int, whole: int) -> str:
    return f"{part / whole:.0%}"
