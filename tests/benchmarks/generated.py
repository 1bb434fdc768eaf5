"""Accounts of any size: the columns of the store, newest first, distributed as in a real account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from loop_client.mirror import Coverage, Snapshot, columns, cube
from loop_client.mirror.moments import moment_of

NEWEST = 1_781_877_731_000_000
"""µs since 1970 of the newest item."""

LAST_DAY = date(2026, 6, 19)
"""Its day."""


@dataclass(frozen=True, slots=True)
class Spread:
    """The values over which an account's items are distributed."""

    days: int = 180
    tags: int = 14
    sources: int = 6


USUAL, WIDE = Spread(), Spread(days=3 * 365, tags=200, sources=12)


def items(count: int, first: int = 0, seed: int = 1, spread: Spread = USUAL) -> pa.Table:
    """`count` items over the days; `first` is the number of newer items, so that ids and times do not overlap."""
    random = np.random.default_rng(seed)

    def one_of(values: list[str | None], weights: list[float]) -> pa.Array:
        return pa.DictionaryArray.from_arrays(
            pa.array(random.choice(len(values), count, p=np.array(weights) / sum(weights)).astype(np.int32)),
            pa.array(values, pa.string()),
        ).cast(pa.string())

    number = np.arange(first, first + count)
    words = ["the export fails", "love the new inbox", "billing shows twice", "search is slow", "where is the refund"]
    chosen = random.choice(len(words), count)
    people = np.minimum(random.zipf(1.3, count), 50_000)
    shares = [30.0, 25, 20, 15, 7, 3, *[2.0] * spread.sources][: spread.sources]
    tags: list[str | None] = [f"tag-{tag}" for tag in range(spread.tags)]
    return pa.table(
        {
            "id": pa.array([f"fb_{n:09d}" for n in number]),
            "user_id": pa.array([f"u_{person}" for person in people]),
            "message": pa.array(
                [
                    f"{words[c]}, and here is more of what I have to say about it ({n})" * 2
                    for c, n in zip(chosen, number, strict=True)
                ]
            ),
            "sentiment": one_of(["negative", "neutral", "positive", None], [40, 22, 30, 8]),
            "source": one_of([f"source-{source}" for source in range(spread.sources)], shares),
            "tag": one_of([*tags, None], [*(20 / (n + 1) for n in range(spread.tags)), 8]),
            "status": one_of(["open", "resolved"], [25, 75]),
            "created_at": pa.array(NEWEST - number * (spread.days * 86_400_000_000 // max(count, 1))),
        }
    )


def snapshot(count: int, spread: Spread = USUAL) -> Snapshot:
    """A complete snapshot of such an account, whose earlier periods can be compared with."""
    frame = columns.of_table(items(count, spread=spread))
    oldest = frame["created_at"].iloc[-1].to_pydatetime()
    coverage = Coverage(complete=True, since=oldest, reconciled_at=moment_of(NEWEST))
    return Snapshot(frame, cube.cells_of(frame), 1, coverage)


def after(held: Snapshot, new: int = 100) -> Snapshot:
    """The next snapshot, with this many new items, a second apart."""
    newest = int(held.frame["created_at"].array.asi8[0])
    rows = items(new, first=-len(held.frame) - new, seed=held.version)
    place = rows.schema.get_field_index("created_at")
    times = pa.array(newest + 1_000_000 * np.arange(new, 0, -1))
    return held.patched(rows.set_column(place, "created_at", times), [], held.coverage, held.change + 1)
