"""The people who turned from positive to negative."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow.compute as pc

from loop_client.mirror.columns import texts_of
from loop_client.query import ABSENT, DrillDown, shortened, texts_at
from loop_client.report.counting import is_value

if TYPE_CHECKING:
    from loop_client.report.changes.selected import Selection
    from loop_client.report.comparison import Period

MOST: Final = 100
"""Most people who are listed, those who turned last."""

BY_SENTIMENT: Final = (
    "Not compared while a sentiment or a status is filtered: some of a person's earlier or later items do not pass."
)


@dataclass(frozen=True, slots=True)
class TurnedPerson:
    """A person whose last item with a sentiment before the period is positive, and the last one in it negative.

    `user_id`: as sent. `before`, `now`: the places of these items in the snapshot's frame. `only`: all their items.
    """

    user_id: str
    before: int
    now: int
    only: DrillDown


@dataclass(frozen=True, slots=True)
class Turned:
    """The people who turned, the last to do so first, at most 100 of `people`; with a `reason`, why nobody is listed.

    `is_complete`: the account's first item is loaded; otherwise `people` is a lower bound.
    """

    listed: tuple[TurnedPerson, ...] = ()
    people: int = 0
    is_complete: bool = True
    reason: str | None = None


def turned(selection: Selection, period: Period) -> Turned:
    """The people who turned in a period, among the items that pass; earlier items count from the account's first on."""
    if selection.depends_on("sentiment", "status"):
        return Turned(reason=BY_SENTIMENT)
    frame = selection.snapshot.frame
    inside = _last_rated(selection, selection.rows(period))
    unhappy = inside[is_value(frame["sentiment"].iloc[inside], "negative")]
    is_complete = selection.is_complete(DrillDown())
    if not len(unhappy):
        return Turned(is_complete=is_complete)
    people = texts_of(frame, "user_id")
    last = _last_rated(selection, selection.earlier(period, pc.unique(texts_at(people, unhappy))))
    happy = last[is_value(frame["sentiment"].iloc[last], "positive")]
    was = dict(zip(texts_at(people, happy).to_pylist(), happy.tolist(), strict=True))
    named = zip(texts_at(people, unhappy).to_pylist(), unhappy.tolist(), strict=True)
    found = [(user_id, was[user_id], now) for user_id, now in named if user_id in was]
    listed = [TurnedPerson(*one, DrillDown(user=(shortened(one[0]),))) for one in found[:MOST]]
    return Turned(tuple(listed), len(found), is_complete)


def _last_rated(selection: Selection, positions: np.ndarray) -> np.ndarray:
    """Of each person's items at these positions, that with a sentiment which is last; newest first."""
    frame = selection.snapshot.frame
    rated = positions[~is_value(frame["sentiment"].iloc[positions], ABSENT["sentiment"])]
    encoded = texts_at(texts_of(frame, "user_id"), rated).combine_chunks().dictionary_encode()
    firsts = np.unique(encoded.indices.to_numpy(), return_index=True)[1]
    last: np.ndarray = rated[np.sort(firsts)]
    return last
