"""The charts' alt texts: what each shows, in a sentence, for who does not see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from loop_client.report import NOT_SET
from loop_client.report.text import item_count, percent

if TYPE_CHECKING:
    import pandas as pd

NOTHING = "No items."


def volume(volume: pd.DataFrame, bucket: str, measure: str = "items") -> str:
    """Of the chart over time. `measure`: the column that it draws."""
    if volume.empty:
        return NOTHING
    kinds = list(dict.fromkeys(volume["sentiment"]))  # every bucket has a row for each
    starts, counts = volume["start"].array[:: len(kinds)], volume["items"].to_numpy().reshape(-1, len(kinds))
    in_each, of_kind = counts.sum(axis=1), dict(zip(kinds, counts.T, strict=True))
    negative = of_kind.get("negative", np.zeros(len(starts), np.int64))
    total, bad = int(in_each.sum()), int(negative.sum())
    if measure == "share":
        said = f"Share of each sentiment per {bucket}: {percent(bad / total)} of {item_count(total)} negative in all"
        shares = negative / np.maximum(in_each, 1)
        worst = int(shares.argmax())
        most = f", most in the {bucket} from {starts[worst]:%-d %B %Y} with {percent(shares[worst])}"
        return f"{said}{most if bad else ''}."
    rated, peak = total - int(of_kind[NOT_SET].sum() if NOT_SET in of_kind else 0), int(in_each.argmax())
    share = f", {percent(bad / rated)} of those with a sentiment negative" if rated else ""
    return (
        f"Items per {bucket} by sentiment: {total:,} in all{share}; "
        f"most in the {bucket} from {starts[peak]:%-d %B %Y} with {in_each[peak]:,}."
    )


def breakdown(counts: pd.DataFrame, what: str) -> str:
    """Of the bars by label. `what`: what the labels are, as "tag"."""
    if counts.empty:
        return NOTHING
    kinds, worst = counts["sentiment"].tolist(), counts["items"].to_numpy()[counts["rank"].to_numpy() == 0].tolist()
    label, items = counts["label"].iloc[0], sum(worst)
    negative = worst[kinds.index("negative")] if "negative" in kinds[: len(worst)] else 0
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
    items_of = counts["items"].to_numpy()
    of_one = items_of * ~(counts["is_rest"] | (counts["tag"] == NOT_SET)).to_numpy()
    whose, among = (" of one tag", of_one) if of_one.any() else ("", items_of)
    most = int(among.argmax())
    label, start, items, negative = (counts[name].array[most] for name in ("label", "start", "items", "negative"))
    return (
        f"Items by tag and week: the most{whose} in a week are {item_count(int(items))} of {label} "
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
