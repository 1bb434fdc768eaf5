"""The items of an export as columns of texts, in pieces: memory does not grow with the length of the file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loop_client.mirror import columns
from loop_client.query import texts_at
from loop_client.report.urgency import PARTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pandas as pd

    from loop_client.mirror.zones import Zone
    from loop_client.report.clusters import Clustered
    from loop_client.report.column_masks import Mask

NAMES: Final = ("sentiment", "source", "tag", "status")
"""Category columns: few distinct values, stored as codes in the frame."""
TEXTS: Final = ("id", "user_id", "message", *NAMES)
RAW: Final = "tag_raw"
"""The tag as sent; `tag` is as shown, see `loop_client.mirror.columns`."""

COLUMNS: Final = (*TEXTS, "created_at", "created_local", RAW)
RANK: Final = "rank"
RANK_PARTS: Final = "rank_parts"
CLUSTER: Final = "cluster"
"""The three additional last columns when items are ordered by rank."""

FROM_OUTSIDE: Final = frozenset({*TEXTS, RAW, CLUSTER})
"""Columns whose cells may hold anything, so that each file formats them."""

PIECE: Final = 4_000
"""Most items of a piece: about a megabyte, and a few milliseconds of work."""

LARGEST: Final = 2_000_000
"""Bytes of messages above which a piece is halved."""


@dataclass(frozen=True, slots=True, eq=False)
class Items:
    """The rows of a snapshot's `frame` at these positions, in this order. `zone`: of `created_local`.

    `ranks`: the rows of `urgency.ordered`, of the first positions, and `clustered`: their clusters; both only where
    items are ordered by rank. `mask`: masks the items when share-safe is on.
    """

    frame: pd.DataFrame
    positions: np.ndarray
    zone: Zone
    ranks: pd.DataFrame | None = None
    clustered: Clustered | None = None
    mask: Mask | None = None

    def __len__(self) -> int:
        """The number of items."""
        return len(self.positions)

    @property
    def what(self) -> str:
        """The plural of what a row is."""
        return "items"

    @property
    def from_outside(self) -> frozenset[str]:
        """The columns whose cells may hold anything."""
        return FROM_OUTSIDE

    @property
    def numeric(self) -> frozenset[str]:
        """No column: a rank is a text, as ids are."""
        return frozenset()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return COLUMNS if self.ranks is None else (*COLUMNS, RANK, RANK_PARTS, CLUSTER)

    def pieces(self, encode: Callable[[pa.Array], pa.Array] = lambda texts: texts) -> Iterator[dict[str, pa.Array]]:
        """Yield pieces: column name → `large_string` array, null for absent values.

        `encode`: formats the columns `FROM_OUTSIDE` for a file; each distinct one of `NAMES` only once.

        `created_at`: the exact time, as ISO 8601 in UTC with microseconds. `created_local`: date and time in the zone,
        to the second and without an offset, a format that spreadsheets read as a time; when clocks repeat an hour,
        `created_at` tells the two apart. `rank`: with four digits. `rank_parts`: "people 4, growth 2.5, …".
        `cluster`: the id of the item by which a cluster is known; null for an item without a rank.
        """
        names = {name: encode(self._values(name)) for name in (*NAMES, RAW)}
        for start, end, messages in self._spans():
            positions = self.positions[start:end]
            texts = {name: _texts(self.frame, name, positions) for name in ("id", "user_id")} | {"message": messages}
            piece = {name: encode(cells) for name, cells in self._masked(texts).items()}
            piece |= {name: cells.take(self._codes(name, positions)) for name, cells in names.items()}
            piece |= self._times(positions) | self._ranks(start, end, encode)
            yield {name: piece[name] for name in self.names}

    def _spans(self) -> Iterator[tuple[int, int, pa.Array]]:
        """Yield (start, end, messages) of each piece."""
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

    def _ranks(self, start: int, end: int, encode: Callable[[pa.Array], pa.Array]) -> dict[str, pa.Array]:
        if self.ranks is None or self.clustered is None:
            return {}
        ranks, kind = self.ranks.iloc[start:end], pa.large_string()
        keys = self.clustered.keys(self.frame, self.positions[start : start + len(ranks)])
        cells = {
            RANK: pa.array([f"{rank:.4g}" for rank in ranks[RANK].tolist()], kind),
            RANK_PARTS: pa.array(map(_parts, zip(*(ranks[name].tolist() for name in PARTS), strict=True)), kind),
            CLUSTER: encode(keys),
        }
        none = pa.nulls(end - start - len(ranks), kind)
        return {name: pa.concat_arrays([texts, none]) for name, texts in cells.items()}

    def _times(self, positions: np.ndarray) -> dict[str, pa.Array]:
        moments = self.frame["created_at"].array.asi8[positions]
        exact = pa.array(moments, pa.timestamp("us")).cast(pa.large_string())
        clocks = pa.array(self.zone.clocks(moments) // 1_000_000, pa.timestamp("s")).cast(pa.large_string())
        return {"created_at": joined(pc.replace_substring(exact, " ", "T"), "+00:00"), "created_local": clocks}


def _parts(parts: Sequence[float]) -> str:
    """The parts of a rank by name."""
    people, *factors = parts
    named = zip(PARTS[1:], factors, strict=True)
    return ", ".join([f"{PARTS[0]} {people:.0f}", *(f"{name} {factor:.4g}" for name, factor in named)])


def joined(*parts: pa.Array | str) -> pa.Array:
    """Concatenate texts row by row; null where any of them is null."""
    texts = (pa.scalar(part, pa.large_string()) if isinstance(part, str) else part for part in parts)
    return pc.binary_join_element_wise(*texts, pa.scalar("", pa.large_string()))


def encoded(texts: pa.Array) -> bytes:
    """Concatenate texts without nulls into one UTF-8 string."""
    ends = np.frombuffer(texts.buffers()[1], np.int64)[texts.offset : texts.offset + len(texts) + 1]
    data: bytes = texts.buffers()[2][int(ends[0]) : int(ends[-1])].to_pybytes()
    return data


def _texts(frame: pd.DataFrame, name: str, positions: np.ndarray) -> pa.Array:
    """The texts at these positions, which may be in any order."""
    order = np.argsort(positions, kind="stable")
    rising = texts_at(columns.texts_of(frame, name), positions[order]).combine_chunks()
    return rising.take(pa.array(np.argsort(order, kind="stable")))
