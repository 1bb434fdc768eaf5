"""Labelled accounts, and how well clusters match the labels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from loop_client.mirror import columns
from loop_client.sandbox.sample import BROKEN, labelled_items

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Item = Mapping[str, str | None]

NOW = datetime(2026, 6, 19, 14, 2, 11, tzinfo=UTC)


@dataclass(frozen=True)
class Labelled:
    """The items of an account, as its frame, newest first; and the complaint of each item by its id."""

    items: Sequence[Item]
    frame: pd.DataFrame
    complaints: Mapping[str, str]


def frame_of(items: Iterable[Item]) -> pd.DataFrame:
    """Items as the API sends them, as the frame of a snapshot."""
    rows = list(items)
    names = ("id", "user_id", "message", "sentiment", "source", "tag", "status")
    texts = {name: pa.array([row[name] for row in rows], pa.string()) for name in names}
    at = pd.to_datetime(pd.Series([row["created_at"] for row in rows], dtype="str"), utc=True, format="ISO8601")
    table = pa.table({**texts, "created_at": pa.array(at.astype("datetime64[us, UTC]").astype("int64").to_numpy())})
    return columns.of_table(table.sort_by([("created_at", "descending"), ("id", "descending")]))


def sample(count: int, seed: int = 1) -> Labelled:
    """The sandbox's sample."""
    rows = list(labelled_items(count, seed=seed, now=NOW))
    items = [item for item, _ in rows]
    return Labelled(items, frame_of(items), {str(item["id"]): complaint for item, complaint in rows})


class Agreement(NamedTuple):
    """How well clusters agree with complaints.

    `precision`, `recall`: over pairs of items. `broken`: the share of the broken exports in the cluster with the most
    of them; `strangers`: the share of other items in it.
    """

    precision: float
    recall: float
    broken: float
    strangers: float


def agreement(codes: np.ndarray, labels: np.ndarray) -> Agreement:
    """How well clusters, by item, agree with the complaints, by item."""
    truth = np.unique(labels, return_inverse=True)[1]
    both = np.unique(codes * (int(truth.max()) + 1) + truth, return_inverse=True)[1]
    right = _pairs(both)
    own = np.bincount(codes[labels == BROKEN], minlength=int(codes.max()) + 1)
    best = int(own.argmax())
    broken = own[best] / max(own.sum(), 1)
    strangers = 1 - own[best] / (codes == best).sum()
    return Agreement(right / max(_pairs(codes), 1), right / max(_pairs(truth), 1), float(broken), float(strangers))


def _pairs(codes: np.ndarray) -> int:
    """The number of pairs of items with the same code."""
    sizes = np.bincount(codes)
    return int((sizes * (sizes - 1) // 2).sum())
