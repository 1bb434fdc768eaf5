"""The numbers of the overview, from the cells of `loop_client.mirror.cube`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from loop_client.query import ABSENT, SENTIMENTS
from loop_client.report.counting import is_value, numbered, sums

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

UNRATED: Final = ABSENT["sentiment"]


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts of items. Shares are relative to the items with a sentiment; None when no item has one.

    `negative_share`: 0-1. `net_sentiment`: positive share minus negative share, from -1 to 1.
    """

    items: int
    open: int
    open_negative: int
    negative: int
    positive: int
    not_set: int
    negative_share: float | None
    net_sentiment: float | None


def totals(cells: pd.DataFrame) -> Totals:
    """The totals of all items in the cells."""
    items = cells["items"].to_numpy()
    is_open, negative = is_value(cells["status"], "open"), is_value(cells["sentiment"], "negative")
    counts = sentiment_counts(cells["sentiment"], items)
    total, rated = sum(counts.values()), sum(counts.values()) - counts[UNRATED]
    negatives, positives = counts["negative"], counts["positive"]
    return Totals(
        items=total,
        open=int(items[is_open].sum()),
        open_negative=int(items[is_open & negative].sum()),
        negative=negatives,
        positive=positives,
        not_set=counts[UNRATED],
        negative_share=negatives / rated if rated else None,
        net_sentiment=(positives - negatives) / rated if rated else None,
    )


def sentiment_counts(sentiments: pd.Series, items: np.ndarray) -> dict[str, int]:
    """Sentiment → items: the documented sentiments and "No sentiment" always, others when they occur."""
    names, numbers = numbered(sentiments)
    counts = dict(zip(names, sums(numbers, len(names), items).tolist(), strict=True))
    occurring = {name: count for name, count in counts.items() if count or name == UNRATED}
    return {**dict.fromkeys(SENTIMENTS, 0), **occurring}


def sentiments_in(cells: pd.DataFrame) -> tuple[str, ...]:
    """The sentiments to show: the documented ones, then any other that occurs, then "No sentiment"."""
    others = set(sentiment_counts(cells["sentiment"], cells["items"].to_numpy())) - set(SENTIMENTS) - {UNRATED}
    return (*SENTIMENTS, *sorted(others), UNRATED)
