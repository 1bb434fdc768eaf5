"""The items of an export as columns of texts, a piece at a time: a file costs no more memory however long it is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loop_client.mirror import columns
from loop_client.query import texts_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd

    from loop_client.mirror.zones import Zone
    from loop_client.report.column_masks import Mask

NAMES: Final = ("sentiment", "source", "tag", "status")
"""Columns of few values, which the frame has as codes."""
TEXTS: Final = ("id", "user_id", "message", *NAMES)
COLUMNS: Final = (*TEXTS, "created_at", "created_local")
RANK: Final = "rank"
"""The column that follows where items are ordered by rank."""

PIECE: Final = 4_000
"""Most items of a piece: about a megabyte, and some milliseconds of work."""

LARGEST: Final = 2_000_000
"""Bytes of messages from which on a piece is halved."""


@dataclass(frozen=True, slots=True, eq=False)
class Items:
    """The rows of a snapshot's `frame` at these positions, in their order. `zone`: of `created_local`.

    `ranks`: one for each position, NaN for none. `mask`: what makes them share-safe.
    """

    frame: pd.DataFrame
    positions: np.ndarray
    zone: Zone
    ranks: np.ndarray | None = None
    mask: Mask | None = None

    def __len__(self) -> int:
        """How many."""
        return len(self.positions)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns."""
        return COLUMNS if self.ranks is None else (*COLUMNS, RANK)

    def pieces(self, written: Callable[[pa.Array], pa.Array] = lambda texts: texts) -> Iterator[dict[str, pa.Array]]:
        """Yield the columns of some items at a time, by name: `large_string`, null where a value is absent.

        `written`: how a file writes the texts of `TEXTS`. A sentiment, source, tag or status is written once.

        Times have one shape each. `created_at`: the exact moment, as ISO 8601 in UTC with six digits of a second.
        `created_local`: date and time by the clocks of the zone, to the second and without an offset, which
        spreadsheets take for a time; of an hour that clocks repeat, `created_at` tells which of the two it was.
        `rank`: with four decimals.
        """
        names = {name: written(self._values(name)) for name in NAMES}
        for start, end, messages in self._spans():
            positions = self.positions[start:end]
            texts = {name: _texts(self.frame, name, positions) for name in ("id", "user_id")} | {"message": messages}
            piece = {name: written(cells) for name, cells in self._masked(texts).items()}
            piece |= {name: cells.take(self._codes(name, positions)) for name, cells in names.items()}
            piece |= self._times(positions) | self._ranks(start, end)
            yield {name: piece[name] for name in self.names}

    def _spans(self) -> Iterator[tuple[int, int, pa.Array]]:
        """Where pieces start and end, each with its messages."""
        start, end, size = 0, len(self.positions), PIECE
        while start < end:
            after = min(start + size, end)
            messages = _texts(self.frame, "message", self.positions[start:after])
            while messages.nbytes > LARGEST and after - start > 1:
                after = (start + after) // 2
                messages = messages[: after - start]
            yield start, after, messages
            start, size = after, min(PIECE, 2 * (after - start))

    def _masked(self, texts: dict[str, pa.Array]) -> dict[str, pa.Array]:
        if self.mask is None:
            return texts
        people = texts["user_id"].dictionary_encode()
        aliases = pa.array(map(self.mask.person, people.dictionary.to_pylist()), pa.large_string())
        return {**texts, "user_id": aliases.take(people.indices), "message": self.mask.texts(texts["message"])}

    def _values(self, name: str) -> pa.Array:
        values = self.frame[name].cat.categories.tolist()
        return pa.array(values if self.mask is None else map(self.mask.name, values), pa.large_string())

    def _codes(self, name: str, positions: np.ndarray) -> pa.Array:
        codes = columns.codes(self.frame[name])[positions]
        return pa.array(codes, mask=codes < 0)

    def _ranks(self, start: int, end: int) -> dict[str, pa.Array]:
        if self.ranks is None:
            return {}
        told = [f"{rank:.4f}" if math.isfinite(rank) else None for rank in self.ranks[start:end].tolist()]
        return {RANK: pa.array(told, pa.large_string())}

    def _times(self, positions: np.ndarray) -> dict[str, pa.Array]:
        moments = self.frame["created_at"].array.asi8[positions]
        exact = pa.array(moments, pa.timestamp("us")).cast(pa.large_string())
        clocks = pa.array(self.zone.clocks(moments) // 1_000_000, pa.timestamp("s")).cast(pa.large_string())
        return {"created_at": joined(pc.replace_substring(exact, " ", "T"), "+00:00"), "created_local": clocks}


def joined(*parts: pa.Array | str) -> pa.Array:
    """Texts one behind the other, row by row; null where one of a row is."""
    texts = (pa.scalar(part, pa.large_string()) if isinstance(part, str) else part for part in parts)
    return pc.binary_join_element_wise(*texts, pa.scalar("", pa.large_string()))


def encoded(texts: pa.Array) -> bytes:
    """Texts one behind the other, in UTF-8; none of them null."""
    ends = np.frombuffer(texts.buffers()[1], np.int64)[texts.offset : texts.offset + len(texts) + 1]
    data: bytes = texts.buffers()[2][int(ends[0]) : int(ends[-1])].to_pybytes()
    return data


def _texts(frame: pd.DataFrame, name: str, positions: np.ndarray) -> pa.Array:
    """The texts at some positions, in any order, taken where they stand."""
    order = np.argsort(positions, kind="stable")
    rising = texts_at(columns.texts_of(frame, name), positions[order]).combine_chunks()
    return rising.take(pa.array(np.argsort(order, kind="stable")))
